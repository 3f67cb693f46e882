import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pack } from '../../src/features/library/pack.schema.js';
import { type Agency, type LibraryHouse, openLibraryHouse } from '../features/library/library-house.js';

const entry = fileURLToPath(new URL('../../src/start.mjs', import.meta.url));
let base: string;
let house: LibraryHouse;
let agency: Agency;
let pack: Pack;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'postern-library-'));
  house = await openLibraryHouse({ DATA_DIR: join(base, 'data') });
  agency = await house.agency();
  const { id } = await house.upload(agency);
  pack = (await house.newPack(agency, { variants: [{ for: { kind: 'all' }, parts: [{ text: 'We are here.', media: [{ mediaId: id }] }] }, { for: { kind: 'connector', connectorId: 'sandbox-beta' }, parts: [{ text: 'On beta.' }] }] })).body as Pack;
});
afterAll(async () => {
  await house.close();
  await rm(base, { recursive: true, force: true });
});

/** The command as a person runs it beside the running house. */
function postern(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { PATH = '', HOME = '' } = process.env;
  const { url: DATABASE_URL = '' } = house.database.options as { url?: string };
  const child = spawn(process.execPath, [entry, 'library', ...args, '--workspace', agency.workspaceId], { env: { PATH, HOME, DATABASE_URL, DATA_DIR: join(base, 'data'), CONTROL_TARGETS: '' }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })));
}

const here = async (): Promise<Pack> => (await house.http().get(`/api/v1/packs/${pack.id}`).set(agency.editor.headers)).body as Pack;

describe('Packs on a laptop without a network', () => {
  it('are exported, edited, shown as a diff and taken over; what both sides changed stays twice', async () => {
    const folder = join(base, 'packs');
    const dir = join(folder, 'bar-aurora', 'instagram-is-down');
    expect(await postern('export', folder)).toMatchObject({ code: 0, out: expect.stringMatching(/^6 files are in /) });
    expect((await postern('export', folder)).err).toMatch(/choose a new folder/);

    await writeFile(join(dir, 'all.md'), (await readFile(join(dir, 'all.md'), 'utf8')).replace('We are here.', 'Words of the train.'));
    await writeFile(join(dir, 'sandbox-alpha.md'), '---\nfor: sandbox-alpha\n---\nOn alpha.\n\n![A missing cup](media/gone.png)\n');
    await house.http().patch(`/api/v1/packs/${pack.id}`).set(agency.editor.headers).send({ version: 1, variants: [{ for: { kind: 'all' }, parts: [{ text: 'Words of the office.' }] }, { for: { kind: 'connector', connectorId: 'sandbox-beta' }, parts: [{ text: 'On beta.' }] }] });

    const broken = await postern('import', folder, '--yes');
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/sandbox-alpha\.md:6 {2}The file media\/gone\.png is not in the folder/);
    expect(broken.out).toMatch(/CONFLICT +bar-aurora\/instagram-is-down\/all\.md +Changed here and in the folder/);
    expect((await here()).version).toBe(2);

    await writeFile(join(dir, 'sandbox-alpha.md'), '---\nfor: sandbox-alpha\n---\nOn alpha.\n');
    expect((await postern('import', folder)).err).toMatch(/run it again with --yes/);
    expect(await postern('import', folder, '--yes')).toMatchObject({ code: 0, out: expect.stringMatching(/ADDED .*\n[^]*Done\./) });
    const { variants } = await here();
    expect(variants.map(({ draft, parts: [part] }) => [draft, part?.text, part?.media.length])).toEqual([[false, 'Words of the office.', 0], [false, 'On alpha.', 0], [false, 'On beta.', 0], [true, 'Words of the train.', 1]]);
    expect((await postern('import', folder, '--yes')).out).toMatch(/Nothing in it differs/);
  }, 240_000);

  it('are refused when a link lies among them', async () => {
    const folder = join(base, 'linked');
    await postern('export', folder);
    await symlink('/etc/passwd', join(folder, 'bar-aurora', 'instagram-is-down', 'secret.md'));
    expect(await postern('import', folder, '--yes')).toMatchObject({ code: 1, err: expect.stringMatching(/secret\.md” is a link/) });
  }, 120_000);
});
