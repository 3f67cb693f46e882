import { describe, expect, it } from '@jest/globals';
import { asksAt } from '../../src/core/asks-at.js';
import { isInside, nextOpening } from '../../src/core/day.js';
import { failoverPolicy } from '../../src/core/failover-policy.js';
import { lateLimit } from '../../src/core/policy.js';
import { promised, type Promised, type Rule, waysSaid } from '../../src/core/promise.js';
import type { OutletTrouble } from '../../src/core/routes.js';
import { defaultTimes as times } from '../../src/core/times.js';
import { type Fate, fateOf, type Planned } from '../../src/core/what-if.js';

const day = { zone: 'Europe/Rome', from: '08:00', to: '21:00' };
const MINUTE = 60_000;

const hours = ['07:50', '11:00', '20:30', '20:58', '23:00'] as const;
const limits = [null, 10, 180] as const;
/** How long after its time the platform is back. */
const backs = [5, 16, 45, 121, 181, 400, 800, 12_000] as const;
const everyWay = (['can-wait', 'today', 'hour-counts'] as const).flatMap((choice) =>
  (['hold', 'reroute-now', 'reroute-after', 'drop', 'ask'] as const).flatMap((onOutage) => (['reroute', 'expire', 'next-slot', 'ask'] as const).map((atDeadline) => ({ choice, onOutage, atDeadline }))));

interface Case {
  readonly hour: (typeof hours)[number];
  readonly limit: (typeof limits)[number];
  readonly timed: boolean;
  readonly trouble: OutletTrouble | null;
}
const cases: readonly Case[] = hours.flatMap((hour) => limits.flatMap((limit) => [false, true].flatMap((timed) => ([null, 'account'] as const).map((trouble) => ({ hour, limit, timed, trouble })))));

/** What the sentence under it promises, and what it becomes: both asked as the rooms ask them. */
function both({ choice, onOutage, atDeadline }: (typeof everyWay)[number], { hour, limit, timed, trouble }: Case): { readonly said: Promised; readonly planned: Planned; readonly becomes: (backAt: number) => Fate['kind'] } {
  const custom = { rerouteTo: [['blog']], onOutage, atDeadline, rerouteAfterMinutes: 120, ...(limit !== null && { lateLimitMinutes: limit }) };
  const dueAt = Date.parse(`2026-03-02T${hour}+01:00`);
  const planned: Planned = { choice, policy: failoverPolicy(choice, custom, []), dueAt, deadlineAt: lateLimit(choice, custom, dueAt, day), approved: true, timed, byHand: false, day, pace: { perHour: 1, clearMinutes: 60 } };
  const asked = asksAt(planned, null, times);
  const text = timed ? 'See you tonight' : 'Our new menu';
  const inTheWay: OutletTrouble | null = trouble ?? (asked === null ? null : timed && asked - dueAt > times.absentMs ? 'words-of-time' : isInside(day, asked) ? null : 'night');
  const outlets = [{ channelId: 'blog', name: 'Blog', trouble: inTheWay, collects: false, parts: [{ text }] }];
  const rule: Omit<Rule, 'ways' | 'unwritten'> = { choice, policy: planned.policy, lateLimitMinutes: limit, timed, dueAt, deadlineAt: planned.deadlineAt, rerouteAt: asked !== null && asked < planned.deadlineAt ? asked : null };
  return { said: promised({ ...rule, ...waysSaid(rule, outlets) }), planned, becomes: (backAt) => fateOf(planned, outlets, { from: dueAt, to: backAt }, times).kind };
}

/** What was promised to somebody who reads the sentence, where the platform is back at that moment. */
function kept({ kind, until, readAfter }: Promised, { dueAt }: Planned, backAt: number): Fate['kind'] {
  if (kind === 'dropped') return 'dropped';
  if (kind === 'elsewhere-at-once') return 'elsewhere';
  const after = kind === 'elsewhere-early' ? 'elsewhere' : kind === 'read' ? 'person' : kind;
  if (until !== null && (after === 'elsewhere' ? backAt > until : backAt >= until)) return after;
  if (readAfter !== null && backAt > readAfter) return 'person';
  // Late, it goes out in the client's day: back at night is too late for a limit in that night.
  return after !== 'elsewhere' && backAt - dueAt > times.absentMs && until !== null && nextOpening(day, backAt) >= until ? after : 'late';
}

describe('What the sentence under a post promises', () => {
  it.each(everyWay)('is what becomes of it, whenever the platform is back: $choice $onOutage $atDeadline', (way) => {
    const broken = cases.flatMap((one) => {
      const { said, planned, becomes } = both(way, one);
      return backs.flatMap((minutes) => {
        const backAt = planned.dueAt + minutes * MINUTE;
        const [promise, fate] = [kept(said, planned, backAt), becomes(backAt)];
        return promise === fate ? [] : [`${one.hour}, limit ${one.limit}, ${one.timed ? 'timed' : 'timeless'}, ${one.trouble ?? 'open'}, back after ${minutes}: said ${said.kind} until ${said.until === null ? '-' : new Date(said.until).toISOString()} → ${promise}, became ${fate}`];
      });
    });
    expect(broken).toEqual([]);
  });
});
