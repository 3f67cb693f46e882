import { type ChildProcess, fork, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The newest that run on Node 20. */
const packages = { '@atproto/pds': '0.4.217', '@atproto/dev-env': '0.3.215' };
const folder = fileURLToPath(new URL('../../node_modules/.cache/postern-peers/', import.meta.url));
const INSTALL_MS = 600_000;
const START_MS = 60_000;

/** Installs the server once, outside the product's own packages. About 90 s and 360 MB the first time. */
export async function install(): Promise<void> {
  const isThere = Object.entries(packages).every(([name, version]) => existsSync(join(folder, `node_modules/${name}/package.json`)) && existsSync(join(folder, `.installed-${version}`)));
  if (isThere) return;
  process.stdout.write('Installing Bluesky’s own server (about 90 s, once) …\n');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'postern-peers', version: '0.0.0', private: true, dependencies: packages }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], folder);
  for (const version of Object.values(packages)) await writeFile(join(folder, `.installed-${version}`), '');
}

/** A running server, stopped by its own process id. */
export interface Pds {
  readonly url: string;
  readonly process: ChildProcess;
  pause(): void;
  resume(): void;
  /** At once, as a power cut would. */
  kill(): Promise<void>;
}

export async function start(): Promise<Pds> {
  const [plcPort, pdsPort] = [await freePort(), await freePort()];
  const temporary = await mkdtemp(join(tmpdir(), 'postern-pds-'));
  const child: ChildProcess = fork(fileURLToPath(new URL('pds-server.cjs', import.meta.url)), [folder, String(plcPort), String(pdsPort)], {
    env: { ...process.env, LOG_ENABLED: 'false', TMPDIR: temporary },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const killWithUs = (): void => void child.kill('SIGKILL'); // a paused one would not notice that we are gone
  process.once('exit', killWithUs);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    process.off('exit', killWithUs);
    await rm(temporary, { recursive: true, force: true });
  };
  try {
    await within(START_MS, 'the server to start', Promise.race([
      new Promise<void>((resolve) => child.once('message', () => resolve())),
      ended.then(() => Promise.reject(new Error('the server ended before it was ready'))),
    ]));
  } catch (error) {
    await kill();
    throw error;
  }
  return { url: `http://localhost:${pdsPort}`, process: child, pause: () => child.kill('SIGSTOP'), resume: () => child.kill('SIGCONT'), kill };
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(command, args, { cwd, stdio: 'inherit', timeout: INSTALL_MS });
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
