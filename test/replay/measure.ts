import type { Change } from './room.js';
import type { Span, World } from './world.js';

/** Share of the sorted values under it; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

export function spread(values: readonly number[]): { readonly p50: number | null; readonly p95: number | null } {
  const round = (value: number) => (Number.isNaN(value) ? null : Math.round(value));
  return { p50: round(quantile(values, 0.5)), p95: round(quantile(values, 0.95)) };
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function rounded(value: number, digits = 4): number | null {
  return Number.isFinite(value) ? Number(value.toFixed(digits)) : null;
}

const LATE_MS = 60_000;
const BROWNOUT_MS = 15_000;
const shut = (state: string) => state === 'down' || state === 'maintenance';

export interface FalseDowns {
  /** When each began and how long it held posts back at once (till it was recovering or up). */
  readonly downs: readonly { readonly at: number; readonly forMs: number; readonly by: string | null }[];
  /** A blip of 15 s or more that was called down. */
  readonly brownouts: number;
}

/** Downs that no fault explains, by the rules of the replay; a relapse while an outage is told as recovering counts as a down of its own. */
export function falseDowns(changes: readonly Change[], world: World): FalseDowns {
  const within = (spans: readonly Span[], at: number, least: number) => spans.some((span) => at >= span.from && at <= span.to + LATE_MS && span.to - span.from >= least);
  const platform = world.faults.filter((fault) => fault.kind !== 'none_for_platforms');
  const downs: { at: number; forMs: number; by: string | null }[] = [];
  let brownouts = 0;
  for (const [i, { at, from, to, by }] of changes.entries()) {
    if (!shut(to) || shut(from) || within(platform, at, 0)) continue;
    if (within(world.blips, at, BROWNOUT_MS)) brownouts++;
    else downs.push({ at, forMs: (changes.slice(i + 1).find((change) => !shut(change.to))?.at ?? at) - at, by });
  }
  return { downs, brownouts };
}
