import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Spending } from '../../../src/features/phone/spending.service.js';
import { openSmsHouse, type SmsHouse } from './sms-house.js';

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

describe('Money', () => {
  const reserve = (clientId: string, minor: number, now = Date.now()) => house.database.transaction((manager) => house.get(Spending).reserve(manager, { workspaceId: house.workspaceId, clientId, minor, currency: 'EUR', now }));

  it('is never spent beyond the limit, however many reach for it at once', async () => {
    const { clientId } = await house.brand({ capMinor: 95 });
    const answers = await Promise.all(Array.from({ length: 15 }, () => reserve(clientId, 10)));
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(9);
    expect((await capOf(clientId)).body).toMatchObject({ spentMinor: 90, leftMinor: 5 });
  });

  it('not spent is there again, and each month of the client begins anew by its own clocks', async () => {
    const { clientId } = await house.brand({ capMinor: 10, zone: 'Pacific/Auckland' });
    const [march, april] = [Date.parse('2031-03-31T10:59:00Z'), Date.parse('2031-03-31T11:00:00Z')]; // midnight in Auckland
    expect([await reserve(clientId, 10, march), await reserve(clientId, 1, march), await reserve(clientId, 10, april)]).toEqual(['ok', 'over-cap', 'ok']);
    await house.get(Spending).giveBack(house.database.manager, { workspaceId: house.workspaceId, clientId, minor: 10, currency: 'EUR', now: march });
    expect([await reserve(clientId, 10, march), await reserve(clientId, 1, april)]).toEqual(['ok', 'over-cap']);
  });

  it('of nobody is nothing, also for nothing', async () => {
    const { clientId } = await house.brand({ capMinor: 0 });
    expect(await reserve(clientId, 0)).toBe('over-cap');
  });
});
