import { describe, expect, it } from '@jest/globals';
import { advance, type Flow, type Seen, spend, startFlow } from '../../src/core/aimd.js';
import { defaultTimes as pace } from '../../src/core/times.js';

const STEP = pace.drainStepMs;
/** A step in which all that may go goes, and comes back so. */
const step = (flow: Flow, seen: Seen, limit: number | null = null): Flow =>
  advance(spend(flow, { given: Math.floor(flow.tokens), pressed: true }), seen, { now: flow.steppedAt + STEP, limit, burst: Infinity, pace });
const steps = (flow: Flow, seen: readonly Seen[], limit: number | null = null): readonly number[] => {
  const rates: number[] = [];
  for (const one of seen) {
    flow = step(flow, one, limit);
    rates.push(flow.rate);
  }
  return rates;
};
const fine = { good: 20, bad: 0 };
const awful = { good: 15, bad: 5 };

describe('the rate of late posts', () => {
  it('begins with one in five seconds, or a twentieth of the known limit', () => {
    expect(startFlow(0, null, pace)).toMatchObject({ rate: 0.2, tokens: 1 });
    expect(startFlow(0, 100, pace).rate).toBe(5);
    expect(startFlow(0, 1, pace).rate).toBe(0.2);
  });

  it('doubles every fifteen seconds while all is well, up to four fifths of the known limit', () => {
    expect(steps(startFlow(0, 10, pace), [fine, fine, fine, fine, fine], 10)).toEqual([1, 2, 4, 8, 8]);
    expect(steps(startFlow(0, null, pace), Array.from({ length: 10 }, () => fine)).at(-1)).toBeCloseTo(0.2 * 2 ** 10);
  });

  it('never passes four fifths of a limit that is less than what it would begin with', () => {
    expect(startFlow(0, 0.1, pace).rate).toBeCloseTo(0.08);
    expect(steps(startFlow(0, 0.1, pace), [fine, awful, fine], 0.1).every((rate) => rate < 0.0801)).toBe(true);
  });

  it('is not judged before the step is over', () => {
    const flow = startFlow(0, 100, pace);
    const early = advance(spend(flow, { given: 1, pressed: true }), awful, { now: STEP - 1, limit: 100, burst: Infinity, pace });
    expect(early.rate).toBe(5);
    expect(advance(early, { good: 0, bad: 0 }, { now: STEP, limit: 100, burst: Infinity, pace }).rate).toBe(2.5);
  });

  it('halves when more than a tenth is bad, and from then on a good step adds a tenth of what was too fast', () => {
    const [a, b, halved, c, d] = steps(startFlow(0, 100, pace), [fine, fine, awful, fine, fine], 100);
    expect([a, b, halved]).toEqual([10, 20, 10]);
    expect(c).toBeCloseTo(12);
    expect(d).toBeCloseTo(14);
  });

  it('a tenth that is bad is not too much', () => {
    expect(steps(startFlow(0, 100, pace), [{ good: 18, bad: 2 }], 100)).toEqual([10]);
  });

  it('one bad answer among a few is chance: it stays as it is', () => {
    expect(steps(startFlow(0, 100, pace), [{ good: 2, bad: 1 }], 100)).toEqual([5]);
    expect(steps(startFlow(0, 100, pace), [{ good: 0, bad: 1 }], 100)).toEqual([2.5]);
  });

  it('never stands still', () => {
    expect(steps(startFlow(0, null, pace), Array.from({ length: 20 }, () => awful)).at(-1)).toBeCloseTo(0.1);
  });

  it('does not grow while it is not the rate that holds posts back, nor with nothing come back', () => {
    const flow = startFlow(0, 100, pace);
    expect(advance(flow, fine, { now: STEP, limit: 100, burst: Infinity, pace }).rate).toBe(5);
    expect(steps(flow, [{ good: 0, bad: 0 }], 100)).toEqual([5]);
  });

  it('lets out its rate, and hardly more at once after a leader was away, nor more than the limit bears', () => {
    const limit = 100;
    let flow = startFlow(0, limit, pace);
    let out = 0;
    for (let now = 0; now < 10_000; now += 1_000) {
      flow = advance(flow, { good: 0, bad: 0 }, { now, limit, burst: Infinity, pace });
      out += Math.floor(flow.tokens);
      flow = spend(flow, { given: Math.floor(flow.tokens), pressed: true });
    }
    expect(out).toBe(1 + 9 * 5);
    expect(advance(flow, { good: 0, bad: 0 }, { now: 3_600_000, limit, burst: Infinity, pace }).tokens).toBe(10);
    expect(advance(flow, { good: 0, bad: 0 }, { now: 3_600_000, limit, burst: 3, pace }).tokens).toBe(3);
  });
});
