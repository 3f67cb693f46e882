import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import pg from 'pg';
import type { Binaries } from './binaries.js';
import type { ServiceUser } from './service-user.js';

/** The superuser of an embedded Postgres. */
export const superuser = 'postern';

export interface Cluster {
  /** Absolute; the data folder of Postgres itself. */
  readonly folder: string;
  readonly binaries: Binaries;
  readonly user: ServiceUser | null;
}

export interface Running {
  readonly pid: number;
  /** Resolves when the process has ended, with what it ended by. */
  readonly ended: Promise<string>;
  /** Fast shutdown; kills after 20 s. */
  stop(): Promise<void>;
}

/**
 * As root, Postgres runs as somebody else, who may not be able to walk to the folder (a clone under /root). The working
 * directory is inherited without walking, and this link leads to it; so the folder need not move.
 */
const inherited = '/proc/self/cwd';
const whereFor = ({ user, folder }: Cluster): string => (user && existsSync(inherited) ? inherited : folder);

const spawnOptions = ({ user, folder }: Cluster) => ({
  cwd: folder,
  ...(user ? { uid: user.uid, gid: user.gid } : {}),
  // Messages in one language, whatever the machine speaks; nothing of our environment (secrets) is its business.
  ...(process.platform === 'win32' ? {} : { env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } }),
});

/** Makes an empty cluster. UTF-8, sorted by code point on every machine alike, scram passwords only. */
export async function initCluster(cluster: Cluster, password: string, options: { readonly sync: boolean }): Promise<void> {
  const { folder, user } = cluster;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await giveTo(user, folder);
  const passwordFile = `${folder}.password-${process.pid}`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  await giveTo(user, passwordFile);
  const handle = openSync(passwordFile, 'r');
  try {
    const errors = await run(cluster, [
      '-D', whereFor(cluster), `--username=${superuser}`, '--auth=scram-sha-256',
      `--pwfile=${whereFor(cluster) === folder ? passwordFile : '/proc/self/fd/3'}`,
      '--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions',
      ...(options.sync ? [] : ['--no-sync']),
    ], handle);
    if (errors !== null) throw new Error(`The embedded Postgres could not make its data folder ${folder}: ${errors}`);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    closeSync(handle);
    await rm(passwordFile, { force: true });
  }
}

/** Gives a file or a whole folder to the user Postgres runs as, with the modes Postgres asks for. */
export async function giveTo(user: ServiceUser | null, path: string): Promise<void> {
  if (!user) return;
  const seen = await lstat(path);
  if (seen.uid !== user.uid || seen.gid !== user.gid) await chown(path, user.uid, user.gid);
  if (!seen.isDirectory()) return;
  if ((seen.mode & 0o777) !== 0o700) await chmod(path, 0o700);
  await Promise.all((await readdir(path)).map((name) => giveTo(user, join(path, name))));
}

async function run(cluster: Cluster, flags: readonly string[], passwordHandle: number): Promise<string | null> {
  const child = spawn(cluster.binaries.initdb, flags, { ...spawnOptions(cluster), stdio: ['ignore', 'ignore', 'pipe', passwordHandle] });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number | string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', resolve);
  });
  return code === 0 ? null : `${errors.trim()} (${code})`;
}

/**
 * Starts Postgres in a session of its own (Ctrl-C in the terminal does not reach it), on the loopback address only,
 * and returns at once: see `untilReady`.
 * @param log file descriptor for its messages
 */
export function startServer(cluster: Cluster, port: number, log: number, settings: Readonly<Record<string, string>>): Running {
  const child = spawn(
    cluster.binaries.postgres,
    ['-D', whereFor(cluster), '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=',
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...spawnOptions(cluster), stdio: ['ignore', log, log], detached: true, windowsHide: true },
  );
  child.unref();
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  return { pid: child.pid ?? 0, ended, stop: () => stop(child, ended) };
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.ref();
  child.kill('SIGINT'); // fast shutdown: open transactions are rolled back, everything is written
  const timer = setTimeout(() => child.kill('SIGQUIT'), 20_000);
  await ended;
  clearTimeout(timer);
}

export const serverUrl = (port: number, password: string, database: string): string =>
  `postgres://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;

/** Waits until Postgres answers. @throws when it ended, or has not answered within `withinMs`. */
export async function untilReady(running: Running, url: string, withinMs: number): Promise<void> {
  const ends: string[] = [];
  void running.ended.then((how) => ends.push(how));
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const problem = await ask(url);
    if (problem === null) return;
    if (ends[0] !== undefined) throw new Error(`Postgres ended at once (${ends[0]})`);
    if (performance.now() > giveUpAt) throw new Error(`Postgres does not answer: ${problem}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function ask(url: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
