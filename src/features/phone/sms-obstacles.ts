import { moneyIn } from '../../core/money.js';
import { filled, type SaidParams, type Sentence } from '../../infra/http/problem.js';
import type { OpenGateway } from './gateways.service.js';
import { type Obstacle, obstacles } from './sms-problems.js';
import type { Budget } from './spending.service.js';

export interface Money {
  readonly minor: number;
  readonly currency: string;
}

export interface Refusal {
  readonly obstacle: Obstacle;
  readonly params: SaidParams;
}
export const no = <O extends Obstacle>(obstacle: O, params: SaidParams = {}): Refusal & { readonly obstacle: O } => ({ obstacle, params });

/** What people read. */
export const refusalSaid = ({ obstacle, params }: Refusal): Sentence => filled(obstacles[obstacle], params);

/** Whether anything could leave at all; of a demo nothing does, and nothing stands in its way. */
export function roadObstacle(open: Pick<OpenGateway, 'isTold'> | null, kind: 'live' | 'demo'): 'no-gateway' | 'not-public' | null {
  if (kind === 'demo') return null;
  if (open === null) return 'no-gateway';
  return open.isTold ? null : 'not-public';
}

/** In the words of a sender that people can answer, or only by a link. */
export function roadRefusal(open: Pick<OpenGateway, 'isTold'> | null, kind: 'live' | 'demo', isAnswerable: boolean): Refusal | null {
  const road = roadObstacle(open, kind);
  return road === null ? null : no(road === 'not-public' && !isAnswerable ? 'not-public-link' : road);
}

/** Whether there is a limit that counts. @param currency of the gateway; null = there is none, so whatever the limit is in */
export function capObstacle({ capMinor, otherCurrency }: Pick<Budget, 'capMinor' | 'otherCurrency'>, currency: string | null): (Refusal & { readonly obstacle: 'no-cap' | 'other-currency' }) | null {
  if (capMinor > 0) return null;
  return otherCurrency === null || currency === null ? no('no-cap') : no('other-currency', { cap: otherCurrency, gateway: currency });
}

/** null = there is enough left of the monthly limit. */
export function overCap(budget: Budget, { minor, currency }: Money): Refusal | null {
  const { leftMinor } = budget;
  const money = (coins: number): Sentence => ({ en: moneyIn('en', { minor: coins, currency }), it: moneyIn('it', { minor: coins, currency }) });
  return capObstacle(budget, currency) ?? (minor <= leftMinor ? null : no('over-cap', { cost: money(Math.ceil(minor)), left: money(Math.floor(leftMinor)) }));
}

/** Instead of another outlet it leads to the post's page, if there is one, unless its author gave it a link of its own. */
export const linksToPage = ({ isFallback, link }: { readonly isFallback: boolean; readonly link: unknown }): boolean => isFallback && link === null;
