import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { DAY_MS } from '../../../src/core/instant.js';
import { instantOf } from '../../../src/core/schedule.js';
import { usesOf } from '../../../src/features/media/media-uses.js';
import { FallbackWrite } from '../../../src/features/posts/fallback.schema.js';
import { PostEdit, PostMove } from '../../../src/features/posts/post-input.schema.js';
import { SeriesCreate, SeriesEdit } from '../../../src/features/posts/series.schema.js';
import { type Agency, codeOf, type House, openHouse, settle } from './posts-house.js';

let house: House;
let agency: Agency;
let seriesId: string;

beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  agency = await settle(house, { channels: 3 });
  house.clock.at = instantOf('2031-03-01T12:00:00', 'Europe/Rome');
  seriesId = await house.series.create(agency.caller, SeriesCreate.parse({
    clientId: agency.clientId, rule: 'FREQ=WEEKLY', wallStart: '2031-03-03T09:00',
    template: { channelIds: agency.channelIds.slice(0, 1), content: { parts: [{ text: 'as on the platform' }] }, policy: { rerouteTo: [[agency.channelIds[1]]] } },
  }));
});

const content = (text: string) => ({ content: { parts: [{ text }] } });
const write = (text: string, version: number, approve = true, caller = agency.caller) =>
  house.seriesFallbacks.write(caller, { seriesId, channelId: agency.channelIds[1]! }, FallbackWrite.parse({ version, approve, ...content(text) }));
const posts = (id = seriesId) => house.dataSource.query<{ id: string; text: string | null; approved: boolean; version: number | null }[]>(
  `SELECT p.id, f.content #>> '{parts,0,text}' AS text, f.approved_at IS NOT NULL AS approved, f.version FROM posts p LEFT JOIN fallbacks f ON f.post_id = p.id WHERE p.series_id = $1 ORDER BY p.occurrence`, [id]);
const texts = async (id = seriesId) => new Set((await posts(id)).map(({ text }) => text));
const edit = async (more: object) => house.series.edit(agency.caller, seriesId, SeriesEdit.parse({ version: (await house.seriesRows.read(agency.caller, seriesId)).version, ...more }));

describe('What the occurrences of a series say elsewhere', () => {
  it('is written and approved once: for those that are there, and for those made afterwards', async () => {
    expect(await house.seriesFallbacks.list(agency.caller, seriesId)).toMatchObject([{ channelId: agency.channelIds[1], set: 0, state: 'none', content: { parts: [{ text: 'as on the platform' }] } }]);
    expect(await write('by letter', 0)).toMatchObject([{ state: 'approved', version: 1, approvedBy: 'Anna' }]);
    const before = (await posts()).length;
    house.clock.at += 40 * DAY_MS;
    await house.maker.makeAhead(house.clock.now());
    const now = await posts();
    expect([now.length > before, now.every(({ text, approved }) => text === 'by letter' && approved)]).toEqual([true, true]);
  });

  it('changes with it, but not where somebody wrote for one occurrence alone', async () => {
    await write('by letter', 0);
    const [first] = await posts();
    await house.fallbacks.write(agency.caller, { postId: first!.id, channelId: agency.channelIds[1]! }, FallbackWrite.parse({ version: 1, approve: true, ...content('for Easter') }));
    await write('by letter, anew', 1, false);
    const [own, ...others] = await posts();
    expect(own).toMatchObject({ text: 'for Easter', approved: true });
    expect(others.every(({ text, approved, version }) => text === 'by letter, anew' && !approved && version === 2)).toBe(true);
  });

  it('does not keep an occurrence from being made anew, and is there again', async () => {
    await write('by letter', 0);
    await edit({ scope: 'all', template: { channelIds: agency.channelIds.slice(0, 1), ...content('another text'), policy: { rerouteTo: [[agency.channelIds[1]]] } } });
    const said = await house.dataSource.query<{ text: string }[]>(`SELECT DISTINCT content #>> '{parts,0,text}' AS text FROM posts WHERE series_id = $1`, [seriesId]);
    expect([said, await texts()]).toEqual([[{ text: 'another text' }], new Set(['by letter'])]);
  });

  it('goes with both halves of a series that is cut in two', async () => {
    await write('by letter', 0);
    const second = await edit({ scope: 'following', from: '2031-03-17T09:00', wallStart: '2031-03-17T10:00' });
    expect([await texts(), await texts(second), (await house.seriesFallbacks.list(agency.caller, second))[0]?.state]).toEqual([new Set(['by letter']), new Set(['by letter']), 'approved']);
  });

  it('is taken out again, but what was written for one alone', async () => {
    await write('by letter', 0);
    const [first] = await posts();
    await house.fallbacks.write(agency.caller, { postId: first!.id, channelId: agency.channelIds[1]! }, FallbackWrite.parse({ version: 1, ...content('for Easter') }));
    await house.seriesFallbacks.remove(agency.caller, { seriesId, channelId: agency.channelIds[1]! });
    expect(await texts()).toEqual(new Set(['for Easter', null]));
    expect(await codeOf(house.seriesFallbacks.remove(agency.caller, { seriesId, channelId: agency.channelIds[1]! }))).toBe('fallback-not-found');
  });

  it('does not come back where a person took it out', async () => {
    await write('by letter', 0);
    const [first] = await posts();
    const place = { postId: first!.id, channelId: agency.channelIds[1]! };
    await house.fallbacks.remove(agency.caller, place);
    await write('by letter, a typo mended', 1);
    const [without, ...others] = await posts();
    expect([without?.text, without?.approved, new Set(others.map(({ text }) => text))]).toEqual([null, false, new Set(['by letter, a typo mended'])]);
    expect([await codeOf(house.fallbacks.remove(agency.caller, place)), await house.fallbacks.list(agency.caller, first!.id)]).toMatchObject(['fallback-not-found', [{ state: 'none', version: 0, content: { parts: [{ text: 'as on the platform' }] } }]]);
    await house.fallbacks.write(agency.caller, place, FallbackWrite.parse({ version: 0, approve: true, ...content('after all') }));
    expect((await posts())[0]).toMatchObject({ text: 'after all', approved: true, version: 1 });
  });

  it('is not said of an occurrence that says something else, but of one that was only moved', async () => {
    const [first, second, third] = await posts();
    const versionOf = async (id: string) => (await house.dataSource.query<{ version: number }[]>('SELECT version FROM posts WHERE id = $1', [id]))[0]!.version;
    const reword = async (id: string) => house.edits.edit(agency.caller, id, PostEdit.parse({ version: await versionOf(id), ...content('closed for mourning') }));
    await reword(first!.id);
    await write('by letter', 0);
    await house.edits.move(agency.caller, third!.id, PostMove.parse({ version: await versionOf(third!.id), wallAt: '2031-03-18T11:00' }));
    await reword(second!.id);
    await write('by letter, anew', 1);
    expect((await posts()).slice(0, 4)).toMatchObject([{ text: null }, { text: 'by letter', approved: false }, { text: 'by letter, anew', approved: true }, { text: 'by letter, anew', approved: true }]);
    await house.seriesFallbacks.remove(agency.caller, { seriesId, channelId: agency.channelIds[1]! });
    expect((await posts()).slice(0, 4)).toMatchObject([{ text: null }, { text: 'by letter', approved: false }, { text: null }, { text: null }]);
  });

  it('keeps the pictures it shows', async () => {
    await write('by letter', 0);
    const mediaId = uuid();
    await house.dataSource.query(`UPDATE series_fallbacks SET content = jsonb_set(content, '{parts,0,media}', jsonb_build_array(jsonb_build_object('mediaId', $2::text))) WHERE series_id = $1`, [seriesId, mediaId]);
    expect([await usesOf(house.dataSource.manager, agency.caller.workspaceId, mediaId), await usesOf(house.dataSource.manager, agency.caller.workspaceId, uuid())]).toEqual([1, 0]);
  });

  it('of two who write at once the second is told, and nobody of another workspace is heard', async () => {
    const stranger = await settle(house);
    await write('first', 0);
    expect(await codeOf(write('second', 0))).toBe('edited-meanwhile');
    expect(await codeOf(write('x', 1, true, stranger.caller))).toBe('series-not-found');
    expect(await codeOf(house.seriesFallbacks.list(stranger.caller, seriesId))).toBe('series-not-found');
    expect(await codeOf(house.seriesFallbacks.write(agency.caller, { seriesId, channelId: stranger.channelIds[0]! }, FallbackWrite.parse({ version: 0, ...content('x') })))).toBe('channel-not-found');
    expect(await codeOf(write('x'.repeat(90_000), 1))).toBe('content-breaks-limits');
  });
});
