import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './machine.js';

const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));

/**
 * Unpacks packages of Debian into a folder of our own, once: nothing is installed on the machine, nothing is started.
 * @returns the root of what was unpacked, or the reason why there is none: this machine has no apt, or another release
 */
export async function unpack(name: string, packages: readonly string[]): Promise<{ readonly root: string } | { readonly missing: string }> {
  const folder = join(cache, `postern-peers-${name}`);
  const root = join(folder, 'root');
  if (existsSync(join(folder, '.unpacked'))) return { root };
  for (const tool of ['apt-get', 'dpkg-deb']) {
    if (spawnSync(tool, ['--version']).status !== 0) return { missing: `this machine has no ${tool}` };
  }
  const debs = join(folder, 'debs');
  await rm(folder, { recursive: true, force: true });
  await mkdir(debs, { recursive: true });
  try {
    await run('apt-get', ['download', '-qq', ...packages], debs);
    for (const deb of await readdir(debs)) await run('dpkg-deb', ['-x', join(debs, deb), root], folder);
  } catch (error) {
    return { missing: `Debian's packages cannot be had here: ${error instanceof Error ? error.message : String(error)}` };
  }
  await rm(debs, { recursive: true });
  await writeFile(join(folder, '.unpacked'), '');
  return { root };
}
