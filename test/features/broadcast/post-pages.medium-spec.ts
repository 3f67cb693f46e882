import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { PostPages } from '../../../src/features/broadcast/post-pages.service.js';
import { HouseOutlets } from '../../../src/features/channels/house-outlets.service.js';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { type Brand, seedList } from './broadcast-seed.js';

let house: BroadcastHouse;
let brand: Brand;
let postId: string;
let channelId: string;

beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());

/** A post that nobody approved for its newsletter yet. */
beforeEach(async () => {
  brand = await house.brand();
  [postId, channelId] = [uuid(), uuid()];
});

const linkTo = (workspaceId = brand.workspaceId) => house.get(PostPages).linkTo(house.database.manager, { workspaceId, postId });

async function onBlog(state: string): Promise<void> {
  const { workspaceId, clientId } = brand;
  const blog = uuid();
  await house.database.query(`INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'blog', 'Blog', 'house', 'blog:publish@house', '')`, [blog, workspaceId, clientId]);
  await house.database.query(
    `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, origin, state, choice, due_at, ready_at, deadline_at)
     VALUES (gen_random_uuid(), $1, $2, $3, $4, 'blog', 'blog:publish@house', 'fallback', $5, 'hour-counts', now(), now(), now() + interval '1 day')`, [workspaceId, clientId, postId, blog, state]);
}

it('a newsletter in another outlet’s place leads to the post’s page on the blog, where its author gave it no link', async () => {
  const listIds = [await seedList(house.database, brand, { people: 1, coversFallback: true })];
  const { part } = await house.take(brand, { listIds, postId, channelId, origin: 'fallback' });
  await house.database.query(
    `INSERT INTO fallbacks (id, workspace_id, post_id, channel_id, content, created_by, approved_by, approved_at) VALUES (gen_random_uuid(), $1, $2, $3, '{"parts":[]}', '{}', '{}', now())`, [brand.workspaceId, postId, channelId]);
  await onBlog('scheduled');
  const outlet = house.get(HouseOutlets).at('newsletter', { ...brand, channelId });
  expect(await outlet?.take({ ...part, content: { ...part.content, link: null } }, { listIds })).toMatchObject({ kind: 'delivered' });
  await house.mail();
  const link = await linkTo();
  expect(link).toMatch(/^https:\/\/postern\.example\/public\/s\/\w{9}$/);
  expect(`${house.office.letters[0]?.html}`).toContain(`href="${link}"`);
  expect(house.office.letters[0]?.text).toContain(link);
});

it('is the same address however often it is asked for', async () => {
  await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })], postId, channelId });
  await onBlog('published');
  const [one, two] = [await linkTo(), await linkTo()];
  expect(one).toBe(two);
});

it.each(['failed', 'cancelled'])('leads nowhere when the page %s', async (state) => {
  await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })], postId, channelId });
  await onBlog(state);
  expect(await linkTo()).toBeNull();
});

it('leads nowhere for another workspace', async () => {
  await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })], postId, channelId });
  await onBlog('published');
  expect(await linkTo(uuid())).toBeNull();
});
