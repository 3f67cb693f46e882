import { DateTime } from 'luxon';
import type { Language } from '../../infra/http/problem.js';
import { platformName } from './incident-rows.js';

/** A time as the client's clock shows it; a time of day says nothing without its zone. */
export function wallText(at: Date | string, zone: string, language: Language): string {
  return `${shortWall(at, zone, language)} (${zone})`;
}

/** The same where the zone stands beside it already. */
export function shortWall(at: Date | string, zone: string, language: Language): string {
  const instant = typeof at === 'string' ? DateTime.fromISO(at, { zone }) : DateTime.fromJSDate(at, { zone });
  return instant.setLocale(language).toFormat('ccc d LLL, HH:mm');
}

/** What people call a platform; of one with many hosts, which of them. */
export function hostedName(connectorId: string, host: string): string {
  return connectorId === 'mastodon' ? `${platformName(connectorId)} (${host})` : platformName(connectorId);
}
