import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { place } from '../../../src/features/phone/gateway-row.js';
import { Seal } from '../../../src/infra/seal.js';
import { closeAll, serving } from '../../infra/http/loopback.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { spawnOurs } from '../../kit/server-house.js';
import { seedBrand, seedList } from './sms-seed.js';

const people = 300;
/** Under way at a time in one process (sms-sending.service.ts). */
const atOnce = 5;
let database: TestDatabase;
let dataDir: string;
const arrived: string[] = [];

beforeAll(async () => {
  database = await createDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'postern-sms-kill-'));
});
afterAll(async () => {
  await closeAll();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** A real worker process; its leases are short, so that the test is. */
const worker = (): Promise<ChildProcess> => spawnOurs('../bench/worker.mjs', {
  DATA_DIR: dataDir, ROLES: 'worker', PORT: '0', CONTROL_TARGETS: 'http://127.0.0.1:9', LOG_LEVEL: 'error', PUBLIC_URL: 'https://postern.example', ALLOW_HOSTS: '127.0.0.1',
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

it('sends nobody two and misses nobody when its process is killed in the middle, three times, and every message it may have sent is paid for', async () => {
  const gateway = await serving((_, response, body) => {
    arrived.push((JSON.parse(body) as { to: string }).to);
    setTimeout(() => response.setHeader('content-type', 'application/json').end(JSON.stringify({ id: `m${arrived.length}` })), 20);
  });
  const [workspaceId, id, channelId, postId] = [uuid(), uuid(), uuid(), uuid()];
  const { dataSource } = database;
  await dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency')`, [workspaceId]);
  const account = new Seal('s'.repeat(32)).seal(JSON.stringify({ kind: 'http', url: `${gateway.url}/send`, token: 'longenough' }), place.account(workspaceId));
  await dataSource.query(`INSERT INTO phone_gateways (workspace_id, kind, host, sealed_account, callback_token, currency, price_minor) VALUES ($1, 'http', $2, $3, 'token', 'EUR', 10)`, [workspaceId, `127.0.0.1:${gateway.port}`, account]);
  const brand = await seedBrand(dataSource, { workspaceId });
  const list = await seedList(dataSource, brand, { people });
  await dataSource.transaction(async (manager) => {
    await manager.query(`INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'sms', 'SMS', 'house', 'sms:publish@house', '')`, [channelId, workspaceId, brand.clientId]);
    await manager.query(`INSERT INTO posts (id, workspace_id, client_id, editing, choice, content, created_by) VALUES ($1, $2, $3, 'draft', 'can-wait', '{"parts":[]}', '{}')`, [postId, workspaceId, brand.clientId]);
    await manager.query(
      `INSERT INTO sms_rounds (id, workspace_id, client_id, channel_id, post_id, part_key, purpose, list_ids, text, way_out, encoding, segments, currency, created_by)
       VALUES ($1, $2, $3, $4, $5, 'key', 'issue', ARRAY[$6::uuid], 'Ciao', 'STOP', 'gsm-7', 1, 'EUR', '{}')`, [id, workspaceId, brand.clientId, channelId, postId, list]);
    await manager.query(`INSERT INTO sms_recipients (round_id, subscriber_id, list_id, address_key, cost_minor) SELECT $1, id, $2, address_key, 10 FROM subscribers WHERE client_id = $3`, [id, list, brand.clientId]);
  });

  for (const mark of [60, 120, 180]) {
    const process = await worker();
    await until(() => arrived.length >= mark);
    await kill(process);
  }
  const last = await worker();
  await until(async () => (await dataSource.query(`SELECT FROM sms_rounds WHERE id = $1 AND state = 'sent'`, [id])).length > 0);
  await kill(last);

  const rows: { to: string; state: string }[] = await dataSource.query('SELECT address_key AS "to", state FROM sms_recipients WHERE round_id = $1', [id]);
  const once = new Set(arrived);
  expect({ twice: arrived.length - once.size, missed: rows.filter(({ to, state }) => !once.has(to) && state !== 'unconfirmed').length }).toEqual({ twice: 0, missed: 0 });
  expect(rows.filter(({ state }) => !['sent', 'unconfirmed'].includes(state))).toEqual([]);
  expect(rows.filter(({ state }) => state === 'unconfirmed').length).toBeLessThanOrEqual(3 * atOnce);
  const [paid] = await dataSource.query(`SELECT sum(pieces)::int AS pieces, sum(minor)::int AS minor, (SELECT sum(minor)::int FROM sms_spending) AS spent FROM phone_costs WHERE subject_id = $1`, [id]);
  expect(paid).toEqual({ pieces: people, minor: people * 10, spent: people * 10 });
}, 300_000);
