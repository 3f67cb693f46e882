import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { SECRET_FILE } from '../secret-file.js';
import { version } from '../version.js';
import { readArchive } from './archive-reader.js';
import { ArchiveWriter } from './archive-writer.js';
import { BackupError } from './backup-error.js';
import { withPlainClient } from './connect.js';
import { FORMAT, MANIFEST, type Manifest, mediaKeyOf, mediaName, pieceName, SECRET } from './manifest.js';
import { readTables } from './tables.js';

/** What is in memory of a table at a time. */
const PIECE_BYTES = 4_000_000;

export interface BackupSource {
  readonly databaseUrl: string;
  /** Absolute. */
  readonly dataDir: string;
  /** APP_SECRET is set: the key is the operator's to keep, and does not go into the file. */
  readonly secretIsOutside: boolean;
  /** False for the copy a restore makes of what it replaces: it touches no medium. */
  readonly media: boolean;
}

export interface MadeBackup {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  readonly media: number;
  readonly keyInside: boolean;
  /** Media that stand in the database and whose file is gone from the disk. */
  readonly missingMedia: readonly string[];
}

export const mediaFolder = (dataDir: string): string => join(dataDir, 'media', 'kept');

/**
 * Database, media and key in one file, of one moment, while Postern runs or not; read back and compared before this
 * resolves. The queue is not in it: it only rings. Nobody but this user can read the file.
 * @param path absolute; must not exist
 * @throws BackupError with what to do
 */
export async function makeBackup(source: BackupSource, path: string): Promise<MadeBackup> {
  if (existsSync(path)) throw new BackupError(`${path} exists already: give the backup another name, or move that file away.`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = join(dirname(path), `.${basename(path)}.unfinished`);
  await rm(draft, { force: true });
  const archive = new ArchiveWriter(draft);
  try {
    const wanted = await writeDatabase(source, archive);
    const held = source.media ? await writeMedia(mediaFolder(source.dataDir), archive) : new Set<string>();
    await archive.finish(wanted.rows);
    const { checksums, manifest } = await readArchive(draft);
    await rename(draft, path);
    return {
      path,
      bytes: (await stat(path)).size,
      rows: Object.values(checksums.rows).reduce((sum, rows) => sum + rows, 0),
      media: held.size,
      keyInside: manifest.keyInside,
      missingMedia: source.media ? wanted.media.filter((key) => !held.has(key)) : [],
    };
  } catch (error) {
    await archive.abort();
    await rm(draft, { force: true });
    throw told(error, path);
  }
}

/** Every table as it stood at one instant. */
async function writeDatabase(source: BackupSource, archive: ArchiveWriter): Promise<{ rows: Record<string, number>; media: readonly string[] }> {
  return withPlainClient(source.databaseUrl, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const manifest = await describe(client, source);
    await archive.add(MANIFEST, Buffer.from(JSON.stringify(manifest)));
    if (manifest.keyInside) await archive.addFile(SECRET, join(source.dataDir, SECRET_FILE));
    const rows: Record<string, number> = {};
    for (const table of manifest.tables) rows[table.name] = await writeTable(client, archive, table);
    const media = manifest.tables.some(({ name }) => name === 'media')
      ? (await client.query<{ key: string }>('SELECT storage_key AS key FROM media WHERE deleted_at IS NULL')).rows.map(({ key }) => key)
      : [];
    return { rows, media };
  });
}

async function describe(client: pg.Client, { dataDir, secretIsOutside, media }: BackupSource): Promise<Manifest> {
  const { rows: [there] } = await client.query<{ migrations: string | null; installation: string | null; now: Date }>(
    `SELECT to_regclass('migrations') AS migrations, to_regclass('installation') AS installation, now()`,
  );
  if (!there?.migrations || !there.installation) throw new BackupError('There is no Postern in this database yet, so there is nothing to back up: start it once with npm start.');
  const migrations = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
  const installation = await client.query<{ key_id: string | null }>('SELECT key_id FROM installation');
  return {
    format: 'postern-backup',
    formatVersion: FORMAT,
    version,
    madeAt: there.now.toISOString(),
    migrations: migrations.rows.map(({ name }) => name),
    keyId: installation.rows[0]?.key_id ?? null,
    keyInside: !secretIsOutside && existsSync(join(dataDir, SECRET_FILE)),
    mediaInside: media,
    ...(await readTables(client)),
  };
}

async function writeTable(client: pg.Client, archive: ArchiveWriter, { name, columns }: Manifest['tables'][number]): Promise<number> {
  const list = columns.map((column) => pg.escapeIdentifier(column)).join(', ');
  // A query and not the table, so that one with partitions comes as a whole.
  const rows = client.query(copyTo(`COPY (SELECT ${list} FROM ${pg.escapeIdentifier(name)}) TO STDOUT`));
  let number = 0;
  for await (const piece of inPieces(rows)) await archive.add(pieceName(name, (number += 1)), piece);
  return rows.rowCount;
}

async function* inPieces(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < PIECE_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

/** After the tables, so that a medium they speak of is there unless somebody deleted it since. @returns their keys */
async function writeMedia(folder: string, archive: ArchiveWriter): Promise<Set<string>> {
  const held = new Set<string>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const key = path.slice(folder.length + 1).replaceAll('\\', '/');
    if (mediaKeyOf(mediaName(key)) === null) continue; // not one of ours
    if (!existsSync(path)) continue; // deleted meanwhile
    await archive.addFile(mediaName(key), path);
    held.add(key);
  }
  return held;
}

function told(error: unknown, path: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new BackupError(`The disk of ${path} is full, and the unfinished backup was removed: free some room, or name a file on another disk.`);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return new BackupError(`${path} cannot be written (${message}): name a file in a folder this user may write to.`);
  return error;
}
