import { type ClientDay, endOf, lastClosing } from './day.js';
import { DAY_MS, type Instant, MINUTE_MS } from './instant.js';

/** The three choices of the composer (DESIGN §8). */
export const choices = ['can-wait', 'today', 'hour-counts'] as const;
export type Choice = (typeof choices)[number];

/** *It can wait*: out within 7 days (DESIGN §8). */
export const CAN_WAIT_MS = 7 * DAY_MS;

/**
 * *The hour counts*: late after a quarter of an hour. DESIGN §8 names the hour, not the grace; 15 min is where §6.8
 * draws the line between a little late and late because we did not run.
 */
export const HOUR_COUNTS_MS = 15 * MINUTE_MS;

/** The longest late limit a person may set: 30 days. */
export const MAX_LATE_LIMIT_MINUTES = 30 * 24 * 60;

/** Custom fields of a post (DESIGN §8); what is left out is as the choice says. */
export interface Policy {
  /** How long after its due time it may still go out. */
  readonly lateLimitMinutes?: number | undefined;
  readonly onOutage?: 'hold' | 'reroute-now' | 'reroute-after' | 'drop' | 'ask' | undefined;
  /** With `reroute-after`: counted from the delivery's own due time. */
  readonly rerouteAfterMinutes?: number | undefined;
  /** Sets of outlets, by channel id; every outlet of the first usable set. */
  readonly rerouteTo?: readonly (readonly string[])[] | undefined;
  readonly atDeadline?: 'reroute' | 'expire' | 'next-slot' | 'ask' | undefined;
  readonly afterReroute?: 'ask' | 'skip' | 'publish-edited' | 'publish-anyway' | undefined;
}

/**
 * Until when a post may go out, whatever made it late. Never before its due time.
 * `dueAt`: when it was planned for; `day`: the client's.
 */
export function lateLimit(choice: Choice, policy: Policy, dueAt: Instant, day: ClientDay): Instant {
  if (policy.lateLimitMinutes !== undefined) return dueAt + policy.lateLimitMinutes * MINUTE_MS;
  switch (choice) {
    case 'can-wait':
      // What is late goes out inside the client's day only, so the limit never lies in a night.
      return Math.max(dueAt, lastClosing(day, dueAt + CAN_WAIT_MS));
    case 'today':
      return endOf(day, dueAt);
    case 'hour-counts':
      return dueAt + HOUR_COUNTS_MS;
  }
}
