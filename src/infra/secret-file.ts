import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Inside DATA_DIR. Belongs into every backup: without it the stored credentials cannot be opened. */
export const SECRET_FILE = 'app-secret';

/**
 * The secret that seals credentials: APP_SECRET if it is set, else the one kept in DATA_DIR, made at random at the
 * first start and readable by this user only. Several processes may start at once: all get the same one.
 * @throws Error with what to do when the file is there and cannot be the secret.
 */
export async function readSecret(dataDir: string, configured: string | undefined): Promise<string> {
  if (configured) return configured;
  const path = join(dataDir, SECRET_FILE);
  return (await readKept(path)) ?? (await make(dataDir, path));
}

async function readKept(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const secret = text.trim();
  if (secret.length < 32) {
    throw new Error(`${path} does not hold a key (at least 32 characters). Put the file back from a backup; if there are no stored credentials yet, delete it and start again.`);
  }
  if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
  return secret;
}

/** Written whole under another name and then linked: nobody reads half a key, and the first of two makers wins. */
async function make(dataDir: string, path: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString('base64url')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  const kept = await readKept(path);
  if (kept === null) throw new Error(`${path} vanished while it was being made. Start again.`);
  return kept;
}
