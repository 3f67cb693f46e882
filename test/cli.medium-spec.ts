import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from './kit/database.js';

const entry = fileURLToPath(new URL('../src/start.mjs', import.meta.url));
let database: TestDatabase;
let dataDir: string;

beforeAll(async () => {
  database = await createDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'postern-cli-'));
});
afterAll(async () => {
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command as a person runs it, on an outside database. */
function postern(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, DATABASE_URL: database.url, DATA_DIR: dataDir, CONTROL_TARGETS: '', ...environment };
  const child = spawn(process.execPath, [entry, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })));
}

describe('postern', () => {
  it('lists its commands', async () => {
    const { code, out } = await postern(['--help']);
    expect(code).toBe(0);
    for (const name of ['doctor', 'user', 'key', 'backup', 'restore', 'arm']) expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  });

  it('says what a command lacks, and how it is used', async () => {
    const { code, err } = await postern(['restore']);
    expect(code).not.toBe(0);
    expect(err).toMatch(/missing required argument 'FILE'[^]*npm run postern -- restore/);
  });

  it('takes the times of an outage by the minute, and says of a wrong one which it is and how it is written', async () => {
    const outage = (from: string) => postern(['what-if', '--workspace', 'Nobody', '--platforms', 'mastodon', '--from', from, '--to', '2031-03-04T18:00+01:00']);
    expect(await outage('2031-03-04 10:00')).toMatchObject({ code: 1, err: expect.stringMatching(/option '--from <instant>' argument '2031-03-04 10:00' is invalid\. It must be .* as 2031-03-04T10:00\+01:00/) });
    expect(await outage('2031-03-04T10:00+01:00')).toMatchObject({ code: 1, err: expect.stringContaining('Nobody') });
  });

  it('makes an account with a link, and a second time says one sentence', async () => {
    const add = ['user', 'add', 'anna@example.org', '--name', 'Anna', '--operator'];
    const { code, out } = await postern(add);
    expect(code).toBe(0);
    expect(out).toMatch(/http:\/\/127\.0\.0\.1:3000\/sign-in\/[\w-]{43}\n/);
    const again = await postern(add);
    expect(again).toMatchObject({ code: 1, out: '', err: 'anna@example.org has an account already. Give them a link with: user sign-in-link\n' });
    expect((await postern(['user', 'list'])).out).toMatch(/anna@example\.org +Anna .*operator/);
  });

  it('says per wrong variable one sentence, and no trace', async () => {
    expect(await postern(['user', 'list'], { PORT: 'many' })).toMatchObject({ code: 1, err: 'PORT must be a port number, 0 to 65535.\n' });
  });

  it('says what to do when the database is away, without its password', async () => {
    const { code, err } = await postern(['user', 'list'], { DATABASE_URL: 'postgres://postern:a-secret-password@127.0.0.1:1/postern' });
    expect(code).toBe(1);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain('DATABASE_URL');
    expect(err).not.toContain('a-secret-password');
  });

  it('doctor says as JSON what is red, with a remedy, and ends with 1', async () => {
    const { code, out } = await postern(['doctor', '--json']);
    const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: { name: string; colour: string; remedy?: string }[] };
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    for (const finding of findings.filter(({ colour }) => colour !== 'green')) expect(finding).toMatchObject({ remedy: expect.stringMatching(/\w/) });
    expect(findings.length).toBeGreaterThan(5);
  });
});
