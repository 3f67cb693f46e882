import type { FleetSize } from '../replay/fleet.js';
import { quantile, rounded } from '../replay/measure.js';
import { stage } from '../replay/outage.js';
import type { FaultClass } from '../replay/world.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 4, 1);

/** Five minutes bad, five good, for three hours: changes of the verdict while it lasts, suspicion counted as well. The worst of the seeds. */
export function flapTransitions(size: FleetSize, seeds: number, seed: number): number {
  const counts = Array.from({ length: seeds }, (_, i) => {
    const fault = { kind: 'intermittent' as const, from: START + 30 * MINUTE, to: START + 210 * MINUTE };
    const { room } = stage([fault], { from: START, to: START + 210 * MINUTE }, { size, seed: seed + i }, 'flap');
    room.agenda.runUntil(fault.to);
    return room.changes.filter((change) => change.at >= fault.from).length;
  });
  return Math.max(...counts);
}

const kinds: readonly FaultClass[] = ['total', '5xx', 'dns', 'login', 'limit_error', 'account_error'];

export interface RecoveryFigures {
  readonly trials: number;
  /** Outages in which it was down at the end. */
  readonly seen: number;
  readonly p50: number | null;
  readonly p95: number | null;
}

/** From the end of an outage of 20 to 120 min until the verdict is no longer down. */
export function recoveryNoticed(size: FleetSize, trials: number, seed: number): RecoveryFigures {
  const noticed: number[] = [];
  for (let i = 0; i < trials; i++) {
    const from = START + 30 * MINUTE;
    const fault = { kind: kinds[i % kinds.length]!, from, to: from + (20 + ((i * 37) % 100)) * MINUTE + ((i * 7_919) % 60_000) };
    const span = { from: START, to: fault.to + 60 * MINUTE };
    const { room } = stage([fault], span, { size, seed: seed + i }, 'recovery');
    room.agenda.runUntil(span.to);
    const last = room.changes.findLast((change) => change.at < fault.to);
    if (last?.to !== 'down') continue;
    noticed.push((room.changes.find((change) => change.at >= fault.to)?.at ?? span.to) - fault.to);
  }
  return { trials, seen: noticed.length, p50: rounded(quantile(noticed, 0.5), 0), p95: rounded(quantile(noticed, 0.95), 0) };
}
