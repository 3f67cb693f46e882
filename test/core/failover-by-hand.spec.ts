import { describe, expect, it } from '@jest/globals';
import { decide, type Due } from '../../src/core/failover.js';
import { failoverPolicy, policyOfFallback } from '../../src/core/failover-policy.js';
import { defaultTimes as times } from '../../src/core/times.js';
import { type Verdict, verdicts } from '../../src/core/verdict.js';

const now = 1_800_000_000_000;
const MINUTE = 60_000;
const up: Verdict = { state: 'up', impaired: false };
const hand = (more: Partial<Due> = {}): Due => ({
  state: 'scheduled', holdReason: null, choice: 'can-wait', policy: failoverPolicy(more.choice ?? 'can-wait', {}, []), timed: false, day: { zone: 'UTC', from: '00:00', to: '00:00' }, blockedSince: null, verdictSince: null, dueAt: now, readyAt: now, deadlineAt: now + 7 * 86_400_000, begun: false,
  released: false, approved: true, paused: false, account: 'ok', beforeArming: false, follows: false, superseded: false, canary: false, byHand: true, ...more,
});

describe('what a person posts', () => {
  const ask = { kind: 'hold', reason: 'ask', until: null, code: 'by-hand' };

  it('is asked for at its hour, whatever its platform or our network does', () => {
    for (const state of verdicts) for (const impaired of [false, true]) expect(decide(hand(), { state, impaired }, now, times)).toEqual(ask);
    expect(decide(hand({ readyAt: now + MINUTE, dueAt: now + MINUTE }), up, now, times)).toEqual({ kind: 'wait', until: now + MINUTE });
  });

  it('is asked for again when “not now” is over, with a word of time too, and when it was released', () => {
    expect(decide(hand({ state: 'held', holdReason: 'ask', timed: true, dueAt: now - 60 * MINUTE, readyAt: now }), up, now, times)).toEqual(ask);
    expect(decide(hand({ state: 'held', holdReason: 'late', released: true, dueAt: now - 60 * MINUTE, readyAt: now, deadlineAt: now - MINUTE }), up, now, times)).toEqual(ask);
  });

  it('passes every gate before', () => {
    expect(decide(hand({ approved: false }), up, now, times)).toMatchObject({ reason: 'approval' });
    expect(decide(hand({ paused: true }), up, now, times)).toMatchObject({ reason: 'pause' });
    expect(decide(hand({ account: 'down' }), up, now, times)).toMatchObject({ reason: 'account' });
    expect(decide(hand({ dueAt: now - 16 * MINUTE, readyAt: now - 16 * MINUTE }), up, now, times)).toMatchObject({ reason: 'late', code: 'we-were-away' });
  });

  it('at its limit does what its policy says', () => {
    const over = { state: 'held', holdReason: 'ask', dueAt: now - 15 * MINUTE, readyAt: now, deadlineAt: now } as const;
    expect(decide(hand({ ...over, choice: 'hour-counts' }), up, now, times)).toEqual({ kind: 'miss', code: 'hour-has-passed' });
    expect(decide(hand({ ...over, choice: 'today' }), up, now, times)).toMatchObject({ kind: 'hold', reason: 'late', code: 'late-limit-passed' });
    expect(decide(hand({ ...over, policy: policyOfFallback }), up, now, times)).toMatchObject({ kind: 'miss' });
    expect(decide(hand({ ...over, choice: 'hour-counts', policy: failoverPolicy('hour-counts', { rerouteTo: [['blog']] }, []) }), up, now, times)).toMatchObject({ kind: 'reroute', code: 'rerouted-late' });
  });
});
