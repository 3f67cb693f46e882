import { type ClientDay, endOf, isInside, lastClosing, nextOpening } from './day.js';
import type { DeliveryState, HoldReason } from './delivery.js';
import type { FailoverPolicy } from './failover-policy.js';
import type { Instant } from './instant.js';
import type { ReasonCode } from './reason.js';
import type { Times } from './times.js';
import type { Verdict } from './verdict.js';

/** A delivery whose bell rang, as the database saw it at `now`. */
export interface Due {
  readonly state: DeliveryState;
  readonly holdReason: HoldReason | null;
  readonly choice: 'can-wait' | 'today' | 'hour-counts';
  readonly policy: FailoverPolicy;
  readonly dueAt: Instant;
  /** When it was to be looked at. Long ago, and nobody did: then we did not run. */
  readonly readyAt: Instant;
  readonly deadlineAt: Instant;
  /** How long its way out takes until everybody there has it, as far as anybody knows; left out: no time to speak of. */
  readonly needsMs?: number;
  /** Its client's: nothing goes another way outside it. */
  readonly day: ClientDay;
  /** A part is out already: it only goes forward. */
  readonly begun: boolean;
  /** A person said: go, although it is late. */
  readonly released: boolean;
  readonly approved: boolean;
  readonly paused: boolean;
  /** `down`: cannot post until a person reconnects it or switches it on. `checking`: refused once, asked again soon. */
  readonly account: 'ok' | 'checking' | 'down';
  /** Due before this restored or copied installation was armed: an older life of it may have put it out already. */
  readonly beforeArming: boolean;
  /** It follows what went out elsewhere, with no hour of its own (`followsAtOnce`): late from the start. */
  readonly follows: boolean;
  /** A newer occurrence of its series is due as well. */
  readonly superseded: boolean;
  /** The held delivery that goes first, to see whether the platform is back (DESIGN §7). */
  readonly canary: boolean;
  /** What it says is true at its time only. */
  readonly timed: boolean;
  /** Nothing but setbacks since then, often enough: its policy runs as if the platform were down (DESIGN §5). null = it is not so. */
  readonly blockedSince: Instant | null;
  /** Its platform is in its present state since then; null = nobody judged it yet. */
  readonly verdictSince: Instant | null;
  /** A person publishes it: where another would be sent, somebody is asked. How its platform or our network does is not their way. */
  readonly byHand: boolean;
}

export type Decision =
  /** `late`: passes the channel's pace of late posts at the claim. `alone`: with no other under way on its component. */
  | { readonly kind: 'deliver'; readonly late: boolean; readonly alone: boolean }
  | { readonly kind: 'wait'; readonly until: Instant }
  /** `rerouteAt`: it goes elsewhere then, if it still waits; no canary shortly before. */
  | { readonly kind: 'hold'; readonly reason: HoldReason; readonly until: Instant | null; readonly code: ReasonCode; readonly rerouteAt?: Instant }
  /** Out elsewhere, by every outlet of the first usable set. `orElse`: where none is usable. */
  | { readonly kind: 'reroute'; readonly code: ReasonCode; readonly orElse: OrElse }
  /** To the client's next free slot; into the review list where there is none. */
  | { readonly kind: 'next-slot' }
  | { readonly kind: 'skip'; readonly code: ReasonCode }
  | { readonly kind: 'miss'; readonly code: ReasonCode }
  | { readonly kind: 'leave' };

export type OrElse = Extract<Decision, { kind: 'hold' | 'miss' | 'deliver' }>;

/** Chooses what happens to a delivery whose bell rang (DESIGN §5–8). Every gate is asked again at the claim. */
export function decide(due: Due, verdict: Verdict, now: Instant, times: Times): Decision {
  if (due.state !== 'scheduled' && due.state !== 'held') return { kind: 'leave' };
  if (due.holdReason === 'late' && !due.released) return { kind: 'leave' };
  const mayGoLate = due.released || due.begun;
  if (due.readyAt - now > times.earlyMs && (mayGoLate || now < due.deadlineAt)) return { kind: 'wait', until: due.readyAt };

  const lateMs = now - due.dueAt;
  if (!due.released && due.beforeArming) return hold('late', 'restored'); // begun or not: its next part may be out as well
  if (!mayGoLate && due.superseded && lateMs > times.lateMs) return { kind: 'skip', code: 'superseded' };
  if (!mayGoLate && now >= due.deadlineAt) return atDeadline(due, verdict, now, times);

  if (!due.approved) return hold('approval', 'waits-for-approval');
  if (due.paused) return hold('pause', 'paused');
  if (due.account === 'checking') return hold('account', 'account-checked');
  if (due.account === 'down') return waiting(due, { since: null, now, times }, hold('account', 'account-down'));
  if (!mayGoLate && now - Math.max(due.dueAt, due.readyAt) > times.absentMs) return hold('late', 'we-were-away');
  if (due.byHand) return hold('ask', 'by-hand'); // also with a word of time: who posts it reads it
  const what = byVerdict(due, verdict, { late: (lateMs > times.lateMs || due.follows) && !due.begun, now, times });
  // Late, a word of time is wrong: only a person lets it out.
  return what.kind === 'deliver' && !due.canary && due.timed && !mayGoLate && lateMs > times.absentMs ? hold('late', 'words-of-time') : what;
}

/** Whatever made it late, its policy says what becomes of it. What a person stopped is not sent elsewhere either. */
function atDeadline(due: Due, { state }: Verdict, now: Instant, times: Times): Decision {
  const review = hold('late', 'late-limit-passed');
  // The platform is named only if it was waited for and is not back: a client reads this.
  const isPlatforms = due.holdReason === 'outage' && ['down', 'maintenance', 'recovering'].includes(state);
  const miss: OrElse = { kind: 'miss', code: isPlatforms ? 'platform-not-back' : 'hour-has-passed' };
  const isStopped = !due.approved || due.paused;
  switch (due.policy.atDeadline) {
    case 'reroute': {
      const orElse = due.choice === 'hour-counts' ? miss : review;
      // Nobody was there at its limit: whoever reads it now reads it too late.
      return isStopped || due.policy.routes.length === 0 || now - due.deadlineAt > times.absentMs ? orElse : { kind: 'reroute', code: isPlatforms ? 'rerouted-outage' : 'rerouted-late', orElse };
    }
    case 'expire':
      return miss;
    case 'next-slot':
      return isStopped || due.timed ? review : { kind: 'next-slot' };
    case 'ask':
      return review;
  }
}

/** Our own network in doubt: asked again this soon. Another process may be better off. */
const OFFLINE_AGAIN_MS = 10_000;

function byVerdict(due: Due, verdict: Verdict, { late, now, times }: { readonly late: boolean; readonly now: Instant; readonly times: Times }): Decision {
  // While it waits it is tried, and where no other way is open it is tried all the same: the platform may work again.
  const again = (what: Extract<Decision, { kind: 'deliver' }>): Decision => {
    if (due.blockedSince === null) return what;
    const elsewhere = waiting(due, { since: due.blockedSince, now, times }, hold('outage', 'platform-down'));
    if (elsewhere.kind === 'reroute') return { ...elsewhere, orElse: what };
    return elsewhere.kind === 'hold' ? what : elsewhere;
  };
  switch (verdict.state) {
    case 'up':
    case 'degraded':
      return again({ kind: 'deliver', late, alone: false });
    case 'suspect':
      return again({ kind: 'deliver', late, alone: true });
    case 'recovering':
      return { kind: 'deliver', late: true, alone: true };
    case 'unknown':
      return verdict.impaired ? { ...hold('outage', 'we-are-offline'), until: now + OFFLINE_AGAIN_MS } : again({ kind: 'deliver', late, alone: true });
    case 'down':
      return due.canary ? { kind: 'deliver', late: false, alone: true } : waiting(due, { since: due.verdictSince, now, times }, hold('outage', 'platform-down'));
    case 'maintenance':
      return waiting(due, { since: due.verdictSince, now, times }, hold('outage', 'platform-down'));
  }
}

interface Wait {
  /** How long it could not have gone out already. */
  readonly since: Instant | null;
  readonly now: Instant;
  readonly times: Times;
}

/** What its policy says while it cannot go out. */
function waiting(due: Due, { since, now, times }: Wait, held: Hold): Decision {
  if (due.begun || due.released) return held; // what has begun only goes forward; what a person let go is theirs
  const isOutage = held.reason === 'outage'; // an account that has to be reconnected is nobody's outage
  if (isOutage && due.policy.onOutage === 'drop') return { kind: 'skip', code: 'dropped-in-outage' };
  // Those on duty are asked; without an answer it does what its sentence says, like all that waits.
  const told: Hold = isOutage && due.policy.onOutage === 'ask' ? { ...held, code: 'asked-in-outage' } : held;
  const at = leavesAt(due, since, times);
  if (at === null) return told;
  if (now < at) return { ...told, until: at, rerouteAt: at };
  // An account to be reconnected, or answers to this post alone, are no outage: nobody is told there was one.
  return { kind: 'reroute', code: isOutage && due.blockedSince === null ? 'rerouted-outage' : 'rerouted-late', orElse: { ...held, code: isOutage ? 'no-way-out' : held.code } };
}

/**
 * When it goes elsewhere if it still waits then; null = it does not. At its limit, or at the end of a day, that is sooner: as much as its
 * way out takes, so that what leaves with it is out inside the day; where the hour counts, or it leaves at once, it does so to the minute.
 */
export function leavesAt(due: Pick<Due, 'choice' | 'dueAt' | 'deadlineAt' | 'needsMs' | 'day' | 'policy'>, since: Instant | null, times: Ahead): Instant | null {
  const { choice, deadlineAt, day, policy } = due;
  if (policy.routes.length === 0 || policy.onOutage === 'drop') return null;
  const at = policy.onOutage === 'reroute-now' || policy.onOutage === 'reroute-after' ? rerouteAt(due, since) : Infinity;
  if (at >= deadlineAt && policy.atDeadline !== 'reroute') return null;
  if (choice === 'hour-counts' || policy.onOutage === 'reroute-now') return Math.min(at, deadlineAt);
  const last = beforeLimit(due, times);
  return at < last && isInside(day, at) ? Math.min(at, before(endOf(day, at), due, times)) : Math.min(at, last);
}

/** A little before its limit, inside its client's day: of a limit in the night, before the day ends; of one just after an opening, then. */
function beforeLimit(due: Pick<Due, 'dueAt' | 'deadlineAt' | 'needsMs' | 'day'>, times: Ahead): Instant {
  const { dueAt, deadlineAt, day } = due;
  const closes = lastClosing(day, deadlineAt);
  if (closes <= dueAt) return before(deadlineAt, due, times); // night from its time to its limit
  return nextOpening(day, before(closes, due, times));
}

/** Never more than half its patience sooner. */
function before(limit: Instant, { dueAt, needsMs = 0 }: Pick<Due, 'dueAt' | 'needsMs'>, { collectMs, collectMostMs }: Ahead): Instant {
  return limit - Math.min(Math.max(collectMs, Math.min(needsMs, collectMostMs)), Math.max(0, limit - dueAt) / 2);
}

type Ahead = Pick<Times, 'collectMs' | 'collectMostMs'>;

/**
 * One message carries all of a brand that goes the same way on a day: what leaves by then leaves with this one. Where the hour
 * counts, or it does not wait at all, it takes along only what leaves at the same moment.
 */
export function takesAlongUntil({ choice, policy }: Pick<Due, 'choice' | 'policy'>, day: ClientDay, now: Instant): Instant {
  return choice === 'hour-counts' || policy.onOutage === 'reroute-now' ? now : endOf(day, now);
}

/** When it goes elsewhere: so long after its own due time; at that time if it could not have gone out for so long already. */
export function rerouteAt({ dueAt, policy }: Pick<Due, 'dueAt' | 'policy'>, since: Instant | null): Instant {
  const after = policy.onOutage === 'reroute-now' ? 0 : policy.rerouteAfterMs;
  return since !== null && dueAt - since >= after ? dueAt : dueAt + after;
}

type Hold = Extract<Decision, { kind: 'hold' }>;

/** A hold without an end of its own: asked again at the late limit, or when what it waits for changes. */
function hold(reason: HoldReason, code: ReasonCode): Hold {
  return { kind: 'hold', reason, until: null, code };
}
