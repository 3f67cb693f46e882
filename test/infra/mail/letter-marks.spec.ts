import { describe, expect, it } from '@jest/globals';
import { nextTryInS, tryForS } from '../../../src/infra/mail/letter-marks.js';

describe('A letter nobody took', () => {
  it('is tried again ever more slowly, for ten hours', () => {
    const tries: number[] = [];
    for (let ageS = 1, next = nextTryInS(ageS, ageS); next !== null; next = nextTryInS(ageS, ageS)) {
      ageS += next;
      tries.push(ageS);
    }
    expect(tries).toEqual([15, 30, 60, 90, 120, 180, 360, 660, 1_800, 3_600, 10_800, 21_600, 36_000]);
    expect(nextTryInS(36_000, 35_990)).toBeNull();
  });

  it('is not tried again in the same breath', () => {
    expect(nextTryInS(28, 27)).toBe(32);
  });

  it.each([[118, 119, 1], [119, 124, 0], [90, 130, 0]])('tried by the first road from %d to %d s, it is the other\'s %d s later', (begunS, ageS, inS) => {
    expect(nextTryInS(ageS, begunS)).toBe(inS);
  });

  it('leaves the first road when the second has its turn', () => {
    expect(tryForS(0, true)).toBe(40);
    expect(tryForS(90, true)).toBe(30);
    expect(tryForS(119, true)).toBe(5);
    expect(tryForS(119, false)).toBe(40);
    expect(tryForS(130, true)).toBe(40);
  });

  it.each([0, 14, 29, 59, 89])('begun at %d s, it is back in the two minutes\' time for the other road', (ageS) => {
    expect(ageS + tryForS(ageS, true)).toBeLessThanOrEqual(120);
  });
});
