import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { numberOf, seedList } from './sms-seed.js';

let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());
beforeEach(() => house.fresh());

const ask = (id: string, query = '') => house.http().get(`/api/v1/sms/rounds/${id}/recipients${query}`).set(house.manager.headers);

describe('The recipients of a round of SMS', () => {
  it('say whose number was refused, and in which words', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 3 })] });
    house.phones.verdict = ({ to }) => (to === numberOf(1) ? { kind: 'refused', detail: '21211 invalid number' } : null);
    await house.send();
    expect((await ask(roundId, '?state=failed')).body).toEqual({
      next: null, items: [{ subscriberId: expect.any(String), address: numberOf(1), state: 'failed', why: 'The gateway refused it, or could not deliver it.', detail: expect.stringContaining('invalid number'), at: expect.any(String) }],
    });
    const first = (await ask(roundId, '?limit=2')).body;
    const second = (await ask(roundId, `?limit=2&cursor=${first.next}`)).body;
    expect(new Set([...first.items, ...second.items].map(({ address }: { address: string }) => address))).toEqual(new Set([numberOf(0), numberOf(1), numberOf(2)]));
    expect(second.next).toBeNull();
  });

  it('say for whom the limit of the month was not enough', async () => {
    const brand = await house.brand({ capMinor: 100 });
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 4 })] });
    await house.database.query('UPDATE sms_caps SET cap_minor = 35 WHERE client_id = $1', [brand.clientId]);
    await house.send();
    expect((await ask(roundId, '?state=expired')).body.items).toEqual([expect.objectContaining({ state: 'expired', why: 'The month’s limit was used up: they got nothing.', detail: null })]);
  });

  it('are seen by those who may see subscribers, of their own workspace', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })] });
    const viewer = await house.member(house.workspaceId, 'viewer');
    const stranger = await house.member(await house.workspace('Agenzia Due'), 'manager');
    const status = async (headers: Record<string, string>): Promise<number> => (await house.http().get(`/api/v1/sms/rounds/${roundId}/recipients`).set(headers)).status;
    expect([await status(viewer.headers), await status(stranger.headers)]).toEqual([403, 404]);
  });
});
