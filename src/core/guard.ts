import { type DetectorState, forgotten, type ProcessState } from './detector-state.js';
import type { Instant } from './instant.js';

/** Is it me? One tick of a process's self guard: an impaired one takes back what the process saw just before (DESIGN §7). */
export function guarded(state: DetectorState, tick: { readonly at: Instant; readonly process: string; readonly impaired: boolean; readonly controls: number }): DetectorState {
  if (!state.config.guarded) return state;
  const { doubtMs, controls } = state.config.guard;
  const old = state.processes.find(({ id }) => id === tick.process);
  const outvoted = old !== undefined && old.okAt > tick.at - doubtMs && old.okAt <= tick.at;
  const impaired = tick.impaired && tick.controls >= controls && !outvoted;
  const begins = impaired && !(old && tick.at - old.doubtTo <= 2 * doubtMs);
  const next: ProcessState = {
    id: tick.process, guardAt: tick.at, impaired, controls: tick.controls, okAt: old?.okAt ?? 0,
    doubtFrom: begins ? tick.at : (old?.doubtFrom ?? 0), doubtTo: impaired ? tick.at : (old?.doubtTo ?? 0),
  };
  const known = withProcess(state, next);
  if (!impaired) return known;
  const from = tick.at - doubtMs;
  const clean = <T extends { readonly process: string }>(list: readonly T[], at: (one: T) => Instant) => list.filter((one) => one.process !== tick.process || at(one) < from);
  return {
    ...known,
    faults1: clean(state.faults1, ({ last }) => last),
    faults2: clean(state.faults2, ({ last }) => last),
    looks: clean(state.looks, ({ at }) => at),
    readBacks: clean(state.readBacks, ({ at }) => at),
    probe: forgotten(state.probe, tick.process, from),
    shadow: forgotten(state.shadow, tick.process, from),
    edges: clean(state.edges, ({ at }) => at),
  };
}

/** A request that reached its platform: this process is on the network. */
export function reached(state: DetectorState, process: string, at: Instant): DetectorState {
  if (process === '') return state;
  const old = state.processes.find(({ id }) => id === process);
  if (old && at - old.okAt < 1_000) return state;
  return withProcess(state, { ...(old ?? { id: process, guardAt: 0, impaired: false, controls: 0, doubtFrom: 0, doubtTo: 0 }), okAt: at });
}

/** Was this process's network in doubt when the request began? Then what went wrong says nothing. */
export function inDoubt(state: DetectorState, process: string, at: Instant): boolean {
  if (!state.config.guarded) return false;
  const { doubtMs } = state.config.guard;
  const found = state.processes.find(({ id }) => id === process);
  return found !== undefined && found.doubtTo > 0 && at >= found.doubtFrom - doubtMs && at <= found.doubtTo + doubtMs;
}

/** Every process that still speaks says its own network fails. */
export function isImpaired(state: DetectorState): boolean {
  if (!state.config.guarded) return false;
  const heard = state.processes.filter(({ guardAt }) => guardAt > 0 && state.at - guardAt <= state.config.guard.silentMs);
  return heard.length > 0 && heard.every(({ impaired }) => impaired);
}

/** Can we tell our own network from theirs? Off with fewer than three controls, or with no guard heard at all. */
export function isGuardOn(state: DetectorState): boolean {
  const { silentMs, controls } = state.config.guard;
  return !state.config.guarded || state.processes.some((one) => one.controls >= controls && state.at - one.guardAt <= silentMs && one.guardAt > 0);
}

function withProcess(state: DetectorState, next: ProcessState): DetectorState {
  const others = state.processes.filter(({ id }) => id !== next.id);
  const latest = (one: ProcessState) => Math.max(one.guardAt, one.okAt);
  // A full list lets go of who was silent longest.
  if (others.length >= state.config.most.processes) others.splice(others.reduce((worst, one, i) => (latest(one) < latest(others[worst] ?? one) ? i : worst), 0), 1);
  return { ...state, processes: [...others, next] };
}
