import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { startSandbox, type Sandbox } from '../../src/connectors/sandbox/server.js';
import { readConfig } from '../../src/infra/config.js';
import { Seal } from '../../src/infra/seal.js';
import { createDatabase, redisUrl, type TestDatabase } from '../kit/database.js';
import { seedClient, seedPosts } from '../kit/seed.js';

const secret = 'a secret that is long enough for a test';
const HOURS = 3_600_000;
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Started {
  readonly database: TestDatabase;
  readonly sandbox: Sandbox;
  readonly start: () => Promise<INestApplicationContext>;
}

async function ground(redis: string | null): Promise<Started> {
  const database = await createDatabase();
  closing.push(() => database.drop());
  const sandbox = await startSandbox();
  closing.push(() => sandbox.close());
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-absence-'));
  closing.push(() => rm(dataDir, { recursive: true, force: true }));
  const config = readConfig({
    ROLES: 'worker,watch', DATA_DIR: dataDir, ALLOW_HOSTS: new URL(sandbox.url).host, CONTROL_TARGETS: sandbox.url, ...(redis !== null && { REDIS_URL: `${redis}/9` }),
  });
  return {
    database,
    sandbox,
    start: async () => {
      const app = await NestFactory.createApplicationContext(AppModule.forRoot({ config, databaseUrl: database.url, secret }), { logger: false });
      closing.push(() => app.close());
      return app;
    },
  };
}

/** Asks again until it is so; the test's time limit ends it otherwise. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 100));
}

const url = redisUrl();
const backends = [
  { name: 'Postgres', redis: null, isHere: true },
  { name: 'Redis', redis: url, isHere: url !== null },
] as const;

for (const { name, redis, isHere } of backends) {
  (isHere ? describe : describe.skip)(`stopped for three hours with 40 due, on ${name}`, () => {
    it('nothing blasts, all 40 are held, and each workspace is told once', async () => {
      const { database, sandbox, start } = await ground(redis);
      const { dataSource } = database;
      const client = await seedClient(dataSource, { connectorIds: ['sandbox-alpha', 'sandbox-beta'], url: sandbox.url, seal: new Seal(secret) });
      const other = await seedClient(dataSource, { connectorIds: ['sandbox-beta'], url: sandbox.url, seal: new Seal(secret) });
      await seedPosts(dataSource, client, Array.from({ length: 40 }, (_, i) => ({ channel: client.channels[i % 2]!, dueInMs: -2.9 * HOURS + i * 240_000, text: `due ${i}` })));
      await seedPosts(dataSource, other, [{ channel: other.channels[0]!, dueInMs: HOURS, text: 'not due yet' }]);
      await dataSource.query(
        `INSERT INTO workers (id, host, pid, roles, version, started_at, heartbeat_at)
         VALUES (gen_random_uuid(), 'here', 1, '{worker,watch}', '0', now() - interval '1 day', now() - interval '3 hours')`,
      );

      await start();
      const held = async (): Promise<number> => {
        const [row] = await dataSource.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM deliveries WHERE state = 'held' AND hold_reason = 'late'`);
        return row?.n ?? 0;
      };
      await until(async () => (await held()) === 40);
      const notices = () => dataSource.query<{ workspaceId: string; params: { count?: number } }[]>(`SELECT workspace_id AS "workspaceId", kind, params FROM notices`);
      await until(async () => (await notices()).length > 0);

      expect(sandbox.store.list()).toEqual([]);
      expect(await notices()).toEqual([expect.objectContaining({ workspaceId: client.workspaceId })]);
      expect(JSON.stringify((await notices())[0])).toContain('40');
      const untouched = await dataSource.query(`SELECT state FROM deliveries WHERE workspace_id = $1`, [other.workspaceId]);
      expect(untouched).toEqual([{ state: 'scheduled' }]);
    });
  });
}

