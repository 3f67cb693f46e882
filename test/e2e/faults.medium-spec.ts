import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { AppModule } from '../../src/app.module.js';
import type { SandboxClock } from '../../src/connectors/sandbox/clock.js';
import { type Sandbox, startSandbox } from '../../src/connectors/sandbox/server.js';
import { defaultTimes, scaledTimes, type Times } from '../../src/core/times.js';
import { HealthService } from '../../src/features/health/health.service.js';
import { Clock } from '../../src/infra/clock.js';
import { readConfig } from '../../src/infra/config.js';
import { Seal } from '../../src/infra/seal.js';
import { createDatabase, redisUrl, type TestDatabase } from '../kit/database.js';
import { type SeededClient, type SeededPost, seedClient, seedPosts } from '../kit/seed.js';
import { startDurablePostgres, wipeQueue } from '../kit/server-house.js';

const secret = 'a secret that is long enough for a test';
/** A lease lasts 3 s, a request 1.25 s. What counts as late is not scaled: the sweeper's patience is not either. */
const shortTimes: Times = { ...scaledTimes(0.05), lateMs: defaultTimes.lateMs, absentMs: defaultTimes.absentMs };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Asks again until it is so; the test's time limit ends it otherwise. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await Promise.resolve(isSo()).catch(() => false))) await pause(50);
}

interface House {
  readonly dataSource: DataSource;
  readonly sandbox: Sandbox;
  readonly dataDir: string;
  start(clock?: Clock): Promise<INestApplicationContext>;
  plan(...posts: readonly (Omit<SeededPost, 'channel'> & { readonly on?: number })[]): Promise<readonly string[]>;
  states(): Promise<Readonly<Record<string, number>>>;
  /** How often each text stands on its platform, sorted. */
  counts(): readonly number[];
}

async function connected(url: string): Promise<TestDatabase> {
  const dataSource = await new DataSource({ type: 'postgres', url, poolErrorHandler: () => undefined }).initialize();
  return { url, dataSource, drop: () => dataSource.destroy() };
}

interface HouseTerms {
  readonly url?: string;
  readonly redis?: string | null;
  readonly times?: Times;
  /** The platforms'. */
  readonly clock?: SandboxClock;
}

/** The whole application on its own database. */
async function openHouse({ url, redis = null, times = shortTimes, ...terms }: HouseTerms = {}): Promise<House & { readonly url: string }> {
  const fresh = url === undefined ? await createDatabase() : await connected(url);
  const { dataSource } = fresh;
  closing.push(fresh.drop);
  const sandbox = await startSandbox(terms);
  closing.push(() => sandbox.close());
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-faults-'));
  closing.push(() => rm(dataDir, { recursive: true, force: true }));
  const config = readConfig({
    ROLES: 'worker,watch', DATA_DIR: dataDir, ALLOW_HOSTS: new URL(sandbox.url).host, CONTROL_TARGETS: sandbox.url, ...(redis !== null && { REDIS_URL: redis }),
  });
  const client: SeededClient = await seedClient(dataSource, { connectorIds: ['sandbox-alpha', 'sandbox-beta'], url: sandbox.url, seal: new Seal(secret) });
  return {
    url: fresh.url, dataSource, sandbox, dataDir,
    start: async (clock = new Clock()) => {
      const app = await NestFactory.createApplicationContext(AppModule.forRoot({ config, databaseUrl: fresh.url, secret, clock, times }), { logger: false });
      closing.push(() => app.close());
      return app;
    },
    plan: (...posts) => seedPosts(dataSource, client, posts.map(({ on = 0, ...post }) => ({ ...post, channel: client.channels[on]! }))),
    states: async () => {
      const rows = await dataSource.query<{ state: string; n: number }[]>('SELECT state, count(*)::int AS n FROM deliveries GROUP BY 1');
      return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
    },
    counts: () => sandbox.store.counts().map(({ visible }) => visible).sort((a, b) => a - b),
  };
}

const ones = (n: number): readonly number[] => Array.from({ length: n }, () => 1);

describe('Postgres gone in mid-send', () => {
  it('loses nothing and sends nothing twice', async () => {
    const postgres = await startDurablePostgres();
    closing.push(() => postgres.stop());
    const house = await openHouse({ url: postgres.url });
    await house.plan(...Array.from({ length: 60 }, (_, i) => ({ on: i % 2, dueInMs: 2_000 + i * 50, text: `post ${i}` })));
    house.sandbox.faults.add({ kind: 'slow', ms: 600, minMs: 300, on: ['post'], probability: 1 });
    await house.start();
    await until(() => house.sandbox.store.list().length > 10);
    await postgres.crash();
    await until(async () => (await house.states())['published'] === 60);
    expect(house.counts()).toEqual(ones(60));
    expect(await readdir(join(house.dataDir, 'journal')).catch(() => [])).toEqual([]);
  });
});

const redis = redisUrl();
const backends = [
  { name: 'Postgres', url: null, isHere: true },
  { name: 'Redis', url: redis && `${redis}/11`, isHere: redis !== null },
] as const;

for (const { name, url, isHere } of backends) {
  (isHere ? describe : describe.skip)(`the queue wiped on ${name} while 50 are rung`, () => {
    it('lets all go out once, seconds later at most', async () => {
      const house = await openHouse({ redis: url });
      await house.start();
      await house.plan(...Array.from({ length: 50 }, (_, i) => ({ on: i % 2, dueInMs: 7_000, text: `rung ${i}` })));
      const dueAt = Date.now() + 7_000;
      const rung = () => house.dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM deliveries WHERE rung_until IS NOT NULL');
      await until(async () => (await rung())[0]?.n === 50);
      await wipeQueue(url, house.url);
      await until(async () => (await house.states())['published'] === 50);
      expect(Date.now() - dueAt).toBeLessThan(25_000); // without a witness it would be the sweeper, 30 s later at least
      expect(house.counts()).toEqual(ones(50));
    });
  });
}

/** A worker whose wall clock is wrong by so much. */
class Wrong extends Clock {
  constructor(private readonly byMs: number) {
    super();
  }

  override now(): number {
    return super.now() + this.byMs;
  }
}

describe('a worker\'s clock', () => {
  it.each([60_000, -60_000])('wrong by %s ms changes nothing: out on the database\'s time, once, retries too', async (byMs) => {
    const house = await openHouse();
    await house.start(new Wrong(byMs));
    house.sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, on: ['post'], count: 1, probability: 1 });
    const dueAt = Date.now() + 2_500;
    await house.plan({ dueInMs: 2_500, text: 'on time' }, { on: 1, dueInMs: 2_500, text: 'on time too' });
    await until(async () => (await house.states())['published'] === 2);
    const takenAt = house.sandbox.store.list().map((post) => post.takenAt - dueAt);
    expect(Math.min(...takenAt)).toBeGreaterThan(-100);
    expect(Math.max(...takenAt)).toBeLessThan(40_000);
    expect(house.counts()).toEqual([1, 1]);
  });
});

/** While asleep, two minutes go by on the wall right after an age began. */
class Sleeper extends Clock {
  isAsleep = false;

  override startAge(): () => number {
    const age = super.startAge();
    const slept = this.isAsleep ? 120_000 : 0;
    return () => age() + slept;
  }
}

describe('a laptop suspended between claim and send', () => {
  it('sends nothing when it wakes, tries again, and the post stands there once', async () => {
    const house = await openHouse();
    const clock = new Sleeper();
    await house.start(clock);
    clock.isAsleep = true;
    const [id] = await house.plan({ on: 1, dueInMs: 0, text: 'slept over' });
    const tries = () => house.dataSource.query<{ outcome: string; detail: string }[]>('SELECT outcome, detail FROM attempts WHERE delivery_id = $1', [id]);
    await until(async () => (await tries()).length > 0);
    expect((await tries())[0]).toMatchObject({ outcome: 'local' });
    expect(house.sandbox.store.list()).toEqual([]);
    clock.isAsleep = false;
    await until(async () => (await house.states())['published'] === 1);
    expect(house.counts()).toEqual([1]);
  });
});

/** By it, what is slow stands still until it is woken. */
class Sleepy implements SandboxClock {
  readonly asleep: (() => void)[] = [];

  now(): number {
    return Date.now();
  }

  async sleep(): Promise<void> {
    await new Promise<void>((resolve) => this.asleep.push(resolve));
  }
}

describe('stopped in mid-send', () => {
  it('waits for the answers and writes what they said', async () => {
    const clock = new Sleepy();
    const house = await openHouse({ times: defaultTimes, clock }); // nothing here waits for a lease
    house.sandbox.faults.add({ kind: 'slow', ms: 1, on: ['post'], probability: 1 });
    const app = await house.start();
    // What nobody has seen yet is sent to one by one: two posts for later make both platforms be looked at.
    await house.plan(...[0, 1].map((on) => ({ on, dueInMs: 3_600_000, text: `later ${on}` })));
    const components = await house.dataSource.query<{ id: string }[]>('SELECT DISTINCT component_id AS id FROM deliveries');
    const health = app.get(HealthService, { strict: false });
    await until(() => components.length === 2 && components.every(({ id }) => health.verdict(id).state === 'up'));
    await house.plan(...Array.from({ length: 12 }, (_, i) => ({ on: i % 2, dueInMs: 0, text: `stopping ${i}` })));
    await until(() => clock.asleep.length === 12);
    let isClosed = false;
    const closed = app.close().then(() => (isClosed = true));
    await pause(300);
    expect(isClosed).toBe(false);
    for (const wake of clock.asleep) wake();
    await closed;
    expect(await house.states()).toEqual({ published: 12, scheduled: 2 });
    expect(house.counts()).toEqual(ones(12));
  });
});
