import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { v7 as uuid } from 'uuid';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { type Brand, seedList, zoneAt } from './sms-seed.js';

const zone = zoneAt(12);
let house: SmsHouse;
let brand: Brand;
let smsId: string;
let alphaId: string;

const post = (path: string, body: object) => house.http().post(`/api/v1${path}`).set(house.manager.headers).send(body);
const tomorrow = (hour: number): DateTime => DateTime.now().setZone(zone).plus({ days: 1 }).startOf('day').plus({ hours: hour });

beforeAll(async () => {
  house = await openSmsHouse();
  brand = await house.brand({ zone });
  const list = await seedList(house.database, brand, { people: 3 });
  const connected = await post('/channels', { clientId: brand.clientId, connectorId: 'sms', name: 'SMS agli amici', account: { listIds: [list] } }).expect(201);
  smsId = (connected.body as { id: string }).id;
  alphaId = uuid();
  await house.database.query(`INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'sandbox-alpha', 'Alpha', 'sandbox.invalid', 'sandbox-alpha:publish@sandbox.invalid', 'x')`, [alphaId, brand.workspaceId, brand.clientId]);
});
afterAll(() => house.close());

/** A post whose hour counts, with what it says by SMS. */
async function plan(hour: number, text: string): Promise<void> {
  const { body } = await post('/posts', {
    clientId: brand.clientId, channelIds: [alphaId], content: { parts: [{ text: `At ${hour}` }] }, wallAt: tomorrow(hour).toFormat("yyyy-MM-dd'T'HH:mm"), choice: 'hour-counts', policy: { rerouteTo: [[smsId]] },
  }).expect(201);
  await house.http().put(`/api/v1/posts/${(body as { id: string }).id}/fallbacks/${smsId}`).set(house.manager.headers).send({ version: 0, content: { parts: [{ text }] }, approve: true }).expect(200);
}

it('a rehearsed outage says what goes out by SMS and for how much, and that nothing does at night', async () => {
  await plan(12, 'Aperitivo rimandato a domani.');
  await plan(13, `${'a'.repeat(100)} 🎉`);
  await plan(22, 'Di notte no.');
  const { body } = await post('/what-if', { connectorIds: ['sandbox-alpha'], from: tomorrow(11).toISO(), to: tomorrow(23).toISO() }).expect(200);
  const cost = (minor: number, people = 3) => [{ people, minor, currency: 'EUR' }];
  expect(body.clients[0].posts.map(({ text, fate, ways, costs }: Record<string, unknown>) => [text, fate, ways, costs])).toEqual([
    ['At 12', 'elsewhere', ['SMS agli amici'], cost(30)],
    ['At 13', 'elsewhere', ['SMS agli amici'], cost(60)],
    ['At 22', 'missed', [], []],
  ]);
  expect([body.costs, body.clients[0].costs]).toEqual([cost(90, 6), cost(90, 6)]);
  expect(house.phones.asked).toBe(0);
});

it('a channel of a list of e-mails is not connected', async () => {
  const list = await seedList(house.database, brand, { people: 1, name: 'Posta' });
  await house.database.query(`UPDATE lists SET kind = 'email' WHERE id = $1`, [list]);
  const { status, body } = await post('/channels', { clientId: brand.clientId, connectorId: 'sms', account: { listIds: [list] } });
  expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining('of e-mails')]);
});
