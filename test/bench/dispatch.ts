import { createPostgresBackend, Queue, type QueueOptions } from 'bullmq';
import pg from 'pg';
import { seedClient, seedPosts } from '../kit/seed.js';
import { type Cpu, type Ground, median, readOptions, report, round, say, startGround, until } from './ground.js';

// A real worker process of ours ÷ a bare BullMQ worker making the same call to the same sink, alternating; the clock
// runs from the first to the last request that comes in, with all jobs ready before a worker starts.
const { backend, json, jobs, rounds } = readOptions({ jobs: 20_000, rounds: 5 });
const ground = await startGround(backend);
const connectorId = 'sandbox-alpha';
const client = await seedClient(ground.dataSource, { connectorIds: Array.from({ length: 200 }, () => connectorId), url: ground.sink.url, seal: ground.seal });
/** What is due at once is in no sense late here, and nothing is read back from a sink that keeps nothing. */
const patient = { lateMs: 3_600_000, absentMs: 3_600_000, settleMs: 3_600_000 };

interface Round {
  readonly perSecond: number;
  /** ms of CPU per job. */
  readonly cpu: Cpu;
}

async function ours(): Promise<Round> {
  await seedPosts(ground.dataSource, client, Array.from({ length: jobs }, (_, i) => ({ channel: client.channels[i % client.channels.length]!, dueInMs: 0, text: `bench ${i}` })));
  const planner = await ground.ours('watch', patient);
  await until('ringing', async () => (await ground.count(`state = 'scheduled' AND rung_until IS NULL`)) === 0);
  await until('seeing that the platform is up', async () => (await ground.dataSource.query<unknown[]>(`SELECT 1 FROM components WHERE state = 'up'`)).length > 0);
  await planner.stop();
  await ground.dataSource.query('ANALYZE');
  const arrived = ground.sink.expect(jobs);
  const worker = await ground.ours('worker', patient);
  const before = await ground.cpu(worker);
  const { firstAt, lastAt } = await arrived;
  const cpu = perJob(before, await ground.cpu(worker));
  await until('writing the outcomes', async () => (await ground.count(`state <> 'published'`)) === 0, { mostMs: 10_000 });
  await worker.stop();
  const { count } = await ground.sink.tell();
  if (count !== jobs) throw new Error(`${count} requests for ${jobs} deliveries`);
  return { perSecond: (jobs / (lastAt - firstAt)) * 1000, cpu };
}

async function bare(at: number): Promise<Round> {
  const name = `bare-${at}`;
  await fillBare(ground, name);
  await ground.dataSource.query('ANALYZE');
  const arrived = ground.sink.expect(jobs);
  const worker = await ground.bare(name);
  const before = await ground.cpu(worker);
  const { firstAt, lastAt } = await arrived;
  const cpu = perJob(before, await ground.cpu(worker));
  await worker.stop();
  return { perSecond: (jobs / (lastAt - firstAt)) * 1000, cpu };
}

function perJob(before: Cpu, after: Cpu): Cpu {
  const each = (name: keyof Cpu): number => round((after[name] - before[name]) / jobs, 3);
  return { worker: each('worker'), postgres: each('postgres'), sink: each('sink') };
}

/** The same request as ours, in a job. */
async function fillBare({ redisUrl, databaseUrl, sink }: Ground, name: string): Promise<void> {
  const pool = redisUrl === null ? new pg.Pool({ connectionString: databaseUrl, options: '-c search_path=bullmq' }) : null;
  const options = { connection: pool ?? { url: redisUrl }, defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true } } as unknown as QueueOptions;
  const queue = pool ? new Queue(name, options, createPostgresBackend as never) : new Queue(name, options);
  for (let from = 0; from < jobs; from += 500) {
    await queue.addBulk(Array.from({ length: Math.min(500, jobs - from) }, (_, i) => ({
      name: 'deliver',
      data: {
        url: `${sink.url}/${connectorId}/api/accounts/acc-bare/posts`,
        headers: { authorization: `Bearer secret-bare-${i}`, 'content-type': 'application/json', 'idempotency-key': `key-${from + i}` },
        body: JSON.stringify({ text: `bench ${from + i}`, language: null, replyTo: null, media: [] }),
      },
      opts: { jobId: `b-${from + i}` },
    })));
  }
  await queue.close();
  await pool?.end();
}

const done = { ours: [] as Round[], bare: [] as Round[] };
for (let at = 0; at < rounds; at += 1) {
  const [us, them] = [await ours(), await bare(at)];
  done.ours.push(us);
  done.bare.push(them);
  say(`round ${at + 1}: ours ${round(us.perSecond, 0)}/s ${JSON.stringify(us.cpu)}, bare ${round(them.perSecond, 0)}/s ${JSON.stringify(them.cpu)}, ratio ${round(us.perSecond / them.perSecond, 2)}`);
}
const perSecond = round(median(done.ours.map((one) => one.perSecond)), 0);
const barePerSecond = round(median(done.bare.map((one) => one.perSecond)), 0);
const [ratio, wanted] = [round(perSecond / barePerSecond, 3), backend === 'redis' ? 0.6 : 0.8];
await report(ground, json, { bench: 'dispatch', backend, jobs, rounds, perSecond, barePerSecond, ratio, wanted }, { ratio: ratio >= wanted });
