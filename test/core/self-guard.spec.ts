import { describe, expect, it } from '@jest/globals';
import { afterDelivered, afterTick, guardEveryMs, initialGuard, readGuard, type SelfGuard } from '../../src/core/self-guard.js';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const answers = (...oks: readonly boolean[]) => new Map(oks.map((ok, i) => [`control-${i}`, ok]));
/** All four answered a minute ago. */
const known: SelfGuard = afterTick(initialGuard(), answers(true, true, true, true), NOW - 60_000);

describe('the self guard', () => {
  it('is off until three controls have answered', () => {
    expect(readGuard(initialGuard(), NOW)).toBe('off');
    expect(readGuard(afterTick(initialGuard(), answers(true, true, false, false), NOW), NOW)).toBe('off');
    expect(readGuard(afterTick(initialGuard(), answers(true, true, true, false), NOW), NOW)).toBe('fine');
  });

  it('is off behind a firewall that lets no control through, and blames nobody', () => {
    const blocked = afterTick(initialGuard(), answers(false, false, false, false), NOW);
    expect(readGuard(blocked, NOW)).toBe('off');
    expect(guardEveryMs(readGuard(blocked, NOW))).toBe(10_000);
  });

  it('does not count a control that has not answered for a day', () => {
    const silent = afterTick(known, answers(true, true, true, false), NOW);
    expect(readGuard(silent, NOW)).toBe('suspicious');
    const nextDay = afterTick(silent, answers(true, true, true, false), NOW + 24 * HOUR);
    expect(readGuard(nextDay, NOW + 24 * HOUR)).toBe('fine');
  });

  it('asks more often as soon as one fails', () => {
    const reading = readGuard(afterTick(known, answers(true, true, true, false), NOW), NOW);
    expect(reading).toBe('suspicious');
    expect(guardEveryMs(reading)).toBe(3_000);
    expect(guardEveryMs('fine')).toBe(10_000);
  });

  it('says "it is us" when three quarters fail, not when half do', () => {
    expect(readGuard(afterTick(known, answers(true, true, false, false), NOW), NOW)).toBe('suspicious');
    expect(readGuard(afterTick(known, answers(true, false, false, false), NOW), NOW)).toBe('impaired');
    expect(readGuard(afterTick(known, answers(false, false, false, false), NOW), NOW)).toBe('impaired');
  });

  it('is outvoted by a delivery begun within 15 s, not by an older one', () => {
    const silent = afterTick(known, answers(false, false, false, false), NOW);
    expect(readGuard(afterDelivered(silent, NOW - 15_000), NOW)).toBe('suspicious');
    expect(readGuard(afterDelivered(silent, NOW - 15_001), NOW)).toBe('impaired');
  });

  it('keeps the later of two deliveries', () => {
    expect(afterDelivered(afterDelivered(known, NOW), NOW - 5_000).deliveredBegunAt).toBe(NOW);
  });

  it('concludes nothing for a day after the clock jumped by more than that, either way', () => {
    expect(readGuard(known, NOW + 25 * HOUR)).toBe('off');
    expect(readGuard(known, NOW - 25 * HOUR)).toBe('off');
  });

  it('forgets a control that is not configured any more', () => {
    const fewer = afterTick(known, answers(true, true, true), NOW);
    expect(Object.keys(fewer.controls)).toHaveLength(3);
  });
});
