import { describe, expect, it } from '@jest/globals';
import { deliveryStates, holdReasons } from '../../src/core/delivery.js';
import { decide, type Due, rerouteAt } from '../../src/core/failover.js';
import { failoverPolicy, policyOfFallback } from '../../src/core/failover-policy.js';
import type { Policy } from '../../src/core/policy.js';
import { defaultTimes as times } from '../../src/core/times.js';
import { type Verdict, verdicts } from '../../src/core/verdict.js';

const now = 1_800_000_000_000;
const MINUTE = 60_000;
const up: Verdict = { state: 'up', impaired: false };
const due = (more: Partial<Due> = {}): Due => ({
  state: 'scheduled', holdReason: null, choice: 'can-wait', policy: failoverPolicy(more.choice ?? 'can-wait', {}, []), timed: false, day: { zone: 'UTC', from: '00:00', to: '00:00' }, blockedSince: null, verdictSince: null, dueAt: now, readyAt: now, deadlineAt: now + 7 * 86_400_000, begun: false,
  released: false, approved: true, paused: false, account: 'ok', beforeArming: false, follows: false, superseded: false, canary: false, byHand: false, ...more,
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
    expect(decide(due({ follows: true }), up, now, times)).toMatchObject({ kind: 'deliver', late: true });
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

    it('waits for a person where it was for today', () => {
      expect(decide(due({ ...over, choice: 'today' }), up, now, times)).toEqual({ kind: 'hold', reason: 'late', until: null, code: 'late-limit-passed' });
    });

    it('takes the next free slot where it can wait, but not with a word of time, paused or unapproved', () => {
      expect(decide(due(over), up, now, times)).toEqual({ kind: 'next-slot' });
      for (const more of [{ timed: true }, { paused: true }, { approved: false }]) {
        expect(decide(due({ ...over, ...more }), up, now, times)).toMatchObject({ kind: 'hold', reason: 'late', code: 'late-limit-passed' });
      }
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
    const everyPolicy = (['hold', 'reroute-now', 'reroute-after', 'drop', 'ask'] as const).flatMap((onOutage) =>
      (['reroute', 'expire', 'next-slot', 'ask'] as const).flatMap((atDeadline) => [failoverPolicy('today', { onOutage, atDeadline }, []), failoverPolicy('today', { onOutage, atDeadline }, [['blog']])]));
    const every = function* (): Generator<readonly [Due, Verdict]> {
      let n = 0;
      for (const state of ['scheduled', 'held'] as const)
        for (const holdReason of state === 'held' ? holdReasons : [null])
          for (const choice of ['can-wait', 'today', 'hour-counts'] as const)
            for (const ready of offsets)
              for (const limit of [-MINUTE, 0, MINUTE, 86_400_000])
                for (const bits of Array.from({ length: 64 }, (_, i) => i)) {
                  const bit = (i: number) => flags[(bits >> i) & 1] ?? false;
                  const account = (['ok', 'checking', 'down'] as const)[bits % 3] ?? 'ok';
                  const state7 = verdicts[(Math.imul(n + 7, 0x85ebca6b) >>> 8) % verdicts.length] ?? 'up';
                  yield [
                    { policy: everyPolicy[(Math.imul((n += 1), 0x9e3779b1) >>> 8) % everyPolicy.length] ?? policyOfFallback, timed: bits % 7 === 0, blockedSince: bits % 11 === 0 ? now - MINUTE : null, verdictSince: n % 3 === 0 ? now - 3_600_000 : null,
                      state, holdReason, choice, day: { zone: 'UTC', from: '00:00', to: '00:00' }, dueAt: now - 2 * MINUTE, readyAt: now + ready, deadlineAt: now + limit, begun: bit(0), released: bit(1), approved: bit(2), paused: bit(3), beforeArming: bit(4), follows: bits % 13 === 0, superseded: bit(5), canary: bits % 5 === 0, account, byHand: (Math.imul(n, 0x27d4eb2f) >>> 9) % 4 === 0 },
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

    it('sends nothing that a person posts, and asks for it exactly where another would not be waited with for a gate of its own', () => {
      expect(delivered.filter(([{ byHand }]) => byHand)).toEqual([]);
      const asked = [...every()].filter(([row, verdict]) => ((what) => what.kind === 'hold' && what.code === 'by-hand')(decide(row, verdict, now, times)));
      expect(asked.length).toBeGreaterThan(200);
      expect(asked.filter(([{ byHand, paused, approved, account }]) => !byHand || paused || !approved || account !== 'ok')).toEqual([]);
      expect(asked.filter(([row]) => !row.released && (row.beforeArming || row.holdReason === 'late' || (!row.begun && row.deadlineAt <= now)))).toEqual([]);
      const byMachine = [...every()].filter(([row]) => row.byHand).map(([row]) => [decide(row, up, now, times), decide({ ...row, byHand: false, timed: false, blockedSince: null }, up, now, times)] as const);
      for (const [hand, machine] of byMachine) expect(hand).toEqual(machine.kind === 'deliver' ? { kind: 'hold', reason: 'ask', until: null, code: 'by-hand' } : machine);
    });

    it('delivers nothing due before arming, held as late, or past its limit, without a person', () => {
      expect(delivered.filter(([row]) => !row.released && (row.beforeArming || row.holdReason === 'late'))).toEqual([]);
      expect(delivered.filter(([row]) => !row.released && !row.begun && row.deadlineAt <= now)).toEqual([]);
    });

    it('delivers nothing whose time is further off than a bell may be early', () => {
      expect(delivered.filter(([{ readyAt }]) => readyAt - now > times.earlyMs)).toEqual([]);
    });

    it('neither misses, skips, moves nor sends elsewhere what has begun', () => {
      expect([...every()].filter(([row, verdict]) => row.begun && ['miss', 'skip', 'reroute', 'next-slot'].includes(decide(row, verdict, now, times).kind))).toEqual([]);
    });

    it('sends nothing elsewhere that is paused, unapproved, has nowhere to go, or whose platform takes posts', () => {
      const elsewhere = [...every()].filter(([row, verdict]) => decide(row, verdict, now, times).kind === 'reroute');
      expect(elsewhere.length).toBeGreaterThan(50);
      expect(elsewhere.filter(([{ paused, approved, policy }]) => paused || !approved || policy.routes.length === 0)).toEqual([]);
      expect(elsewhere.filter(([row, { state }]) => row.deadlineAt > now && row.account === 'ok' && row.blockedSince === null && !['down', 'maintenance'].includes(state))).toEqual([]);
    });
  });
});

describe('what cannot go out on its own platform', () => {
  const down: Verdict = { state: 'down', impaired: false };
  const to = (more: Policy, choice: Due['choice'] = 'today') => failoverPolicy(choice, { rerouteTo: [['blog'], ['list']], ...more }, []);
  const hourCounts = to({}, 'hour-counts');

  it('waits, unless something else was chosen', () => {
    expect(decide(due({ policy: to({}) }), down, now, times)).toMatchObject({ kind: 'hold', reason: 'outage', code: 'platform-down' });
  });

  it('goes another way at once where that was chosen, and waits where there is none', () => {
    expect(decide(due({ policy: to({ onOutage: 'reroute-now' }) }), down, now, times)).toMatchObject({ kind: 'reroute', code: 'rerouted-outage', orElse: { kind: 'hold', code: 'no-way-out' } });
    expect(decide(due({ policy: to({ onOutage: 'reroute-now', rerouteTo: [] }) }), down, now, times)).toMatchObject({ kind: 'hold', code: 'platform-down' });
  });

  it('goes another way so long after its own time, and is woken then', () => {
    const policy = to({ onOutage: 'reroute-after', rerouteAfterMinutes: 10 });
    expect(decide(due({ policy, verdictSince: now - MINUTE }), down, now, times)).toMatchObject({ kind: 'hold', until: now + 10 * MINUTE, rerouteAt: now + 10 * MINUTE });
    expect(decide(held('outage', { policy, dueAt: now - 10 * MINUTE, verdictSince: now - 11 * MINUTE }), down, now, times).kind).toBe('reroute');
  });

  it('does not wait again what the outage has lasted before its time', () => {
    const policy = to({ onOutage: 'reroute-after', rerouteAfterMinutes: 10 });
    expect(rerouteAt({ dueAt: now, policy }, now - 10 * MINUTE)).toBe(now);
    expect(rerouteAt({ dueAt: now, policy }, now - 10 * MINUTE + 1)).toBe(now + 10 * MINUTE);
    expect(rerouteAt({ dueAt: now, policy }, null)).toBe(now + 10 * MINUTE);
  });

  it('goes another way at its hour where the hour counts, if there is one, else it is missed', () => {
    const over = { choice: 'hour-counts', dueAt: now - 15 * MINUTE, deadlineAt: now, holdReason: 'outage', state: 'held' } as const;
    expect(decide(due({ ...over, policy: hourCounts }), down, now, times)).toEqual({ kind: 'reroute', code: 'rerouted-outage', orElse: { kind: 'miss', code: 'platform-not-back' } });
    expect(decide(due({ ...over, policy: hourCounts, deadlineAt: now - 15 * MINUTE - 1, dueAt: now - 31 * MINUTE }), down, now, times).kind).toBe('miss');
  });

  it('goes another way whatever kept it: an account that is down, setbacks and nothing else', () => {
    const policy = to({ onOutage: 'reroute-now' });
    expect(decide(due({ policy, account: 'down' }), up, now, times)).toMatchObject({ kind: 'reroute', orElse: { kind: 'hold', reason: 'account', code: 'account-down' } });
    expect(decide(due({ policy, account: 'checking' }), up, now, times)).toMatchObject({ kind: 'hold', reason: 'account' });
    expect(decide(due({ policy, blockedSince: now - 5 * MINUTE }), up, now, times).kind).toBe('reroute');
    expect(decide(due({ policy: to({ onOutage: 'reroute-after', rerouteAfterMinutes: 10 }), blockedSince: now - MINUTE }), up, now, times).kind).toBe('deliver');
  });

  it('is dropped where that was chosen, though not for an account of its own', () => {
    const policy = to({ onOutage: 'drop' });
    expect(decide(due({ policy }), down, now, times)).toEqual({ kind: 'skip', code: 'dropped-in-outage' });
    expect(decide(due({ policy, account: 'down' }), up, now, times)).toMatchObject({ kind: 'hold', reason: 'account' });
  });

  it('waits while somebody is asked', () => {
    expect(decide(due({ policy: to({ onOutage: 'ask' }) }), down, now, times)).toMatchObject({ kind: 'hold', reason: 'outage', code: 'asked-in-outage' });
  });

  it('is not sent elsewhere while our own network is in doubt, nor once a person let it go', () => {
    const policy = to({ onOutage: 'reroute-now' });
    expect(decide(due({ policy }), { state: 'unknown', impaired: true }, now, times)).toMatchObject({ kind: 'hold', code: 'we-are-offline' });
    expect(decide(due({ policy, released: true }), down, now, times)).toMatchObject({ kind: 'hold', code: 'platform-down' });
  });

  it('with a word of time goes out late only by a person', () => {
    const late16 = { dueAt: now - 16 * MINUTE, readyAt: now };
    expect(decide(held('outage', { ...late16, timed: true }), up, now, times)).toMatchObject({ kind: 'hold', reason: 'late', code: 'words-of-time' });
    expect(decide(held('outage', { ...late16, timed: true, released: true }), up, now, times).kind).toBe('deliver');
    expect(decide(due({ timed: true, dueAt: now - MINUTE }), up, now, times).kind).toBe('deliver');
  });
});
