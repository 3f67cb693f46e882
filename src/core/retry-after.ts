import { DateTime } from 'luxon';
import { DAY_MS, type Instant, SECOND_MS } from './instant.js';

/** Headers that say when a limit starts anew: seconds from now, epoch seconds or ms, or an ISO time, as each platform likes. */
const resets = ['ratelimit-reset', 'x-ratelimit-reset', 'x-rate-limit-reset'];

/**
 * When the platform wants to be asked again, or null if it does not say (or says nonsense).
 * `Retry-After` wins: seconds or an HTTP date (RFC 9110 §10.2.3). Never in the past, never over a day ahead.
 */
export function retryAt(headers: Headers, now: Instant): Instant | null {
  const named = ['retry-after', ...resets].map((name) => headers.get(name)?.trim()).filter((value) => value !== undefined && value !== '');
  for (const value of named) {
    const at = instantOf(value ?? '', now);
    if (at !== null) return Math.min(Math.max(at, now + SECOND_MS), now + DAY_MS);
  }
  return null;
}

function instantOf(value: string, now: Instant): Instant | null {
  if (/^\d+(\.\d+)?$/.test(value)) {
    const number = Number(value);
    if (number >= 1e12) return number; // epoch, ms
    if (number >= 1e9) return number * SECOND_MS; // epoch, s
    return now + Math.ceil(number * SECOND_MS);
  }
  const at = /^\d{4}-\d\d-\d\d/.test(value) ? DateTime.fromISO(value, { zone: 'utc' }) : DateTime.fromHTTP(value);
  return at.isValid ? at.toMillis() : null;
}
