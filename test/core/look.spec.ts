import { describe, expect, it } from '@jest/globals';
import { afterAbsence, nextLook, planLook, type Unconfirmed } from '../../src/core/look.js';
import { defaultTimes as times } from '../../src/core/times.js';

const intentAt = 1_800_000_000_000;
const row: Unconfirmed = { intentAt, resentAt: null, incidentEndAt: null, looks: 0, absentAt: null, rounds: 0, deaths: 0, died: false };
const HOUR = 3_600_000;

describe('how something unconfirmed is cleared up', () => {
  const SETTLE = 120_000;
  const plan = (resendWindowMs: number | null, canFind: boolean, ageMs: number, { keyIsAtomic = false, ...more }: Partial<Unconfirmed> & { keyIsAtomic?: boolean } = {}) =>
    planLook({ ...row, ...more }, { resendWindowMs, keyIsAtomic, canFind, settleMs: SETTLE }, { now: intentAt + ageMs, times });

  it.each([
    [HOUR, true, 0, 'find'], // the first request may still be at work
    [HOUR, true, SETTLE - 1, 'find'],
    [HOUR, true, SETTLE, 'find-resend'],
    [HOUR, true, HOUR - 300_001, 'find-resend'],
    [HOUR, true, HOUR - 300_000, 'find'], // the platform forgets the key 5 min later
    [HOUR, false, 0, 'wait'],
    [HOUR, false, SETTLE, 'resend'],
    [HOUR, false, HOUR - 300_000, 'person'],
    [null, true, 0, 'find'],
    [null, false, 0, 'person'],
  ] as const)('with a window of %s and find %s, %s ms after the intent: %s', (window, canFind, age, expected) => {
    expect(plan(window, canFind, age).by).toBe(expected);
  });

  it.each([[true, 'find-resend'], [false, 'resend']] as const)('at once where the key is atomic (find %s: %s)', (canFind, expected) => {
    expect(plan(HOUR, canFind, 0, { keyIsAtomic: true }).by).toBe(expected);
  });

  it('waits for a resend as for the first request', () => {
    const resentAt = intentAt + 10 * 60_000;
    expect(plan(HOUR, true, 10 * 60_000 + SETTLE - 1, { resentAt }).by).toBe('find');
    expect(plan(HOUR, true, 10 * 60_000 + SETTLE, { resentAt }).by).toBe('find-resend');
    expect(plan(HOUR, false, 10 * 60_000 + SETTLE - 1, { resentAt, looks: 9 })).toEqual({ by: 'wait', at: resentAt + SETTLE });
  });

  it('never sends again without a promise, at any age', () => {
    for (let age = 0; age < 2 * HOUR; age += 10_000) expect(plan(null, true, age).by).toBe('find');
  });
});

describe('an absence', () => {
  const seen = (more: Partial<Unconfirmed>, ageMs: number, readIsUp = true) =>
    afterAbsence({ ...row, ...more }, { settleMs: 120_000, readIsUp, now: intentAt + ageMs, times });

  it('means nothing before the platform had time to settle', () => {
    for (let age = 0; age < 120_000; age += 1_000) expect(seen({ absentAt: intentAt }, age)).toMatchObject({ to: 'look-again', counts: false });
  });

  it('is looked at again no later than when it settles', () => {
    expect(seen({ looks: 9 }, 119_000)).toEqual({ to: 'look-again', at: intentAt + 120_000, counts: false });
    expect(seen({ looks: 0 }, 0)).toEqual({ to: 'look-again', at: intentAt + 5_000, counts: false });
  });

  it('settles from the end of the incident, where that is later', () => {
    expect(seen({ incidentEndAt: intentAt + HOUR }, HOUR + 119_000)).toMatchObject({ counts: false });
    expect(seen({ incidentEndAt: intentAt + HOUR }, HOUR + 120_000)).toMatchObject({ counts: true });
    expect(seen({ incidentEndAt: intentAt - HOUR }, 120_000)).toMatchObject({ counts: true });
  });

  it('settles from the last resend, where that is later', () => {
    expect(seen({ resentAt: intentAt + HOUR }, HOUR + 119_000)).toMatchObject({ counts: false });
    expect(seen({ resentAt: intentAt + HOUR }, HOUR + 120_000)).toMatchObject({ counts: true });
  });

  it('means nothing while reading is in doubt, the first time and the second', () => {
    expect(seen({}, 200_000, false)).toMatchObject({ to: 'look-again', counts: false });
    expect(seen({ absentAt: intentAt + 130_000 }, 900_000, false)).toMatchObject({ to: 'look-again', counts: false });
  });

  it('counts once, then is asked for a second time a minute later', () => {
    expect(seen({}, 130_000)).toEqual({ to: 'look-again', at: intentAt + 190_000, counts: true });
    expect(seen({ absentAt: intentAt + 130_000 }, 189_999)).toEqual({ to: 'look-again', at: intentAt + 190_000, counts: false });
  });

  it('twice, far enough apart, means that it may be sent again', () => {
    expect(seen({ absentAt: intentAt + 130_000 }, 190_000)).toEqual({ to: 'scheduled' });
    expect(seen({ absentAt: intentAt + 130_000, rounds: 1 }, 190_000)).toEqual({ to: 'scheduled' });
  });

  it('in the third round means that it failed', () => {
    expect(seen({ absentAt: intentAt + 130_000, rounds: 2 }, 190_000)).toEqual({ to: 'failed' });
    expect(seen({ absentAt: intentAt + 130_000, rounds: 7 }, 190_000)).toEqual({ to: 'failed' });
  });

  it('sends again what only our own deaths left open, up to the tenth', () => {
    expect(seen({ absentAt: intentAt + 130_000, rounds: 2, deaths: 1, died: true }, 190_000)).toEqual({ to: 'scheduled' });
    expect(seen({ absentAt: intentAt + 130_000, rounds: 0, deaths: 9, died: true }, 190_000)).toEqual({ to: 'scheduled' });
    expect(seen({ absentAt: intentAt + 130_000, rounds: 0, deaths: 10, died: true }, 190_000)).toEqual({ to: 'failed' });
    expect(seen({ absentAt: intentAt + 130_000, rounds: 0, deaths: 20, died: false }, 190_000)).toEqual({ to: 'scheduled' });
  });

  it('always leads to a look in the future, or to an end', () => {
    for (const absentAt of [null, intentAt + 10_000, intentAt + 130_000]) {
      for (const readIsUp of [true, false]) {
        for (let age = 0; age < 400_000; age += 7_000) {
          const next = seen({ absentAt, looks: age % 13 }, age, readIsUp);
          if (next.to === 'look-again') expect(next.at).toBeGreaterThan(intentAt + age);
        }
      }
    }
  });
});

describe('the next look', () => {
  it('doubles from 5 s up to a minute', () => {
    expect([0, 1, 2, 3, 4, 99].map((looks) => nextLook(looks, 0, times))).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });
});
