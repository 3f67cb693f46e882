import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { DataSource } from 'typeorm';
import { AppModule } from '../../../src/app.module.js';
import { startSandbox, type Sandbox } from '../../../src/connectors/sandbox/server.js';
import { RoundsService } from '../../../src/features/dispatch/rounds.service.js';
import { InstallationService } from '../../../src/features/workspaces/installation.service.js';
import { makeBackup } from '../../../src/infra/backup/backup.js';
import { readConfig } from '../../../src/infra/config.js';
import { type Installation, registerStart } from '../../../src/infra/installation.js';
import { Seal } from '../../../src/infra/seal.js';
import { dressApp } from '../../../src/infra/http/dress.js';
import { seedClient, type SeededClient, seedPosts } from '../../kit/seed.js';
import { makePlace, type Place, restoreInto } from './backup-house.js';

const SECRET = 'a secret that is long enough for a test';

/** Starts as src/main.ts does, every role in this process. */
async function start(place: Place, sandbox: Sandbox): Promise<{ app: NestExpressApplication; installation: Installation }> {
  const source = await new DataSource({ type: 'postgres', url: place.database.url }).initialize();
  const installation = await registerStart(source, { dataDir: place.dataDir, publicUrl: null, keyId: new Seal(SECRET).keyId });
  await source.destroy();
  const config = readConfig({ DATA_DIR: place.dataDir, ALLOW_HOSTS: new URL(sandbox.url).host, CONTROL_TARGETS: sandbox.url });
  const module = await Test.createTestingModule({ imports: [AppModule.forRoot({ config, databaseUrl: place.database.url, secret: SECRET })] }).compile();
  const app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  await dressApp(app, config);
  return { app, installation };
}

type States = Readonly<Record<string, number>>;

describe('the database put back to an hour ago', () => {
  const early = Array.from({ length: 10 }, (_, i) => `before the backup ${i}`);
  const late = Array.from({ length: 20 }, (_, i) => `after the backup ${i}`);
  const future = ['tomorrow'];
  let place: Place;
  let sandbox: Sandbox;
  let client: SeededClient;
  let app: NestExpressApplication;
  let backup: string;
  let database: DataSource;

  beforeAll(async () => {
    place = await makePlace();
    database = place.database.dataSource;
    sandbox = await startSandbox();
    client = await seedClient(database, { connectorIds: ['sandbox-beta', 'sandbox-delta'], url: sandbox.url, seal: new Seal(SECRET) });
  });
  afterAll(async () => {
    await app?.close();
    await sandbox.close();
    await place.close();
  });

  const plan = async (texts: readonly string[], dueInMs: number): Promise<void> => {
    await seedPosts(database, client, texts.flatMap((text) => client.channels.map((channel) => ({ channel, dueInMs, text: `${text} on ${channel.connectorId}` }))));
  };
  const states = async (): Promise<States> => {
    const rows: { state: string; n: number }[] = await database.query(
      `SELECT state || coalesce(' ' || hold_reason || ' ' || (reason ->> 'code'), '') AS state, count(*)::int AS n FROM deliveries GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  };
  /** Asks again until it is so; how long that takes is the machine's affair, within the test's time. */
  const until = async (isSo: (now: States) => boolean): Promise<void> => {
    for (const since = performance.now(); ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const now = await states();
      if (isSo(now)) return;
      if (performance.now() - since > 280_000) throw new Error(`It stays at ${JSON.stringify(now)}.`);
    }
  };
  const posted = (): number[] => sandbox.store.counts().map(({ taken }) => taken);

  it('is made: some went out before the backup, some that it still plans went out after it', async () => {
    ({ app } = await start(place, sandbox));
    await plan(early, 0);
    await until((now) => now['published'] === 20);
    await plan(late, 600_000);
    await plan(future, 86_400_000);
    backup = (await makeBackup({ databaseUrl: place.database.url, dataDir: place.dataDir, secretIsOutside: true, media: true }, join(place.dataDir, `${uuid()}.tar.gz`))).path;
    await database.query(`UPDATE deliveries SET due_at = now(), ready_at = now(), ring = ring + 1, rung_until = NULL WHERE state = 'scheduled' AND due_at < now() + interval '1 hour'`);
    await until((now) => now['published'] === 60);
    await app.close();
    expect(posted()).toHaveLength(60);
  }, 300_000);

  it('starts paused, and nothing goes out', async () => {
    await restoreInto(place, backup, { secret: SECRET, replace: true });
    // An hour has passed since the backup: what it plans is due by now.
    await database.query(`UPDATE deliveries SET due_at = due_at - interval '1 hour', ready_at = ready_at - interval '1 hour', created_at = created_at - interval '1 hour' WHERE state = 'scheduled'`);
    const started = await start(place, sandbox);
    app = started.app;
    expect(started.installation.paused?.reason).toBe('restored');
    await app.get(RoundsService, { strict: false }).plan();
    await app.get(RoundsService, { strict: false }).sweep();
    expect(await states()).toEqual({ published: 20, scheduled: 42 });
    expect(posted()).toHaveLength(60);
  });

  it('holds all that was due for a person once it is armed, and nothing goes out twice', async () => {
    await app.get(InstallationService, { strict: false }).arm({ kind: 'operator', id: 'test', name: 'Test' });
    await until((now) => now['held late restored'] === 40);
    await app.get(RoundsService, { strict: false }).sweep();
    expect(await states()).toEqual({ published: 20, 'held late restored': 40, scheduled: 2 });
    expect(posted()).toEqual(Array.from({ length: 60 }, () => 1));
  }, 300_000);

  it('finds what is out already when a person releases it, where the platform can be asked', async () => {
    await database.query(
      `UPDATE deliveries d SET state = 'scheduled', hold_reason = NULL, reason = NULL, released = true, ready_at = now(), version = version + 1, ring = ring + 1, rung_until = NULL
        FROM (SELECT id FROM deliveries WHERE state = 'held' AND connector_id = 'sandbox-beta' LIMIT 1) one WHERE d.id = one.id`,
    );
    await until((now) => now['published'] === 21);
    expect(posted()).toEqual(Array.from({ length: 60 }, () => 1));
  }, 300_000);
});
