import { Redis } from 'ioredis';

/** Every key of the queue; see `prefix` in queue-connection.ts. */
const OURS = '{postern-*';

/** Empties the doorbell at REDIS_URL: bells of a database that was replaced mean nothing. */
export async function wipeQueue(url: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, connectTimeout: 5_000, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined); // the command on its way reports it
  try {
    await redis.connect();
    for await (const keys of redis.scanStream({ match: OURS, count: 500 }) as AsyncIterable<string[]>) {
      for (const key of keys) await redis.unlink(key);
    }
  } finally {
    redis.disconnect();
  }
}
