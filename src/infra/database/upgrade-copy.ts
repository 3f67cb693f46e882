import { constants } from 'node:fs';
import { copyFile, cp, lstat, mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { clusterFolder } from './embedded-postgres.js';
import { DatabaseError } from './database-error.js';

const KEPT = 3;
/** What else must fit on the disk while a migration runs. */
const SPARE_BYTES = 100_000_000;

export interface UpgradeCopy {
  readonly folder: string;
  /** What a person types to go back. */
  readonly wayBack: string;
}

/**
 * Copies the data folder of the **stopped** embedded Postgres to `before-upgrade/<date>-<from>`; the last three stay.
 * @param from the newest migration the copied database has
 * @throws DatabaseError when the disk has no room for it; nothing is changed then
 */
export async function copyBeforeUpgrade(dataDir: string, from: string, now: Date, freeBytes = freeBytesAt): Promise<UpgradeCopy> {
  const shelf = join(dataDir, 'before-upgrade');
  await mkdir(shelf, { recursive: true, mode: 0o700 });
  const cluster = clusterFolder(dataDir);
  checkRoom(shelf, await sizeOf(cluster), await freeBytes(shelf));

  const folder = join(shelf, `${now.toISOString().slice(0, 19).replaceAll(':', '-')}-${from}`);
  const half = join(shelf, `half-${process.pid}`);
  for (const name of await readdir(shelf)) if (name.startsWith('half-')) await rm(join(shelf, name), { recursive: true, force: true });
  // Where the file system can share blocks the copy costs nothing.
  await cp(cluster, join(half, 'postgres'), { recursive: true, preserveTimestamps: true, mode: constants.COPYFILE_FICLONE });
  await copyFile(join(dataDir, 'postgres.json'), join(half, 'postgres.json'));
  await writeFile(join(half, 'HOW-TO-GO-BACK.txt'), `${wayBack(dataDir, folder)}\n`);
  await rename(half, folder);

  const copies = (await readdir(shelf)).filter((name) => !name.startsWith('half-')).sort();
  for (const name of copies.slice(0, -KEPT)) await rm(join(shelf, name), { recursive: true, force: true });
  return { folder, wayBack: wayBack(dataDir, folder) };
}

function wayBack(dataDir: string, folder: string): string {
  return [
    `The database as it was before this upgrade lies in ${folder}.`,
    'To go back: stop Postern, then',
    `  mv "${clusterFolder(dataDir)}" "${join(dataDir, `postgres-after-${basename(folder)}`)}"`,
    `  cp -a "${join(folder, 'postgres')}" "${clusterFolder(dataDir)}"`,
    `  cp -a "${join(folder, 'postgres.json')}" "${join(dataDir, 'postgres.json')}"`,
    'and start the version you had. It starts paused, because it does not know what went out since.',
  ].join('\n');
}

async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function checkRoom(shelf: string, bytes: number, free: number): void {
  const needed = bytes + SPARE_BYTES;
  if (free >= needed) return;
  const mb = (count: number): string => `${Math.ceil(count / 1_000_000)} MB`;
  throw new DatabaseError(`This upgrade first copies the database (${mb(bytes)}), and the disk of ${shelf} has ${mb(free)} left: free ${mb(needed - free)} and start again. Nothing was changed.`);
}

async function sizeOf(path: string): Promise<number> {
  const seen = await lstat(path);
  if (!seen.isDirectory()) return seen.size;
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
