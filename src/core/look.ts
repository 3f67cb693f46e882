import type { Instant } from './instant.js';
import { DEATHS_AT_MOST, ROUNDS_AT_MOST, type Times } from './times.js';

export interface Unconfirmed {
  readonly intentAt: Instant;
  /** When it was last resent, or was about to be: from here on the platform needs its time again. null = never. */
  readonly resentAt: Instant | null;
  /** End of the incident that touched it, if any. */
  readonly incidentEndAt: Instant | null;
  /** Looks that concluded nothing, in this round. */
  readonly looks: number;
  /** The first absence that counted; null = none yet. */
  readonly absentAt: Instant | null;
  /** Times the platform left it open, and it was found absent and sent again. */
  readonly rounds: number;
  /** Tries whose process was gone before it could write an answer: they say nothing of the platform. */
  readonly deaths: number;
  /** The latest try is one of these. */
  readonly died: boolean;
}

export interface Means {
  readonly resendWindowMs: number | null;
  /** The key holds also against a request that is still at work. */
  readonly keyIsAtomic: boolean;
  readonly canFind: boolean;
  readonly settleMs: number;
}

/** `find-resend`: looked for, and resent if it is surely not there. `wait`: nothing can be told yet, look again at `at`. */
export type LookPlan = { readonly by: 'find-resend' | 'resend' | 'find' | 'person' } | { readonly by: 'wait'; readonly at: Instant };

/**
 * How an unconfirmed part is cleared up now. Looking comes first wherever it is possible: a key is a promise that many
 * servers keep only for answers they have finished (Mastodon before #37879 posts twice while the first is at work). So
 * nothing is resent before the platform had time to settle, unless its key is atomic.
 */
export function planLook(row: Unconfirmed, means: Means, moment: { readonly now: Instant; readonly times: Times }): LookPlan {
  const { now, times } = moment;
  const settledAt = means.keyIsAtomic ? -Infinity : sentAt(row) + means.settleMs;
  const resendable = means.resendWindowMs !== null && now - row.intentAt < means.resendWindowMs - times.resendMarginMs;
  if (means.canFind) return { by: resendable && now >= settledAt ? 'find-resend' : 'find' };
  if (!resendable) return { by: 'person' };
  return now >= settledAt ? { by: 'resend' } : { by: 'wait', at: Math.min(nextLook(row.looks, now, times), settledAt) };
}

/** The last time that a request for it may have left. */
function sentAt({ intentAt, resentAt }: Unconfirmed): Instant {
  return Math.max(intentAt, resentAt ?? -Infinity);
}

export type AfterAbsence =
  | { readonly to: 'look-again'; readonly at: Instant; readonly counts: boolean }
  | { readonly to: 'scheduled' }
  | { readonly to: 'failed' };

interface Absence {
  readonly settleMs: number;
  readonly readIsUp: boolean;
  readonly now: Instant;
  readonly times: Times;
}

/**
 * What an absence means (DESIGN §6.5). It counts only while the component's `read` is up and once the platform had
 * time to settle; absent twice, far enough apart, means it is not there.
 */
export function afterAbsence(row: Unconfirmed, { settleMs, readIsUp, now, times }: Absence): AfterAbsence {
  const settledAt = Math.max(sentAt(row), row.incidentEndAt ?? 0) + settleMs;
  if (now < settledAt) return { to: 'look-again', at: Math.min(nextLook(row.looks, now, times), settledAt), counts: false };
  if (!readIsUp) return { to: 'look-again', at: nextLook(row.looks, now, times), counts: false };
  if (row.absentAt === null) return { to: 'look-again', at: now + times.absencesApartMs, counts: true };
  const again = row.absentAt + times.absencesApartMs;
  if (now < again) return { to: 'look-again', at: again, counts: false };
  const isEnough = row.died ? row.deaths >= DEATHS_AT_MOST : row.rounds + 1 >= ROUNDS_AT_MOST;
  return isEnough ? { to: 'failed' } : { to: 'scheduled' };
}

export function nextLook(looks: number, now: Instant, times: Times): Instant {
  return now + Math.min(times.lookMostMs, times.firstLookMs * 2 ** Math.min(looks, 10));
}
