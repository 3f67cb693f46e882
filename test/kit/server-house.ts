import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Redis } from 'ioredis';
import { findBinaries } from '../../src/infra/database/binaries.js';
import { migrate } from '../../src/infra/database/migrate.js';
import { initCluster, serverUrl, startServer, untilReady } from '../../src/infra/database/server.js';
import { serviceUser } from '../../src/infra/database/service-user.js';
import { embeddedSettings } from '../../src/infra/database/settings.js';
import { keepUntilWeEnd } from './keeper.js';
import { quietPort } from './quiet-port.js';
import { startTestRedis } from './redis.js';
import { withDatabase } from './template.js';

export type Backend = 'postgres' | 'redis';

/** Settings of production where they cost something: what is committed is on the platter. */
const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', max_connections: '300' };

/** A durable Postgres that can be killed and started again on the same data, with our schema in it. */
export async function startDurablePostgres() {
  const user = serviceUser();
  const folder = await mkdtemp(join(tmpdir(), 'postern-durable-'));
  const cluster = { folder: join(folder, 'cluster'), binaries: await findBinaries(user), user };
  await initCluster(cluster, 'test', { sync: false });
  const port = await quietPort();
  const url = withDatabase(serverUrl(port, 'test', 'postgres'), 'postern');
  const start = async () => {
    const log = openSync(join(folder, 'log'), 'a');
    const running = startServer(cluster, port, log, { ...embeddedSettings, ...durable });
    closeSync(log);
    const stop = keepUntilWeEnd(running.pid, 'QUIT', join(folder, 'nothing'));
    await untilReady(running, serverUrl(port, 'test', 'postgres'), 120_000);
    return { pid: running.pid, stop };
  };
  let running = await start();
  const admin = new pg.Client({ connectionString: serverUrl(port, 'test', 'postgres') });
  await admin.connect();
  await admin.query('CREATE DATABASE postern');
  await admin.end();
  await migrate(url);
  return {
    url,
    /** Kills it without a word and starts it again: it recovers from its log. */
    crash: async () => {
      await running.stop();
      running = await start();
    },
    stop: async () => {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function startQueue(backend: Backend) {
  if (backend === 'postgres') return { redisUrl: null, stop: async () => Promise.resolve() };
  const redis = await startTestRedis();
  if (!redis) throw new Error('No redis-server or valkey-server is installed: install one, or run with --backend postgres.');
  return { redisUrl: redis.url, stop: redis.stop };
}

/** Takes everything out of the queue at once, as a lost Redis or a truncated schema would. */
export async function wipeQueue(redisUrl: string | null, databaseUrl: string): Promise<void> {
  if (redisUrl !== null) {
    const redis = new Redis(redisUrl);
    await redis.flushall();
    redis.disconnect();
    return;
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename NOT LIKE '%migration%'`,
  );
  // The tables in use are locked one after the other: whoever works on two of them at that moment may be the one in the way.
  const truncate = async (triesLeft: number): Promise<void> => {
    await client.query(`TRUNCATE ${rows.map(({ name }) => name).join(', ')}`).catch((error: pg.DatabaseError) => {
      if (error.code !== '40P01' || triesLeft === 0) throw error;
      return truncate(triesLeft - 1);
    });
  };
  try {
    await truncate(10);
  } finally {
    await client.end();
  }
}

/** Starts one of our TypeScript programs as a process of its own; resolves when it says it is ready. */
export function spawnOurs(script: string, environment: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<ChildProcess> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { env: { ...process.env, ...environment }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', (code, signal) => reject(new Error(`${script} ended before it was ready: ${code ?? signal}`)));
  });
}

/** The sandbox platforms as a process of their own. */
export async function startSandboxProcess(args: readonly string[] = []): Promise<{ readonly url: string; readonly stop: () => void }> {
  const hooks = fileURLToPath(new URL('./typescript.mjs', import.meta.url));
  const script = fileURLToPath(new URL('../../src/connectors/sandbox/serve.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', hooks, script, '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    child.once('exit', (code) => reject(new Error(`the sandbox ended: ${code}`)));
  });
  return { url, stop: () => void child.kill('SIGKILL') };
}
