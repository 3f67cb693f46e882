import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DrillTally } from '../../src/features/drill/drill.schema.js';
import { openPostOffice, type PostOffice } from '../kit/post-office.js';

// The command as people run it: a process of its own, hours in a minute or two. A real mail server is set up, and must get nothing.
let office: PostOffice;
const folders: string[] = [];

interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly tally: DrillTally;
}

async function run(...args: readonly string[]): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-drill-'));
  folders.push(folder);
  const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ['--import', path('../kit/typescript.mjs'), path('../../src/cli.ts'), 'drill', '--json', ...args], {
    env: { ...process.env, DATA_DIR: folder, SMTP_URL: `smtp://127.0.0.1:${office.port}`, PUBLIC_URL: 'https://postern.example', LOG_LEVEL: 'info' }, stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const lines = out.trim().split('\n');
  return { code, lines, tally: JSON.parse(lines.at(-1) ?? '') as DrillTally };
}

beforeAll(async () => {
  office = await openPostOffice();
});
afterAll(async () => {
  await office.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('npm run drill', () => {
  it('plays an afternoon, an evening and a night of outage, and ends well: one mail each, 37 of 40, nothing before eight', async () => {
    const { code, lines, tally } = await run();
    expect(tally.troubles).toEqual([]);
    expect(code).toBe(0);
    // Three channels of one post, eight posts; 900 people on two lists that share 500, and 300; 40 that wait and 4 of the night, most of three at the same moment.
    expect(tally).toMatchObject({ rerouted: 11, mails: 1_200, articles: 9, byHand: 3, publishedLate: 37 + 4, missed: 0, lost: 0, duplicated: 0, noticesPerPerson: 1, leftInNight: 0 });
    expect(tally.held).toBe(tally.publishedLate + tally.byHand);
    for (const seconds of [tally.seconds.suspect, tally.seconds.down, tally.seconds.notice, tally.seconds.recovered]) expect(seconds).toBeGreaterThan(0);
    const said = lines.join('\n');
    for (const what of ['answer nothing but errors', 'is judged down', 'its decision list names', 'is told: Disruption on', 'a newsletter to 900 people', 'joins the page of that newsletter', 'posts 3 by hand', 'answer again', 'working again']) expect(said).toContain(what);
    expect(said).toMatch(/^2031-03-04 17:30:0\d  Sandbox Alpha, Sandbox Beta, Sandbox Gamma answer nothing/m);
    expect(lines.find((line) => line.includes('Locanda Notturna') && /(is|are) out/.test(line) && line.startsWith('2031-03-05'))).toMatch(/^2031-03-05 08:0\d:/);
    for (const what of ['40 posts of Officina Nord wait.', '4 posts of Locanda Notturna wait.', '4 posts of Locanda Notturna are out.', 'Officina Nord lives in America/', '1 post of Trattoria Ottava goes out elsewhere.']) expect(said).toContain(what);
    expect(lines.filter((line) => line.includes('Officina Nord')).length).toBeLessThan(25);
    expect(said).not.toMatch(/UTC|judged unknown|\b1 (wait|are|go)\b/);
    expect(office.letters).toEqual([]);
  }, 900_000);

  it('ends with 1 and says what, when a platform says it has a post and forgets it, and when one goes out a second time', async () => {
    const { code, lines, tally } = await run('--scenario', 'by-hand', '--break', 'lose,twice');
    expect(tally).toMatchObject({ lost: 1, duplicated: 1, held: 5, publishedLate: 2, byHand: 3 });
    expect(tally.troubles.map(({ kind }) => kind)).toEqual(['lost', 'duplicated']);
    expect(lines.filter((line) => line.startsWith('!! '))).toEqual([expect.stringMatching(/^!! lost \(by-hand\): /), expect.stringMatching(/^!! duplicated \(by-hand\): /)]);
    expect(code).toBe(1);
  }, 900_000);
});
