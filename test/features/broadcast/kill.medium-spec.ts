import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { openPostOffice, type PostOffice } from '../../kit/post-office.js';
import { spawnOurs } from '../../kit/server-house.js';
import { seedBrand, seedFrozen, seedList } from './broadcast-seed.js';

const connections = 4;
const people = 400;
let database: TestDatabase;
let office: PostOffice;
let dataDir: string;

beforeAll(async () => {
  database = await createDatabase();
  office = await openPostOffice();
  dataDir = await mkdtemp(join(tmpdir(), 'postern-kill-'));
});
afterAll(async () => {
  await office.close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** A real worker process; its leases are short, so that the test is. */
const worker = (): Promise<ChildProcess> => spawnOurs('../bench/worker.mjs', {
  DATA_DIR: dataDir, ROLES: 'worker', PORT: '0', CONTROL_TARGETS: 'http://127.0.0.1:9', LOG_LEVEL: 'error', PUBLIC_URL: 'https://postern.example', SMTP_URL: `smtp://127.0.0.1:${office.port}`,
  BENCH_DATABASE_URL: database.url, BENCH_SECRET: 's'.repeat(32), BENCH_TIMES: JSON.stringify({ leaseMs: 4_000 }),
});

async function kill(process: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => process.once('exit', resolve));
  process.kill('SIGKILL');
  await ended;
}

async function until(is: () => Promise<boolean> | boolean): Promise<void> {
  for (const endAt = Date.now() + 120_000; !(await is()); await sleep(50)) if (Date.now() > endAt) throw new Error('It did not happen.');
}

it('mails nobody twice and misses nobody when its process is killed in the middle, three times', async () => {
  const workspaceId = uuid();
  await database.dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency')`, [workspaceId]);
  const brand = await seedBrand(database.dataSource, { workspaceId, name: 'Bar Sport', sender: { connections } });
  const list = await seedList(database.dataSource, brand, { people });
  const id = await seedFrozen(database.dataSource, brand, list, { subject: 'Ciao', html: '<p>Ciao</p>', plain: 'Ciao' });
  office.arriving = () => sleep(10);

  const unconfirmed: number[] = [];
  for (const mark of [80, 160, 240]) {
    const process = await worker();
    await until(() => office.letters.length >= mark);
    await kill(process);
    unconfirmed.push(await mostUncertain(id));
  }
  const last = await worker();
  await until(async () => (await database.dataSource.query(`SELECT FROM broadcasts WHERE id = $1 AND state = 'sent'`, [id])).length > 0);
  await kill(last);

  const arrived = office.letters.map(({ to }) => String((Array.isArray(to) ? to[0]?.text : to?.text) ?? ''));
  const rows: { address: string; state: string }[] = await database.dataSource.query('SELECT address, state FROM recipients WHERE broadcast_id = $1', [id]);
  const once = new Set(arrived);
  expect({ twice: arrived.length - once.size, missed: rows.filter(({ address, state }) => !once.has(address) && state !== 'unconfirmed').length }).toEqual({ twice: 0, missed: 0 });
  expect(rows.filter(({ state }) => !['sent', 'unconfirmed'].includes(state))).toEqual([]);
  // Per kill no more than there are connections.
  for (const count of unconfirmed) expect(count).toBeLessThanOrEqual(connections);
  expect(rows.filter(({ state }) => state === 'unconfirmed').length).toBeLessThanOrEqual(3 * connections);
}, 300_000);

/** Of one process: what an earlier one left is not this one's. */
async function mostUncertain(id: string): Promise<number> {
  const rows: { n: number }[] = await database.dataSource.query(`SELECT count(*)::int AS n FROM recipients WHERE broadcast_id = $1 AND state = 'sending' GROUP BY lease_by`, [id]);
  return Math.max(0, ...rows.map(({ n }) => n));
}
