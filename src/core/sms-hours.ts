import { type ClientDay, endOf, isInside, nextOpening } from './day.js';
import type { Instant } from './instant.js';

/** When people may be woken by what they did not ask for at this hour, in the client's zone (DESIGN §8). */
const hours = { from: '09:00', to: '20:00' } as const;

/** Inside the client's day, and inside the hours of an SMS; a day that shares no hour with them counts alone. */
export function isSmsHour(day: ClientDay, at: Instant): boolean {
  return stretches(day).some((one) => isInside(one, at));
}

/** `at` itself inside them, else when they begin next. */
export function nextSmsHour(day: ClientDay, at: Instant): Instant {
  return Math.min(...stretches(day).map((one) => nextOpening(one, at)));
}

/** When the hours end that `at` lies in; outside them, the end of the day. */
export function endOfSmsHours(day: ClientDay, at: Instant): Instant {
  return endOf(stretches(day).find((one) => isInside(one, at)) ?? day, at);
}

/** A day past midnight has two: what is left of it in the morning, and its evening. */
function stretches(day: ClientDay): readonly [ClientDay, ...ClientDay[]] {
  const { zone, from, to } = day;
  const parts = from < to ? [{ from, to }] : [{ from: '00:00', to }, { from, to: '24:00' }];
  const shared = (from === to ? [{ from: '00:00', to: '24:00' }] : parts)
    .map((one) => ({ zone, from: one.from > hours.from ? one.from : hours.from, to: one.to < hours.to ? one.to : hours.to }))
    .filter((one) => one.from < one.to);
  const [first, ...others] = shared;
  return first ? [first, ...others] : [day];
}
