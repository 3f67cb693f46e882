import { createWriteStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { migrate } from '../database/migrate.js';
import { migrations as known } from '../database/migrations.js';
import type { Say, Where } from '../database/open-database.js';
import { writeWhole } from '../database/write-whole.js';
import { wipeQueue } from '../queue/wipe-queue.js';
import { Seal } from '../seal.js';
import { SECRET_FILE } from '../secret-file.js';
import { gather, readArchive } from './archive-reader.js';
import { makeBackup, mediaFolder } from './backup.js';
import { BackupError } from './backup-error.js';
import { inSchema, RESTORING, withPlainClient } from './connect.js';
import { TableLoader } from './load.js';
import { type Manifest, mediaKeyOf, SECRET, tableOf } from './manifest.js';
import { checkOwnSchema, readOccupant, takeDatabase } from './target.js';

export interface RestoreTerms extends Where {
  /** Absolute. */
  readonly file: string;
  /** APP_SECRET. */
  readonly secret: string | undefined;
  readonly redisUrl: string | undefined;
  /** What is there may go. */
  readonly replace: boolean;
  /** Before it goes it is backed up. */
  readonly copyFirst: boolean;
  /** For the name of that backup. */
  readonly now: Date;
}

export interface Restored {
  readonly manifest: Manifest;
  readonly rows: number;
  /** Of what was there before. */
  readonly copy: string | null;
}

/**
 * Puts a backup in the place of what is here: database, media, key. The file is read and compared whole before anything
 * is touched; the database is built up beside the present one and takes its place in one step, paused.
 * @throws BackupError or DatabaseError with what to do; before that step nothing has changed but media that were added
 */
export async function restoreBackup(terms: RestoreTerms, say: Say, migrations = known): Promise<Restored> {
  say(`Reading ${terms.file} …`);
  const { manifest, checksums } = await readArchive(terms.file);
  const names = migrations.map(({ name }) => name);
  const newer = manifest.migrations.filter((name) => !names.includes(name));
  if (newer.length > 0) throw new BackupError(`This backup was made by a newer Postern (${manifest.version}, which knows ${newer.join(', ')}): restore it with that version or a later one.`);
  checkKey(manifest, terms.secret);

  const database = await takeDatabase(terms, say);
  try {
    const copy = await makeRoom(terms, database.url, say);
    const schema = inSchema(database.url, RESTORING);
    await withPlainClient(database.url, (client) => client.query(`DROP SCHEMA IF EXISTS ${RESTORING} CASCADE; CREATE SCHEMA ${RESTORING}`));
    await migrate(schema, migrations.filter(({ name }) => manifest.migrations.includes(name)));
    say('Bringing in what it holds …');
    const secret = await load(terms, schema, checksums.rows);
    await migrate(schema, migrations);
    const installation = await withPlainClient(schema, (client) => swap(client, names));
    // Paused it is already: of one moment again, it stays armed once a person has armed it.
    await writeWhole(join(terms.dataDir, 'installation.json'), JSON.stringify(installation), 0o600);
    if (secret !== null) await keepSecret(terms.dataDir, secret, terms.now);
    if (terms.redisUrl !== undefined) await wipeQueue(terms.redisUrl).catch((error: unknown) => say(`The queue at REDIS_URL could not be emptied (${String(error)}): run FLUSHDB there before you start.`));
    return { manifest, rows: Object.values(checksums.rows).reduce((sum, rows) => sum + rows, 0), copy };
  } finally {
    await database.close();
  }
}

/** Without the key what is sealed stays shut: better to say so now than at the first post. */
function checkKey({ keyId, keyInside }: Manifest, secret: string | undefined): void {
  if (keyId === null) return;
  const have = secret === undefined ? null : new Seal(secret).keyId;
  if (have === keyId) return;
  if (have !== null) {
    throw new BackupError(`APP_SECRET is another key (${have}) than the one this backup is sealed with (${keyId}): set APP_SECRET to that one${keyInside ? ', or unset it to use the key in the file' : ''}, then restore again.`);
  }
  if (!keyInside) throw new BackupError(`This backup is sealed with a key that is not in it (${keyId}), because APP_SECRET was set: set APP_SECRET to that one, then restore again.`);
}

async function makeRoom({ replace, copyFirst, dataDir, secret, now }: RestoreTerms, url: string, say: Say): Promise<string | null> {
  const occupant = await withPlainClient(url, readOccupant);
  if (!occupant) return null;
  if (!replace) {
    throw new BackupError(`There is a Postern here already, with ${occupant.clients} clients and ${occupant.posts} posts: restore into a new folder (DATA_DIR) or database, or add --replace to put the backup in its place.`);
  }
  if (!copyFirst) return null;
  const path = join(dataDir, 'backups', `before-restore-${now.toISOString().slice(0, 19).replaceAll(':', '-')}.tar.gz`);
  say('Backing up what is here first …');
  try {
    await makeBackup({ databaseUrl: url, dataDir, secretIsOutside: secret !== undefined, media: false }, path);
  } catch (error) {
    throw new BackupError(`What is here could not be backed up first (${error instanceof Error ? error.message : String(error)}): put that right, or add --without-copy to let it go.`);
  }
  return path;
}

/** @returns the key in the file */
async function load(terms: RestoreTerms, schema: string, rows: Readonly<Record<string, number>>): Promise<Buffer | null> {
  return withPlainClient(schema, async (client) => {
    const seen: { loader: TableLoader | null; secret: Buffer | null } = { loader: null, secret: null };
    await readArchive(terms.file, async (name, chunks, manifest) => {
      if (!seen.loader) {
        seen.loader = new TableLoader(client, manifest);
        await seen.loader.makePartitions();
      }
      const table = tableOf(name);
      const key = mediaKeyOf(name);
      if (table !== null) await seen.loader.take(table, chunks);
      else if (key !== null) await keepMedium(join(mediaFolder(terms.dataDir), key), chunks);
      else if (name === SECRET) seen.secret = await gather(chunks);
    });
    await seen.loader?.finish(rows);
    await client.query('ANALYZE');
    return terms.secret === undefined ? seen.secret : null;
  });
}

/** A medium never changes under its key, so what is there may be written again. */
async function keepMedium(path: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.restoring`;
  await rm(draft, { force: true });
  await pipeline(chunks, createWriteStream(draft, { mode: 0o600, flush: true }));
  await rename(draft, path);
}

/**
 * The one step: what was built up becomes the database, paused whatever the backup said, and the old bells are gone.
 * What people had released before the backup may be out by now, so they are asked again.
 */
async function swap(client: pg.Client, migrations: readonly string[]): Promise<{ id: string; counter: number }> {
  const { rows } = await client.query<{ name: string }>(`SELECT tablename::text AS name FROM pg_tables WHERE schemaname = $1`, [RESTORING]);
  await checkOwnSchema(client, { tables: rows.map(({ name }) => name), migrations });
  await client.query('BEGIN');
  const { rows: [installation] } = await client.query<{ id: string; counter: string }>(
    `UPDATE installation SET paused_at = now(), pause_reason = 'restored' RETURNING id, counter`,
  );
  if (!installation) throw new BackupError('This backup is of a Postern that was never started: there is nothing in it to restore.');
  await client.query(`UPDATE deliveries SET released = false WHERE released AND state IN ('scheduled', 'held')`);
  await client.query(`DROP SCHEMA IF EXISTS bullmq CASCADE; DROP SCHEMA IF EXISTS public CASCADE; ALTER SCHEMA ${RESTORING} RENAME TO public; GRANT USAGE ON SCHEMA public TO PUBLIC`);
  await client.query('COMMIT');
  return { id: installation.id, counter: Number(installation.counter) };
}

/** The key that was here stays beside it: what was sealed with it may lie in another backup. */
async function keepSecret(dataDir: string, secret: Buffer, now: Date): Promise<void> {
  const path = join(dataDir, SECRET_FILE);
  const present = await readFile(path).catch(() => null);
  if (present?.equals(secret)) return;
  if (present) await rename(path, `${path}.before-restore-${now.toISOString().slice(0, 19).replaceAll(':', '-')}`);
  await writeWhole(path, secret.toString('utf8'), 0o600);
  const folder = await open(dataDir, 'r');
  await folder.sync().catch(() => undefined); // not every system can
  await folder.close();
}
