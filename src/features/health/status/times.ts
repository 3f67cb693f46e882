import { DateTime } from 'luxon';
import { DAY_MS, type Instant, MINUTE_MS } from '../../../core/instant.js';

// A wall time without zone could be any of 26 hours: such a time is not read at all.
const iso = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)$/;
const earliest = Date.UTC(2000, 0, 1);
const latest = Date.UTC(2100, 0, 1);

/** An ISO 8601 or RFC 822 time with zone; null for any other. */
export function timeOf(text: string | null | undefined): Instant | null {
  const plain = text?.trim() ?? '';
  if (plain.length < 10 || plain.length > 60) return null;
  const time = iso.test(plain) ? DateTime.fromISO(plain.replace(' ', 'T')) : DateTime.fromRFC2822(plain.replace(/ Z$/, ' GMT'));
  const instant = time.toMillis();
  return time.isValid && instant >= earliest && instant < latest ? instant : null;
}

/** Minutes written as a number or a text, in ms; null when they are none, or more than a month. */
export function minutesOf(value: string | number | null | undefined): number | null {
  const ms = value === null || value === undefined || value === '' ? Number.NaN : Number(value) * MINUTE_MS;
  return ms > 0 && ms <= 31 * DAY_MS ? ms : null;
}
