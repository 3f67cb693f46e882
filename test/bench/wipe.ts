import { createPostgresBackend, Queue, type QueueOptions } from 'bullmq';
import pg from 'pg';
import { seedClient } from '../kit/seed.js';
import { wipeQueue } from '../kit/server-house.js';
import { seedCrowd } from './crowd.js';
import { readOptions, report, round, say, startGround, until } from './ground.js';

// The queue is lost with this many bells in it; how long until all of them are in it again. Counted in the queue itself.
const { backend, json, rows } = readOptions({ rows: 100_000 });
const MINUTE_MS = 60_000;
const ground = await startGround(backend);
const connectorId = 'sandbox-alpha';
const client = await seedClient(ground.dataSource, { connectorIds: Array.from({ length: 100 }, () => connectorId), url: ground.sink.url, seal: ground.seal });
const pool = ground.redisUrl === null ? new pg.Pool({ connectionString: ground.databaseUrl, options: '-c search_path=bullmq' }) : null;
pool?.on('error', () => undefined);
const watch = await ground.ours('watch');
const queueName = `deliver-${connectorId}`;
const queue = pool
  ? new Queue(queueName, { connection: pool } as unknown as QueueOptions, createPostgresBackend as never)
  : new Queue(queueName, { connection: { url: ground.redisUrl ?? '' }, prefix: `{postern-${queueName}}` });
/** Bells, of which a job carries several. */
const inQueue = async (): Promise<number> => (await queue.getDelayed()).reduce((bells, { data }) => bells + (data as unknown[]).length, 0);

// Due beyond the measurement, within the quarter of an hour that is rung ahead.
const seededAt = Date.now();
await seedCrowd(ground, client, { count: rows, fromMs: 11 * MINUTE_MS, toMs: 14 * MINUTE_MS });
await until('the first ringing', async () => (await inQueue()) === rows);
const firstS = round((Date.now() - seededAt) / 1000);
say(`${rows} rung, ${firstS} s after the seed began`);

const wipedAt = performance.now();
await wipeQueue(ground.redisUrl, ground.databaseUrl);
await until('ringing again', async () => (await inQueue()) >= rows, { everyMs: 500 }); // reading them all takes its time too
const seconds = round((performance.now() - wipedAt) / 1000);
await watch.stop();
await queue.close();
await pool?.end();
await report(ground, json, { bench: 'wipe', backend, rows, seconds, wanted: { seconds: 30 + (15 * rows) / 100_000 } });
