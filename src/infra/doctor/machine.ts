import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { Seal } from '../seal.js';
import { SECRET_FILE } from '../secret-file.js';
import { type Finding, green, type Ground, red, yellow } from './finding.js';

const MB = 1_000_000;
const LOW_MB = 2_000;
const GRAVE_MB = 300;

export async function lookAtDisk({ config }: Ground): Promise<readonly Finding[]> {
  const { bavail, bsize } = await statfs(config.DATA_DIR);
  const free = Math.floor((bavail * bsize) / MB);
  const says = `${free >= 10_000 ? `${Math.floor(free / 1000)} GB` : `${free} MB`} free for ${config.DATA_DIR}.`;
  const remedy = 'Free some room: a full disk stops the database, and with it everything.';
  return [free < GRAVE_MB ? red('disk', says, remedy) : free < LOW_MB ? yellow('disk', says, remedy) : green('disk', says)];
}

/** @param modeBefore of the secret file, as it was before anything of ours put it right; null without one */
export async function lookAtKey({ config, database }: Ground, secret: string | null, modeBefore: number | null): Promise<readonly Finding[]> {
  const name = 'key';
  const [row]: { key_id: string | null }[] = await database.query('SELECT key_id FROM installation');
  const wanted = row?.key_id ?? null;
  const path = join(config.DATA_DIR, SECRET_FILE);
  if (secret === null) {
    if (wanted === null) return [yellow(name, 'There is none yet.', 'The first start makes one: npm start.')];
    return [red(name, `It is gone: ${path} is not there and APP_SECRET is not set, so no credential can be opened.`, `Put ${SECRET_FILE} back from a backup, or set APP_SECRET to the key ${wanted}.`)];
  }
  const { keyId } = new Seal(secret);
  const where = config.APP_SECRET === undefined ? path : 'APP_SECRET';
  if (wanted !== null && wanted !== keyId) return [red(name, `${where} is another key (${keyId}) than the credentials are sealed with (${wanted}).`, 'Put the old key back, or restore the backup it came with.')];
  if (modeBefore !== null && process.platform !== 'win32' && (modeBefore & 0o077) !== 0) {
    return [yellow(name, `Others on this machine could read ${path}.`, `Run: chmod 600 "${path}". If somebody may have read it, change it: npm run postern -- key rotate.`)];
  }
  return [green(name, `${where} (${keyId}) is the key of this installation.`)];
}

/** The mode of the secret file; null when there is none. */
export async function secretFileMode(dataDir: string): Promise<number | null> {
  return stat(join(dataDir, SECRET_FILE)).then(({ mode }) => mode & 0o777, () => null);
}

/** Outcomes the database did not take; the running processes write them in as soon as it does. */
export async function lookAtJournal({ config }: Ground): Promise<readonly Finding[]> {
  const folder = join(config.DATA_DIR, 'journal');
  const sizes = await Promise.all((await readdir(folder).catch(() => [])).map((file) => stat(join(folder, file)).then(({ size }) => size, () => 0)));
  const waiting = sizes.filter((size) => size > 0).length;
  if (waiting === 0) return [green('journal', 'Every outcome is in the database.')];
  return [yellow('journal', `${waiting} ${waiting === 1 ? 'file' : 'files'} of outcomes the database did not take wait in ${folder}.`, 'They are written in while Postern runs; delete nothing there, start it if it is stopped, and ask again in a minute.')];
}
