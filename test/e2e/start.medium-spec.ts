import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { isAlive } from '../../src/infra/database/postmaster.js';
import { createDatabase, redisUrl } from '../kit/database.js';
import { quietPort } from '../kit/quiet-port.js';

const home = fileURLToPath(new URL('../..', import.meta.url));

/** A start as a person sees it. */
class Started {
  output = '';
  readonly ended: Promise<number | null>;

  constructor(readonly process: ChildProcess) {
    process.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    process.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = once(process, 'exit').then(([code]) => code as number | null);
  }

  /** @throws with all it said when it ended without, or did not within a time that no machine needs */
  async says(text: string): Promise<void> {
    for (const giveUpAt = Date.now() + 100_000; !this.output.includes(text); ) {
      if (Date.now() > giveUpAt) throw new Error(`It does not say "${text}":\n${this.output}`);
      if (this.process.exitCode !== null || this.process.signalCode !== null) throw new Error(`It ended without saying "${text}":\n${this.output}`);
      await sleep(20);
    }
  }
}

describe('npm start', () => {
  let folder: string;
  let code: string;
  let port: number;
  let running: Started | null = null;
  const dataDir = () => join(code, 'data');

  /** The clone, in a folder only its owner may enter. Linked, not copied, where the disk allows it. */
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-start-')); // mode 0700
    code = join(folder, 'clone');
    mkdirSync(code);
    for (const name of ['package.json', 'package-lock.json', 'src', 'migrations', 'dist']) {
      if (existsSync(join(home, name))) cpSync(join(home, name), join(code, name), { recursive: true, preserveTimestamps: true });
    }
    const linked = spawnSync('cp', ['-al', join(home, 'node_modules'), join(code, 'node_modules')]).status === 0;
    if (!linked) cpSync(join(home, 'node_modules'), join(code, 'node_modules'), { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    port = await quietPort();
  });
  afterEach(async () => {
    if (running?.process.exitCode === null) running.process.kill('SIGKILL');
    running = null;
  });
  afterAll(async () => {
    const pid = await postgresPid();
    if (pid && isAlive(pid)) process.kill(pid, 'SIGQUIT');
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  const start = (environment: Record<string, string> = {}, user: { uid?: number; gid?: number } = {}): Started => {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, PORT: String(port), CONTROL_TARGETS: 'http://127.0.0.1:1', ...environment };
    // From elsewhere: the folder it is started from does not matter.
    running = new Started(spawn(process.execPath, [join(code, 'src', 'start.mjs')], { cwd: tmpdir(), env, stdio: ['ignore', 'pipe', 'pipe'], ...user }));
    return running;
  };
  const postgresPid = async (): Promise<number | null> =>
    Number((await readFile(join(dataDir(), 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]) || null;
  const counter = async (): Promise<number> => {
    const access = JSON.parse(await readFile(join(dataDir(), 'postgres.json'), 'utf8')) as { port: number; password: string };
    const client = new pg.Client(`postgres://postern:${access.password}@127.0.0.1:${access.port}/postern`);
    await client.connect();
    const { rows } = await client.query<{ counter: string; paused_at: Date | null }>('SELECT counter, paused_at FROM installation');
    await client.end();
    expect(rows[0]?.paused_at).toBeNull();
    return Number(rows[0]?.counter);
  };

  it('comes up from a folder that only its owner may enter, and answers', async () => {
    const postern = start();
    await postern.says('Started in');
    expect(postern.output).toContain(`Postern is at http://127.0.0.1:${port}`);
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
    expect(await counter()).toBe(1);

    // As npm and the terminal may both pass it on.
    const pid = (await postgresPid()) ?? 0;
    postern.process.kill('SIGINT');
    await postern.says('stopping');
    postern.process.kill('SIGINT');
    expect(await postern.ended).toBe(0);
    expect(postern.output.trimEnd().endsWith('Stopped.')).toBe(true);
    expect(isAlive(pid)).toBe(false);
  });

  it('is back with its data (how soon: `npm run bench -- start`), and refuses a second start on them', async () => {
    const postern = start();
    await postern.says('Started in');
    expect(await counter()).toBe(2);

    const second = start({ PORT: String(await quietPort()) });
    expect(await second.ended).toBe(1);
    expect(second.output.trim()).toBe('Postern already runs on this data folder: stop it first (Ctrl-C where it runs), or set another DATA_DIR.');

    const pid = (await postgresPid()) ?? 0;
    postern.process.kill('SIGKILL');
    await postern.ended;
    expect(isAlive(pid)).toBe(true); // the next start finds it
  });

  it('takes over from a Postgres whose Postern was killed', async () => {
    const orphan = (await postgresPid()) ?? 0;
    const postern = start();
    await postern.says('Started in');
    expect(await counter()).toBe(3);
    expect(isAlive(orphan)).toBe(false);

    // Killed under a running Postern it comes back, and Postern lives on.
    process.kill((await postgresPid()) ?? 0, 'SIGKILL');
    await postern.says('is started again');
    const ready = async (): Promise<boolean> => fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(10_000) }).then(({ status }) => status === 200, () => false);
    for (const giveUpAt = Date.now() + 60_000; !(await ready()); await sleep(50)) {
      if (Date.now() > giveUpAt) throw new Error(`It is not ready again:\n${postern.output}`);
    }
    expect(postern.process.exitCode).toBeNull();

    // And now both at once, as when the power goes.
    process.kill((await postgresPid()) ?? 0, 'SIGKILL');
    postern.process.kill('SIGKILL');
    await postern.ended;
  });

  it('starts in spite of the lock that a killed Postgres left', async () => {
    expect(await postgresPid()).not.toBeNull();
    const postern = start();
    await postern.says('Started in');
    expect(await counter()).toBe(4);
    postern.process.kill('SIGTERM');
    expect(await postern.ended).toBe(0);
  });

  it('says in one sentence that its port is taken, and starts nothing', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    try {
      const postern = start();
      expect(await postern.ended).toBe(1);
      expect(postern.output.trim()).toBe(
        `Port ${port} on 127.0.0.1 is taken by another program: stop that one, or give Postern another port, e.g. PORT=${port + 1} npm start (or in the file .env).`,
      );
      expect(await postgresPid()).toBeNull();
    } finally {
      other.close();
    }
  });

  const outside = redisUrl() ? 'with a database and a Redis of its own' : 'with a database of its own (LEFT OUT: Redis)';
  it(`runs ${outside}`, async () => {
    const database = await createDatabase();
    const elsewhere = join(folder, 'outside');
    try {
      const postern = start({ DATABASE_URL: database.url, DATA_DIR: elsewhere, ...(redisUrl() ? { REDIS_URL: redisUrl() ?? '' } : {}) });
      await postern.says('Started in');
      expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
      postern.process.kill('SIGINT');
      expect(await postern.ended).toBe(0);
      expect(existsSync(join(elsewhere, 'postgres'))).toBe(false);
    } finally {
      await database.drop();
    }
  });

  it('works beside a process with the role api on the same port, whichever starts first', async () => {
    const database = await createDatabase();
    const shared = { DATABASE_URL: database.url, DATA_DIR: join(folder, 'shared') };
    const processes: Started[] = [];
    const startAs = async (role: string): Promise<Started> => {
      const one = start({ ...shared, ROLES: role });
      processes.push(one);
      await one.says('Started in');
      return one;
    };
    const status = async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    try {
      const before = await startAs('worker');
      expect([await status('/health/ready'), await status('/metrics'), await status('/sign-in')]).toEqual([200, 200, 404]);
      await startAs('api');
      expect(await status('/sign-in')).toBe(200);
      expect(before.output).toContain('A process with the role api takes this port');
      const after = await startAs('watch,worker');
      expect(after.output).toContain(`This process does its work, but answers neither /health nor /metrics: port ${port} on 127.0.0.1 is taken.`);
      const { workers } = (await (await fetch(`http://127.0.0.1:${port}/health/workers`)).json()) as { workers: unknown[] };
      expect(workers).toHaveLength(3);
      for (const one of processes) one.process.kill('SIGTERM');
      expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    } finally {
      for (const one of processes) if (one.process.exitCode === null) one.process.kill('SIGKILL');
      await database.drop();
    }
  });

  it('says in one sentence that its database refuses it', async () => {
    const database = await createDatabase();
    const wrong = new URL(database.url);
    wrong.password = 'wrong';
    const postern = start({ DATABASE_URL: wrong.href, DATA_DIR: join(folder, 'refused') });
    expect(await postern.ended).toBe(1);
    expect(postern.output.trim()).toMatch(/^The database at DATABASE_URL \(127\.0\.0\.1:\d+\/postern_test_\w+\) cannot be used: password authentication failed .* in DATABASE_URL\.$/);
    await database.drop();
  });

  const isRoot = process.getuid?.() === 0;
  (isRoot ? it : it.skip)('runs as an ordinary user too', async () => {
    const nobody = 65_534;
    const theirs = join(folder, 'theirs');
    mkdirSync(theirs, { mode: 0o700 });
    chownSync(theirs, nobody, nobody);
    chmodSync(folder, 0o755);
    const postern = start({ DATA_DIR: theirs }, { uid: nobody, gid: nobody });
    await postern.says('Started in');
    expect(statSync(join(theirs, 'postgres')).uid).toBe(nobody);
    postern.process.kill('SIGINT');
    expect(await postern.ended).toBe(0);
  });

  it('says one sentence per wrong variable', async () => {
    const postern = start({ PORT: 'many', PUBLIC_URL: 'example.org' });
    expect(await postern.ended).toBe(1);
    expect(postern.output.trim().split('\n')).toEqual([
      'PORT must be a port number, 0 to 65535.',
      'PUBLIC_URL must be a URL that starts with http:// or https://.',
    ]);
  });

  it('builds what was changed, once', async () => {
    await appendFile(join(code, 'src', 'infra', 'clock.ts'), '// changed\n');
    const wrong = { PORT: 'many' }; // ends at once
    const first = start(wrong);
    await first.ended;
    expect(first.output).toMatch(/^Building …\n/);
    const second = start(wrong);
    await second.ended;
    expect(second.output).not.toContain('Building');
  });
});
