import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { OpenGateway } from '../../../src/features/phone/gateways.service.js';
import { OutletCosts } from '../../../src/features/posts/outlet-costs.service.js';
import { OutletReadiness } from '../../../src/features/posts/outlet-readiness.service.js';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { type Brand, type ListTerms, seedList, seedPart, zoneAt } from './sms-seed.js';

let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());
beforeEach(() => house.fresh());

const channelOf = async (brand: Brand, listIds: readonly string[], from?: string): Promise<{ channelId: string; postId: string }> => {
  const [channelId, postId] = [uuid(), uuid()];
  await seedPart(house.database, { ...brand, postId, channelId, account: { listIds, ...(from !== undefined && { from }) }, text: 'Ciao', link: null, origin: 'post', dueInMs: 0 });
  return { channelId, postId };
};
const saying = (text: string) => [{ text, media: [], link: null, language: null, options: {} }];
/** What stands in the way of a fallback by SMS at that moment. */
const troubleOf = async (brand: Brand, listIds: readonly string[], { at = Date.now(), text = 'Ciao', postId = uuid() } = {}) => {
  const { channelId } = await channelOf(brand, listIds);
  return (await house.get(OutletReadiness).of(brand.workspaceId, [{ postId, channelId, connectorId: 'sms', parts: saying(text) }], at))[0];
};
const ask = (body: object, headers = house.manager.headers) => house.http().post('/api/v1/sms/preview').set(headers).send(body);

describe('Before an SMS goes', () => {
  it('people see what it says, what was changed, how many messages it makes, to how many, and for how much', async () => {
    const brand = await house.brand({ capMinor: 500 });
    const list = await seedList(house.database, brand, { people: 3 });
    await house.database.query(`UPDATE subscribers SET address_key = '+447700900123' WHERE client_id = $1 AND address_key = '+393331000000'`, [brand.clientId]);
    const { channelId } = await channelOf(brand, [list]);
    const { body } = await ask({ channelId, text: 'Domani – chiuso', linkUrl: 'https://bar.example/' });
    expect(body).toEqual({
      text: 'Domani - chiuso\nhttps://bar.example/\nNon ne vuoi più? Rispondi STOP', changes: [{ from: '–', to: '-', count: 1 }], forcing: [], encoding: 'gsm-7', units: 67, segments: 1, people: 3, leftOut: [],
      costMinor: 40, currency: 'EUR', capMinor: 500, leftMinor: 500, obstacles: [], sentence: 'One message to 3 people: €0.40.',
    });
    expect(house.phones.asked).toBe(0);
  });

  it('it is reckoned with the longest link that any of them has in it', async () => {
    const brand = await house.brand({ capMinor: 500 });
    const { channelId } = await channelOf(brand, [await seedList(house.database, brand, { people: 2 })], 'BarSport');
    const units = async (): Promise<number> => ((await ask({ channelId, text: 'Ciao' })).body as { units: number }).units;
    const before = await units();
    await house.database.query(`UPDATE subscribers SET token = token || repeat('x', 32) WHERE client_id = $1 AND address_key = (SELECT min(address_key) FROM subscribers WHERE client_id = $1)`, [brand.clientId]);
    expect((await units()) - before).toBe(32);
  });

  it('its link is marked if its channel says how, which counts; what stands in the text is not', async () => {
    const brand = await house.brand({ capMinor: 500 });
    const list = await seedList(house.database, brand, { people: 2 });
    const { channelId, postId } = await channelOf(brand, [list]);
    const channel = `/api/v1/channels/${channelId}`;
    const { body: before } = await house.http().get(channel).set(house.manager.headers);
    const { status, body } = await house.http().patch(channel).set(house.manager.headers).send({ version: before.version, utm: { source: 'sms', medium: 'sms', campaign: '{id}' } });
    expect({ status, utm: body.utm, name: body.name }).toEqual({ status: 200, utm: { source: 'sms', medium: 'sms', campaign: '{id}' }, name: before.name });
    const marks = `utm_source=sms&utm_medium=sms&utm_campaign=${postId}`;
    const says = async (text: string): Promise<string> => ((await ask({ channelId, postId, text, linkUrl: 'https://bar.example/' })).body as { text: string }).text;
    expect([await says('Chiuso'), await says('Chiuso https://bar.example/')]).toEqual([
      `Chiuso\nhttps://bar.example/?${marks}\nNon ne vuoi più? Rispondi STOP`, 'Chiuso https://bar.example/\nNon ne vuoi più? Rispondi STOP']);
    const taken = await house.take(brand, { listIds: [list], channelId, text: 'Chiuso', link: 'https://bar.example/' });
    expect(await house.database.query('SELECT text FROM sms_rounds WHERE id = $1', [taken.roundId])).toEqual([{ text: `Chiuso\nhttps://bar.example/?utm_source=sms&utm_medium=sms&utm_campaign=${taken.postId}` }]);
  });

  it('an emoji is named as what makes it dear', async () => {
    const brand = await house.brand();
    const { channelId } = await channelOf(brand, [await seedList(house.database, brand, { people: 2 })]);
    expect((await ask({ channelId, text: `${'a'.repeat(60)} 🎉` })).body).toMatchObject({ forcing: ['🎉'], encoding: 'ucs-2', segments: 2, sentence: '2 messages each to 2 people: €0.40.' });
  });

  it('of parts of a cent people read whole ones, and of nobody no price', async () => {
    const brand = await house.brand();
    house.road.open = { segmentMinor: () => 7.2 };
    const { channelId } = await channelOf(brand, [await seedList(house.database, brand, { people: 2 })]);
    expect((await ask({ channelId, text: 'Ciao' })).body).toMatchObject({ costMinor: 14.4, sentence: 'One message to 2 people: €0.15.' });
    expect((await ask({ channelId: (await channelOf(brand, [await seedList(house.database, brand, { people: 0, name: 'Nessuno' })])).channelId, text: 'Ciao' })).body).toMatchObject({ sentence: 'Nobody would get it.', obstacles: [{ code: 'nobody' }] });
  });

  it('they see who had one today, and what stands in the way', async () => {
    const brand = await house.brand({ capMinor: 30 });
    const list = await seedList(house.database, brand, { people: 3 });
    await house.take(brand, { listIds: [list] });
    await house.send();
    const { channelId } = await channelOf(brand, [list, await seedList(house.database, brand, { people: 2, from: 3, name: 'Soci' })]);
    expect((await ask({ channelId, text: 'Ciao' })).body).toMatchObject({ people: 2, leftOut: [{ why: 'had-one-today', people: 3 }], leftMinor: 0, obstacles: [{ code: 'over-cap', sentence: expect.stringContaining('would cost €0.20') }] });
    house.road.open = null;
    expect((await ask({ channelId, text: 'Ciao' })).body).toMatchObject({ currency: null, obstacles: [{ code: 'no-gateway' }] });
  });

  it('of another workspace there is no such channel, nor of another kind', async () => {
    const brand = await house.brand();
    const { channelId } = await channelOf(brand, [await seedList(house.database, brand, { people: 1 })]);
    const { headers } = await house.member(await house.workspace('Altra'), 'owner');
    expect((await ask({ channelId, text: 'Ciao' }, headers)).body).toMatchObject({ status: 404, code: 'channel-no-sms' });
    await house.database.query(`UPDATE channels SET connector_id = 'newsletter' WHERE id = $1`, [channelId]);
    expect((await ask({ channelId, text: 'Ciao' })).body).toMatchObject({ status: 404, code: 'channel-no-sms' });
  });
});

describe('In another outlet’s place', () => {
  it.each<[string, { capMinor?: number; zone?: string }, Partial<ListTerms>, Partial<OpenGateway> | null, string | null]>([
    ['it is ready with a gateway, a limit, and people who agreed', {}, {}, {}, null],
    ['it is not without a gateway', {}, {}, null, 'no-gateway'],
    ['it is not while the gateway lets us not in', {}, {}, { trouble: '20003: authenticate' }, 'account'],
    ['it is not while the gateway is down as well', {}, {}, { isDown: () => true }, 'down'],
    ['it is not while nobody could answer STOP', {}, {}, { isTold: false }, 'not-public'],
    ['it is not until a limit is set', { capMinor: 0 }, {}, {}, 'no-cap'],
    ['it is not when too little is left of the limit', { capMinor: 29 }, {}, {}, 'over-cap'],
    ['it is not for people who did not agree to such messages', {}, { coversFallback: false }, {}, 'not-covered'],
    ['it is not when there is nobody', {}, { people: 0 }, {}, 'nobody'],
    ['it is not at night', { zone: zoneAt(2) }, {}, {}, 'night'],
  ])('%s', async (_, terms, list, open, trouble) => {
    house.road.open = open;
    const brand = await house.brand(terms);
    expect(await troubleOf(brand, [await seedList(house.database, brand, { people: 3, ...list })])).toBe(trouble);
  });

  it('a second channel of a post joins what the first began: those who have it by SMS stand in nobody’s way', async () => {
    const brand = await house.brand();
    const lists = [await seedList(house.database, brand, { people: 2 })];
    const { postId } = await house.take(brand, { listIds: lists, origin: 'fallback' });
    await house.send();
    expect(await troubleOf(brand, lists, { postId })).toBe(null);
    expect(await troubleOf(brand, lists)).toBe('nobody'); // another post: they had one today
    expect(await troubleOf(brand, lists, { at: Date.now() + 86_400_000 })).toBe(null);
  });

  it('it says what it would cost', async () => {
    const brand = await house.brand();
    const { channelId, postId } = await channelOf(brand, [await seedList(house.database, brand, { people: 3 })]);
    const parts = [{ text: 'a'.repeat(200), media: [], link: null, language: null, options: {} }];
    const cost = (id: string, workspaceId = brand.workspaceId) => house.get(OutletCosts).of(workspaceId, { channelId: id, connectorId: 'sms', parts, postId }, Date.now());
    expect(await cost(channelId)).toEqual({ people: 3, minor: 60, currency: 'EUR' });
    expect([await cost(uuid()), await cost(channelId, uuid())]).toEqual([null, null]);
  });

  it('it leads to the post’s page on the blog, by a short address that works from the moment on that the page is there', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 1 });
    const postId = uuid();
    const blog = await seedBlog(brand, postId);
    await house.take(brand, { listIds: [list], origin: 'fallback', postId, text: 'Siamo chiusi.' });
    await house.send();
    const link = /^Siamo chiusi\.\nhttps:\/\/postern\.example(\/public\/s\/\w{9})\n/.exec(house.phones.taken[0]?.text ?? '')?.[1] ?? '';
    expect((await house.http().get(link)).text).toMatch(/Bar Sport.*sta per arrivare/s);
    await house.database.query(`UPDATE parts SET published_at = now(), url = 'https://postern.example/public/blog/bar/chiusi' WHERE delivery_id = $1`, [blog]);
    const there = await house.http().get(link);
    expect([there.status, there.headers['location']]).toEqual([302, 'https://postern.example/public/blog/bar/chiusi']);
    expect((await house.http().get('/public/s/aaaaaaaaa')).status).toBe(404);
  });

  it('it keeps the link that its author gave it', async () => {
    const brand = await house.brand();
    const postId = uuid();
    await seedBlog(brand, postId);
    await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })], origin: 'fallback', postId, link: 'https://bar.example/' });
    await house.send();
    expect(house.phones.taken[0]?.text).toContain('\nhttps://bar.example/\n');
    expect(house.phones.taken[0]?.text).not.toContain('/public/s/');
  });
});

/** The same post on its way to a blog. @returns the delivery */
async function seedBlog({ workspaceId, clientId }: Brand, postId: string): Promise<string> {
  const [channelId, deliveryId] = [uuid(), uuid()];
  const { database } = house;
  await database.query(`INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'blog', 'Blog', 'house', 'blog:publish@house', '')`, [channelId, workspaceId, clientId]);
  await database.query(`INSERT INTO posts (id, workspace_id, client_id, choice, content, zone, wall_at, due_at, created_by) VALUES ($1, $2, $3, 'can-wait', '{"parts":[]}', 'UTC', now(), now(), '{}')`, [postId, workspaceId, clientId]);
  await database.query(
    `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, origin, state, choice, due_at, ready_at, deadline_at)
     VALUES ($1, $2, $3, $4, $5, 'blog', 'blog:publish@house', 'fallback', 'scheduled', 'hour-counts', now(), now(), now() + interval '1 day')`, [deliveryId, workspaceId, clientId, postId, channelId]);
  await database.query(`INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content) VALUES ($1, $2, $3, $4, 0, 'post', '{}')`, [uuid(), deliveryId, workspaceId, channelId]);
  return deliveryId;
}
