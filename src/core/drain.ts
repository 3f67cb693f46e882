import { type ClientDay, isInside, nextOpening } from './day.js';
import { type Instant, MINUTE_MS } from './instant.js';
import type { Times } from './times.js';

/** How fast late posts of one channel follow each other; a client may set it (DESIGN §8). */
export interface LatePace {
  /** Late posts an hour; at most 3, whatever is set (§8). */
  readonly perHour: number;
  /** None this close to a planned post, in minutes. */
  readonly clearMinutes: number;
}

export const defaultLatePace: LatePace = { perHour: 1, clearMinutes: 60 };
const PER_HOUR_AT_MOST = 3;

export interface LateDelivery {
  readonly dueAt: Instant;
  /** It follows a reroute (`followsAtOnce`): no minute of it is an hour that somebody chose. */
  readonly follows: boolean;
  /** A person said: go. Then only the floor between two late posts holds it. */
  readonly released: boolean;
  readonly pace: LatePace;
  readonly day: ClientDay;
  /** Planned posts of the same channel near `now`, past and to come. */
  readonly plannedAt: readonly Instant[];
}

export type Gate =
  /** It may go if the channel's last late post is `gapMs` ago. */
  | { readonly kind: 'go'; readonly gapMs: number }
  | { readonly kind: 'wait'; readonly until: Instant };

/**
 * When may a late delivery go out? A little late (up to a quarter of an hour) is still the hour a person chose: only
 * the floor between two late posts of a channel holds it. Later than that it keeps the client's day, the pace, and its
 * distance from what is planned, and so does what follows a reroute, from the start.
 */
export function lateGate(late: LateDelivery, now: Instant, times: Times): Gate {
  if (late.released || (!late.follows && now - late.dueAt <= times.absentMs)) return { kind: 'go', gapMs: times.lateGapMs };
  if (!isInside(late.day, now)) return { kind: 'wait', until: nextOpening(late.day, now) };

  const clearMs = late.pace.clearMinutes * MINUTE_MS;
  const near = late.plannedAt.filter((at) => Math.abs(at - now) < clearMs);
  if (near.length > 0) return { kind: 'wait', until: Math.max(...near) + clearMs };
  return { kind: 'go', gapMs: paceGapMs(late.pace, times) };
}

/** Its own due time and its making as the rows have them, ms. */
export interface Origin {
  readonly origin: string;
  readonly dueAt: Instant;
  readonly createdAt: Instant;
}

/** What went out elsewhere and follows on its own platform as soon as its client's day allows; in a slot it has an hour of its own. */
export function followsAtOnce({ origin, dueAt, createdAt }: Origin, day: ClientDay): boolean {
  return origin.startsWith('late:') && dueAt <= nextOpening(day, createdAt) + MINUTE_MS; // two clocks made them
}

function paceGapMs({ perHour }: LatePace, { lateGapMs, lateHourMs }: Times): number {
  return Math.max(lateGapMs, lateHourMs / Math.min(PER_HOUR_AT_MOST, Math.max(perHour, 0.1)));
}

/** The channel's last turn of a late post. */
export interface LastTurn {
  /** null = it never had one. */
  readonly at: Instant | null;
  /** It was this delivery's own, and it is not out: it keeps its turn. */
  readonly own: boolean;
}

/** From when on it may go as far as its client, its channel and the hour are concerned: `now`, or later. */
export function mayGoAt(late: LateDelivery, last: LastTurn, { now, times }: { readonly now: Instant; readonly times: Times }): { readonly at: Instant; readonly gapMs: number } {
  const gate = lateGate(late, now, times);
  if (gate.kind === 'wait') return { at: gate.until, gapMs: paceGapMs(late.pace, times) };
  const after = last.own || last.at === null ? now : last.at + gate.gapMs;
  return { at: Math.max(now, after), gapMs: gate.gapMs };
}
