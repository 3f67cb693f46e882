import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pack as tar } from 'tar-stream';
import type { Pack } from '../../../src/features/library/pack.schema.js';
import { type Folder, folders, packed, rewrite } from './folder.js';
import { type Agency, type LibraryHouse, openLibraryHouse } from './library-house.js';

let house: LibraryHouse;
let agency: Agency;
let pack: Pack;
let picture: { id: string; bytes: Buffer };
let exported: ReturnType<typeof folders>['exported'];
let preview: ReturnType<typeof folders>['preview'];
let apply: ReturnType<typeof folders>['apply'];
let send: ReturnType<typeof folders>['send'];

const everything = ['Line one', '', '![not](a-picture', '\\![nor](this.png)', '--- part', '--- ', 'la fine: è “quasi” ora #1'].join('\n');

beforeAll(async () => {
  house = await openLibraryHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  agency = await house.agency();
  ({ exported, preview, apply, send } = folders(house, agency));
  picture = await house.upload(agency, 'Una tazza.PNG');
  const { body } = await house.newPack(agency, {
    title: 'Instagram è giù', expiresOn: '2031-01-31',
    variants: [
      { for: { kind: 'all' }, parts: [{ text: 'We are here.' }] },
      { for: { kind: 'connector', connectorId: 'sandbox-beta' }, parts: [
        { text: everything, media: [{ mediaId: picture.id, alt: 'A cup [red]\nwith a \\ handle' }], language: 'it', link: { url: 'https://example.com/?a=1&b=2', title: 'Yes: "no"', thumbId: picture.id }, options: { 'sandbox-beta': { a: 'yes', b: 1 } } },
        { text: 'second part' },
      ] },
      { for: { kind: 'channel', channelId: agency.channels[0] }, parts: [{ text: 'For one channel.' }] },
      { for: { kind: 'all' }, draft: true, parts: [{ text: 'A thought.' }] },
    ],
  });
  pack = body as Pack;
});

const dir = 'bar-aurora/instagram-e-giu';
const here = async (): Promise<Pack> => (await house.http().get(`/api/v1/packs/${pack.id}`).set(agency.editor.headers)).body as Pack;
const edit = (change: object) => house.http().patch(`/api/v1/packs/${pack.id}`).set(agency.editor.headers).send(change);
const told = (body: { entries: { change: string; what: string; where: string | null; file: string | null }[] }) => body.entries.map(({ change, what, where }) => `${change} ${what}${where === null ? '' : ` ${where || 'all'}`}`);
const text = (folder: Folder, path: string): string => folder.get(path)?.toString('utf8') ?? '';
const textsOf = (of: Pack): string[] => of.variants.map(({ draft, parts }) => `${draft ? 'draft: ' : ''}${parts[0]?.text}`);
const asWritten = ({ variants }: Pack): object[] => variants.map(({ for: where, draft, parts }) => ({
  for: where, draft, parts: parts.map(({ text: said, media, link, language, options }) => ({ text: said, media: media.map(({ mediaId, alt }) => ({ mediaId, alt })), link: link && { url: link.url, title: link.title, description: link.description, thumbId: link.thumb?.mediaId ?? null }, language, options })),
}));

describe('A folder of packs', () => {
  it('holds each pack as Markdown with its media beside it', async () => {
    const folder = await exported();
    expect([...folder.keys()].toSorted()).toEqual(['README.md', `${dir}/all.draft.md`, `${dir}/all.md`, `${dir}/channel-sandbox-alpha-of-the-bar.md`, expect.stringMatching(/\/media\/una-tazza-[0-9a-f]{8}\.png$/), `${dir}/pack.md`, `${dir}/sandbox-beta.md`, 'library.yaml']);
    expect(text(folder, `${dir}/pack.md`)).toMatch(/^---\npostern: pack\nid: .*\nversion: 1\nbase: [0-9a-f]{32}\ntitle: Instagram è giù\ntags:\n {2}- outage\nlanguage: en\nexpires: 2031-01-31\n---\nWhen it is down/);
    expect([...folder].find(([path]) => path.includes('/media/'))?.[1]).toEqual(picture.bytes);
  });

  it('that nobody touched changes nothing, whatever its texts hold', async () => {
    const { status, body } = await preview(await exported());
    expect({ status, ...body }).toMatchObject({ status: 200, preview: true, packs: 1, same: 5, entries: [], faults: [] });
  });

  it('that nobody touched says the same as a new pack, byte for byte', async () => {
    const folder = await exported();
    folder.delete('library.yaml');
    rewrite(folder, `${dir}/pack.md`, (old) => old.replace(/^id: .*\n/m, '').replace('Instagram è giù', 'A copy'));
    const { body } = await apply(folder);
    expect(told(body)).toEqual(['added pack']);
    const { body: { items } } = await house.http().get('/api/v1/packs?find=a copy').set(agency.editor.headers);
    const copy = (await house.http().get(`/api/v1/packs/${items[0].id}`).set(agency.editor.headers)).body as Pack;
    expect(asWritten(copy)).toEqual(asWritten(pack));
    expect(copy.useWhen).toBe(pack.useWhen);
  });

  it('says what was added, changed and removed before anything is written', async () => {
    const folder = await exported();
    rewrite(folder, `${dir}/all.md`, (old) => old.replace('We are here.', 'We are still here.'));
    rewrite(folder, `${dir}/pack.md`, (old) => old.replace('2031-01-31', '2032-02-29'));
    folder.set(`${dir}/sandbox-alpha.md`, Buffer.from('---\nfor: sandbox-alpha\n---\nNew words\n'));
    folder.delete(`${dir}/sandbox-beta.md`);
    folder.set('bar-aurora/storm/pack.md', Buffer.from('---\ntitle: A storm\n---\nWhen it rains\n'));
    folder.set('bar-aurora/storm/all.md', Buffer.from('---\n---\nWe are closed.\n'));
    const { body } = await preview(folder);
    expect(told(body).toSorted()).toEqual(['added pack', 'added variant sandbox-alpha', 'changed head', 'changed variant all', 'removed variant sandbox-beta']);
    expect(await here()).toEqual(pack);

    const { status } = await apply(folder, { expect: body.digest });
    expect(status).toBe(200);
    const after = await here();
    expect(textsOf(after)).toEqual(['We are still here.', 'New words', 'For one channel.', everything, 'draft: A thought.']);
    expect(after.expiresOn).toBe('2032-02-29');
    const { body: list } = await house.http().get('/api/v1/packs?find=storm').set(agency.editor.headers);
    expect(list.items).toMatchObject([{ title: 'A storm', useWhen: 'When it rains', language: 'en', offered: false, variants: [{ text: 'We are closed.' }] }]);
  });

  it('takes out what it has no more only when asked to', async () => {
    const folder = await exported();
    folder.delete(`${dir}/sandbox-beta.md`);
    await apply(folder);
    expect(await here()).toEqual(pack);
    await apply(folder, { remove: 'true' });
    expect(textsOf(await here())).not.toContain(everything);
    for (const path of folder.keys()) if (path.startsWith(dir)) folder.delete(path);
    expect(told((await preview(folder, { remove: 'true' })).body)).toEqual(['conflict pack']); // it changed here meanwhile: it stays
    const fresh = await exported();
    for (const path of [...fresh.keys()]) if (path.startsWith(dir)) fresh.delete(path);
    const { body } = await apply(fresh, { remove: 'true' });
    expect([told(body), body.entries[0].sentence]).toEqual([['conflict pack'], expect.stringContaining('it stays')]); // it has a draft that is in no file of the manifest
  });

  it('puts a pack away whose folder is gone, if nobody touched it here', async () => {
    await edit({ version: 1, variants: [{ for: { kind: 'all' }, parts: [{ text: 'Plain.' }] }] });
    const folder = await exported();
    for (const path of [...folder.keys()]) if (path.startsWith(dir)) folder.delete(path);
    expect(told((await apply(folder, { remove: 'true' })).body)).toEqual(['removed pack']);
    expect((await here()).archivedAt).not.toBeNull();
  });

  it('takes the approval back with what it changes, and only then', async () => {
    await edit({ version: 1, variants: [{ for: { kind: 'all' }, parts: [{ text: 'We are here.' }] }] });
    await house.http().post(`/api/v1/packs/${pack.id}/approve`).set(agency.editor.headers).send({ version: 2 });
    const folder = await exported();
    await apply(folder);
    expect((await here()).offered).toBe(true);
    rewrite(folder, `${dir}/all.md`, (old) => old.replace('We are here.', 'Other words.'));
    await apply(folder);
    expect(await here()).toMatchObject({ offered: false, approvedBy: null });
  });
});

describe('What both sides changed', () => {
  it('stays twice: the one of the folder as a draft beside it, and a second import adds no more', async () => {
    const folder = await exported();
    rewrite(folder, `${dir}/all.md`, (old) => old.replace('We are here.', 'Words of the train.'));
    await edit({ version: 1, variants: [{ for: { kind: 'all' }, parts: [{ text: 'Words of the office.' }] }] });
    const { body } = await apply(folder);
    expect(told(body)).toContain('conflict variant all');
    expect(body.entries.find(({ what, where }: { what: string; where: string }) => what === 'variant' && where === '').sentence).toMatch(/Both stay/);
    expect(textsOf(await here())).toEqual(expect.arrayContaining(['Words of the office.', 'draft: Words of the train.']));
    const before = await here();
    await apply(folder);
    expect(await here()).toEqual(before);
  });

  it('stays twice for titles, too: that of the folder as a proposal, until it is settled', async () => {
    const folder = await exported();
    rewrite(folder, `${dir}/pack.md`, (old) => old.replace('Instagram è giù', 'Title of the train'));
    await edit({ version: 1, title: 'Title of the office' });
    expect(told((await apply(folder)).body)).toEqual(['conflict head']);
    const after = await here();
    expect(after).toMatchObject({ title: 'Title of the office', proposals: [{ title: 'Title of the train', by: expect.any(String) }] });
    expect((await edit({ version: after.version, title: 'Title of the train', proposals: [] })).body).toMatchObject({ title: 'Title of the train', proposals: [] });
  });

  it('leaves alone what only this side changed', async () => {
    const folder = await exported();
    await edit({ version: 1, title: 'Title of the office' });
    const { body } = await apply(folder);
    expect(body.entries).toEqual([]);
    expect((await here()).title).toBe('Title of the office');
  });

  it('is told when it comes between preview and import', async () => {
    const folder = await exported();
    rewrite(folder, `${dir}/all.md`, (old) => old.replace('We are here.', 'Words of the train.'));
    const { body } = await preview(folder);
    await edit({ version: 1, title: 'Meanwhile' });
    const late = await apply(folder, { expect: body.digest });
    expect({ status: late.status, code: late.body.code }).toEqual({ status: 409, code: 'edited-meanwhile' });
  });
});

describe('A broken folder', () => {
  it('has a message that names file and line of a missing picture, and the rest can be imported', async () => {
    const folder = await exported();
    const lines = text(folder, `${dir}/sandbox-beta.md`).split('\n');
    const line = lines.findIndex((one) => one.startsWith('![A cup')) + 1;
    for (const path of [...folder.keys()]) if (path.includes('/media/')) folder.delete(path);
    rewrite(folder, `${dir}/all.md`, (old) => old.replace('We are here.', 'The rest.'));
    const { body } = await preview(folder);
    expect(body.faults).toMatchObject([{ file: `${dir}/sandbox-beta.md`, line, code: 'media-missing', sentence: expect.stringContaining('media/una-tazza') }, { code: 'media-missing' }]);
    expect((await apply(folder)).body).toMatchObject({ code: 'folder-has-errors', faults: [{ line }, {}] });
    expect(textsOf(await here())[0]).toBe('We are here.');
    expect((await apply(folder, { leaveOutBroken: 'true', remove: 'true' })).status).toBe(200);
    expect(textsOf(await here())).toEqual(['The rest.', 'For one channel.', everything, 'draft: A thought.']);
  });

  it.each([
    ['media-outside', '---\nfor: all\n---\n![x](../../../../etc/passwd)\n', 4],
    ['media-outside', '---\nfor: all\n---\n![x](/etc/passwd)\n', 4],
    ['media-outside', '---\nfor: all\n---\n![x](https://example.com/x.png)\n', 4],
    ['media-outside', '---\nfor: all\n---\n![x](..%2f..%2f..%2fx.png)\n', 4],
    ['media-not-taken', '---\nfor: all\n---\nHello\n\n![x](media/page.html)\n', 6],
    ['yaml-broken', '---\nfor: all\nlink: {url: [\n---\nx\n', 3],
    ['yaml-broken', '---\nfor: !!js/function "x"\n---\nx\n', 2],
    ['yaml-broken', '---\na: &a [x]\nb: [*a, *a]\n---\nx\n', 1],
    ['yaml-broken', '---\nfor: all\nfor: mastodon\n---\nx\n', 3],
    ['field-wrong', '---\nfor: all\nlink:\n  title: x\n  url: not an address\n---\nx\n', 5],
    ['field-wrong', '---\nfor: all\nlanguage: 1\n---\nx\n', 3],
    ['field-wrong', '---\nfor: all\ncolour: red\n---\nx\n', 1],
    ['connector-unknown', '---\ntags: []\nfor: myspace\n---\nx\n', 1],
    ['connector-unknown', '---\ndraft: false\nfor: myspace\n---\nx\n', 3],
    ['channel-unknown', '---\nchannel: Nobody’s\n---\nx\n', 2],
    ['front-matter-missing', 'Hello\n', 1],
    ['front-matter-open', '---\nfor: all\nHello\n', 1],
    ['front-matter-open', '---\nfor: all\n---\nHello\n--- part\nMore\n', 5],
  ])('says where it is so, and what to do: %s', async (code, content, line) => {
    const folder = new Map<string, string>([['bar-aurora/x/pack.md', '---\ntitle: X\n---\n'], ['bar-aurora/x/all.md', content], ['bar-aurora/x/media/page.html', '<script>']]);
    const { body } = await preview(folder);
    const expected = code === 'connector-unknown' && line === 1 ? 'field-wrong' : code;
    expect(body.faults.map((one: { file: string; code: string; line: number }) => [one.file, one.code, one.line])).toContainEqual(['bar-aurora/x/all.md', expected, line]);
    expect(body.faults[0].sentence).toMatch(/\.$|: .+/);
  });

  it.each([
    ['a client nobody knows', 'hotel/x/pack.md', '---\ntitle: X\n---\n', 'client-unknown'],
    ['a text without its pack', 'bar-aurora/x/all.md', '---\nfor: all\n---\nx', 'pack-missing'],
    ['text that is no UTF-8', 'bar-aurora/x/pack.md', Buffer.from([0x2d, 0xff, 0xfe]), 'not-utf8'],
    ['a text that is far too long', 'bar-aurora/x/pack.md', 'x'.repeat(300_000), 'file-too-large'],
  ])('says so: %s', async (_, path, content, code) => {
    expect((await preview(new Map<string, Buffer | string>([[path, content]]))).body.faults).toMatchObject([{ file: path, code }]);
  });

  const member = async (header: { name: string; type?: 'symlink' | 'link'; linkname?: string }): Promise<Buffer> => {
    const stream = tar();
    stream.entry({ name: 'bar-aurora/x/pack.md' }, '---\ntitle: X\n---\n');
    if (header.type) stream.entry(header);
    else stream.entry(header, 'x');
    stream.finalize();
    return buffer(stream as AsyncIterable<Buffer>);
  };
  it.each([
    ['folder-path', { name: '../../etc/cron.d/x' }], ['folder-path', { name: '/etc/passwd' }], ['folder-path', { name: 'a/../../x.md' }], ['folder-path', { name: 'C:\\x.md' }],
    ['folder-link', { name: 'bar-aurora/x/all.md', type: 'symlink' as const, linkname: '/etc/passwd' }], ['folder-link', { name: 'bar-aurora/x/all.md', type: 'link' as const, linkname: '/etc/passwd' }],
  ])('is refused as a whole when it reaches outside: %s %j', async (code, header) => {
    const { status, body } = await send(await member(header), { preview: 'false', leaveOutBroken: 'true' });
    expect({ status, code: body.code }).toEqual({ status: 422, code });
  });

  it('is refused when it is no tar, is cut off, or holds no pack', async () => {
    expect((await send(Buffer.from('x'.repeat(2_000)))).body.code).toBe('folder-unreadable');
    expect((await send((await packed(await exported())).subarray(0, 3_000))).body.code).toBe('folder-unreadable');
    expect((await preview(new Map([['notes.txt', 'hello']]))).body.code).toBe('folder-empty');
    const json = await house.http().post('/api/v1/library/import').set(agency.editor.headers).send({ a: 1 });
    expect({ status: json.status, code: json.body.code }).toEqual({ status: 415, code: 'folder-expected' });
  });

  it('of another workspace is refused, and its ids lead nowhere', async () => {
    const other = await house.agency();
    const theirs = await folders(house, other).exported();
    await house.newPack(other);
    const folder = await folders(house, other).exported();
    expect((await preview(folder)).body.code).toBe('folder-of-another');
    folder.delete('library.yaml');
    expect(told((await apply(folder)).body)).toEqual(['added pack']);
    expect(await folders(house, other).exported()).toEqual(new Map<string, unknown>([...folder, ['library.yaml', expect.anything()]]));
    expect(theirs.size).toBe(2);
  });
});
