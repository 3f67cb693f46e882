import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../../src/connectors/sandbox/server.js';
import type { Signal } from '../../../src/core/signal.js';
import { Seal } from '../../../src/infra/seal.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { seedClient, seedPosts } from '../../kit/seed.js';
import { spawnOurs } from '../../kit/server-house.js';
import { administer } from '../../kit/template.js';

// Two real processes of the role watch, each with a name of its own at the database, so that it is seen who writes.
const TAKES_OVER_WITHIN_MS = 15_000; // DESIGN §7
const secret = 'two leaders need a secret of thirty-two characters';
const mark = randomBytes(4).toString('hex');

interface Watch {
  readonly name: string;
  readonly child: ChildProcess;
}
let database: TestDatabase;
let sandbox: Sandbox;
let dataDir: string;
let component: string;
let one: Watch;
let other: Watch;

beforeAll(async () => {
  database = await createDatabase();
  sandbox = await startSandbox();
  dataDir = await mkdtemp(join(tmpdir(), 'postern-leaders-'));
  const client = await seedClient(database.dataSource, { connectorIds: ['sandbox-beta'], url: sandbox.url, seal: new Seal(secret) });
  await seedPosts(database.dataSource, client, client.channels.map((channel) => ({ channel, dueInMs: 3_600_000, text: 'due later, so that it is probed' })));
  component = `sandbox-beta:publish@${new URL(sandbox.url).host}`;
  await noteWhoWrites();
  one = await startWatch(`one_${mark}`);
  await until('the first one leads', () => ticksOf(one), (n) => n >= 2);
  other = await startWatch(`other_${mark}`);
  await until('the second one stands by', () => noted(other, 'leases'), (n) => n >= 2);
}, 180_000); // two applications start, one after the other

afterAll(async () => {
  for (const watch of [one, other]) {
    watch?.child.removeAllListeners('exit');
    watch?.child.kill('SIGKILL');
  }
  await sandbox.close();
  const server = process.env['POSTERN_TEST_POSTGRES'] ?? '';
  await database.drop();
  for (const watch of [one, other]) if (watch) await administer(server, `DROP ROLE ${watch.name}`);
  await rm(dataDir, { recursive: true, force: true });
});

/** A table of who wrote what of health, and when; a tick shows in what it takes from `health_signals`, an attempt to lead in `leases`. */
async function noteWhoWrites(): Promise<void> {
  await database.dataSource.query(`CREATE TABLE noted (at timestamptz DEFAULT clock_timestamp(), who text DEFAULT session_user, what text)`);
  await database.dataSource.query(
    `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO noted (what) VALUES (TG_TABLE_NAME); RETURN NEW; END $$`,
  );
  for (const on of [
    'AFTER INSERT OR UPDATE OR DELETE ON components FOR EACH STATEMENT', 'AFTER DELETE ON health_signals FOR EACH STATEMENT', 'BEFORE INSERT ON leases FOR EACH ROW',
  ]) await database.dataSource.query(`CREATE TRIGGER note ${on} EXECUTE FUNCTION note()`);
}

async function startWatch(name: string): Promise<Watch> {
  await database.dataSource.query(`CREATE ROLE ${name} SUPERUSER LOGIN PASSWORD 'test'`);
  const url = new URL(database.url);
  url.username = name;
  url.password = 'test';
  const child = await spawnOurs('../chaos/worker.mjs', {
    DATA_DIR: dataDir, ROLES: 'watch', ALLOW_HOSTS: new URL(sandbox.url).host, CONTROL_TARGETS: sandbox.url, LOG_LEVEL: 'error',
    CHAOS_DATABASE_URL: url.href, CHAOS_SECRET: secret, CHAOS_SCALE: '1',
  });
  return { name, child };
}

async function until<T>(what: string, ask: () => Promise<T>, is: (answer: T) => boolean): Promise<T> {
  for (let i = 0; i < 1_000; i += 1) {
    const answer = await ask();
    if (is(answer)) return answer;
    await sleep(100);
  }
  throw new Error(`${what}: did not happen; ${JSON.stringify(await ask())}`);
}
const now = async (): Promise<Date> => (await database.dataSource.query<{ at: Date }[]>('SELECT clock_timestamp() AS at'))[0]?.at ?? new Date(0);
const noted = async ({ name }: Watch, what: string, since = new Date(0)): Promise<number> =>
  (await database.dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM noted WHERE who = $1 AND what = $2 AND at > $3', [name, what, since]))[0]?.n ?? 0;
const ticksOf = (watch: Watch, since?: Date) => noted(watch, 'health_signals', since);
const firstTickOf = async ({ name }: Watch, since: Date): Promise<number> => {
  const [row] = await database.dataSource.query<{ at: Date }[]>(`SELECT min(at) AS at FROM noted WHERE who = $1 AND what = 'health_signals' AND at > $2`, [name, since]);
  return (row?.at.getTime() ?? Infinity) - since.getTime();
};
const told = async () => {
  const [row] = await database.dataSource.query<{ state: string; faults: number }[]>(`SELECT state, jsonb_array_length(detector -> 'faults1') AS faults FROM components WHERE id = $1`, [component]);
  return row;
};
const report = (account: string): Promise<unknown> => {
  const signal: Signal = { kind: 'write', at: Date.now(), process: 'a worker', account, client: account, workspace: 'w', app: null, outcome: 'unavailable', media: false, healthy: true, latencyMs: null };
  return database.dataSource.query('INSERT INTO health_signals (signals) VALUES ($1::jsonb)', [JSON.stringify([[component, signal]])]);
};

/** The stopped one is replaced in time; woken up, it finds that it does not lead, and writes nothing. */
async function isReplacedBy(next: Watch, stopped: Watch, since: Date, account: string): Promise<void> {
  await until('another leads', () => ticksOf(next, since), (n) => n > 0);
  expect(await firstTickOf(next, since)).toBeLessThanOrEqual(TAKES_OVER_WITHIN_MS);
  const before = await told();
  await report(account);
  await until('what is reported now is judged', told, (row) => row?.faults === (before?.faults ?? 0) + 1);
  expect((await told())?.state).toBe('suspect');

  const wokenAt = await now();
  stopped.child.kill('SIGCONT');
  await until('the first one has tried to lead again', () => noted(stopped, 'leases', wokenAt), (n) => n >= 3);
  expect(await ticksOf(stopped, wokenAt)).toBe(0);
  expect(await noted(stopped, 'components', wokenAt)).toBe(0);
  expect(await ticksOf(next, wokenAt)).toBeGreaterThan(0);
  expect(stopped.child.exitCode).toBeNull();
  expect(await told()).toEqual({ state: 'suspect', faults: (before?.faults ?? 0) + 1 });
}

describe('a leader that is stopped', () => {
  it('is replaced within 15 s by one that knows all it knew, and writes nothing when it wakes', async () => {
    await report('a');
    await until('a failure is judged', told, (row) => row?.faults === 1);
    const stoppedAt = await now();
    one.child.kill('SIGSTOP');
    await isReplacedBy(other, one, stoppedAt, 'b');
  });

  it('is replaced as soon when it is stopped in the middle of its writing', async () => {
    const holding = database.dataSource.createQueryRunner();
    await holding.startTransaction();
    await holding.query('LOCK TABLE health_signals IN ACCESS EXCLUSIVE MODE');
    await until('the leader is within its transaction', async () => (await database.dataSource.query<unknown[]>(
      `SELECT 1 FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock' AND query LIKE 'DELETE FROM health_signals%'`, [other.name],
    )).length, (n) => n > 0);
    const stoppedAt = await now();
    other.child.kill('SIGSTOP');
    await holding.rollbackTransaction();
    await holding.release();
    await isReplacedBy(one, other, stoppedAt, 'c');
  });
});
