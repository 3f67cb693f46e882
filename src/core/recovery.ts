import type { DetectorState } from './detector-state.js';
import type { Instant } from './instant.js';

/** Relapses that still count: each adds one, half of it gone after an hour (DESIGN §7). */
export function flapsAt(state: DetectorState, now: Instant): number {
  const { k, at } = state.flaps;
  return k * 2 ** (-Math.max(0, now - at) / state.config.flap.halfLifeMs);
}

export function withRelapse(state: DetectorState, now: Instant): DetectorState {
  return { ...state, flaps: { k: flapsAt(state, now) + 1, at: now } };
}

/** How many good signs, and how long without a fault, make a recovery: more after each relapse. */
export function recoveryNeeds(state: DetectorState, now: Instant): { readonly signs: number; readonly quietMs: number } {
  const { flap, recovering } = state.config;
  const k = flapsAt(state, now);
  return {
    signs: recovering.signs * 2 ** Math.min(Math.round(k), 2),
    quietMs: k < 0.5 ? recovering.quietMs : Math.min(flap.mostMs, flap.quietMs * flap.factor ** k),
  };
}

/** Something went wrong. The platform that had given enough good signs and falls again has relapsed, told or not. */
export function faulted(state: DetectorState, at: Instant): DetectorState {
  const next = { ...state, faultAt: Math.max(state.faultAt, at) };
  if ((state.phase !== 'down' && state.phase !== 'maintenance') || at < (state.signs[0] ?? 0)) return next;
  // With enough good signs one fault may be chance: it takes a second one soon after to undo them.
  const { signs, stumbleMs } = state.config.recovering;
  if (state.signs.length >= signs && at - state.stumbledAt > stumbleMs) return { ...state, stumbledAt: at };
  const cameBack = state.signs.length >= state.config.recovering.signs && at - state.faultAt >= state.config.recovering.quietMs;
  return { ...(cameBack ? withRelapse(next, at) : next), signs: [] };
}

/** A good sign, if it is one: begun after the latest fault, and well after the last sign. */
export function signed(state: DetectorState, at: Instant): DetectorState {
  if (state.phase !== 'down' && state.phase !== 'maintenance') return state;
  const last = state.signs.at(-1) ?? 0;
  if (at <= state.faultAt || at < state.since || at - last < state.config.recovering.signGapMs) return state;
  return { ...state, signs: [...state.signs, at].slice(-4 * state.config.recovering.signs) };
}

/** Of what sort the test was: by what is down, only some can be a good sign (DESIGN §7; 0011). */
export function isSign(state: DetectorState, of: 'probe' | 'shadow' | 'write' | 'read-back', media: boolean): boolean {
  const nothingHeld = state.held === 0 && !state.canary.open;
  switch (of) {
    case 'probe':
      return state.by === 'probes' || (nothingHeld && state.kind !== 'read' && state.by !== 'looks');
    case 'shadow':
      return state.kind !== 'read' && state.kind !== 'media';
    case 'write':
      return state.kind !== 'read' && (state.kind !== 'media' || media);
    case 'read-back':
      return state.kind === 'read';
  }
}
