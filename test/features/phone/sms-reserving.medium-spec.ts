import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SmsRecipients } from '../../../src/features/phone/sms-recipients.service.js';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { seedList } from './sms-seed.js';

let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());

it('no more are taken up than were asked for, although the planner knows nothing of a young table', async () => {
  const brand = await house.brand();
  const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 120 })] });
  await house.database.query(`UPDATE sms_rounds SET state = 'sending' WHERE id = $1`, [roundId]);
  expect(await house.get(SmsRecipients).reserve(roundId, 50)).toHaveLength(50);
  expect(await house.states(roundId)).toEqual({ reserved: 50, waiting: 70 });
});
