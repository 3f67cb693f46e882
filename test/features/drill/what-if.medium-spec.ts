import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { WhatIfAsk } from '../../../src/features/drill/what-if.schema.js';
import { WhatIfService } from '../../../src/features/drill/what-if.service.js';
import { OutletCosts } from '../../../src/features/posts/outlet-costs.service.js';
import { OutletNeeds } from '../../../src/features/posts/outlet-needs.service.js';
import { OutletReadiness } from '../../../src/features/posts/outlet-readiness.service.js';
import { OutletsOfPosts } from '../../../src/features/posts/outlets.service.js';
import { PlannedService } from '../../../src/features/posts/planned.service.js';
import { ClientsService } from '../../../src/features/workspaces/clients.service.js';
import { PostCreate } from '../../../src/features/posts/post-input.schema.js';
import { type Agency, codeOf, type House, openHouse, settle } from '../posts/posts-house.js';

let house: House;
let agency: Agency;
let stranger: Agency;
let whatIf: WhatIfService;
const readiness = new OutletReadiness();
const costs = new OutletCosts();

/** An hour of tomorrow in Rome. */
const tomorrow = (hour: number): DateTime => DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' }).plus({ days: 1 }).startOf('day').plus({ hours: hour });
const outage = (from = 10, to = 14) => ({ from: tomorrow(from).toISO(), to: tomorrow(to).toISO() });
const ask = (more: object = {}, caller = agency.caller) => whatIf.ask(caller, WhatIfAsk.parse({ connectorIds: ['sandbox-media'], ...outage(), ...more }));
const plan = (hour: number, more: Record<string, unknown> = {}) => house.posts.create(agency.caller, PostCreate.parse({
  clientId: agency.clientId, channelIds: agency.channelIds.slice(0, 1), content: { parts: [{ text: `at ${hour}` }] }, wallAt: tomorrow(hour).toFormat("yyyy-MM-dd'T'HH:mm"), ...more }));

beforeAll(async () => {
  house = await openHouse();
  agency = await settle(house, { channels: 2 });
  stranger = await settle(house);
  whatIf = new WhatIfService(new PlannedService(house.dataSource), new OutletsOfPosts(house.dataSource), readiness, new ClientsService(house.dataSource, house.audit), costs, new OutletNeeds(house.dataSource, house.clock));
  await house.dataSource.query(`UPDATE channels SET connector_id = 'sandbox-alpha' WHERE id = $1`, [agency.channelIds[1]]);
  const hourCounts = { choice: 'hour-counts', policy: { rerouteTo: [[agency.channelIds[1]]] } };
  await plan(9);
  await plan(11, { choice: 'can-wait' });
  await plan(12, hourCounts);
  await plan(13, { choice: 'hour-counts' });
});
afterAll(() => house.close());

describe('an outage over the calendar', () => {
  it('says of each post what would become of it, by client, and changes nothing', async () => {
    const before = await house.dataSource.query('SELECT id, state, version, ready_at FROM deliveries ORDER BY id');
    const answer = await ask();
    expect(answer.counts).toEqual({ planned: 3, onTime: 0, late: 1, elsewhere: 1, nextSlot: 0, person: 0, missed: 1, dropped: 0 });
    expect(answer.clients[0]?.posts).toMatchObject([
      { text: 'at 11', fate: 'late', at: tomorrow(14).toUTC().toISO() },
      { text: 'at 12', fate: 'elsewhere', ways: ['channel 2'], sentence: expect.stringMatching(/^Goes out by channel 2 instead, on .* 12:00 \(Europe\/Rome\)\.$/) },
      { text: 'at 13', fate: 'missed', at: tomorrow(13.25).toUTC().toISO() },
    ]);
    expect(await house.dataSource.query('SELECT id, state, version, ready_at FROM deliveries ORDER BY id')).toEqual(before);
  });

  it('takes no way that would be down as well, or that its room says is not ready, and says what is not written', async () => {
    expect((await ask({ connectorIds: ['sandbox-media', 'sandbox-alpha'] })).counts).toMatchObject({ elsewhere: 0, missed: 2 });
    readiness.register('sandbox-alpha', async (_, asked) => Promise.resolve(asked.map(() => 'unwritten' as const)));
    const answer = await ask();
    readiness.register('sandbox-alpha', async () => Promise.resolve([]));
    expect(answer.clients[0]?.posts[1]).toMatchObject({ fate: 'missed', unwritten: [{ channelName: 'channel 2' }] });
  });

  it('says what that would cost, of each post, each client and in all', async () => {
    expect((await ask()).costs).toEqual([]);
    costs.register('sandbox-alpha', async (_, { channelId, parts }) => Promise.resolve({ people: 40, minor: parts[0]?.text === 'at 12' && channelId === agency.channelIds[1] ? 12.5 : 0, currency: 'EUR' }));
    const answer = await ask();
    const cost = [{ people: 40, minor: 12.5, currency: 'EUR' }];
    expect([answer.costs, answer.clients[0]?.costs, answer.clients[0]?.posts.map((post) => post.costs)]).toEqual([cost, cost, [[], cost, []]]);
  });

  it('what went another way once and is let out late is sent nowhere else', async () => {
    const late = (origin: string, was: string) => house.dataSource.query(`UPDATE deliveries SET origin = $1 WHERE origin = $2 AND post_id IN (SELECT id FROM posts WHERE content @> '{"parts":[{"text":"at 12"}]}')`, [origin, was]);
    const [{ origin } = { origin: '' }] = await house.dataSource.query<{ origin: string }[]>('SELECT origin FROM deliveries LIMIT 1');
    await late('late:x', origin);
    const answer = await ask();
    await late(origin, 'late:x');
    expect(answer.clients[0]?.posts[1]).toMatchObject({ text: 'at 12', fate: 'person', ways: [] });
  });

  it('of another workspace nothing is seen', async () => {
    expect(await ask({}, stranger.caller)).toMatchObject({ counts: { planned: 0 }, clients: [] });
    expect(await codeOf(ask({ clientId: agency.clientId }, stranger.caller))).toBe('client-unknown');
  });

  it('takes minutes, and says of a text without an offset how it is written', () => {
    const parsed = (from: string) => WhatIfAsk.safeParse({ connectorIds: ['x'], from, to: '2031-03-04T18:00:00Z' }, { reportInput: true });
    expect(parsed('2031-03-04T10:00+01:00').success).toBe(true);
    expect(JSON.stringify(parsed('2031-03-04T10:00'))).toContain('2031-03-04T10:00+01:00');
  });

  it('says which word of time is in the way, and which page a person posts on', async () => {
    const texts = (text: string, more: object = {}) => plan(11, { content: { parts: [{ text }] }, choice: 'today', ...more });
    const id = await texts('Stasera si balla.');
    const post = async () => (await ask()).clients[0]?.posts.find(({ postId }) => postId === id);
    expect(await post()).toMatchObject({ fate: 'person', sentence: expect.stringContaining('(“Stasera”)'), unwritten: [] });
    await house.dataSource.query(`UPDATE deliveries SET connector_id = 'by-hand' WHERE post_id = $1`, [id]);
    expect((await ask({ connectorIds: ['by-hand'] })).clients[0]?.posts).toMatchObject([{ sentence: expect.stringContaining('post it on channel 1') }]);
    await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled' WHERE post_id = $1`, [id]);
  });

  it('names what could be written only where the post would go there, and of a shut way why it is shut', async () => {
    const [, beta] = agency.channelIds;
    const id = await plan(11, { choice: 'today', policy: { rerouteTo: [[beta]] } });
    readiness.register('sandbox-alpha', async (_, asked) => Promise.resolve(asked.map(() => 'unwritten' as const)));
    const posts = (await ask()).clients[0]?.posts;
    readiness.register('sandbox-alpha', async (_, asked) => Promise.resolve(asked.map(() => 'cold' as const)));
    const cold = (await ask()).clients[0]?.posts;
    readiness.register('sandbox-alpha', async () => Promise.resolve([]));
    await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled' WHERE post_id = $1`, [id]);
    expect(posts?.map(({ text, unwritten }) => [text, unwritten.length])).toEqual([['at 11', 0], ['at 11', 0], ['at 12', 1], ['at 13', 0]]);
    expect(cold?.find(({ text }) => text === 'at 12')?.sentence).toMatch(/its hour would be over.* No other way is open to it then\. channel 2: Nothing was sent to this list/);
  });

  it('answers in Italian, and says what is wrong with what was asked', async () => {
    expect((await ask({}, { ...agency.caller, language: 'it' })).clients[0]?.posts[1]?.sentence).toContain('Esce invece con channel 2');
    expect(await codeOf(ask({ to: tomorrow(9).toISO() }))).toBe('outage-unclear');
    expect(await codeOf(ask({ to: tomorrow(24 * 20).toISO() }))).toBe('outage-unclear');
    expect(await codeOf(ask({ connectorIds: ['myspace'] }))).toBe('platform-unknown');
  });
});
