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

async function onBlog(state: string, more = ''): Promise<void> {
  const { workspaceId, clientId } = brand;
  const blog = uuid();
  await house.database.query(`INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'blog', 'Blog', 'house', 'blog:publish@house', '')`, [blog, workspaceId, clientId]);
  await house.database.query(
    `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, origin, state, choice, due_at, ready_at, deadline_at)
     VALUES (gen_random_uuid(), $1, $2, $3, $4, 'blog', 'blog:publish@house', 'fallback', $5, 'hour-counts', now(), now(), now() + interval '1 day')`, [workspaceId, clientId, postId, blog, state]);
  if (more !== '') await house.database.query(`UPDATE deliveries SET ${more} WHERE channel_id = $1`, [blog]);
}
const open = (link: string | null, query = '') => house.http().get(`${new URL(link ?? '').pathname}${query}`).redirects(0);

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

it.each([
  ['somebody approves it', 'approved = false'], ['next week', `due_at = now() + interval '7 days'`], ['it is let go', `state = 'held', hold_reason = 'pause'`],
])('leads nowhere as long as the page waits until %s', async (_, more) => {
  await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })], postId, channelId });
  await onBlog('scheduled', more);
  expect(await linkTo()).toBeNull();
});

it('waits for the page while it is on its way, and leads to the newsletter once it does not come any more', async () => {
  await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })], postId, channelId });
  await onBlog('scheduled');
  const link = await linkTo();
  const waiting = await open(link);
  expect([waiting.status, waiting.text]).toEqual([200, expect.stringContaining('Si apre da sola appena c’è.')]);
  await house.database.query(`UPDATE deliveries SET state = 'failed' WHERE post_id = $1 AND connector_id = 'blog'`, [postId]);
  const rows = await house.database.query<{ token: string }[]>('SELECT web_token AS token FROM broadcasts WHERE post_id = $1', [postId]);
  expect((await open(link)).headers['location']).toBe(`https://postern.example/public/n/${rows[0]?.token}`);
});

it.each([['en', 'What was to be read here is not on the web.'], ['it', 'Quello che si doveva leggere qui non è sul web.']])('says so where nothing is to be read any more (%s)', async (language, words) => {
  await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })], postId, channelId });
  await onBlog('scheduled');
  const link = await linkTo();
  await house.database.query(`UPDATE deliveries SET state = 'failed' WHERE post_id = $1 AND connector_id = 'blog'`, [postId]);
  await house.database.query('UPDATE broadcasts SET web_html = NULL WHERE post_id = $1', [postId]);
  await house.database.query('UPDATE clients SET language = $2 WHERE id = $1', [brand.clientId, language]);
  const { status, text } = await open(link);
  expect([status, text]).toEqual([410, expect.stringContaining(words)]);
  expect(text).not.toContain('http-equiv="refresh"');
});

it('keeps the marks of the link that led there', async () => {
  await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })], postId, channelId });
  await onBlog('published');
  await house.database.query(
    `INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content, published_at, url)
     SELECT gen_random_uuid(), id, workspace_id, channel_id, 0, 'post', '{}', now(), 'https://bar.example/p?a=1' FROM deliveries WHERE post_id = $1 AND connector_id = 'blog'`, [postId]);
  expect((await open(await linkTo(), '?utm_source=news&x=1')).headers['location']).toBe('https://bar.example/p?a=1&utm_source=news');
});

it.each(['nothing23', 'MISTYPED', uuid(), 'x'])('says on a page that nothing is at %s', async (token) => {
  const answer = await open(`https://postern.example/public/s/${token}`).set('Accept-Language', 'it');
  expect(answer.status).toBe(404);
  expect(answer.text).toContain('Qui non c’è niente');
});
