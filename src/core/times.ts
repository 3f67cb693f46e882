import { HOUR_MS, MINUTE_MS, SECOND_MS } from './instant.js';

/** Every duration the delivery protocol hangs on, in ms, with its source. One object, so that a test may scale them all. */
export const defaultTimes = {
  /** A claim is good for this long; then the row counts as unconfirmed (DESIGN §6.2). */
  leaseMs: 60 * SECOND_MS,
  /** The first byte leaves before a third of the lease is gone, or not at all (§6.3). */
  claimAgeMs: 20 * SECOND_MS,
  /** Of one exchange: under half the lease (§6.3). */
  requestMs: 25 * SECOND_MS,
  /** A bell this early waits, an earlier one rings anew (§6.3). */
  earlyMs: 2 * SECOND_MS,
  /** Between tries of something the platform did not take (§5). */
  retryFirstMs: 5 * SECOND_MS,
  retryMostMs: 5 * MINUTE_MS,
  /** Setbacks for this long (and three tries): blocked (§5). */
  blockedAfterMs: 5 * MINUTE_MS,
  /** A throttled answer without a time: most platforms count in windows of 15 min (PLATFORMS §3). */
  throttledFirstMs: MINUTE_MS,
  throttledMostMs: 15 * MINUTE_MS,
  /** Never believe a platform that asks to wait longer. */
  throttledCapMs: 24 * HOUR_MS,
  /** First look at something unconfirmed, then doubling up to a minute. */
  firstLookMs: 5 * SECOND_MS,
  lookMostMs: MINUTE_MS,
  /** Absences count only this far apart (§6.5). */
  absencesApartMs: MINUTE_MS,
  /** An absence means nothing sooner after the intent: two leases (§6.5); a connector may ask for more. */
  settleMs: 120 * SECOND_MS,
  /** A resend stops this long before the platform forgets the key (§6.5). */
  resendMarginMs: 5 * MINUTE_MS,
  /** Found later than this: no longer on time (§6.8). */
  lateMs: MINUTE_MS,
  /** Later than this because we did not run: a person decides (§6.8). */
  absentMs: 15 * MINUTE_MS,
  /** What goes another way at its limit leaves this long before it, with all of its brand that would take the same way that day (§8). */
  collectMs: 5 * MINUTE_MS,
  /** … and where it takes longer until all people there have it, so much sooner at most. */
  collectMostMs: HOUR_MS,
  /** Late posts of one channel: hard floor between two (§8). */
  lateGapMs: MINUTE_MS,
  /** The hour in "so many late posts an hour" of one channel (§8). */
  lateHourMs: HOUR_MS,
  /** Late posts of one platform: the first ones so far apart (0.2 a second), in rounds, and the rate is judged anew after each step (§8). */
  drainFirstMs: 5 * SECOND_MS,
  drainEveryMs: SECOND_MS,
  drainStepMs: 15 * SECOND_MS,
  /** Whose turn it was and who has not begun after this long waits for another. */
  turnMs: 5 * MINUTE_MS,
  /** Nothing due waits longer without someone being told (§2.5). */
  untoldMs: 10 * MINUTE_MS,
  /** The platform's mood is asked again this soon after a full component (§6.9). */
  paceMs: 3 * SECOND_MS,
} as const;

/** Token under which the times in force are handed in: the default ones, or all of them scaled in a test. */
export const TIMES = Symbol('times');

export type Times = { readonly [Name in keyof typeof defaultTimes]: number };

/** Sent again this often at most; then it failed, and people are told (DESIGN §6.5). */
export const ROUNDS_AT_MOST = 3;
/** A delivery whose processes die with it so often is perhaps what kills them (docs/decisions/0012-whose-round-it-was.md). */
export const DEATHS_AT_MOST = 10;
/** Tries before a row of setbacks counts as blocked (§5). */
export const BLOCKED_AFTER_TRIES = 3;

/** All times shrunk or stretched together: what holds for the ratios holds for the protocol. */
export function scaledTimes(factor: number): Times {
  return Object.fromEntries(Object.entries(defaultTimes).map(([name, ms]) => [name, ms * factor])) as Times;
}
