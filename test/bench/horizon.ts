import { setTimeout as sleep } from 'node:timers/promises';
import { ROWS_AT_MOST } from '../../src/features/posts/bells.service.js';
import { seedClient } from '../kit/seed.js';
import { seedCrowd } from './crowd.js';
import type { Tick } from './worker.js';
import { median, type Ours, quantile, readOptions, report, round, say, startGround } from './ground.js';

// The planner's tick and the process's memory with a million scheduled deliveries ahead, and with a thousand.
const { backend, json, rows, ticks } = readOptions({ rows: 1_000_000, ticks: 40 });
const DAY_MS = 86_400_000;
const SETTLE_MS = 20_000;
const ground = await startGround(backend);
const client = await seedClient(ground.dataSource, { connectorIds: Array.from({ length: 100 }, () => 'sandbox-alpha'), url: ground.sink.url, seal: ground.seal });

/** From an hour ahead, so that nothing comes due meanwhile, to sixty days. */
const ahead = { fromMs: 3_600_000, toMs: 60 * DAY_MS };

async function memory(): Promise<{ process: Ours; rssMb: number }> {
  const process = await ground.ours('worker,watch');
  await sleep(SETTLE_MS);
  return { process, rssMb: round(await process.rssMb()) };
}

await seedCrowd(ground, client, { count: 1_000, ...ahead });
const few = await memory();
await few.process.stop();
say(`1,000 scheduled: ${few.rssMb} MB`);
await seedCrowd(ground, client, { count: rows, ...ahead });
say(`${rows} scheduled`);
const many = await memory();
await many.process.stop();

// A process whose own planner does not run, so that each tick measured has what is meant for it.
const planner = await ground.ours('worker');
const spread = (ms: readonly number[]) => ({ median: round(median(ms)), p95: round(quantile(ms, 0.95)) });
const idle: number[] = [];
for (let i = 0; i < ticks; i += 1) idle.push((await planner.tick()).ms);

const busy: Tick[] = [];
for (let i = 0; i < ticks; i += 1) {
  await ground.dataSource.query(
    `UPDATE deliveries SET due_at = now() + interval '10 minutes', ready_at = now() + interval '10 minutes'
      WHERE id IN (SELECT id FROM deliveries WHERE state = 'scheduled' AND rung_until IS NULL AND ready_at > now() + interval '1 day' ORDER BY ready_at LIMIT $1)`,
    [ROWS_AT_MOST],
  );
  const tick = await planner.tick();
  if (tick.rung !== ROWS_AT_MOST) throw new Error(`a tick rang ${tick.rung} instead of ${ROWS_AT_MOST}`);
  busy.push(tick);
}
await planner.stop();
await report(ground, json, {
  bench: 'horizon', backend, rows,
  tickMs: {
    nothingDue: spread(idle),
    withAllItTakes: { rung: ROWS_AT_MOST, ...spread(busy.map(({ ms }) => ms)), statement: spread(busy.map(({ ms, queueMs }) => ms - queueMs)), queue: spread(busy.map(({ queueMs }) => queueMs)) },
  },
  rssMb: { with1000: few.rssMb, withAll: many.rssMb, ratio: round(many.rssMb / few.rssMb, 2) },
  wanted: { tickMs: 20, rssRatio: 1 },
});
