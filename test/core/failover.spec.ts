import { describe, expect, it } from '@jest/globals';
import { deliveryStates, holdReasons } from '../../src/core/delivery.js';
import { decide, type Due } from '../../src/core/failover.js';
import { defaultTimes as times } from '../../src/core/times.js';
import { type Verdict, verdicts } from '../../src/core/verdict.js';

const now = 1_800_000_000_000;
const MINUTE = 60_000;
const up: Verdict = { state: 'up', impaired: false };
const due = (more: Partial<Due> = {}): Due => ({
  state: 'scheduled', holdReason: null, choice: 'can-wait', dueAt: now, readyAt: now, deadlineAt: now + 7 * 86_400_000, begun: false,
  released: false, approved: true, paused: false, account: 'ok', beforeArming: false, superseded: false, canary: false, ...more,
});
const held = (holdReason: Due['holdReason'], more: Partial<Due> = {}) => due({ state: 'held', holdReason, ...more });
const late = (ms: number) => ({ dueAt: now - ms, readyAt: now });

describe('a delivery whose bell rang', () => {
  it('goes out on time', () => {
    expect(decide(due(), up, now, times)).toEqual({ kind: 'deliver', late: false, alone: false });
  });

  it.each(deliveryStates.filter((state) => state !== 'scheduled' && state !== 'held'))('%s is left alone', (state) => {
    expect(decide(due({ state }), up, now, times)).toEqual({ kind: 'leave' });
  });

  it('rung up to two seconds early goes on, earlier waits', () => {
    expect(decide(due({ readyAt: now + 2_000, dueAt: now + 2_000 }), up, now, times).kind).toBe('deliver');
    expect(decide(due({ readyAt: now + 2_001, dueAt: now + 2_001 }), up, now, times)).toEqual({ kind: 'wait', until: now + 2_001 });
  });

  it('is late from a minute on', () => {
    expect(decide(due(late(MINUTE)), up, now, times)).toMatchObject({ kind: 'deliver', late: false });
    expect(decide(due(late(MINUTE + 1)), up, now, times)).toMatchObject({ kind: 'deliver', late: true });
  });

  it.each([
    [{ approved: false }, 'approval', 'waits-for-approval'],
    [{ paused: true }, 'pause', 'paused'],
    [{ account: 'down' }, 'account', 'account-down'],
    [{ account: 'checking' }, 'account', 'account-checked'],
    [{ approved: false, paused: true, account: 'down' }, 'approval', 'waits-for-approval'],
  ] as const)('with %j is held for %s', (more, reason, code) => {
    expect(decide(due(more), up, now, times)).toEqual({ kind: 'hold', reason, until: null, code });
  });

  it.each([
    ['degraded', false, { kind: 'deliver', alone: false, late: false }],
    ['suspect', false, { kind: 'deliver', alone: true, late: false }],
    ['recovering', false, { kind: 'deliver', alone: true, late: true }],
    ['unknown', false, { kind: 'deliver', alone: true, late: false }],
    ['unknown', true, { kind: 'hold', reason: 'outage', code: 'we-are-offline' }],
    ['down', false, { kind: 'hold', reason: 'outage', code: 'platform-down' }],
    ['maintenance', false, { kind: 'hold', reason: 'outage', code: 'platform-down' }],
  ] as const)('while its component is %s (impaired: %s)', (state, impaired, expected) => {
    expect(decide(due(), { state, impaired }, now, times)).toMatchObject(expected);
  });

  describe('past its late limit', () => {
    const over = { deadlineAt: now, dueAt: now - 10 * MINUTE, readyAt: now - 10 * MINUTE };

    it('is missed where the hour counts', () => {
      expect(decide(due({ ...over, choice: 'hour-counts' }), up, now, times)).toEqual({ kind: 'miss', code: 'hour-has-passed' });
    });

    it.each<[string, Partial<Due>, Verdict, string]>([
      ['the platform, while it is waited for', { state: 'held', holdReason: 'outage' }, { state: 'down', impaired: false }, 'platform-not-back'],
      ['not a platform that is back', { state: 'held', holdReason: 'outage' }, up, 'hour-has-passed'],
      ['not the platform for a pause', { state: 'held', holdReason: 'pause', paused: true }, { state: 'down', impaired: false }, 'hour-has-passed'],
      ['not the platform while our own network is in doubt', { state: 'held', holdReason: 'outage' }, { state: 'unknown', impaired: true }, 'hour-has-passed'],
      ['not the platform for an absence of our own', {}, { state: 'down', impaired: false }, 'hour-has-passed'],
    ])('names %s', (_, more, verdict, code) => {
      expect(decide(due({ ...over, choice: 'hour-counts', ...more }), verdict, now, times)).toEqual({ kind: 'miss', code });
    });

    it.each(['can-wait', 'today'] as const)('waits for a person where it is %s', (choice) => {
      expect(decide(due({ ...over, choice }), up, now, times)).toEqual({ kind: 'hold', reason: 'late', until: null, code: 'late-limit-passed' });
    });

    it('ends its wait for an outage, an account or a pause', () => {
      for (const reason of ['outage', 'account', 'pause', 'ask'] as const) {
        expect(decide(held(reason, { ...over, readyAt: now, choice: 'hour-counts', paused: true, account: 'down' }), { state: 'down', impaired: false }, now, times).kind).toBe('miss');
      }
    });

    it('goes out when a person released it, and when a part is out already', () => {
      expect(decide(due({ ...over, released: true }), up, now, times)).toMatchObject({ kind: 'deliver', late: true });
      expect(decide(due({ ...over, begun: true }), up, now, times)).toMatchObject({ kind: 'deliver', late: false });
    });

    it('released, still waits for the moment it was put off to', () => {
      expect(decide(due({ ...over, released: true, readyAt: now + MINUTE }), up, now, times)).toEqual({ kind: 'wait', until: now + MINUTE });
    });
  });

  describe('after we were away', () => {
    const code = 'we-were-away';
    it('over a quarter of an hour waits for a person', () => {
      expect(decide(due({ dueAt: now - 15 * MINUTE, readyAt: now - 15 * MINUTE }), up, now, times).kind).toBe('deliver');
      expect(decide(due({ dueAt: now - 15 * MINUTE - 1, readyAt: now - 15 * MINUTE - 1 }), up, now, times)).toMatchObject({ kind: 'hold', reason: 'late', code });
    });

    it('waits for a person too when it had been tried or held before', () => {
      expect(decide(due({ dueAt: now - 180 * MINUTE, readyAt: now - 179 * MINUTE }), up, now, times)).toMatchObject({ kind: 'hold', reason: 'late', code });
      expect(decide(held('pace', { dueAt: now - 300 * MINUTE, readyAt: now - 180 * MINUTE }), up, now, times)).toMatchObject({ kind: 'hold', reason: 'late', code });
    });

    it('what only just became ready was late for another reason: it leaves through the drain', () => {
      expect(decide(held('outage', { dueAt: now - 180 * MINUTE, readyAt: now }), up, now, times)).toMatchObject({ kind: 'deliver', late: true });
      expect(decide(held('pause', { dueAt: now - 180 * MINUTE, readyAt: now - 14 * MINUTE }), up, now, times)).toMatchObject({ kind: 'deliver', late: true });
    });

    it('goes out when a person released it', () => {
      expect(decide(held('late', { dueAt: now - 180 * MINUTE, readyAt: now, released: true }), up, now, times)).toMatchObject({ kind: 'deliver', late: true });
    });
  });

  it('due before arming waits for a person, also in mid-thread, until it is released', () => {
    for (const more of [{}, { begun: true }, { superseded: true, ...late(5 * MINUTE) }]) {
      expect(decide(due({ beforeArming: true, ...more }), up, now, times)).toMatchObject({ kind: 'hold', reason: 'late', code: 'restored' });
    }
    expect(decide(held('late', { beforeArming: true, released: true }), up, now, times).kind).toBe('deliver');
  });

  it('is the one that goes first while its platform is down, alone and past the pace of late posts, but passes every gate', () => {
    const down: Verdict = { state: 'down', impaired: false };
    expect(decide(held('outage', { canary: true, dueAt: now - 180 * MINUTE }), down, now, times)).toEqual({ kind: 'deliver', late: false, alone: true });
    expect(decide(held('outage'), down, now, times)).toMatchObject({ kind: 'hold', reason: 'outage' });
    expect(decide(held('outage', { canary: true, paused: true }), down, now, times)).toMatchObject({ kind: 'hold', reason: 'pause' });
    expect(decide(held('outage', { canary: true }), { state: 'maintenance', impaired: false }, now, times)).toMatchObject({ kind: 'hold', reason: 'outage' });
  });

  it('asks again soon while our own network is in doubt', () => {
    expect(decide(due(), { state: 'unknown', impaired: true }, now, times)).toEqual({ kind: 'hold', reason: 'outage', code: 'we-are-offline', until: now + 10_000 });
  });

  it('is left out for a newer one of its series once it is late', () => {
    expect(decide(due({ superseded: true, ...late(MINUTE + 1) }), up, now, times)).toEqual({ kind: 'skip', code: 'superseded' });
    expect(decide(due({ superseded: true }), up, now, times).kind).toBe('deliver');
    expect(decide(due({ superseded: true, released: true, ...late(MINUTE + 1) }), up, now, times).kind).toBe('deliver');
    expect(decide(due({ superseded: true, begun: true, ...late(MINUTE + 1) }), up, now, times).kind).toBe('deliver');
  });

  describe('whatever else is true', () => {
    const offsets = [-86_400_000, -20 * MINUTE, -61_000, 0, 1_500, 3_600_000, Infinity];
    const flags = [true, false];
    const every = function* (): Generator<readonly [Due, Verdict]> {
      for (const state of ['scheduled', 'held'] as const)
        for (const holdReason of state === 'held' ? holdReasons : [null])
          for (const choice of ['can-wait', 'today', 'hour-counts'] as const)
            for (const ready of offsets)
              for (const limit of [-MINUTE, 0, MINUTE, 86_400_000])
                for (const bits of Array.from({ length: 64 }, (_, i) => i)) {
                  const bit = (i: number) => flags[(bits >> i) & 1] ?? false;
                  const account = (['ok', 'checking', 'down'] as const)[bits % 3] ?? 'ok';
                  const state7 = verdicts[bits % verdicts.length] ?? 'up';
                  yield [
                    { state, holdReason, choice, dueAt: now - 2 * MINUTE, readyAt: now + ready, deadlineAt: now + limit, begun: bit(0), released: bit(1), approved: bit(2), paused: bit(3), beforeArming: bit(4), superseded: bit(5), canary: bits % 5 === 0, account },
                    { state: state7, impaired: bit(2) },
                  ];
                }
    };
    const delivered = [...every()].filter(([row, verdict]) => decide(row, verdict, now, times).kind === 'deliver');

    it('delivers something in this sweep, so that what follows means something', () => {
      expect(delivered.length).toBeGreaterThan(500);
    });

    it('delivers nothing paused, unapproved, with its account down, or on a component that is down', () => {
      expect(delivered.filter(([{ paused, approved, account }]) => paused || !approved || account !== 'ok')).toEqual([]);
      expect(delivered.filter(([{ canary }, { state, impaired }]) => (state === 'down' && !canary) || state === 'maintenance' || (state === 'unknown' && impaired))).toEqual([]);
    });

    it('delivers nothing due before arming, held as late, or past its limit, without a person', () => {
      expect(delivered.filter(([row]) => !row.released && (row.beforeArming || row.holdReason === 'late'))).toEqual([]);
      expect(delivered.filter(([row]) => !row.released && !row.begun && row.deadlineAt <= now)).toEqual([]);
    });

    it('delivers nothing whose time is further off than a bell may be early', () => {
      expect(delivered.filter(([{ readyAt }]) => readyAt - now > times.earlyMs)).toEqual([]);
    });

    it('neither misses nor skips what has begun', () => {
      expect([...every()].filter(([row, verdict]) => row.begun && ['miss', 'skip'].includes(decide(row, verdict, now, times).kind))).toEqual([]);
    });
  });
});
