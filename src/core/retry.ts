import type { HoldReason } from './delivery.js';
import type { Instant } from './instant.js';
import type { Setback } from './outcome.js';
import { BLOCKED_AFTER_TRIES, type Times } from './times.js';

export interface Trouble {
  /** Setbacks in a row before this one. */
  readonly tries: number;
  /** When the row of setbacks began; null = this is the first. */
  readonly failingSince: Instant | null;
}

export type Next =
  | { readonly to: 'scheduled'; readonly at: Instant }
  | { readonly to: 'held'; readonly reason: HoldReason; readonly until: Instant | null }
  | { readonly to: 'unconfirmed'; readonly lookAt: Instant }
  | { readonly to: 'failed' };

interface Moment {
  readonly now: Instant;
  /** In [0, 1): spreads the herd by ± 20 %. */
  readonly jitter: number;
  readonly times: Times;
}

/** What becomes of a delivery in flight whose answer was a setback (DESIGN §5). */
export function afterSetback(setback: Setback, trouble: Trouble, { now, jitter, times }: Moment): Next {
  switch (setback.kind) {
    case 'refused':
      return { to: 'failed' };
    case 'unauthorized':
      return { to: 'held', reason: 'account', until: null };
    case 'throttled': {
      const wait = setback.until === null ? backoff(trouble.tries, times.throttledFirstMs, times.throttledMostMs) : setback.until - now;
      return { to: 'scheduled', at: now + Math.min(Math.max(wait, times.retryFirstMs / 5), times.throttledCapMs) };
    }
    case 'uncertain':
      return { to: 'unconfirmed', lookAt: now + times.firstLookMs };
    case 'local':
    case 'unavailable': {
      const at = now + backoff(trouble.tries, times.retryFirstMs, times.retryMostMs) * (0.8 + 0.4 * jitter);
      const since = { tries: trouble.tries + 1, failingSince: trouble.failingSince ?? now };
      return isBlocked(since, now, times) ? { to: 'held', reason: 'outage', until: at } : { to: 'scheduled', at };
    }
  }
}

/** Nothing but setbacks, often and long enough: its policy runs as if the platform were down, whatever the verdict. */
export function isBlocked(trouble: Trouble, now: Instant, times: Times): boolean {
  return trouble.tries >= BLOCKED_AFTER_TRIES && trouble.failingSince !== null && now - trouble.failingSince >= times.blockedAfterMs;
}

function backoff(tries: number, first: number, most: number): number {
  return Math.min(most, first * 2 ** Math.min(tries, 20));
}
