import { describe, expect, it } from '@jest/globals';
import { endOf } from '../../src/core/day.js';
import { decide, type Due, leavesAt, takesAlongUntil } from '../../src/core/failover.js';
import { failoverPolicy } from '../../src/core/failover-policy.js';
import type { Policy } from '../../src/core/policy.js';
import { defaultTimes as times } from '../../src/core/times.js';
import type { Verdict } from '../../src/core/verdict.js';

const now = 1_800_000_000_000;
const MINUTE = 60_000;
const up: Verdict = { state: 'up', impaired: false };
const down: Verdict = { state: 'down', impaired: false };
const to = (more: Policy, choice: Due['choice'] = 'today') => failoverPolicy(choice, { rerouteTo: [['list']], ...more }, []);
const held = (more: Partial<Due>): Due => ({
  state: 'held', holdReason: 'outage', choice: 'today', policy: to({ atDeadline: 'reroute' }), timed: false, day: { zone: 'UTC', from: '00:00', to: '00:00' }, blockedSince: null, verdictSince: null, dueAt: now - 60 * MINUTE, readyAt: now, deadlineAt: now, begun: false,
  released: false, approved: true, paused: false, account: 'ok', beforeArming: false, follows: false, superseded: false, canary: false, byHand: false, ...more,
});

describe('what goes another way at its limit', () => {
  it('leaves a little before it, and a tight limit is never used up', () => {
    const waits = (deadlineAt: number, more: Partial<Due> = {}) => decide(held({ deadlineAt, ...more }), down, now, times);
    expect(waits(now + 6 * MINUTE)).toMatchObject({ kind: 'hold', until: now + MINUTE, rerouteAt: now + MINUTE });
    expect(waits(now + 5 * MINUTE)).toMatchObject({ kind: 'reroute', code: 'rerouted-outage', orElse: { kind: 'hold', reason: 'outage', code: 'no-way-out' } });
    expect(waits(now + 4 * MINUTE, { dueAt: now })).toMatchObject({ kind: 'hold', until: now + 2 * MINUTE });
    expect(decide(held({ deadlineAt: now + 5 * MINUTE }), up, now, times).kind).toBe('deliver');
    expect(waits(now + MINUTE, { released: true })).toMatchObject({ kind: 'hold', code: 'platform-down', until: null });
  });

  it('leaves as much sooner as its way out takes, at most an hour, and never before half its patience', () => {
    const leaves = (needs: number, more: Partial<Due> = {}) => (now - (leavesAt({ ...held({ deadlineAt: now, dueAt: now - 6 * 60 * MINUTE, ...more }), needsMs: needs * MINUTE }, null, times) ?? 0)) / MINUTE;
    expect([leaves(0), leaves(4), leaves(20), leaves(59), leaves(200)]).toEqual([5, 5, 20, 59, 60]);
    expect(leaves(40, { dueAt: now - 30 * MINUTE })).toBe(15);
    expect(leaves(40, { policy: to({ onOutage: 'reroute-after', rerouteAfterMinutes: 350, atDeadline: 'reroute' }) })).toBe(40);
    expect([leaves(40, { choice: 'hour-counts', policy: to({}, 'hour-counts') }), leaves(40, { policy: to({ onOutage: 'reroute-now' }) })]).toEqual([345, 360]);
  });

  it('where the hour counts it waits to the last', () => {
    expect(decide(held({ choice: 'hour-counts', policy: to({}, 'hour-counts'), dueAt: now - 14 * MINUTE, deadlineAt: now + MINUTE }), down, now, times)).toMatchObject({ kind: 'hold', until: now + MINUTE, rerouteAt: now + MINUTE });
  });

  it('takes along what leaves the same day, and only what leaves at once where it cannot wait', () => {
    const day = { zone: 'UTC', from: '00:00', to: '00:00' };
    const until = (choice: Due['choice'], policy: Policy) => takesAlongUntil({ choice, policy: to(policy, choice) }, day, now);
    expect([until('today', { atDeadline: 'reroute' }), until('today', { onOutage: 'reroute-after' }), until('today', { onOutage: 'reroute-now' }), until('hour-counts', {})]).toEqual([endOf(day, now), endOf(day, now), now, now]);
  });

  it('has five minutes of the client’s day, whenever that ends', () => {
    const day = { zone: 'UTC', from: '08:00', to: '21:00' };
    const wall = (time: string) => Date.parse(`2031-03-03T${time}Z`);
    const leaves = (due: string, limit: string, policy: Policy, choice: Due['choice'] = 'today') =>
      new Date(leavesAt({ choice, day, dueAt: wall(due), deadlineAt: wall(limit), policy: to(policy, choice) }, null, times) ?? 0).toISOString().slice(11, 19);
    const after: Policy = { onOutage: 'reroute-after', rerouteAfterMinutes: 60 };
    expect(leaves('18:00:00', '23:00:00', { atDeadline: 'reroute' })).toBe('20:55:00'); // its limit lies in the night
    expect(leaves('06:00:00', '08:02:00', { atDeadline: 'reroute' })).toBe('08:00:00'); // just after an opening
    expect(leaves('22:00:00', '23:00:00', { atDeadline: 'reroute' })).toBe('22:55:00'); // nothing but night
    expect(leaves('19:59:30', '21:00:00', after)).toBe('20:55:00');
    expect(leaves('19:59:30', '23:00:00', after)).toBe('20:55:00');
    expect(leaves('20:30:00', '23:00:00', after)).toBe('20:55:00');
    expect(leaves('19:50:00', '23:00:00', after)).toBe('20:50:00');
    expect(leaves('20:43:00', '20:58:00', {}, 'hour-counts')).toBe('20:58:00');
    expect(leaves('20:58:00', '21:00:00', { onOutage: 'reroute-now' })).toBe('20:58:00');
  });
});
