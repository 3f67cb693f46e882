import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../src/infra/database/free-port.js';
import { keepUntilWeEnd } from './keeper.js';

export interface TestRedis {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** A Redis (or Valkey) of its own, `noeviction` and AOF as production asks for; null when none is installed. */
export async function startTestRedis(): Promise<TestRedis | null> {
  const program = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0);
  if (!program) return null;
  const folder = await mkdtemp(join(tmpdir(), 'postern-redis-'));
  const port = await freePort();
  const child = spawn(program, [
    '--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes',
    '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction', '--databases', '256', '--loglevel', 'warning',
  ], { detached: true, stdio: 'ignore' });
  child.unref();
  const pid = child.pid ?? 0;
  const stop = keepUntilWeEnd(pid, 'TERM', folder);
  const url = `redis://127.0.0.1:${port}`;
  await answering(url);
  return { url, pid, stop };
}

async function answering(url: string): Promise<void> {
  const redis = new Redis(url, { retryStrategy: (times) => (times > 1_000 ? null : 50), maxRetriesPerRequest: 1_000 });
  redis.on('error', () => undefined);
  await redis.ping();
  redis.disconnect();
}
