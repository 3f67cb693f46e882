import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { memoryMb } from './cpu.js';
import { readOptions, report, round, say } from './ground.js';

// From the command to the line that says it has started, on an empty data folder and again on the same one, with the
// memory of all its processes (shared pages once) after half a minute. What npm installs and compiles is there already.
const { json, backend, settle } = readOptions({ settle: 30 });
if (backend !== 'postgres') throw new Error('start measures the embedded Postgres alone: leave --backend out');
const dataDir = await mkdtemp(join(tmpdir(), 'postern-bench-start-'));
const script = fileURLToPath(new URL('../../src/start.mjs', import.meta.url));
const { DATABASE_URL: _database, REDIS_URL: _redis, ...environment } = process.env;

async function start(): Promise<{ readonly seconds: number; readonly child: ChildProcess }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [script], { env: { ...environment, DATA_DIR: dataDir, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => text.includes('Started in') && resolve());
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
  return { seconds: round((performance.now() - startedAt) / 1000, 2), child };
}

async function stop(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit');
  const end = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await end;
}

const warm = await start(); // compiles what is stale, which is no part of a start
await stop(warm.child);
await rm(dataDir, { recursive: true });

const first = await start();
await stop(first.child);
const again = await start();
say(`first ${first.seconds} s, again ${again.seconds} s`);
await sleep(settle * 1000);
const memory = round(memoryMb(again.child.pid ?? 0), 0);
await stop(again.child);
await report({ stop: () => rm(dataDir, { recursive: true }) }, json, { bench: 'start', firstSeconds: first.seconds, againSeconds: again.seconds, memoryMb: memory, wanted: { seconds: 10, memoryMb: 400 } });
