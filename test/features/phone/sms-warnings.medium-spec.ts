import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { DispatchService } from '../../../src/features/dispatch/dispatch.service.js';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { type Brand, seedList, zoneAt } from './sms-seed.js';

const zone = zoneAt(12);
let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());
beforeEach(() => house.fresh());

const http = (verb: 'post' | 'patch' | 'put', path: string, body: object) => house.http()[verb](`/api/v1${path}`).set(house.manager.headers).send(body);
const channelOf = async (brand: Brand, from?: string): Promise<string> => {
  const listId = await seedList(house.database, brand, { people: 2 });
  return (await http('post', '/channels', { clientId: brand.clientId, connectorId: 'sms', name: 'Amici del bar', account: { listIds: [listId], ...(from !== undefined && { from }) } }).expect(201)).body.id;
};
const wall = DateTime.now().setZone(zone).plus({ days: 1 }).toFormat("yyyy-MM-dd'T'12:00");
const plan = (brand: Brand, channelId: string) => http('post', '/posts', { clientId: brand.clientId, channelIds: [channelId], content: { parts: [{ text: 'Ciao' }] }, wallAt: wall, choice: 'today' }).expect(201);
const codes = (body: { warnings: readonly { code: string }[] }): readonly string[] => body.warnings.map(({ code }) => code);

describe('An SMS that is planned without what it needs', () => {
  it('is warned of at once, by name, and no more once it is there', async () => {
    const brand = await house.brand({ zone, capMinor: 0 });
    const channelId = await channelOf(brand);
    house.road.open = null;
    const { body } = await plan(brand, channelId);
    expect(body.warnings).toMatchObject([
      { code: 'sms-no-gateway', channelId, sentence: 'As things stand this SMS will not go out. This workspace has no gateway for SMS yet: set one up.' },
      { code: 'sms-no-cap', sentence: expect.stringContaining('set a monthly limit') },
    ]);
    house.road.open = { isTold: false };
    expect(codes((await house.http().get(`/api/v1/posts/${body.id}`).set(house.manager.headers)).body)).toEqual(['sms-not-public', 'sms-no-cap']);
    house.road.open = {};
    await http('put', `/clients/${brand.clientId}/sms-cap`, { version: 0, capMinor: 500, currency: 'EUR' }).expect(200);
    expect(codes((await http('patch', `/posts/${body.id}`, { version: 1, content: { parts: [{ text: 'Ciao!' }] } }).expect(200)).body)).toEqual([]);
    house.road.open = { currency: 'USD' };
    expect(codes((await plan(brand, channelId)).body)).toEqual(['sms-other-currency']);
  });

  it('is warned of in a file of posts too', async () => {
    const brand = await house.brand({ zone, capMinor: 0 });
    await channelOf(brand);
    const file = `client,channels,date,time,text\n${brand.clientId},Amici del bar,${wall.slice(0, 10)},12:00,Ciao\n`;
    const { body } = await house.http().post('/api/v1/posts/import?preview=true').set(house.manager.headers).set('content-type', 'text/csv').send(file).expect(200);
    expect(codes(body)).toEqual(['sms-no-cap']);
  });

  it('says what the missing address means to its people: nobody can answer STOP, or the link leads nowhere', async () => {
    const brand = await house.brand({ zone });
    const [numbered, named] = [await channelOf(brand), await channelOf(brand, 'BarSport')];
    house.road.open = { isTold: false };
    expect((await plan(brand, numbered)).body.warnings).toMatchObject([{ code: 'sms-not-public', sentence: expect.stringContaining('answer STOP') }]);
    expect((await plan(brand, named)).body.warnings).toMatchObject([{ code: 'sms-not-public-link', sentence: expect.stringContaining('the link') }]);
  });

  it('is told at its hour in words that are true: no platform refused it', async () => {
    const brand = await house.brand({ zone, capMinor: 0 });
    const { body } = await plan(brand, await channelOf(brand));
    const [{ id }] = body.deliveries as [{ id: string }];
    await house.database.query(`UPDATE deliveries SET due_at = now(), ready_at = now(), deadline_at = now() + interval '1 day' WHERE id = $1`, [id]);
    await house.get(DispatchService).run(id);
    const { deliveries } = (await house.http().get(`/api/v1/posts/${body.id}`).set(house.manager.headers)).body;
    expect(deliveries).toMatchObject([{ state: 'failed', reason: { code: 'not-taken', sentence: expect.stringMatching(/^It could not go out: SMS are off for this client/) } }]);
    await house.database.query(`UPDATE users SET language = 'it'`);
    const { body: read } = await house.http().get(`/api/v1/posts/${body.id}`).set(house.manager.headers);
    await house.database.query(`UPDATE users SET language = 'en'`);
    expect(read.deliveries).toMatchObject([{ reason: { sentence: 'Non è potuto uscire: Gli SMS sono spenti per questo cliente: imposta un limite mensile.' } }]);
  });
});

describe('The limit', () => {
  it('in another currency than the gateway’s is refused', async () => {
    const { clientId } = await house.brand({ capMinor: 0 });
    house.road.open = { currency: 'USD' };
    const { body } = await http('put', `/clients/${clientId}/sms-cap`, { version: 0, capMinor: 500, currency: 'EUR' });
    expect(body).toMatchObject({ status: 422, code: 'cap-other-currency', detail: expect.stringContaining('Set it in USD') });
  });

  it.each([[{ isTold: false }, 'no public https address'], [{ currency: 'USD' }, 'another currency'], [{}, null]] as const)('and all else that SMS need count in the readiness of the client: %j', async (open, why) => {
    const brand = await house.brand({ zone });
    await channelOf(brand);
    house.road.open = open;
    const { items } = (await house.http().get(`/api/v1/clients/${brand.clientId}/readiness`).set(house.manager.headers)).body;
    expect(items.find(({ code }: { code: string }) => code === 'sms')).toMatchObject(why === null ? { ok: true, share: 1 } : { ok: false, why: expect.stringContaining(why) });
  });
});
