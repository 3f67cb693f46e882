import { type ClientDay, endOf, isInside, nextOpening } from '../../core/day.js';
import type { Instant } from '../../core/instant.js';

/** When people may be woken by what they did not ask for at this hour, in the client's zone (DESIGN §8). */
const hours = { from: '09:00', to: '20:00' } as const;

/** Inside the client's day, and inside the hours of an SMS; a day that shares no hour with them counts alone. */
export function isSmsHour(day: ClientDay, at: Instant): boolean {
  return isInside(smsDay(day), at);
}

/** `at` itself inside them, else when they begin next. */
export function nextSmsHour(day: ClientDay, at: Instant): Instant {
  return nextOpening(smsDay(day), at);
}

/** When the hours end that `at` lies in. */
export function endOfSmsHours(day: ClientDay, at: Instant): Instant {
  return endOf(smsDay(day), at);
}

function smsDay(day: ClientDay): ClientDay {
  const { zone, from, to } = day;
  const isOneStretch = from < to;
  const shared = { zone, from: isOneStretch && from > hours.from ? from : hours.from, to: isOneStretch && to < hours.to ? to : hours.to };
  if (!isOneStretch && from > hours.from && from < hours.to) return { ...shared, from }; // it goes on past midnight
  return shared.from < shared.to ? shared : day;
}
