import type { DetectorState } from './detector-state.js';
import { groupOf } from './evidence.js';
import { groupBy } from './findings.js';
import type { Instant } from './instant.js';

/** What speaks against a component now, counted. */
export interface Observed {
  /** Failed writes in the window. */
  readonly writes: number;
  /** Accounts and groups (DESIGN §7) whose writes failed. */
  readonly accounts: number;
  readonly groups: number;
  /** Read probes failed in a row. */
  readonly probes: number;
  /** Accounts told "unauthorized" or "too fast". */
  readonly refusals: number;
  readonly official: 'none' | 'minor' | 'major';
}

export function observed(state: DetectorState): Observed {
  const by = groupBy(state);
  const refused = state.looks.filter(({ result }) => result === 'refused').map(({ account }) => account);
  return {
    writes: state.buckets.reduce((sum, { faults }) => sum + faults, 0),
    accounts: state.faults1.length,
    groups: new Set(state.faults1.map((vote) => groupOf(vote, by))).size,
    probes: state.probe.failures,
    refusals: new Set([...state.faults2.map(({ account }) => account), ...refused]).size,
    official: state.status.level,
  };
}

/** When the oldest of what speaks against it began; null = nothing does. */
export function firstSeenAt({ faults1, faults2, probe, shadow, looks, readBacks }: DetectorState): Instant | null {
  const began = [
    ...[...faults1, ...faults2].map(({ first }) => first),
    ...[probe, shadow].flatMap(({ failures, firstAt }) => (failures > 0 ? [firstAt] : [])),
    ...[...looks, ...readBacks].flatMap(({ result, at }) => (result === 'ok' ? [] : [at])),
  ];
  return began.length === 0 ? null : Math.min(...began);
}
