import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { HOUR_MS } from '../../../src/core/instant.js';
import { instantOf } from '../../../src/core/schedule.js';
import { PostCreate } from '../../../src/features/posts/post-input.schema.js';
import { type Against, PostWarnings } from '../../../src/features/posts/post-warnings.service.js';
import { WarnedPosts } from '../../../src/features/posts/warned-posts.service.js';
import { type Agency, type House, openHouse, settle } from './posts-house.js';

let house: House;
let agency: Agency;
const nine = instantOf('2027-04-10T09:00:00', 'Europe/Rome');

beforeAll(async () => {
  house = await openHouse();
  house.clock.at = instantOf('2027-03-20T12:00:00', 'Europe/Rome');
  agency = await settle(house);
});
afterAll(() => house.close());

const make = (over: object = {}) =>
  house.posts.create(agency.caller, PostCreate.parse({ clientId: agency.clientId, channelIds: agency.channelIds, content: { parts: [{ text: 'x' }] }, wallAt: '2027-04-10T09:00', ...over }));
const stretch = (over: Partial<Against> = {}): Against => ({
  channelId: agency.channelIds[0] ?? '', from: nine, to: nine + HOUR_MS, code: 'work', sentence: (zone) => ({ en: `Work (${zone})`, it: `Lavori (${zone})` }), ...over,
});
/** How many statements it takes, and what it answers. */
const ask = async (stretches: readonly Against[], postIds: readonly string[]) => {
  let statements = 0;
  const counting: DataSource = Object.create(house.dataSource, {
    query: { value: (...terms: Parameters<DataSource['query']>) => { statements += 1; return house.dataSource.query(...terms); } },
  });
  const warnings = new PostWarnings();
  warnings.register(() => Promise.resolve(stretches));
  const warned = await new WarnedPosts(counting, warnings).of(agency.caller.workspaceId, { postIds });
  return { statements, posts: warned.map(({ about: { postId } }) => postId) };
};

describe('What speaks against the times of stored posts', () => {
  it('costs no statement when there is nothing, and one for a whole page', async () => {
    const ids = [await make(), await make({ wallAt: '2027-04-10T09:59' }), await make({ editing: 'draft' })];
    expect(await ask([], ids)).toEqual({ statements: 0, posts: [] });
    const { statements, posts } = await ask([stretch()], ids);
    expect([statements, posts.toSorted()]).toEqual([1, ids.toSorted()]);
  });

  it('counts from its beginning until just before its end', async () => {
    const ids = [await make({ wallAt: '2027-04-10T08:59' }), await make({ wallAt: '2027-04-10T09:00' }), await make({ wallAt: '2027-04-10T10:00' })];
    expect((await ask([stretch()], ids)).posts).toEqual([ids[1]]);
  });

  it('is not said of what is out, cancelled or on another channel', async () => {
    const [out, gone, other] = [await make(), await make(), await make({ channelIds: agency.channelIds.slice(1) })];
    await house.dataSource.query(`UPDATE deliveries SET state = 'published', ended_at = now() WHERE post_id = $1`, [out]);
    await house.edits.cancel(agency.caller, gone, { version: 1 });
    expect((await ask([stretch()], [out, gone, other])).posts).toEqual([]);
  });

  it('is said once where two stretches say the same, and twice where they do not', async () => {
    const id = await make();
    expect((await ask([stretch(), stretch({ from: nine - HOUR_MS })], [id])).posts).toEqual([id]);
    expect((await ask([stretch(), stretch({ code: 'holiday' })], [id])).posts).toEqual([id, id]);
  });

  it('is not said of a post in another workspace', async () => {
    const foreign = await settle(house);
    const id = await house.posts.create(foreign.caller, PostCreate.parse({ clientId: foreign.clientId, channelIds: foreign.channelIds, content: { parts: [{ text: 'x' }] }, wallAt: '2027-04-10T09:00' }));
    expect((await ask([stretch({ channelId: foreign.channelIds[0] ?? '' })], [id])).posts).toEqual([]);
  });
});
