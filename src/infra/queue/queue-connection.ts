import { createPostgresBackend, Queue, type QueueOptions, runMigrations, Worker, type WorkerOptions } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { ConfigError } from '../config.js';
import { CalmClient } from '../database/calm-client.js';

/** BullMQ's own schema in our database; nothing of ours stands in it. */
const QUEUE_SCHEMA = 'bullmq';

/**
 * The braces make the queue's name its hash tag, so that all keys of a queue lie in one slot of a Redis Cluster. We connect
 * to one server alone all the same: a Cluster is not supported, unless something before it speaks for all its nodes.
 */
const prefix = (queue: string): string => `{postern-${queue}}`;

/** A server that is started together with us may need a while. */
const READY_WITHIN_MS = 30_000;

type Work = (name: string, payload: unknown) => Promise<void>;

/** The doorbell's two forms, Postgres by default and Redis/Valkey with REDIS_URL: one shape for the bus above. */
export interface QueueConnection {
  readonly kind: 'postgres' | 'redis';
  ready(): Promise<void>;
  queue(name: string): Queue;
  worker(name: string, work: Work, concurrency: number): Worker;
  close(): Promise<void>;
}

/**
 * Keep nothing of a finished job: a kept id would swallow the next ring (DESIGN §6.1). Lock 30 s, stalled check 5 s:
 * a bell lost with its worker rings again soon, and the claim makes a second ring harmless.
 */
const workerOptions = (concurrency: number) => ({
  concurrency,
  lockDuration: 30_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000_000,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
});

const jobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;

export function connectPostgresQueue(url: string, workersAtMost: number): QueueConnection {
  // Each blocked worker keeps one connection for LISTEN; the rest serve all queues together.
  // A crash of Postgres may cost the queue its last half second, as one of Redis with AOF each second does: bells that are
  // rung again, never a delivery. In return no bell waits for the disk; what we write of deliveries always does.
  const options = `-c search_path=${QUEUE_SCHEMA} -c synchronous_commit=off`;
  const pool = new pg.Pool({ connectionString: url, max: workersAtMost + 6, options, keepAlive: true, Client: CalmClient });
  pool.setMaxListeners(0); // each queue and worker adds its own
  pool.on('error', () => undefined); // an idle connection that dropped: the next use reports it
  return {
    kind: 'postgres',
    ready: async () => {
      const client = await pool.connect();
      try {
        await runMigrations(client, QUEUE_SCHEMA);
      } finally {
        client.release();
      }
    },
    queue: (name) =>
      new Queue(name, { connection: pool, defaultJobOptions: jobOptions } as unknown as QueueOptions, createPostgresBackend as never),
    worker: (name, work, concurrency) =>
      new Worker(
        name,
        async (job) => work(job.name, job.data),
        { connection: pool, ...workerOptions(concurrency) } as unknown as WorkerOptions,
        createPostgresBackend as never,
      ),
    close: async () => {
      await pool.end();
    },
  };
}

/** ioredis waits for its server for ever; a start does not. */
function refusalAt(patience: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    patience.addEventListener('abort', () => reject(new ConfigError('REDIS_URL cannot be reached: check that the server runs, and its name, port and password. Without REDIS_URL the queue lives in Postgres.')), { once: true });
  });
}

export function connectRedisQueue(url: string): QueueConnection {
  const client = new Redis(url, { maxRetriesPerRequest: null });
  client.on('error', () => undefined); // reported by readiness and by whoever uses it; ioredis reconnects by itself
  return {
    kind: 'redis',
    ready: async () => {
      const patience = AbortSignal.timeout(READY_WITHIN_MS);
      const policy = await Promise.race([client.config('GET', 'maxmemory-policy').catch(() => null), refusalAt(patience)]);
      const found = Array.isArray(policy) ? policy[1] : null;
      if (typeof found === 'string' && found !== 'noeviction') {
        throw new ConfigError(`REDIS_URL leads to a server that would drop jobs when it is full (maxmemory-policy ${found}). Set maxmemory-policy noeviction there.`);
      }
    },
    queue: (name) => new Queue(name, { connection: client, prefix: prefix(name), defaultJobOptions: jobOptions }),
    worker: (name, work, concurrency) =>
      new Worker(name, async (job) => work(job.name, job.data), {
        connection: client,
        prefix: prefix(name),
        ...workerOptions(concurrency),
      }),
    close: async () => {
      client.disconnect();
      await Promise.resolve();
    },
  };
}
