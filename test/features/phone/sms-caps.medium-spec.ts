import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Spending } from '../../../src/features/phone/spending.service.js';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { seedList } from './sms-seed.js';

let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());

const capOf = (clientId: string) => house.http().get(`/api/v1/clients/${clientId}/sms-cap`).set(house.manager.headers);
const setCap = (clientId: string, body: object) => house.http().put(`/api/v1/clients/${clientId}/sms-cap`).set(house.manager.headers).send(body);

describe('The limit of a client', () => {
  it('is 0 until a manager sets it, and is read before it is changed', async () => {
    const { clientId } = await house.brand({ capMinor: 0 });
    expect((await capOf(clientId)).body).toMatchObject({ capMinor: 0, currency: null, gatewayCurrency: 'EUR', spentMinor: 0, leftMinor: 0, version: 0 });
    expect((await setCap(clientId, { version: 0, capMinor: 2_500, currency: 'EUR' })).body).toMatchObject({ capMinor: 2_500, currency: 'EUR', leftMinor: 2_500, version: 1 });
    expect((await setCap(clientId, { version: 0, capMinor: 9_000, currency: 'EUR' })).body).toMatchObject({ status: 409, code: 'edited-meanwhile' });
    expect((await setCap(clientId, { version: 1, capMinor: 0, currency: 'EUR' })).body).toMatchObject({ capMinor: 0, version: 2 });
    expect(await house.database.query(`SELECT count(*)::int AS n FROM audit_log WHERE subject_id = $1 AND action = 'sms.cap'`, [clientId])).toEqual([{ n: 2 }]);
  });

  it.each([['less than nothing', { capMinor: -1 }], ['parts of a cent', { capMinor: 0.5 }], ['no currency', { currency: 'euro' }]])('is refused with %s', async (_, wrong) => {
    const { clientId } = await house.brand({ capMinor: 0 });
    expect((await setCap(clientId, { version: 0, capMinor: 100, currency: 'EUR', ...wrong })).status).toBe(400);
  });

  it('counts in the readiness of the client, once there is a way to telephones', async () => {
    const { clientId } = await house.brand({ capMinor: 0 });
    const readiness = async () => (await house.http().get(`/api/v1/clients/${clientId}/readiness`).set(house.manager.headers)).body.items.find(({ code }: { code: string }) => code === 'sms');
    expect(await readiness()).toBeUndefined();
    await house.database.query(`INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES (gen_random_uuid(), $1, $2, 'sms', 'SMS', 'house', 'sms:publish@house', '')`, [house.workspaceId, clientId]);
    expect(await readiness()).toMatchObject({ ok: false });
    await setCap(clientId, { version: 0, capMinor: 100, currency: 'EUR' });
    expect(await readiness()).toMatchObject({ ok: true });
  });
});

describe('What it has cost', () => {
  it('is told of a year, unless somebody asks for more', async () => {
    const { clientId } = await house.brand();
    for (const [ago, minor] of [[0, 1], [11, 2], [12, 4]] as const) await house.database.query(
      `INSERT INTO phone_costs (client_id, month, kind, subject_id, workspace_id, minor, currency, pieces) VALUES ($1, to_char(now() - $2 * interval '1 month', 'YYYY-MM'), 'sms', gen_random_uuid(), $3, $4, 'EUR', 1)`, [clientId, ago, house.workspaceId, minor]);
    const costs = async (more = '') => (await house.http().get(`/api/v1/sms/costs?clientId=${clientId}${more}`).set(house.manager.headers)).body.items.map(({ costMinor }: { costMinor: number }) => costMinor);
    expect([await costs(), await costs('&from=2001-01')]).toEqual([[1, 2], [1, 2, 4]]);
  });
});

describe('Money', () => {
  const reserve = (clientId: string, minor: number, month = '2031-03') => house.database.transaction((manager) => house.get(Spending).reserve(manager, { workspaceId: house.workspaceId, clientId, minor, currency: 'EUR', month }));

  it('is never spent beyond the limit, however many reach for it at once', async () => {
    const { clientId } = await house.brand({ capMinor: 95 });
    const answers = await Promise.all(Array.from({ length: 15 }, () => reserve(clientId, 10)));
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(9);
    expect(await house.get(Spending).budget(house.workspaceId, clientId, { currency: 'EUR', now: Date.parse('2031-03-15T12:00:00Z') })).toMatchObject({ spentMinor: 90, leftMinor: 5 });
  });

  it('not spent is there again, and each month begins anew', async () => {
    const { clientId } = await house.brand({ capMinor: 10 });
    expect([await reserve(clientId, 10), await reserve(clientId, 1), await reserve(clientId, 10, '2031-04')]).toEqual(['ok', 'over-cap', 'ok']);
    await house.get(Spending).giveBack(house.database.manager, { workspaceId: house.workspaceId, clientId, minor: 10, currency: 'EUR', month: '2031-03' });
    expect([await reserve(clientId, 10), await reserve(clientId, 1, '2031-04')]).toEqual(['ok', 'over-cap']);
  });

  it('is counted by the clocks of the client', async () => {
    const { clientId } = await house.brand({ zone: 'Pacific/Auckland' });
    const months = await Promise.all(['2031-03-31T10:59:00Z', '2031-03-31T11:00:00Z'].map((at) => house.get(Spending).budget(house.workspaceId, clientId, { currency: 'EUR', now: Date.parse(at) })));
    expect(months.map(({ month }) => month)).toEqual(['2031-03', '2031-04']); // midnight in Auckland
  });

  it('goes back to the month that it was taken from, also when the client has moved to another zone since', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })] });
    house.phones.verdict = () => ({ kind: 'refused', detail: 'no such number' });
    house.phones.arriving = async () => {
      // As its clocks showed it when it was taken; those of now show another one.
      await house.database.query(`UPDATE sms_spending SET month = '2001-01' WHERE client_id = $1`, [brand.clientId]);
      await house.database.query(`UPDATE sms_recipients SET month = '2001-01' WHERE round_id = $1`, [roundId]);
    };
    await house.send();
    expect(await house.database.query('SELECT minor::float8 AS minor FROM sms_spending WHERE client_id = $1', [brand.clientId])).toEqual([{ minor: 0 }]);
  });

  it('of nobody is nothing, also for nothing', async () => {
    const { clientId } = await house.brand({ capMinor: 0 });
    expect(await reserve(clientId, 0)).toBe('over-cap');
  });
});
