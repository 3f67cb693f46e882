import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { Gateways } from '../../../src/features/phone/gateways.service.js';
import { OutletReadiness } from '../../../src/features/posts/outlet-readiness.service.js';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { type Brand, seedList, seedPart, zoneAt } from './sms-seed.js';

let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());
beforeEach(() => house.fresh());

const channelOf = async (brand: Brand, listIds: readonly string[]): Promise<string> => {
  const channelId = uuid();
  await seedPart(house.database, { ...brand, postId: uuid(), channelId, account: { listIds }, text: 'Ciao', link: null, origin: 'post', dueInMs: 0 });
  return channelId;
};
const asked = (channelId: string, text = 'Ciao', postId = uuid()) => ({ postId, channelId, connectorId: 'sms', parts: [{ text, media: [], link: null, language: null, options: {} }] });

/** Statements under way at most while this is done, through the pool's front door. */
async function mostAtOnce(work: () => Promise<unknown>): Promise<number> {
  const { database } = house;
  const query = database.query.bind(database);
  let [now, most] = [0, 0];
  database.query = async <T>(...all: Parameters<typeof query>): Promise<T> => {
    most = Math.max(most, (now += 1));
    try {
      return await query<T>(...all);
    } finally {
      now -= 1;
    }
  };
  try {
    await work();
  } finally {
    database.query = query;
  }
  return most;
}

describe('Many posts that would leave by SMS', () => {
  it('are each told what they are told alone: by what they say, and by who has had them', async () => {
    const brand = await house.brand({ capMinor: 70 });
    const list = await seedList(house.database, brand, { people: 3 });
    const had = await house.take(brand, { listIds: [list], origin: 'fallback' });
    await house.send();
    const some = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1, from: 3, name: 'Soci' })], origin: 'fallback' });
    await house.send();
    await house.database.query('DELETE FROM sms_days');
    const bar = await channelOf(brand, [list, await seedList(house.database, brand, { people: 1, from: 3, name: 'Vicini' })]);
    const late = await house.brand({ zone: zoneAt(2) });
    const night = await channelOf(late, [await seedList(house.database, late, { people: 1, from: 9 })]);
    // 40 of the limit are spent: 30 are left, for three messages.
    const all = [asked(bar), asked(bar, 'Ciao', had.postId), asked(night), asked(bar, 'Ciao', some.postId), asked(bar, 'a'.repeat(300), had.postId), asked(bar, 'a'.repeat(300), some.postId), asked(uuid())];
    const readiness = house.get(OutletReadiness);
    const together = await readiness.of(brand.workspaceId, all, Date.now());
    const alone = [];
    for (const one of all) alone.push(...(await readiness.of(brand.workspaceId, [one], Date.now())));
    expect(together).toEqual(['over-cap', null, 'night', null, null, 'over-cap', 'account']);
    expect(alone).toEqual(together);
  });

  it('ask for what is the same for all of them once, and have no more than one connection', async () => {
    const brand = await house.brand();
    const channelId = await channelOf(brand, [await seedList(house.database, brand, { people: 3 })]);
    const gateways = house.get(Gateways);
    const open = gateways.open.bind(gateways);
    let opened = 0;
    gateways.open = (...all) => {
      opened += 1;
      return open(...all);
    };
    const posts = Array.from({ length: 30 }, () => asked(channelId));
    let troubles: readonly unknown[] = [];
    const most = await mostAtOnce(async () => (troubles = await house.get(OutletReadiness).of(brand.workspaceId, posts, Date.now())));
    gateways.open = open;
    expect({ most, opened, troubles: new Set(troubles) }).toEqual({ most: 1, opened: 1, troubles: new Set([null]) });
  });
});
