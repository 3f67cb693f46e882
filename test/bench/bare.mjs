// What we are measured against: a BullMQ worker that imports bullmq and fetch only, with our queue options, making the
// same call. (BullMQ's Postgres backend asks for a pool of pg in ESM.)
import { createPostgresBackend, Worker } from 'bullmq';
import pg from 'pg';

const { BARE_REDIS_URL, BARE_DATABASE_URL, BARE_QUEUE } = process.env;
const options = { concurrency: 50, lockDuration: 30_000, stalledInterval: 5_000, maxStalledCount: 1_000_000, removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } };

const work = async ({ data }) => {
  const response = await fetch(data.url, { method: 'POST', headers: data.headers, body: data.body });
  const { id } = await response.json();
  if (!response.ok || !id) throw new Error(`${response.status}`);
};

const worker = BARE_REDIS_URL
  ? new Worker(BARE_QUEUE, work, { connection: { url: BARE_REDIS_URL, maxRetriesPerRequest: null }, ...options })
  : new Worker(BARE_QUEUE, work, { connection: new pg.Pool({ connectionString: BARE_DATABASE_URL, max: 30, options: '-c search_path=bullmq -c synchronous_commit=off', keepAlive: true }), ...options }, createPostgresBackend);
worker.on('error', (error) => process.stderr.write(`${error}\n`));
await worker.waitUntilReady();
process.once('disconnect', () => process.exit(0)); // the bench is gone
process.send('ready');
