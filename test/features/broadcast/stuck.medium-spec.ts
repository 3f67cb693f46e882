import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TIMES, type Times } from '../../../src/core/times.js';
import { BroadcastEnds } from '../../../src/features/broadcast/broadcast-ends.service.js';
import { BroadcastLoop } from '../../../src/features/broadcast/broadcast-loop.service.js';
import { BroadcastNews } from '../../../src/features/broadcast/broadcast-news.service.js';
import { BroadcastsService } from '../../../src/features/broadcast/broadcasts.service.js';
import { Catcher } from '../../../src/features/broadcast/catcher.service.js';
import { Mailings } from '../../../src/features/broadcast/mailings.service.js';
import { OpenBroadcasts } from '../../../src/features/broadcast/open-broadcasts.service.js';
import { RecipientRows } from '../../../src/features/broadcast/recipient-rows.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { CONFIG, type Config } from '../../../src/infra/config.js';
import { Seal } from '../../../src/infra/seal.js';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { type Brand, seedBrand, seedList } from './broadcast-seed.js';

let house: BroadcastHouse;
beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());

/** Its time never comes: who sleeps is woken by a ring alone. */
class StillClock extends Clock {
  override sleep(_: number, signal?: AbortSignal): Promise<void> {
    return signal?.aborted ? Promise.resolve() : new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
  }
}

/** Taken, and then its secrets are those of another installation. */
async function sealedElsewhere(people = 3): Promise<Brand> {
  const brand = await house.brand();
  await house.take(brand, { listIds: [await seedList(house.database, brand, { people })] });
  const other = await seedBrand(house.database, { workspaceId: house.workspaceId, name: 'Altrove', seal: new Seal('z'.repeat(32)) });
  await house.database.query('UPDATE senders s SET sealed_dkim_key = o.sealed_dkim_key FROM senders o WHERE s.id = $1 AND o.id = $2', [brand.senderId, other.senderId]);
  return brand;
}

const senderOf = async ({ senderId }: Brand): Promise<{ readonly troubles: number; readonly rests: boolean }> =>
  (await house.database.query('SELECT troubles, rest_until > now() AS rests FROM senders WHERE id = $1', [senderId]))[0];

it('a sender that cannot send rings for no other round: it is tried again when that one comes', async () => {
  const brand = await house.brand();
  await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })] });
  let [tries, ended] = [0, 0];
  const mailings = {
    run: () => Promise.reject(new Error(`try ${(tries += 1)}`)),
    rest: () => Promise.reject(new Error(`end ${(ended += 1)}`)), // not even that it rests can be written
  };
  const config = house.app.get<Config>(CONFIG, { strict: false });
  const loop = new BroadcastLoop(house.database, house.get(OpenBroadcasts), house.get(BroadcastsService), house.get(BroadcastEnds), house.get(BroadcastNews), house.get(RecipientRows),
    mailings as unknown as Mailings, house.get(Catcher), new StillClock(), { ...config, ROLES: ['worker'] }, house.app.get<Times>(TIMES, { strict: false }));
  loop.onApplicationBootstrap();
  while (ended === 0 && tries < 5) await setImmediate();
  await loop.idle();
  for (let i = 0; i < 100; i += 1) await house.database.query('SELECT 1'); // as long as many rounds take
  await loop.onModuleDestroy();
  expect(tries).toBe(1);
  await house.database.query(`UPDATE broadcasts SET state = 'stopped' WHERE client_id = $1`, [brand.clientId]);
});

it('a sender whose secrets do not open rests ever longer, loses nobody, and people are told what to do', async () => {
  const brand = await sealedElsewhere();
  await house.mail();
  await house.mail();
  expect(await senderOf(brand)).toEqual({ troubles: 1, rests: true });
  for (let i = 0; i < 8; i += 1) {
    await house.database.query(`UPDATE senders SET rest_until = '-infinity' WHERE id = $1`, [brand.senderId]);
    await house.mail();
  }
  const told = await house.database.query(`SELECT payload -> 'reason' AS reason, (payload ->> 'count')::int AS count FROM events WHERE kind = 'newsletter.waiting' AND payload ->> 'clientId' = $1`, [brand.clientId]);
  expect(told).toMatchObject([{ reason: { code: 'newsletter-stuck', detail: expect.stringContaining('APP_SECRET') }, count: 3 }]);
  expect(house.office.letters).toEqual([]);
});
