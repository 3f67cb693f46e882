import { randomBytes } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from './database/write-whole.js';
import { SECRET_FILE } from './secret-file.js';

const nextPath = (dataDir: string): string => join(dataDir, `${SECRET_FILE}.next`);

/** The key that will follow: on the disk before anything is sealed with it. After a crash the one begun with is used again. */
export async function readNextSecret(dataDir: string): Promise<string> {
  const begun = (await readFile(nextPath(dataDir), 'utf8').catch(() => '')).trim();
  if (begun.length >= 32) return begun;
  const secret = randomBytes(32).toString('base64url');
  await rm(nextPath(dataDir), { force: true });
  await writeWhole(nextPath(dataDir), `${secret}\n`, 0o600);
  return secret;
}

/** From now on it is the key; the old one is gone. */
export async function promoteNextSecret(dataDir: string): Promise<void> {
  await rename(nextPath(dataDir), join(dataDir, SECRET_FILE));
}
