import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { mediaFolder } from '../../../src/infra/backup/backup.js';
import { restoreBackup, type RestoreTerms } from '../../../src/infra/backup/restore.js';
import { migrations as known } from '../../../src/infra/database/migrations.js';
import { Seal } from '../../../src/infra/seal.js';
import { readSecret } from '../../../src/infra/secret-file.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { seedClient, seedPosts } from '../../kit/seed.js';

export interface Place {
  readonly database: TestDatabase;
  readonly dataDir: string;
  readonly close: () => Promise<void>;
}

/** A database and a data folder with nothing of an installation in them but the tables. */
export async function makePlace(): Promise<Place> {
  const database = await createDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-backup-'));
  return {
    database,
    dataDir,
    close: async () => {
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** An agency with everything a backup has to carry: sealed channels, posts, deliveries, attempts in partitions, audit, media. */
export async function furnish({ database: { dataSource }, dataDir }: Place) {
  const seal = new Seal(await readSecret(dataDir, undefined));
  await dataSource.query(`INSERT INTO installation (id, counter, key_id) VALUES ($1, 3, $2)`, [uuid(), seal.keyId]);
  const client = await seedClient(dataSource, { connectorIds: ['sandbox-alpha', 'sandbox-beta'], url: 'http://127.0.0.1:9', seal });
  const [alpha] = client.channels;
  if (!alpha) throw new Error('no channel');
  const awkward = 'tab\tline\nquote\'"\\N \\. back\\slash è 🏰 \u0001';
  const deliveries = await seedPosts(dataSource, client, Array.from({ length: 300 }, (_, i) => ({ channel: alpha, dueInMs: 3_600_000 + i, text: `${awkward} ${i}`, replies: ['and more'] })));
  const [first = ''] = deliveries;
  await dataSource.query(`CREATE TABLE attempts_202611 PARTITION OF attempts FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00')`);
  await dataSource.query(
    `INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, started_at, content_hash, outcome)
     SELECT gen_random_uuid(), d.id, p.id, d.workspace_id, 'commit', 1, 1, at, '\\x00ff0a09', 'unavailable'
       FROM deliveries d JOIN parts p ON p.delivery_id = d.id, (VALUES ('2026-11-15T00:00:00Z'::timestamptz), ('2020-01-01T00:00:00.123456Z')) AS t (at) WHERE d.id = $1`,
    [first],
  );
  await dataSource.query(`INSERT INTO audit_log (actor, action, subject, subject_id) SELECT '{}', 'test.done', 'test', i::text FROM generate_series(1, 7) AS i`);
  const medium = { id: uuid(), bytes: randomBytes(300_000) };
  const key = `${client.workspaceId}/${medium.id}`;
  await mkdir(dirname(join(mediaFolder(dataDir), key)), { recursive: true });
  await writeFile(join(mediaFolder(dataDir), key), medium.bytes);
  await dataSource.query(
    `INSERT INTO media (id, workspace_id, sha256, mime, bytes, name, storage_key) VALUES ($1, $2, '\\x01', 'image/png', 300000, 'picture.png', $3)`,
    [medium.id, client.workspaceId, key],
  );
  return { seal, client, deliveries, medium: { key, bytes: medium.bytes } };
}

/** Every row of every table, as text. */
export async function contents(dataSource: DataSource): Promise<Record<string, readonly string[]>> {
  const tables: { name: string }[] = await dataSource.query(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'migrations' ORDER BY 1`,
  );
  const all: Record<string, readonly string[]> = {};
  for (const { name } of tables) {
    const rows: { row: string }[] = await dataSource.query(`SELECT t::text AS row FROM ${name} t ORDER BY 1`);
    all[name] = rows.map(({ row }) => row);
  }
  return all;
}

export const restoreInto = (place: Place, file: string, terms: Partial<RestoreTerms> = {}, migrations = known) =>
  restoreBackup(
    { file, dataDir: place.dataDir, databaseUrl: place.database.url, secret: undefined, redisUrl: undefined, replace: false, copyFirst: true, now: new Date(), ...terms },
    () => undefined,
    migrations,
  );
