import { falseDowns, quantile, rounded } from '../replay/measure.js';
import { stage } from '../replay/outage.js';
import type { FleetSize } from '../replay/fleet.js';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

export interface YearsFigures {
  readonly years: number;
  readonly falseDownsPerComponentYear: number | null;
  readonly brownoutsPerComponentYear: number | null;
  /** How long a false down held posts back at once. */
  readonly overMs: { readonly p50: number | null; readonly p95: number | null };
  readonly byRule: Readonly<Record<string, number>>;
  readonly suspectShare: number | null;
}

/** Years without any outage: noise, blips and path bursts only. One simulation per year keeps the memory small. */
export function quietYears(size: FleetSize, years: number, seed: number): YearsFigures {
  const over: number[] = [];
  const byRule: Record<string, number> = {};
  let brownouts = 0;
  let suspectMs = 0;
  for (let year = 0; year < years; year++) {
    const span = { from: START + year * 365 * DAY, to: START + (year + 1) * 365 * DAY };
    const { world, room } = stage([], span, { size, seed }, `year${year}`);
    room.agenda.runUntil(span.to);
    const found = falseDowns(room.changes, world);
    brownouts += found.brownouts;
    for (const { forMs, by } of found.downs) {
      over.push(forMs);
      byRule[by ?? '?'] = (byRule[by ?? '?'] ?? 0) + 1;
    }
    for (const [i, change] of room.changes.entries()) if (change.to === 'suspect') suspectMs += (room.changes[i + 1]?.at ?? span.to) - change.at;
  }
  return {
    years, falseDownsPerComponentYear: rounded(over.length / years, 2), brownoutsPerComponentYear: rounded(brownouts / years, 2),
    overMs: { p50: rounded(quantile(over, 0.5), 0), p95: rounded(quantile(over, 0.95), 0) }, byRule, suspectShare: rounded(suspectMs / (years * 365 * DAY)),
  };
}
