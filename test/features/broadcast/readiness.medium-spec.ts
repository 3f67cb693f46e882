import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { HealthService } from '../../../src/features/health/health.service.js';
import { ReadinessService } from '../../../src/features/library/readiness.service.js';
import { OutletReadiness } from '../../../src/features/posts/outlet-readiness.service.js';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { type Brand, seedList, seedPart, seedSentIssue } from './broadcast-seed.js';

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
  ['is not while its mail server takes nothing', { troubles: 3, rest_until: new Date(Date.now() + 60_000) }, {}, 'down'],
  ['is again once the mail server has not been heard of for long', { troubles: 3, rest_until: new Date(Date.now() - 3_600_000) }, {}, null],
  ['is after a server took nothing twice', { troubles: 2, rest_until: new Date(Date.now() + 60_000) }, {}, null],
] as const)('%s', async (_, sender, list, trouble) => {
  const brand = await house.brand('Bar', sender);
  const listIds = [await seedList(house.database, brand, { people: 3, coversFallback: true, ...list })];
  await seedSentIssue(house.database, brand, listIds[0] ?? '');
  expect(await troubleOf(brand, listIds)).toBe(trouble);
});

it('is not while the watch holds the installation’s own mail server for down, and is for what leaves later', async () => {
  const brand = await house.brand();
  const listIds = [await seedList(house.database, brand, { people: 3, coversFallback: true })];
  await seedSentIssue(house.database, brand, listIds[0] ?? '');
  const say = async (state: 'up' | 'down'): Promise<void> => {
    await house.database.query(
      `INSERT INTO components (id, detector, state, media_state, read_ok, impaired, since, cause, confidence) VALUES ($1, '{}', $2, $2, true, false, now(), 'unknown', 1)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, media_state = excluded.media_state, version = nextval('component_version')`, [`smtp:publish@127.0.0.1:${house.office.port}`, state]);
    await house.get(HealthService).read();
  };
  await say('down');
  expect([await troubleOf(brand, listIds), await troubleOf(brand, listIds, Date.now() + 3_600_000)]).toEqual(['down', null]);
  await say('up');
  expect(await troubleOf(brand, listIds)).toBe(null);
});

describe('A list is known to its sender', () => {
  const other = async (brand: Brand): Promise<string> => seedList(house.database, brand, { people: 2, from: 50, name: 'Altri', coversFallback: true });
  it.each([
    ['by an ordinary newsletter of 59 days ago', async (brand: Brand, listId: string) => seedSentIssue(house.database, brand, listId, { daysAgo: 59 }), null, 59],
    ['not by one of 61 days ago', async (brand: Brand, listId: string) => seedSentIssue(house.database, brand, listId, { daysAgo: 61 }), 'cold', 61],
    ['not by a word of a person that it is', async () => undefined, 'cold', null],
    ['not by one in a platform’s place', async (brand: Brand, listId: string) => seedSentIssue(house.database, brand, listId, { purpose: 'fallback' }), 'cold', null],
    ['not by one that nobody got', async (brand: Brand, listId: string) => seedSentIssue(house.database, brand, listId, { isSent: false }), 'cold', null],
    ['not by one to another list', async (brand: Brand) => seedSentIssue(house.database, brand, await other(brand)), 'cold', 7],
    ['not by one from another address', async (brand: Brand, listId: string) => {
      await house.database.query(`UPDATE broadcasts SET sent_from = 'old@bar.example' WHERE id = $1`, [await seedSentIssue(house.database, brand, listId)]);
    }, 'cold', null],
  ] as const)('%s', async (_, before, trouble, days) => {
    const brand = await house.brand();
    const listId = await seedList(house.database, brand, { people: 3, coversFallback: true });
    await before(brand, listId);
    expect(await troubleOf(brand, [listId])).toBe(trouble);
    const { items } = await house.get(ReadinessService).of(brand.workspaceId, brand.clientId);
    expect(items.find(({ code }) => code === 'warm')?.why.en).toContain(days === null ? 'No ordinary newsletter went out yet' : `${days} days ago`);
  });
});

it('more people than a new sender may write to in a day is too much for it', async () => {
  const brand = await house.brand('Nuovo', { is_warm: false });
  const listId = await seedList(house.database, brand, { people: 201, coversFallback: true });
  await seedSentIssue(house.database, brand, listId);
  expect(await troubleOf(brand, [listId])).toBe('too-many');
  await house.database.query('UPDATE senders SET is_warm = true WHERE id = $1', [brand.senderId]);
  expect(await troubleOf(brand, [listId])).toBe(null);
});

async function troubleOf(brand: Brand, listIds: readonly string[], at = Date.now()): Promise<string | null | undefined> {
  const channelId = uuid();
  await seedPart(house.database, { ...brand, listIds, postId: uuid(), channelId, text: 'Ciao' });
  const [found] = await house.get(OutletReadiness).of(brand.workspaceId, [{ postId: uuid(), channelId, connectorId: 'newsletter', parts: [] }], at);
  return found;
}
