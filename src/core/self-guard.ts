import type { Instant } from './instant.js';

/** Ticks of the controls when all is well, and as soon as one of them fails, ms (DESIGN §7). */
const GUARD_EVERY_MS = 10_000;
const GUARD_SUSPICIOUS_MS = 3_000;
/** A control counts only if it answered within this (§7): one that never did tells nothing of our network. */
const COUNTS_FOR_MS = 24 * 3_600_000;
/** With fewer than this many controls that count, the guard is off (§7). */
const LEAST_CONTROLS = 3;
/** This share of failing controls means: it is us (§7). */
const IMPAIRED_SHARE = 0.75;
/** Something delivered that was begun within this outvotes silent controls: we do get out (§7). */
const OUTVOTES_MS = 15_000;

export interface ControlState {
  /** null = never yet. */
  readonly okAt: Instant | null;
  readonly isOk: boolean;
}

/** What a process knows of its own way out. Plain JSON. */
export interface SelfGuard {
  readonly controls: Readonly<Record<string, ControlState>>;
  /** When the request of the last delivered post was begun; null = none yet. */
  readonly deliveredBegunAt: Instant | null;
}

/**
 * `off`: too few controls answer at all, so nothing is concluded from them.
 * `suspicious`: one fails; ask again soon. `impaired`: it is us, whatever platforms seem to do.
 */
export type GuardReading = 'off' | 'fine' | 'suspicious' | 'impaired';

export function initialGuard(): SelfGuard {
  return { controls: {}, deliveredBegunAt: null };
}

/** @param answers of this tick: control → did it answer (whatever it said) */
export function afterTick(guard: SelfGuard, answers: ReadonlyMap<string, boolean>, now: Instant): SelfGuard {
  const controls = Object.fromEntries(
    [...answers].map(([control, isOk]): [string, ControlState] => [control, { okAt: isOk ? now : (guard.controls[control]?.okAt ?? null), isOk }]),
  );
  return { ...guard, controls };
}

/** @param begunAt when its request was begun */
export function afterDelivered(guard: SelfGuard, begunAt: Instant): SelfGuard {
  return begunAt > (guard.deliveredBegunAt ?? -Infinity) ? { ...guard, deliveredBegunAt: begunAt } : guard;
}

const countingOf = ({ controls }: SelfGuard, now: Instant): readonly ControlState[] =>
  Object.values(controls).filter(({ okAt }) => okAt !== null && Math.abs(now - okAt) <= COUNTS_FOR_MS);

/** How many controls say something of our network at all. */
export function countingControls(guard: SelfGuard, now: Instant): number {
  return countingOf(guard, now).length;
}

export function readGuard(guard: SelfGuard, now: Instant): GuardReading {
  const { deliveredBegunAt } = guard;
  const counting = countingOf(guard, now);
  if (counting.length < LEAST_CONTROLS) return 'off';
  const failing = counting.filter(({ isOk }) => !isOk).length;
  if (failing === 0) return 'fine';
  const outvoted = deliveredBegunAt !== null && Math.abs(now - deliveredBegunAt) <= OUTVOTES_MS;
  return failing >= IMPAIRED_SHARE * counting.length && !outvoted ? 'impaired' : 'suspicious';
}

/** How long until the controls are asked again, ms. With the guard off they are asked too: they may come back. */
export function guardEveryMs(reading: GuardReading): number {
  return reading === 'suspicious' || reading === 'impaired' ? GUARD_SUSPICIOUS_MS : GUARD_EVERY_MS;
}
