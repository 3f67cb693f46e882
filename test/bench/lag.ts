import { type Ground, quantile, round } from './ground.js';

/** When each delivery was due, wall time in ms, in the order of `ids`. */
export async function dueTimes({ dataSource }: Ground, ids: readonly string[]): Promise<readonly number[]> {
  const rows = await dataSource.query<{ id: string; due: number }[]>(
    'SELECT id, (extract(epoch FROM due_at) * 1000)::float8 AS due FROM deliveries WHERE id = ANY($1::uuid[])',
    [ids],
  );
  const byId = new Map(rows.map(({ id, due }) => [id, due]));
  return ids.map((id) => byId.get(id) ?? Number.NaN);
}

/** Due to first byte, ms. @throws Error when one arrived twice or never */
export function latenesses(due: readonly number[], arrivals: readonly (readonly [number, number])[]): readonly number[] {
  const seen = new Map(arrivals.map(([number, at]) => [number, at]));
  if (seen.size !== due.length || arrivals.length !== due.length) throw new Error(`${arrivals.length} arrivals of ${seen.size} posts where ${due.length} were due`);
  return due.map((at, i) => (seen.get(i) ?? Number.NaN) - at);
}

export function quantiles(values: readonly number[]) {
  return { p50Ms: round(quantile(values, 0.5)), p95Ms: round(quantile(values, 0.95)), p99Ms: round(quantile(values, 0.99)), maxMs: round(quantile(values, 1)) };
}
