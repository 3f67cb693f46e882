import { type ClientDay, isInside, nextOpening } from './day.js';
import { lateGate, type LatePace } from './drain.js';
import { decide, type Due, leavesAt, takesAlongUntil } from './failover.js';
import type { FailoverPolicy } from './failover-policy.js';
import type { Instant } from './instant.js';
import { chooseRoute, type Outlet } from './routes.js';
import { wallOf } from './schedule.js';
import type { Times } from './times.js';
import type { Verdict } from './verdict.js';
import { dateOf } from './wall-time.js';

/** A delivery as it is planned, before anything happened to it. Instants in ms. */
export interface Planned {
  readonly choice: Due['choice'];
  readonly policy: FailoverPolicy;
  readonly dueAt: Instant;
  readonly deadlineAt: Instant;
  /** As of `Due`. */
  readonly needsMs?: number;
  readonly approved: boolean;
  /** What it says is true at its time only. */
  readonly timed: boolean;
  /** A person publishes it. */
  readonly byHand: boolean;
  readonly day: ClientDay;
  readonly pace: LatePace;
}

/** An outlet, with what stands in its way when it is asked for (`asksAt`). */
export interface PlannedOutlet extends Outlet {
  /** One message there carries all that a brand sends that way on a day. */
  readonly collects: boolean;
}

export interface Outage {
  readonly from: Instant;
  /** Back from then on. */
  readonly to: Instant;
}

export type Fate<O extends PlannedOutlet = PlannedOutlet> =
  /** Not touched, or out at its own time. */
  | { readonly kind: 'on-time' }
  /** It waits, and goes out by itself; not before `at`: late posts of a channel go out one after the other. */
  | { readonly kind: 'late'; readonly at: Instant }
  | { readonly kind: 'elsewhere'; readonly at: Instant; readonly outlets: readonly O[] }
  | { readonly kind: 'next-slot'; readonly at: Instant }
  /** It waits for a person, from `at` on. */
  | { readonly kind: 'person'; readonly at: Instant; readonly code: string }
  | { readonly kind: 'missed'; readonly at: Instant }
  | { readonly kind: 'dropped' };

const back: Verdict = { state: 'up', impaired: false };
const down: Verdict = { state: 'down', impaired: false };

/** Each bell of a life in an outage: its due time, its way out, its limit, the return. More would be a circle. */
const BELLS_AT_MOST = 8;

/** As `fateOf`, of all posts of one client: what a message of the day carries leaves with the first of them. */
export function fatesOf<O extends PlannedOutlet>(posts: readonly { readonly planned: Planned; readonly outlets: readonly O[] }[], outage: Outage, times: Times): readonly Fate<O>[] {
  const fates = posts.map(({ planned, outlets }) => fateOf(planned, outlets, outage, times));
  const leaving = fates.flatMap((fate, n) => (fate.kind === 'elsewhere' && fate.outlets.some(({ collects }) => collects) ? [{ n, ...fate }] : []));
  const gone = new Set<string>();
  for (const { n, at, outlets } of leaving.toSorted((one, other) => one.at - other.at)) {
    const first = posts[n]?.planned;
    const date = first && dateOf(wallOf(at, first.day.zone));
    if (first === undefined || date === undefined || gone.has(date)) continue; // taken along, or that day's message has gone
    gone.add(date);
    const shared = new Set(outlets.filter(({ collects }) => collects).map(({ channelId }) => channelId));
    for (const [other, one] of posts.entries()) {
      const ways = waitsFor(one.planned, { at, until: takesAlongUntil(first, first.day, at), from: outage.from, times }) ? chooseRoute(one.planned.policy.routes, one.outlets) : null;
      if (ways?.some(({ channelId }) => shared.has(channelId))) fates[other] = { kind: 'elsewhere', at, outlets: ways };
    }
  }
  return fates;
}

/** Held at that moment, and about to leave its platform by itself until then. */
function waitsFor({ byHand, approved, ...planned }: Planned, { at, until, from, times }: { readonly at: Instant; readonly until: Instant; readonly from: Instant; readonly times: Times }): boolean {
  const leaves = leavesAt(planned, from, times);
  return !byHand && approved && planned.dueAt >= from && planned.dueAt <= at && leaves !== null && leaves >= at && leaves <= until;
}

/**
 * What would become of a post in an outage, by the rule that decides in earnest (failover.ts): bell after bell, with
 * nothing sent. `outlets`: those its policy names; at night none can be used.
 */
export function fateOf<O extends PlannedOutlet>(planned: Planned, outlets: readonly O[], outage: Outage, times: Times): Fate<O> {
  const { dueAt, deadlineAt, day } = planned;
  if (dueAt < outage.from || dueAt >= outage.to) return { kind: 'on-time' };
  let now = dueAt;
  let held: Pick<Due, 'state' | 'holdReason'> = { state: 'scheduled', holdReason: null };
  for (let bell = 0; bell < BELLS_AT_MOST; bell += 1) {
    const verdict = now >= outage.to ? back : down;
    const due: Due = {
      ...planned, ...held, readyAt: now, begun: false, released: false, paused: false, account: 'ok', beforeArming: false, follows: false, superseded: false, canary: false, blockedSince: null, verdictSince: outage.from,
    };
    const decision = decide(due, verdict, now, times);
    switch (decision.kind) {
      case 'deliver': {
        if (now - dueAt <= times.lateMs) return { kind: 'on-time' };
        const turn = turnOf(planned, now, times);
        if (turn < deadlineAt) return { kind: 'late', at: turn };
        now = deadlineAt; // back in a night that its limit does not outlast
        held = { state: 'held', holdReason: 'pace' };
        break;
      }
      case 'reroute': {
        const chosen = isInside(day, now) ? chooseRoute(planned.policy.routes, outlets) : null;
        if (chosen) return { kind: 'elsewhere', at: now, outlets: chosen };
        if (decision.orElse.kind === 'deliver') return { kind: 'late', at: turnOf(planned, now, times) };
        if ((isInside(day, now) || now - dueAt > times.absentMs) && outlets.some(({ trouble }) => trouble === 'words-of-time')) return { kind: 'person', at: now, code: 'words-of-time' };
        if (decision.orElse.kind === 'miss') return { kind: 'missed', at: now };
        if (decision.orElse.kind === 'hold' && decision.orElse.reason === 'late') return { kind: 'person', at: now, code: decision.orElse.code };
        // Asked again when its platform is back, when a night is over, or at its limit.
        now = Math.min(deadlineAt, Math.max(now + 1, Math.min(outage.to, isInside(day, now) ? Infinity : nextOpening(day, now))));
        break;
      }
      case 'hold':
        if (decision.reason !== 'outage') return { kind: 'person', at: now, code: decision.code };
        // Asked again at its way out, at its limit, or when the platform is back, whichever comes first.
        now = Math.max(now + 1, Math.min(decision.rerouteAt ?? Infinity, deadlineAt, outage.to));
        held = { state: 'held', holdReason: 'outage' };
        break;
      case 'next-slot':
        return { kind: 'next-slot', at: now };
      case 'miss':
        return { kind: 'missed', at: now };
      case 'skip':
        return { kind: 'dropped' };
      case 'wait':
      case 'leave':
        return { kind: 'on-time' };
    }
  }
  return { kind: 'person', at: now, code: 'late-limit-passed' };
}

/** The first moment its channel may say something late; what else waits there comes on top. */
function turnOf({ dueAt, day, pace }: Planned, now: Instant, times: Times): Instant {
  const gate = lateGate({ dueAt, follows: false, released: false, pace, plannedAt: [], day }, now, times);
  return gate.kind === 'go' ? now : gate.until;
}
