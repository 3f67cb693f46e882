import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { DataSource } from 'typeorm';
import type { Times } from '../../src/core/times.js';
import { dataSourceOptions } from '../../src/infra/database/database.module.js';
import { Seal } from '../../src/infra/seal.js';
import { type Backend, spawnOurs, startDurablePostgres, startQueue } from '../kit/server-house.js';
import { cpuMs } from './cpu.js';
import type { Answer, Question, Tick } from './worker.js';

export const say = (line: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

/** The command line of a bench: what all have, and its own numbers with their defaults. */
export function readOptions<Name extends string>(numbers: Readonly<Record<Name, number>>): { backend: Backend; json: boolean } & Record<Name, number> {
  const options: ParseArgsConfig['options'] = { backend: { type: 'string', default: 'postgres' }, json: { type: 'boolean', default: false } };
  for (const [name, value] of Object.entries(numbers)) options[name] = { type: 'string', default: String(value) };
  const { values } = parseArgs({ options });
  const backend = (['postgres', 'redis'] as const).find((known) => known === values['backend']);
  if (!backend) throw new Error('--backend is postgres or redis');
  const read = Object.fromEntries(Object.keys(numbers).map((name) => [name, Number(values[name])])) as Record<Name, number>;
  return { ...read, backend, json: values['json'] === true };
}

/**
 * The figure: one JSON object as the last line of stdout, or one line each for people. Ends the process.
 * @param reached what of it is no matter of the machine's speed (ratios of one run, counts) and whether it was reached; 1 is the exit code if not
 */
export async function report(ground: { readonly stop: () => Promise<void> }, json: boolean, figures: Readonly<Record<string, unknown>>, reached: Readonly<Record<string, boolean>> = {}): Promise<never> {
  await ground.stop();
  const missed = Object.keys(reached).filter((name) => !reached[name]);
  if (missed.length > 0) say(`not reached: ${missed.join(', ')}`);
  process.stdout.write(json ? `${JSON.stringify(figures)}\n` : `${Object.entries(figures).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join('\n')}\n`);
  process.exit(missed.length > 0 ? 1 : 0);
}

const secret = 'benches need a secret of thirty-two letters';

export interface Arrivals {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly arrivals: readonly (readonly [number, number])[];
}

/** Durable Postgres, the queue, a sink that plays the platforms, and processes of ours on them. `hosts`: of further platforms. */
export async function startGround(backend: Backend, { delayMs = 0, hosts = [] }: { readonly delayMs?: number; readonly hosts?: readonly string[] } = {}) {
  const postgres = await startDurablePostgres();
  const queue = await startQueue(backend);
  const sink = await startSink(delayMs);
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-bench-'));
  const dataSource = await new DataSource(dataSourceOptions(postgres.url)).initialize();
  const children = new Set<ChildProcess>();
  return {
    backend, dataDir, dataSource, sink, seal: new Seal(secret), databaseUrl: postgres.url, redisUrl: queue.redisUrl,
    /** A process of ours with these roles; `times` overrides durations of the protocol. */
    ours: async (roles: string, times: Partial<Times> = {}): Promise<Ours> => {
      const child = await spawnOurs('../bench/worker.mjs', {
        DATA_DIR: dataDir, ROLES: roles, PORT: '0', ALLOW_HOSTS: [new URL(sink.url).host, ...hosts].join(','), CONTROL_TARGETS: sink.url, LOG_LEVEL: 'error',
        BENCH_DATABASE_URL: postgres.url, BENCH_SECRET: secret, BENCH_TIMES: JSON.stringify(times), ...(queue.redisUrl !== null && { REDIS_URL: queue.redisUrl }),
      });
      children.add(child);
      return oursOf(child);
    },
    bare: async (name: string): Promise<Stoppable> => {
      const child = await spawnOurs('../bench/bare.mjs', { BARE_QUEUE: name, ...(queue.redisUrl === null ? { BARE_DATABASE_URL: postgres.url } : { BARE_REDIS_URL: queue.redisUrl }) });
      children.add(child);
      return { pid: child.pid ?? 0, stop: () => ended(child, 'SIGKILL') };
    },
    /** CPU time used so far, ms: on a busy machine it tells more than the clock. */
    cpu: async (worker: Stoppable): Promise<Cpu> => {
      const [{ pid: postgresPid } = { pid: '0' }] = await dataSource.query<{ pid: string }[]>(`SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid`);
      return { worker: cpuMs(worker.pid), postgres: cpuMs(Number(postgresPid)), sink: cpuMs(sink.pid) };
    },
    count: async (where: string): Promise<number> => {
      const rows = await dataSource.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM deliveries WHERE ${where}`);
      return rows[0]?.n ?? 0;
    },
    stop: async (): Promise<void> => {
      for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
      sink.stop();
      await dataSource.destroy();
      await queue.stop();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type Ground = Awaited<ReturnType<typeof startGround>>;

export interface Cpu {
  readonly worker: number;
  readonly postgres: number;
  readonly sink: number;
}

interface Stoppable {
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

export interface Ours extends Stoppable {
  readonly tick: () => Promise<Tick>;
  readonly rssMb: () => Promise<number>;
}

function oursOf(child: ChildProcess): Ours {
  const ask = async (question: Question): Promise<Answer> => {
    const answer = new Promise<Answer>((resolve) => child.once('message', resolve as (message: unknown) => void));
    child.send(question);
    return answer;
  };
  return {
    pid: child.pid ?? 0,
    tick: async () => (await ask({ ask: 'tick' })) as Tick,
    rssMb: async () => ((await ask({ ask: 'memory' })) as { rssMb: number }).rssMb,
    stop: () => ended(child, 'SIGTERM'),
  };
}

async function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await end;
}

async function startSink(delayMs: number) {
  const child = await new Promise<{ process: ChildProcess; url: string }>((resolve, reject) => {
    const spawned = fork(new URL('./sink.mjs', import.meta.url), { env: { ...process.env, DELAY_MS: String(delayMs) } });
    spawned.once('message', (message: { url: string }) => resolve({ process: spawned, url: message.url }));
    spawned.once('error', reject);
  });
  const answer = async (): Promise<Arrivals> => new Promise((resolve) => child.process.once('message', resolve as (message: unknown) => void));
  return {
    url: child.url,
    pid: child.process.pid ?? 0,
    /** Begins to count; the promise resolves with the n-th arrival. */
    expect: (expected: number, keep = false): Promise<Arrivals> => {
      child.process.send({ expected, keep });
      return answer();
    },
    tell: (): Promise<Arrivals> => {
      const told = answer();
      child.process.send({ tell: true });
      return told;
    },
    stop: () => void child.process.kill('SIGKILL'),
  };
}

/** Waits for what is asked, every `everyMs`. @throws Error after `mostMs`. */
export async function until(what: string, is: () => Promise<boolean>, { everyMs = 200, mostMs = 300_000 } = {}): Promise<void> {
  for (const endAt = Date.now() + mostMs; !(await is()); await sleep(everyMs)) if (Date.now() > endAt) throw new Error(`${what} did not happen within ${mostMs / 1000} s`);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
export const round = (value: number, digits = 1): number => Math.round(value * 10 ** digits) / 10 ** digits;
