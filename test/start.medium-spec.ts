import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const entry = fileURLToPath(new URL('../src/start.mjs', import.meta.url));
let folder: string;
const at = (...parts: readonly string[]) => join(folder, ...parts);

/** Stands for npm: writes down what it was asked, and leaves what `npm ci` leaves. */
const npm = `
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
appendFileSync('asked', process.argv.slice(2).join(' ') + '\\n');
if (process.env.NPM_FAILS) process.exit(1);
mkdirSync('node_modules', { recursive: true });
writeFileSync('node_modules/.package-lock.json', '{}');
`;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-entry-'));
  mkdirSync(at('src'));
  mkdirSync(at('migrations'));
  cpSync(entry, at('src', 'start.mjs'));
  writeFileSync(at('package-lock.json'), '{"lock":1}');
  writeFileSync(at('npm.js'), npm);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Starts, as far as it comes: there is no compiler here. @returns what npm was asked so far */
function start(environment: Readonly<Record<string, string>> = {}): { readonly asked: readonly string[]; readonly said: string } {
  const { stderr } = spawnSync(process.execPath, [at('src', 'start.mjs')], { env: { npm_execpath: at('npm.js'), ...environment }, encoding: 'utf8', cwd: tmpdir() });
  let asked = '';
  try {
    asked = readFileSync(at('asked'), 'utf8');
  } catch {
    asked = '';
  }
  return { asked: asked.split('\n').filter(Boolean), said: stderr };
}

describe('npm start', () => {
  it('installs exactly what the lock file names where there are no packages, once', () => {
    const { asked, said } = start();
    expect(asked).toEqual([expect.stringMatching(/^ci /)]);
    expect(said).toContain('Installing packages');
    expect(start().asked).toHaveLength(1);
  });

  it('installs anew when the lock file has changed, and not when only its date has', () => {
    start();
    const later = new Date(Date.now() + 60_000);
    utimesSync(at('package-lock.json'), later, later);
    expect(start().asked).toHaveLength(1);
    writeFileSync(at('package-lock.json'), '{"lock":2}');
    utimesSync(at('package-lock.json'), later, later);
    expect(start().asked).toHaveLength(2);
  });

  it('installs anew when somebody took the packages away', () => {
    start();
    rmSync(at('node_modules'), { recursive: true });
    expect(start().asked).toHaveLength(2);
  });

  it('is content with what somebody installed after the lock file was last changed', () => {
    mkdirSync(at('node_modules'));
    writeFileSync(at('node_modules', '.package-lock.json'), '{}');
    expect(start().asked).toEqual([]);
  });

  it('says what to do when the packages do not come, and tries again at the next start', () => {
    const { said } = start({ NPM_FAILS: 'yes' });
    expect(said.trim().split('\n').at(-1)).toBe('The packages could not be installed (see above): check the network connection, then start again.');
    expect(start().asked).toHaveLength(2);
  });
});
