import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, run, within } from './machine.js';

/** The newest that run on Node 20. */
const packages = { '@atproto/pds': '0.4.217', '@atproto/dev-env': '0.3.215' };
const folder = fileURLToPath(new URL('../../node_modules/.cache/postern-peers/', import.meta.url));
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
