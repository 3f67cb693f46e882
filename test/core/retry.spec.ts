import { describe, expect, it } from '@jest/globals';
import { afterSetback, isBlocked } from '../../src/core/retry.js';
import { defaultTimes as times } from '../../src/core/times.js';

const now = 1_800_000_000_000;
const fresh = { tries: 0, failingSince: null };
const at = (jitter: number) => ({ now, jitter, times });

describe('after a setback', () => {
  it('what was refused has failed', () => {
    expect(afterSetback({ kind: 'refused', detail: '' }, fresh, at(0.5))).toEqual({ to: 'failed' });
  });

  it('an account that was not accepted holds it without an end of its own', () => {
    expect(afterSetback({ kind: 'unauthorized', detail: '' }, fresh, at(0.5))).toEqual({ to: 'held', reason: 'account', until: null });
  });

  it('what is uncertain is looked up, never sent again', () => {
    for (const tries of [0, 5, 500]) expect(afterSetback({ kind: 'uncertain', detail: '' }, { tries, failingSince: 0 }, at(0))).toEqual({ to: 'unconfirmed', lookAt: now + times.firstLookMs });
  });

  it.each(['unavailable', 'local'] as const)('%s is tried again after 5 s, doubling up to 5 min, give or take a fifth, however often', (kind) => {
    for (let tries = 0; tries < 200; tries += 1) {
      for (const jitter of [0, 0.5, 0.999]) {
        const next = afterSetback({ kind, detail: '' }, { tries, failingSince: null }, at(jitter));
        const wait = Math.min(300_000, 5_000 * 2 ** tries);
        if (next.to !== 'scheduled') throw new Error(next.to);
        expect(next.at - now).toBeGreaterThanOrEqual(wait * 0.8);
        expect(next.at - now).toBeLessThan(wait * 1.2);
      }
    }
  });

  it('is blocked after three tries and 5 min of nothing else, and tried all the same', () => {
    const next = afterSetback({ kind: 'unavailable', detail: '' }, { tries: 2, failingSince: now - 300_000 }, at(0.5));
    expect(next).toEqual({ to: 'held', reason: 'outage', until: now + 20_000 });
  });

  it('is not blocked by two tries, nor by many in less than 5 min, nor by none that failed', () => {
    expect(isBlocked({ tries: 2, failingSince: now - 3_600_000 }, now, times)).toBe(false);
    expect(isBlocked({ tries: 50, failingSince: now - 299_999 }, now, times)).toBe(false);
    expect(isBlocked({ tries: 50, failingSince: null }, now, times)).toBe(false);
    expect(isBlocked({ tries: 3, failingSince: now - 300_000 }, now, times)).toBe(true);
  });

  describe('throttled', () => {
    const throttled = (until: number | null, tries = 0) => afterSetback({ kind: 'throttled', until, scope: 'account', detail: '' }, { tries, failingSince: null }, at(0));

    it('waits as long as the platform asks', () => {
      expect(throttled(now + 90_000)).toEqual({ to: 'scheduled', at: now + 90_000 });
    });

    it('is never at once, whatever the platform says', () => {
      expect(throttled(now - 5_000)).toEqual({ to: 'scheduled', at: now + 1_000 });
    });

    it('believes no more than a day', () => {
      expect(throttled(now + 9e12)).toEqual({ to: 'scheduled', at: now + 86_400_000 });
    });

    it('without a time waits a minute, doubling up to 15', () => {
      expect([0, 1, 3, 4, 99].map((tries) => throttled(null, tries))).toEqual(
        [60_000, 120_000, 480_000, 900_000, 900_000].map((wait) => ({ to: 'scheduled', at: now + wait })),
      );
    });
  });
});
