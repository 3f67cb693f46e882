import { type DetectorState, rebased } from './detector-state.js';
import type { Instant } from './instant.js';
import { dated, take } from './intake.js';
import { judge } from './judgement.js';
import type { Signal } from './signal.js';

/**
 * The detector of one component (DESIGN §7): a pure reducer, the same signals give the same state. Begin with
 * `initial(config)` or, from the store, `restored(json, config)`; send it a `tick` each second, for every timed change
 * hangs on it; read the outcome through `verdict`, `story` and `wants`. Takes whatever comes: signals out of order, of
 * the future (counted as of now), older than the window (dropped), a clock that jumps (evidence dropped, timers begin
 * anew, the verdict stays).
 * @param now the watch's clock, ms; a step back of up to 5 s counts as no step
 */
export function step(state: DetectorState, signal: Signal, now: Instant): DetectorState {
  if (!Number.isFinite(now)) return state;
  const current = clocked(state, now);
  const counted = dated(signal, current.at, current.config.windowMs);
  if (!counted || isOver(current, counted)) return current;
  const taken = take(current, counted);
  return isUrgent(current, taken, counted) ? judge(taken) : taken;
}

function clocked(state: DetectorState, now: Instant): DetectorState {
  if (state.at === 0) return { ...state, at: now, judgedAt: now, since: now };
  const { gapMs, backMs } = state.config.clock;
  if (now - state.at > gapMs || state.at - now > backMs) return rebased(state, now);
  return now <= state.at ? state : { ...state, at: now };
}

/** A request that began before the recovery tells of the outage that is over. */
function isOver(state: DetectorState, signal: Signal): boolean {
  return 'at' in signal && signal.kind !== 'guard' && signal.kind !== 'canary' && signal.at < state.clearedAt;
}

/** Calls come by the thousand: a success waits for the next judgement, a failure is judged at once if it names a new account. */
function isUrgent(before: DetectorState, after: DetectorState, signal: Signal): boolean {
  if (signal.kind !== 'write') return true;
  // In calm times one more success changes nothing.
  if (signal.outcome === 'delivered' && after.phase === 'up' && after.faults1.length + after.faults2.length === 0) return false;
  return after.at - after.judgedAt >= 1_000 || after.faults1.length > before.faults1.length || after.faults2.length > before.faults2.length;
}
