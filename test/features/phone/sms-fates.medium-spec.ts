import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { v7 as uuid } from 'uuid';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { type Brand, seedList, zoneAt } from './sms-seed.js';

const zone = zoneAt(12);
let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());
beforeEach(() => house.fresh());

const send = (verb: 'post' | 'put', path: string, body: object) => house.http()[verb](`/api/v1${path}`).set(house.manager.headers).send(body);
const read = async (path: string) => (await house.http().get(`/api/v1${path}`).set(house.manager.headers).expect(200)).body;
const inDays = (days: number, hour = 15): DateTime => DateTime.now().setZone(zone).plus({ days }).startOf('day').plus({ hours: hour });
const text = 'Vi aspettiamo al bar.';

interface Planned {
  readonly brand: Brand;
  readonly listId: string;
  readonly smsId: string;
  readonly postId: string;
  readonly due: DateTime;
}

/** A post on Alpha whose hour counts, and which leaves by SMS instead; its version is approved. */
async function plan(due: DateTime, { capMinor = 500, said = text, blog = false, covers = true } = {}): Promise<Planned> {
  const brand = await house.brand({ zone, capMinor });
  const listId = await seedList(house.database, brand, { people: 3, coversFallback: covers });
  const connected = await send('post', '/channels', { clientId: brand.clientId, connectorId: 'sms', name: 'Amici del bar', account: { listIds: [listId] } }).expect(201);
  const [smsId, alphaId, blogId] = [(connected.body as { id: string }).id, uuid(), uuid()];
  await house.database.query(
    `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $3, $4, 'sandbox-alpha', 'Alpha', 'sandbox.invalid', 'sandbox-alpha:publish@sandbox.invalid', 'x'), ($2, $3, $4, 'blog', 'Blog', 'house', 'blog:publish@house', 'x')`,
    [alphaId, blogId, brand.workspaceId, brand.clientId]);
  const { body } = await send('post', '/posts', {
    clientId: brand.clientId, channelIds: [alphaId], content: { parts: [{ text: 'Al bar.' }] }, wallAt: due.toFormat("yyyy-MM-dd'T'HH:mm"), choice: 'hour-counts', policy: { rerouteTo: [blog ? [smsId, blogId] : [smsId]] },
  }).expect(201);
  const postId = (body as { id: string }).id;
  await send('put', `/posts/${postId}/fallbacks/${smsId}`, { version: 0, content: { parts: [{ text: said }] }, approve: true }).expect(200);
  return { brand, listId, smsId, postId, due };
}

/** What each of those who are asked says of it. */
async function fates({ brand, smsId, postId, due }: Planned, said = text) {
  const post = await read(`/posts/${postId}`);
  const ways = await read(`/deliveries/${post.deliveries[0].id}/ways-out`);
  const whatIf = (await send('post', '/what-if', { connectorIds: ['sandbox-alpha'], clientId: brand.clientId, from: due.minus({ hours: 2 }).toISO(), to: due.plus({ hours: 2 }).toISO() }).expect(200)).body.clients[0].posts[0];
  const preview = (await send('post', '/sms/preview', { channelId: smsId, text: said, postId }).expect(200)).body;
  return { ifDown: post.ifDown as string, ways, whatIf, preview };
}

/** Everybody on the list has an SMS today. */
async function textAll({ brand, listId }: Planned): Promise<void> {
  await house.take(brand, { listIds: [listId] });
  await house.send();
}

describe('What becomes of a post is the same wherever it is asked', () => {
  it('who had an SMS today may have tomorrow’s', async () => {
    const planned = await plan(inDays(1));
    await textAll(planned);
    const { ifDown, ways, whatIf, preview } = await fates(planned);
    expect(ifDown).toContain('it goes out by Amici del bar instead');
    expect(ways).toMatchObject({ items: [{ usable: true, trouble: null }], next: [planned.smsId] });
    expect(Date.parse(ways.at)).toBe(planned.due.plus({ minutes: 15 }).toMillis());
    expect(whatIf).toMatchObject({ fate: 'elsewhere', ways: ['Amici del bar'], costs: [{ people: 3, minor: 30 }] });
    expect(preview).toMatchObject({ people: 3, leftOut: [], obstacles: [], costMinor: 30 });
  });

  it('and what is spent of this month is nothing of a later one', async () => {
    const planned = await plan(inDays(40), { capMinor: 30 });
    await textAll(planned);
    const { ifDown, whatIf, preview } = await fates(planned);
    expect([ifDown.includes('it goes out by Amici del bar instead'), whatIf.fate, preview.leftMinor, preview.obstacles]).toEqual([true, 'elsewhere', 30, []]);
  });

  it.each<[string, () => void, { capMinor?: number; covers?: boolean; said?: string }, string, string]>([
    ['no public address', () => (house.road.open = { isTold: false }), {}, 'not-public', 'This installation has no public https address yet'],
    ['no gateway', () => (house.road.open = null), {}, 'no-gateway', 'There is no gateway for SMS yet.'],
    ['a limit in another currency', () => (house.road.open = { currency: 'USD' }), {}, 'other-currency', 'The monthly limit is in another currency'],
    ['people who did not agree', () => undefined, { covers: false }, 'not-covered', 'did not agree to such messages'],
    ['a text that is too dear, though one message would not be', () => undefined, { capMinor: 30, said: `${text} 🎉 ${'a'.repeat(60)}` }, 'over-cap', 'It would cost more than what is left'],
  ])('with %s it goes nowhere, and each says why', async (_, make, { said = text, ...terms }, code, why) => {
    const planned = await plan(inDays(1), { ...terms, said });
    make();
    const { ifDown, ways, whatIf, preview } = await fates(planned, said);
    expect(ifDown).toMatch(/it is not posted, and you are told\. No other way is open to it then\. Amici del bar: /);
    expect(ifDown).toContain(why);
    expect(ways).toMatchObject({ items: [{ usable: false, trouble: { code } }], next: [] });
    expect(preview.obstacles).toMatchObject([{ code: code === 'not-covered' ? 'no-fallback-consent' : code }]);
    expect(whatIf).toMatchObject({ fate: 'missed', ways: [], sentence: expect.stringContaining(`Amici del bar: ${why.startsWith('did') ? 'Those on its list ' : ''}${why}`) });
  });

  it('at night it goes nowhere', async () => {
    const { ifDown, ways, whatIf, preview } = await fates(await plan(inDays(1, 22)));
    expect([ifDown.includes('outside the client’s day'), ways.items[0].trouble.code, whatIf.fate, preview.obstacles[0].code]).toEqual([true, 'night', 'missed', 'night']);
  });

  it('the post’s page is linked to, and paid for, where it goes out as one beside it', async () => {
    const long = 'a'.repeat(115);
    const [alone, beside] = [await plan(inDays(1), { said: long }), await plan(inDays(2), { said: long, blog: true })];
    expect((await fates(alone, long)).preview).toMatchObject({ segments: 1, text: expect.not.stringContaining('/s/') });
    expect((await fates(beside, long)).preview).toMatchObject({ segments: 2, text: expect.stringContaining('/s/') });
    const planned = (await send('post', '/sms/preview', { channelId: alone.smsId, text: long }).expect(200)).body;
    expect(planned.text).not.toContain('/s/');
  });
});
