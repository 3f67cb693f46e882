import type { Config } from '../config.js';
import { HttpsRoad } from './https-road.js';
import type { Road } from './road.js';
import { SmtpRoad } from './smtp-road.js';

/** Nest token of the roads that are configured, the first one first. Without SMTP_URL there is none: mail is caught. */
export const ROADS = Symbol('roads');

export function roadsOf({ SMTP_URL: first, SECOND_ROAD_URL: second }: Pick<Config, 'SMTP_URL' | 'SECOND_ROAD_URL'>): readonly Road[] {
  if (first === undefined) return [];
  const roads: Road[] = [new SmtpRoad('first', first)];
  if (second !== undefined) roads.push(second.startsWith('https:') ? new HttpsRoad('second', second) : new SmtpRoad('second', second));
  return roads;
}
