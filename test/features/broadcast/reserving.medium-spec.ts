import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RecipientRows } from '../../../src/features/broadcast/recipient-rows.service.js';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { seedList } from './broadcast-seed.js';

let house: BroadcastHouse;
beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());

it('no more are taken up than were asked for, although the planner knows nothing of a young table', async () => {
  const brand = await house.brand();
  const { broadcastId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 120 })] });
  await house.database.query(`UPDATE broadcasts SET state = 'sending' WHERE id = $1`, [broadcastId]);
  expect(await house.get(RecipientRows).reserve(broadcastId, 50)).toHaveLength(50);
  expect(await house.states(broadcastId)).toEqual({ reserved: 50, waiting: 70 });
});
