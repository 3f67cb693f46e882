import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { OutletReadiness } from '../../../src/features/posts/outlet-readiness.service.js';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { seedList, seedPart } from './broadcast-seed.js';

let house: BroadcastHouse;
beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());

it.each([
  ['is ready with a verified, warm sender and people who agreed', {}, {}, null],
  ['is not without a verified sender', { verified_at: null }, {}, 'unverified'],
  ['is not while the sender is paused', { paused_at: new Date(), pause_reason: 'person' }, {}, 'paused'],
  ['is not for people who did not agree to such messages', {}, { coversFallback: false }, 'not-covered'],
  ['is not when there is nobody', {}, { people: 0 }, 'nobody'],
  ['is not with a sender nobody has heard of', { is_warm: false }, {}, 'cold'],
] as const)('%s', async (_, sender, list, trouble) => {
  const brand = await house.brand('Bar', sender);
  const listIds = [await seedList(house.database, brand, { people: 3, coversFallback: true, ...list })];
  const channelId = uuid();
  await seedPart(house.database, { ...brand, listIds, postId: uuid(), channelId, text: 'Ciao' });
  const found = await house.get(OutletReadiness).of(brand.workspaceId, [{ postId: uuid(), channelId, connectorId: 'newsletter', parts: [] }], Date.now());
  expect(found).toEqual([trouble]);
});
