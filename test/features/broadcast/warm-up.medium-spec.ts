import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { seedList } from './broadcast-seed.js';

let house: BroadcastHouse;
beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());
beforeEach(() => {
  house.office.letters.length = 0;
});

const later = async (senderId: string, broadcastId: string): Promise<void> => {
  await house.database.query(`UPDATE senders SET rest_until = '-infinity', first_mail_at = first_mail_at - interval '25 hours' WHERE id = $1`, [senderId]);
  await house.database.query(`UPDATE recipients SET intent_at = intent_at - interval '25 hours' WHERE broadcast_id = $1`, [broadcastId]);
};

it('a new sender stops at its cap on the first day, people are told once, and the next days it goes on', async () => {
  const brand = await house.brand('Nuovo', { is_warm: false, connections: 20 });
  const { broadcastId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 650 })] });
  await house.mail();
  expect([await house.states(broadcastId), house.office.letters.length]).toEqual([{ sent: 200, waiting: 450 }, 200]);
  const told = () => house.database.query(`SELECT payload -> 'reason' ->> 'code' AS code, payload ->> 'count' AS count FROM events WHERE kind = 'newsletter.waiting' AND subject_id = $1`, [broadcastId]);
  expect(await told()).toEqual([{ code: 'newsletter-warm-up', count: '450' }]);
  await later(brand.senderId, broadcastId);
  await house.mail();
  expect(await house.states(broadcastId)).toEqual({ sent: 600, waiting: 50 });
  await later(brand.senderId, broadcastId);
  await house.mail();
  expect([await house.states(broadcastId), new Set(house.arrived()).size]).toEqual([{ sent: 650 }, 650]);
  expect(await told()).toHaveLength(1);
});

it('says beforehand how many days a new sender takes', async () => {
  const brand = await house.brand('Nuovo', { is_warm: false });
  await house.database.query(`UPDATE senders SET rest_until = 'infinity' WHERE id = $1`, [brand.senderId]);
  const listIds = [await seedList(house.database, brand, { people: 601 })];
  const taken = await house.take(brand, { listIds });
  await house.database.query('DELETE FROM reached WHERE post_id = $1', [taken.postId]);
  const { body } = await house.http().get(`/api/v1/broadcasts/preflight?postId=${taken.postId}&channelId=${taken.channelId}`).set(house.editor.headers);
  expect([body.willMail, body.daysOfWarmUp]).toEqual([601, 3]); // 200, 400, 1
  await house.database.query('UPDATE senders SET is_warm = true WHERE id = $1', [brand.senderId]);
  const warm = await house.http().get(`/api/v1/broadcasts/preflight?postId=${taken.postId}&channelId=${taken.channelId}`).set(house.editor.headers);
  expect(warm.body.daysOfWarmUp).toBeLessThanOrEqual(1);
});

it('goes no faster than its sender’s rate', async () => {
  const brand = await house.brand('Piano', { rate_per_second: 2 });
  const { broadcastId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 8 })] });
  const arrived: number[] = [];
  house.office.arriving = async () => void arrived.push(performance.now());
  await house.mail();
  house.office.arriving = async () => undefined;
  expect(await house.states(broadcastId)).toEqual({ sent: 8 });
  expect((arrived.at(-1) ?? 0) - (arrived[0] ?? 0)).toBeGreaterThan(3_000); // seven times half a second
});
