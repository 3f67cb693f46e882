import { describe, expect, it } from '@jest/globals';
import { asksAt } from '../../src/core/asks-at.js';
import { failoverPolicy } from '../../src/core/failover-policy.js';
import { lateLimit, type Choice, type Policy } from '../../src/core/policy.js';
import type { OutletTrouble } from '../../src/core/routes.js';
import { defaultTimes as times } from '../../src/core/times.js';
import { fateOf, fatesOf, type Planned } from '../../src/core/what-if.js';

const day = { zone: 'Europe/Rome', from: '08:00', to: '21:00' };
const at = (wall: string): number => Date.parse(`${wall}+01:00`);
const outage = { from: at('2026-03-02T10:00'), to: at('2026-03-02T14:00') };
const MINUTE = 60_000;

function planned(choice: Choice, wall: string, custom: Policy = {}, more: Partial<Planned> = {}): Planned {
  const dueAt = at(wall);
  return { choice, policy: failoverPolicy(choice, custom, []), dueAt, deadlineAt: lateLimit(choice, custom, dueAt, day), approved: true, timed: false, byHand: false, day, pace: { perHour: 1, clearMinutes: 60 }, ...more };
}
const outlet = (channelId: string, trouble: OutletTrouble | null = null) => ({ channelId, name: channelId, trouble, collects: channelId === 'list' });
const blog = { rerouteTo: [['blog']] };

describe('what would become of a post in an outage', () => {
  it('nothing, before and after it', () => {
    expect(fateOf(planned('today', '2026-03-02T09:59'), [], outage, times)).toEqual({ kind: 'on-time' });
    expect(fateOf(planned('today', '2026-03-02T14:00'), [], outage, times)).toEqual({ kind: 'on-time' });
  });

  it('what can wait goes out once it is over', () => {
    expect(fateOf(planned('can-wait', '2026-03-02T11:00'), [], outage, times)).toEqual({ kind: 'late', at: outage.to });
  });

  it('nothing goes out at night: what came back then waits for the morning', () => {
    const night = { from: at('2026-03-02T19:00'), to: at('2026-03-03T00:50') };
    expect(fateOf(planned('can-wait', '2026-03-02T20:00'), [], night, times)).toEqual({ kind: 'late', at: at('2026-03-03T08:00') });
  });

  it('what was for today waits for a person once the day is over', () => {
    expect(fateOf(planned('today', '2026-03-02T11:00'), [], { ...outage, to: at('2026-03-03T09:00') }, times)).toEqual({ kind: 'person', at: at('2026-03-02T21:00'), code: 'late-limit-passed' });
  });

  it('what can wait takes a slot after a week', () => {
    const deadline = planned('can-wait', '2026-03-02T11:00').deadlineAt;
    expect(fateOf(planned('can-wait', '2026-03-02T11:00'), [], { ...outage, to: at('2026-03-20T09:00') }, times)).toEqual({ kind: 'next-slot', at: deadline });
  });

  it('where the hour counts it goes another way at its hour, or is missed', () => {
    expect(fateOf(planned('hour-counts', '2026-03-02T11:00', blog), [outlet('blog')], outage, times)).toMatchObject({ kind: 'elsewhere', at: at('2026-03-02T11:00'), outlets: [{ channelId: 'blog' }] });
    expect(fateOf(planned('hour-counts', '2026-03-02T10:05', blog), [outlet('blog')], outage, times)).toMatchObject({ kind: 'elsewhere', at: at('2026-03-02T10:20') });
    expect(fateOf(planned('hour-counts', '2026-03-02T11:00', blog), [outlet('blog', 'unwritten')], outage, times)).toEqual({ kind: 'missed', at: at('2026-03-02T11:15') });
    expect(fateOf(planned('hour-counts', '2026-03-02T11:00'), [], outage, times)).toEqual({ kind: 'missed', at: at('2026-03-02T11:15') });
  });

  it('over before its way out, it only waits', () => {
    const short = { from: at('2026-03-02T11:00'), to: at('2026-03-02T11:08') };
    expect(fateOf(planned('hour-counts', '2026-03-02T11:01', blog), [outlet('blog')], short, times)).toEqual({ kind: 'late', at: short.to });
  });

  it('at night no other way is taken', () => {
    const night = { from: at('2026-03-02T22:00'), to: at('2026-03-03T02:00') };
    expect(fateOf(planned('hour-counts', '2026-03-02T23:00', blog), [outlet('blog')], night, times)).toMatchObject({ kind: 'missed' });
  });

  it('what would leave its platform at night leaves it in the morning, if its limit is not over by then', () => {
    const long = { from: at('2026-03-02T18:00'), to: at('2026-03-03T16:00') };
    const late = { ...blog, onOutage: 'reroute-after', rerouteAfterMinutes: 180, lateLimitMinutes: 1_200 } as const;
    expect(asksAt(planned('today', '2026-03-02T20:00', late), long.from, times)).toBe(at('2026-03-03T08:00'));
    expect(fateOf(planned('today', '2026-03-02T20:00', late), [outlet('blog')], long, times)).toMatchObject({ kind: 'elsewhere', at: at('2026-03-03T08:00') });
    expect(asksAt(planned('hour-counts', '2026-03-02T22:00', blog), null, times)).toBe(at('2026-03-02T22:15'));
    expect(asksAt(planned('can-wait', '2026-03-02T22:00', blog), null, times)).toBe(null);
  });

  it('what it would say elsewhere decides about words of time, not what the post says', () => {
    const way = { ...blog, onOutage: 'reroute-after', rerouteAfterMinutes: 60 } as const;
    expect(fateOf(planned('today', '2026-03-02T11:00', way, { timed: true }), [outlet('blog')], outage, times)).toMatchObject({ kind: 'elsewhere' });
    expect(fateOf(planned('today', '2026-03-02T11:00', way), [outlet('blog', 'words-of-time')], outage, times)).toMatchObject({ kind: 'person', code: 'words-of-time' });
  });

  it('with no outlet left it waits for its platform, and says so to a person at its limit', () => {
    const now = planned('today', '2026-03-02T11:00', { ...blog, onOutage: 'reroute-now' });
    expect(fateOf(now, [outlet('blog', 'account')], outage, times)).toEqual({ kind: 'late', at: outage.to });
    expect(fateOf(now, [outlet('blog')], outage, times)).toMatchObject({ kind: 'elsewhere', at: at('2026-03-02T11:00') });
  });

  it('with a word of time, unapproved or to be dropped, it is a person’s, or nobody’s', () => {
    expect(fateOf(planned('today', '2026-03-02T11:00', {}, { timed: true }), [], outage, times)).toEqual({ kind: 'person', at: outage.to, code: 'words-of-time' });
    expect(fateOf(planned('today', '2026-03-02T11:00', {}, { approved: false }), [], outage, times)).toMatchObject({ kind: 'person', code: 'waits-for-approval' });
    expect(fateOf(planned('today', '2026-03-02T11:00', { onOutage: 'drop' }, { byHand: true }), [], outage, times)).toEqual({ kind: 'person', at: at('2026-03-02T11:00'), code: 'by-hand' });
    expect(fateOf(planned('today', '2026-03-02T11:00', { onOutage: 'drop' }), [], outage, times)).toEqual({ kind: 'dropped' });
  });

  const elsewhere = ['reroute-now', 'reroute-after'];
  const atDeadlines = ['reroute', 'expire', 'next-slot', 'ask'] as const;
  const everyWay = (['can-wait', 'today', 'hour-counts'] as const).flatMap((choice) =>
    (['hold', 'reroute-now', 'reroute-after', 'drop', 'ask'] as const).flatMap((onOutage) => atDeadlines.map((atDeadline) => ({ choice, onOutage, atDeadline }))));
  /** Due at 11:00, while it is down from 10:59 on; its limit is three hours later. */
  const fate = ({ choice, onOutage, atDeadline }: (typeof everyWay)[number], minutes: number, outlets: readonly ReturnType<typeof outlet>[]) =>
    fateOf(planned(choice, '2026-03-02T11:00', { ...blog, onOutage, atDeadline, rerouteAfterMinutes: 30, lateLimitMinutes: 180 }), outlets, { from: at('2026-03-02T10:59'), to: at('2026-03-02T10:59') + minutes * MINUTE }, times).kind;

  it.each(everyWay)('ends as its policy says, back within its limit: $choice $onOutage $atDeadline', (way) => {
    const leaves = elsewhere.includes(way.onOutage);
    expect(fate(way, 61, [])).toBe(way.onOutage === 'drop' ? 'dropped' : 'late');
    expect(fate(way, 61, [outlet('blog', 'cold')])).toBe(way.onOutage === 'drop' ? 'dropped' : 'late');
    expect(fate(way, 61, [outlet('blog')])).toBe(way.onOutage === 'drop' ? 'dropped' : leaves ? 'elsewhere' : 'late');
  });

  it.each(everyWay)('ends as its policy says, not back within its limit: $choice $onOutage $atDeadline', (way) => {
    const none = { expire: 'missed', 'next-slot': 'next-slot', ask: 'person', reroute: way.choice === 'hour-counts' ? 'missed' : 'person' }[way.atDeadline];
    const leaves = elsewhere.includes(way.onOutage) || way.atDeadline === 'reroute';
    expect(fate(way, 600, [])).toBe(way.onOutage === 'drop' ? 'dropped' : none);
    expect(fate(way, 600, [outlet('blog')])).toBe(way.onOutage === 'drop' ? 'dropped' : leaves ? 'elsewhere' : none);
  });
});

describe('what would become of all of a client’s posts', () => {
  const list = (choice: Choice, wall: string, more: Policy = {}, at: Partial<Planned> = {}) => ({ planned: planned(choice, wall, { rerouteTo: [['list']], atDeadline: 'reroute', ...more }, at), outlets: [outlet('list')] });
  const long = { from: at('2026-03-02T10:00'), to: at('2026-03-02T20:00') };

  it('what goes by one newsletter leaves with the first of them, although its platform would come back', () => {
    const posts = [
      list('today', '2026-03-02T11:00', { lateLimitMinutes: 240 }), list('today', '2026-03-02T12:00'), list('today', '2026-03-02T15:30'),
      list('today', '2026-03-02T12:30', {}, { approved: false }), { planned: planned('today', '2026-03-02T12:00', { rerouteTo: [['blog']], atDeadline: 'reroute' }), outlets: [outlet('blog')] }, list('can-wait', '2026-03-02T12:00'),
    ];
    const [first, along, later, , blog, other] = fatesOf(posts, long, times);
    expect(first).toMatchObject({ kind: 'elsewhere', at: at('2026-03-02T14:55'), outlets: [{ channelId: 'list' }] });
    expect(along).toMatchObject({ kind: 'elsewhere', at: at('2026-03-02T14:55') });
    expect([later, blog, other]).toMatchObject([{ kind: 'late' }, { kind: 'late' }, { kind: 'late' }]);
    expect(fateOf(list('today', '2026-03-02T12:00').planned, [outlet('list')], long, times)).toMatchObject({ kind: 'late' });
  });

  it('where the hour counts nobody leaves with it, and later ones leave at their own moment', () => {
    const posts = [list('hour-counts', '2026-03-02T10:30'), list('today', '2026-03-02T10:10', { lateLimitMinutes: 120 }), list('today', '2026-03-02T10:20', { lateLimitMinutes: 180 })];
    expect(fatesOf(posts, long, times)).toMatchObject([{ at: at('2026-03-02T10:30') }, { kind: 'elsewhere', at: at('2026-03-02T12:05') }, { kind: 'elsewhere', at: at('2026-03-02T13:15') }]);
  });
});
