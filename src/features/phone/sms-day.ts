import { type ClientDay, isInside, nextOpening } from '../../core/day.js';
import type { Instant } from '../../core/instant.js';

/** When people may be woken by what they did not ask for at this hour, in the client's zone (DESIGN §8). */
const hours = { from: '09:00', to: '20:00' } as const;

/** Inside the client's day, and inside the hours of an SMS. */
export function isSmsHour(day: ClientDay, at: Instant): boolean {
  return isInside(day, at) && isInside({ zone: day.zone, ...hours }, at);
}

/** `at` itself inside them, else when they begin next. A day that shares no hour with them: when the client's own begins. */
export function nextSmsHour(day: ClientDay, at: Instant): Instant {
  const sms: ClientDay = { zone: day.zone, ...hours };
  let next = at;
  for (let step = 0; step < 4; step += 1) {
    next = nextOpening(sms, nextOpening(day, next));
    if (isSmsHour(day, next)) return next;
  }
  return nextOpening(day, at);
}
