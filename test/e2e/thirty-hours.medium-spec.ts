import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { AppModule } from '../../src/app.module.js';
import { type Sandbox, startSandbox } from '../../src/connectors/sandbox/server.js';
import { HOUR_MS, MINUTE_MS } from '../../src/core/instant.js';
import { DrillEyes } from '../../src/features/drill/drill-eyes.service.js';
import { readConfig } from '../../src/infra/config.js';
import { migrate } from '../../src/infra/database/migrate.js';
import { RehearsedClock } from '../../src/infra/rehearsal/rehearsed-clock.js';
import { RehearsedDatabase } from '../../src/infra/rehearsal/rehearsed-database.js';
import { rehearsedQueue } from '../../src/infra/rehearsal/rehearsed-queue.js';
import { RehearsedTime } from '../../src/infra/rehearsal/rehearsed-time.js';
import { Seal } from '../../src/infra/seal.js';
import { openPostOffice, type PostOffice } from '../kit/post-office.js';
import { type SeededClient, seedClient, seedPosts } from '../kit/seed.js';
import { administer, withDatabase } from '../kit/template.js';

// The whole house with all its roles, every round and sweep at its own pace, on a clock that is put forward by minutes at a
// time: thirty hours of outage with nobody there, and a restart in the middle of them.
const secret = 's'.repeat(32);
const server = process.env['POSTERN_TEST_POSTGRES'] ?? '';
const name = `postern_thirty_${randomBytes(6).toString('hex')}`;
const url = withDatabase(server, name);
const clock = new RehearsedClock(Date.parse('2031-03-04T10:00:00+01:00'));
/** More than a minute the detector would take for a stop, and trust nothing it had seen; while nothing is to change, more of them shorten the test. */
const hops = { closely: 55_000, asleep: 240_000 } as const;

let app: INestApplicationContext;
let database: DataSource;
let rehearsed: RehearsedDatabase;
let time: RehearsedTime;
let sandbox: Sandbox;
let office: PostOffice;
let dataDir: string;
let agency: SeededClient;

async function start(): Promise<void> {
  const config = readConfig({
    PORT: '0', DATA_DIR: dataDir, ALLOW_HOSTS: new URL(sandbox.url).host, CONTROL_TARGETS: sandbox.url, PUBLIC_URL: 'https://postern.example', SMTP_URL: `smtp://127.0.0.1:${office.port}`, LOG_LEVEL: 'error',
  });
  app = await NestFactory.createApplicationContext(AppModule.forRoot({ config, databaseUrl: url, secret, clock, queue: rehearsedQueue(clock) }), { logger: ['error'], abortOnError: false });
  await app.init();
  const eyes = app.get(DrillEyes, { strict: false });
  time = new RehearsedTime(clock, rehearsed, () => eyes.isInFlight());
}

/** Until it is so, at most so long. @returns whether it came to that */
async function pass(mostMs: number, is: () => Promise<boolean> = async () => Promise.resolve(false), hopMs: number = hops.closely): Promise<boolean> {
  for (const endAt = clock.now() + mostMs; clock.now() < endAt; ) {
    if (await is()) return true;
    await time.pass(Math.min(hopMs, endAt - clock.now()));
  }
  return is();
}

interface Row {
  readonly text: string;
  readonly state: string;
  readonly hold: string | null;
}
const rows = (): Promise<Row[]> => database.query(
  `SELECT p.content ->> 'text' AS text, d.state, d.hold_reason AS hold FROM deliveries d JOIN parts p ON p.delivery_id = d.id WHERE d.workspace_id = $1 ORDER BY 1`, [agency.workspaceId]);
const component = async (): Promise<string | undefined> => (await database.query<{ state: string }[]>(`SELECT state FROM components WHERE id LIKE 'sandbox-alpha:publish@%'`))[0]?.state;
const visible = (text: string): number => sandbox.store.list().filter((post) => post.text === text && sandbox.store.isVisible(post)).length;

beforeAll(async () => {
  await administer(server, `CREATE DATABASE ${name}`);
  rehearsed = await RehearsedDatabase.prepare(url, clock.ahead);
  await migrate(url);
  [database, office, sandbox, dataDir] = [await new DataSource({ type: 'postgres', url }).initialize(), await openPostOffice(), await startSandbox({ clock }), await mkdtemp(join(tmpdir(), 'postern-thirty-'))];
  agency = await seedClient(database, { connectorIds: ['sandbox-alpha'], url: sandbox.url, seal: new Seal(secret), latePace: { perHour: 3 } });
  await start();
}, 240_000);
afterAll(async () => {
  await app?.close();
  await sandbox?.close();
  await office?.close();
  await database?.destroy();
  await rehearsed?.close();
  await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await rm(dataDir, { recursive: true, force: true });
});

it('what is held for thirty hours with nobody there, and over a restart, goes out once when its platform is back; what was for its day waits for a person', async () => {
  const [channel] = agency.channels;
  if (!channel) throw new Error('There is no channel.');
  await seedPosts(database, agency, [
    { channel, dueInMs: 32 * MINUTE_MS, text: 'it can wait' }, { channel, dueInMs: 33 * MINUTE_MS, text: 'it can wait too' },
    { channel, dueInMs: 34 * MINUTE_MS, text: 'for today', choice: 'today', lateLimitMs: 10 * HOUR_MS }, { channel, dueInMs: 35 * MINUTE_MS, text: 'the hour counts', choice: 'hour-counts', lateLimitMs: 30 * MINUTE_MS },
  ]);
  await pass(2 * MINUTE_MS);
  sandbox.faults.add({ kind: 'status', status: 503, html: true, taken: false, probability: 1, platform: 'sandbox-alpha' });
  const fellAt = clock.now();
  expect(await pass(30 * MINUTE_MS, async () => (await component()) === 'down')).toBe(true);

  await pass(45 * MINUTE_MS);
  await pass(14 * HOUR_MS - (clock.now() - fellAt), undefined, hops.asleep);
  const before = await rows();
  expect(before.filter(({ text }) => text.startsWith('it can wait'))).toEqual(['it can wait', 'it can wait too'].map((text) => ({ text, state: 'held', hold: 'outage' })));
  await app.close();
  await start();
  await pass(30 * HOUR_MS - (clock.now() - fellAt), undefined, hops.asleep);
  expect(await rows()).toEqual(before);
  expect(sandbox.store.list()).toEqual([]);

  sandbox.faults.clear();
  expect(await pass(6 * HOUR_MS, async () => (await rows()).filter(({ state }) => state === 'published').length === 2)).toBe(true);
  await pass(HOUR_MS, undefined, hops.asleep);
  expect(await rows()).toEqual([
    { text: 'for today', state: 'held', hold: 'late' }, { text: 'it can wait', state: 'published', hold: null }, { text: 'it can wait too', state: 'published', hold: null }, { text: 'the hour counts', state: 'missed', hold: null },
  ]);
  expect(['it can wait', 'it can wait too', 'for today', 'the hour counts'].map(visible)).toEqual([1, 1, 0, 0]);
}, 900_000);
