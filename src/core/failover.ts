import type { DeliveryState, HoldReason } from './delivery.js';
import type { Instant } from './instant.js';
import type { ReasonCode } from './reason.js';
import type { Times } from './times.js';
import type { Verdict } from './verdict.js';

/** A delivery whose bell rang, as the database saw it at `now`. */
export interface Due {
  readonly state: DeliveryState;
  readonly holdReason: HoldReason | null;
  readonly choice: 'can-wait' | 'today' | 'hour-counts';
  readonly dueAt: Instant;
  /** When it was to be looked at. Long ago, and nobody did: then we did not run. */
  readonly readyAt: Instant;
  readonly deadlineAt: Instant;
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
  /** A newer occurrence of its series is due as well. */
  readonly superseded: boolean;
  /** The held delivery that goes first, to see whether the platform is back (DESIGN §7). */
  readonly canary: boolean;
}

export type Decision =
  /** `late`: passes the channel's pace of late posts at the claim. `alone`: with no other under way on its component. */
  | { readonly kind: 'deliver'; readonly late: boolean; readonly alone: boolean }
  | { readonly kind: 'wait'; readonly until: Instant }
  | { readonly kind: 'hold'; readonly reason: HoldReason; readonly until: Instant | null; readonly code: ReasonCode }
  | { readonly kind: 'skip'; readonly code: ReasonCode }
  | { readonly kind: 'miss'; readonly code: ReasonCode }
  | { readonly kind: 'leave' };

/** Chooses what happens to a delivery whose bell rang (DESIGN §5–8). Every gate is asked again at the claim. */
export function decide(due: Due, verdict: Verdict, now: Instant, times: Times): Decision {
  if (due.state !== 'scheduled' && due.state !== 'held') return { kind: 'leave' };
  if (due.holdReason === 'late' && !due.released) return { kind: 'leave' };
  const mayGoLate = due.released || due.begun;
  if (due.readyAt - now > times.earlyMs && (mayGoLate || now < due.deadlineAt)) return { kind: 'wait', until: due.readyAt };

  const lateMs = now - due.dueAt;
  if (!due.released && due.beforeArming) return hold('late', 'restored'); // begun or not: its next part may be out as well
  if (!mayGoLate && due.superseded && lateMs > times.lateMs) return { kind: 'skip', code: 'superseded' };
  if (!mayGoLate && now >= due.deadlineAt) return atDeadline(due, verdict);

  if (!due.approved) return hold('approval', 'waits-for-approval');
  if (due.paused) return hold('pause', 'paused');
  if (due.account !== 'ok') return hold('account', due.account === 'down' ? 'account-down' : 'account-checked');
  if (!mayGoLate && now - Math.max(due.dueAt, due.readyAt) > times.absentMs) return hold('late', 'we-were-away');
  return byVerdict(due, verdict, { late: lateMs > times.lateMs && !due.begun, now });
}

function atDeadline({ choice, holdReason }: Due, { state }: Verdict): Decision {
  if (choice !== 'hour-counts') return hold('late', 'late-limit-passed');
  // The platform is named only if it was waited for and is not back: a client reads this.
  const isPlatforms = holdReason === 'outage' && ['down', 'maintenance', 'recovering'].includes(state);
  return { kind: 'miss', code: isPlatforms ? 'platform-not-back' : 'hour-has-passed' };
}

/** Our own network in doubt: asked again this soon. Another process may be better off. */
const OFFLINE_AGAIN_MS = 10_000;

function byVerdict(due: Due, verdict: Verdict, { late, now }: { readonly late: boolean; readonly now: Instant }): Decision {
  switch (verdict.state) {
    case 'up':
    case 'degraded':
      return { kind: 'deliver', late, alone: false };
    case 'suspect':
      return { kind: 'deliver', late, alone: true };
    case 'recovering':
      return { kind: 'deliver', late: true, alone: true };
    case 'unknown':
      return verdict.impaired ? { ...hold('outage', 'we-are-offline'), until: now + OFFLINE_AGAIN_MS } : { kind: 'deliver', late, alone: true };
    case 'down':
      return due.canary ? { kind: 'deliver', late: false, alone: true } : hold('outage', 'platform-down');
    case 'maintenance':
      return hold('outage', 'platform-down');
  }
}

/** A hold without an end of its own: asked again at the late limit, or when what it waits for changes. */
function hold(reason: HoldReason, code: ReasonCode): Extract<Decision, { kind: 'hold' }> {
  return { kind: 'hold', reason, until: null, code };
}
