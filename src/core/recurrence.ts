import { RRuleTemporal } from 'rrule-temporal';
import { DAY_MS, type Instant } from './instant.js';
import { type Rule, ruleOf } from './recurrence-rule.js';
import { place } from './schedule.js';
import { type WallTime, wallMs, wallOfMs } from './wall-time.js';

/** Occurrences are made this far ahead (DESIGN §2.9); so a rule without end never loops. */
export const AHEAD_DAYS = 60;

/** A rule that gives nothing in ten years gives nothing. */
const YEARS_LOOKED_AT = 10;

export interface Recurrence {
  readonly rule: Rule;
  /** Where the rule starts to count; an occurrence itself only if the rule gives it. */
  readonly wallStart: WallTime;
}

export interface Occurrence {
  /** What the rule gave: the name of this occurrence in its series. */
  readonly wall: WallTime;
  readonly at: Instant;
}

/**
 * The occurrences from `from` to `to`, both included, as wall times in order.
 * The rule runs on the wall, in no zone at all (the library gets UTC, which has no gaps); the zone comes afterwards.
 */
export function occurrences({ rule, wallStart }: Recurrence, from: WallTime, to: WallTime): readonly WallTime[] {
  const first = Math.max(wallMs(from), wallMs(wallStart));
  const last = Math.min(wallMs(to), rule.until === null ? Number.POSITIVE_INFINITY : wallMs(rule.until));
  if (first > last) return [];
  const series = new RRuleTemporal({
    rruleString: `DTSTART:${compact(wallStart)}Z\nRRULE:${rule.pattern}${rule.count === null ? '' : `;COUNT=${rule.count}`}`,
    maxIterations: 100_000,
    cache: false,
  });
  return series.between(utc(first), utc(last), true).map((date) => wallOfMs(date.epochMilliseconds));
}

/**
 * The same with their instants. In a DST gap an occurrence moves by the gap (02:30 → 03:30), unless the series has one
 * at that very instant anyway: then it goes out once.
 */
export function occurrencesIn(recurrence: Recurrence & { readonly zone: string }, from: WallTime, to: WallTime): readonly Occurrence[] {
  const placed = placedBetween(recurrence, from, to);
  if (!placed.some(({ inGap }) => inGap)) return placed;
  // The one it would meet may lie just outside the window.
  const around = placedBetween(recurrence, wallOfMs(wallMs(from) - DAY_MS), wallOfMs(wallMs(to) + DAY_MS));
  const exact = new Set(around.flatMap(({ at, inGap }) => (inGap ? [] : [at])));
  return placed.filter(({ at, inGap }) => !inGap || !exact.has(at));
}

function placedBetween(recurrence: Recurrence & { readonly zone: string }, from: WallTime, to: WallTime): readonly (Occurrence & { readonly inGap: boolean })[] {
  return occurrences(recurrence, from, to).flatMap((wall) => {
    const where = place(wall, recurrence.zone);
    switch (where.kind) {
      case 'exact':
      case 'twice':
      case 'gap':
        return [{ wall, at: where.at, inGap: where.kind === 'gap' }];
      case 'unknown-zone':
      case 'not-a-time':
        return [];
    }
  });
}

/** The first occurrence at or after `from` (left out: the start), or null when there is none within ten years of it. */
export function nextOccurrence(recurrence: Recurrence, from: WallTime = recurrence.wallStart): WallTime | null {
  const start = Math.max(wallMs(from), wallMs(recurrence.wallStart));
  // In steps, so that a frequent rule gives few and a rare one is still found.
  for (const days of [2, AHEAD_DAYS, 366, YEARS_LOOKED_AT * 366]) {
    const [first] = occurrences(recurrence, wallOfMs(start), wallOfMs(start + days * DAY_MS));
    if (first !== undefined) return first;
  }
  return null;
}

/** The two halves of a series cut at one of its occurrences: "this and following". `at` belongs to the second. */
export function split(recurrence: Recurrence, at: WallTime): { readonly before: Rule; readonly after: Rule } {
  const { rule, wallStart } = recurrence;
  const lastBefore = wallOfMs(wallMs(at) - 1_000);
  const gone = rule.count === null ? 0 : occurrences(recurrence, wallStart, lastBefore).length;
  return {
    before: ruleOf(rule.frequency, rule.pattern, { count: null, until: lastBefore }),
    after: ruleOf(rule.frequency, rule.pattern, { count: rule.count === null ? null : Math.max(1, rule.count - gone), until: rule.until }),
  };
}

function compact(wall: WallTime): string {
  return wall.replace(/[-:]/g, '');
}

/** The library takes instants as anything that prints itself as a zoned ISO time. */
function utc(ms: number): { readonly timeZoneId: string; toString(): string } {
  return { timeZoneId: 'UTC', toString: () => `${wallOfMs(ms)}+00:00[UTC]` };
}
