import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { type Brand, seedList } from './sms-seed.js';

let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());
beforeEach(() => house.fresh());

/** A round to three people, and the delivery that it was taken for, which is published with that. */
async function taken(brand: Brand): Promise<{ readonly roundId: string; readonly state: () => Promise<unknown> }> {
  const { roundId, postId, channelId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 3 })], origin: 'fallback' });
  return {
    roundId,
    state: async () => (await house.database.query(`SELECT state, reason ->> 'code' AS code FROM deliveries WHERE post_id = $1 AND channel_id = $2`, [postId, channelId]))[0],
  };
}
const tooLate = (roundId: string) => house.database.query(`UPDATE sms_rounds SET deadline_at = now() - interval '1 second' WHERE id = $1`, [roundId]);

describe('SMS that nobody got', () => {
  it('have not gone out: the gateway took none until it was too late', async () => {
    const { roundId, state } = await taken(await house.brand());
    house.phones.verdict = () => ({ kind: 'unavailable', detail: 'gone' });
    await house.send();
    expect(await state()).toEqual({ state: 'published', code: null });
    await tooLate(roundId);
    await house.send();
    expect(await state()).toEqual({ state: 'failed', code: 'reached-nobody' });
  });

  it('have not gone out: each of them was refused', async () => {
    const { state } = await taken(await house.brand());
    house.phones.verdict = () => ({ kind: 'refused', detail: 'no such number' });
    await house.send();
    expect(await state()).toEqual({ state: 'failed', code: 'reached-nobody' });
  });

  it('are out as soon as one person may have theirs', async () => {
    const { roundId, state } = await taken(await house.brand());
    let asked = 0;
    house.phones.verdict = () => ((asked += 1) === 1 ? null : { kind: 'unavailable', detail: 'gone' });
    await house.send();
    await tooLate(roundId);
    await house.send();
    expect(await house.states(roundId)).toEqual({ sent: 1, expired: 2 });
    expect(await state()).toEqual({ state: 'published', code: null });
  });
});
