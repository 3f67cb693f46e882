import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { ReroutesService } from '../../../src/features/posts/reroutes.service.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { seedList, statesOf } from './broadcast-seed.js';
import { type CollectingHouse, openCollecting } from './collecting-house.js';

const connections = 3;
const PEOPLE = 120;

let house: CollectingHouse;
beforeAll(async () => {
  house = await openCollecting();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.office.letters.length = 0;
  house.office.verdict = () => null;
  house.office.arriving = async () => undefined;
  await house.rows(`UPDATE broadcasts SET state = 'stopped' WHERE state IN ('frozen', 'sending', 'paused')`);
  await house.rows('UPDATE pauses SET ended_at = coalesce(ended_at, now())');
});

const read = async (id: string) => (await house.http().get(`/api/v1/broadcasts/${id}`).set(house.editor.headers)).body;
const told = (id: string) => house.rows('SELECT kind, payload -> $2 ->> $3 AS code, (payload ->> $4)::int AS count, (payload ->> $5)::int AS got FROM events WHERE subject_id = $1', [id, 'reason', 'code', 'count', 'got']);

async function begin(resume: string, { clientId = null, connectorId = null }: { readonly clientId?: string | null; readonly connectorId?: string | null } = {}): Promise<string> {
  const id = uuid();
  await house.rows(`INSERT INTO pauses (id, workspace_id, client_id, connector_id, reason, created_by, resume) VALUES ($1, $2, $3, $4, 'stop', '{}', $5)`, [id, house.workspaceId, clientId, connectorId, resume]);
  return id;
}
const end = (id: string) => house.rows('UPDATE pauses SET ended_at = now() WHERE id = $1', [id]);

/** Half way through a newsletter everything is paused. @returns what had gone by then */
async function half(resume: string) {
  const brand = await house.brand();
  const { broadcastId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: PEOPLE })] });
  // Its delivery as dispatch would leave it.
  await house.rows(`UPDATE deliveries SET state = 'published', lease_until = NULL WHERE client_id = $1`, [brand.clientId]);
  const pausing: Promise<string>[] = [];
  house.office.arriving = async () => {
    if (house.office.letters.length >= 5) await (pausing[0] ??= begin(resume));
  };
  await house.mail();
  house.office.arriving = async () => undefined;
  return { brand, broadcastId, pauseId: (await pausing[0]) ?? '', gone: house.office.letters.length };
}

describe('A pause of everything', () => {
  it('holds for whoever’s mail has not begun: no more go than there are connections', async () => {
    const { broadcastId, gone } = await half('paced');
    expect(gone).toBeLessThanOrEqual(5 + 2 * connections);
    expect(await statesOf(house.database, broadcastId)).toEqual({ sent: gone, waiting: PEOPLE - gone });
  });

  it('that lets all go on at its end lets the newsletter go on, to whoever has not had it', async () => {
    const { broadcastId, pauseId } = await half('paced');
    await end(pauseId);
    await house.mail();
    expect([await statesOf(house.database, broadcastId), new Set(house.arrived()).size, house.office.letters.length]).toEqual([{ sent: PEOPLE }, PEOPLE, PEOPLE]);
  });

  it('that drops what it held ends the newsletter, and people are told how many had it', async () => {
    const { broadcastId, pauseId, gone } = await half('drop');
    await end(pauseId);
    await house.mail();
    expect([house.office.letters.length, await statesOf(house.database, broadcastId), (await read(broadcastId)).state]).toEqual([gone, { expired: PEOPLE - gone, sent: gone }, 'stopped']);
    expect(await told(broadcastId)).toEqual([{ kind: 'newsletter.ended', code: 'newsletter-dropped-after-pause', count: PEOPLE - gone, got: gone }]);
  });

  it('that leaves what it held to a person leaves the newsletter to a person, told once, who lets it go on', async () => {
    const { brand, broadcastId, pauseId, gone } = await half('review');
    await end(pauseId);
    await house.mail();
    await house.mail();
    const paused = await read(broadcastId);
    expect([house.office.letters.length, paused.state, paused.pauseReason]).toEqual([gone, 'paused', 'pause-over']);
    expect(await told(broadcastId)).toMatchObject([{ kind: 'newsletter.waiting', code: 'newsletter-pause-over', count: PEOPLE - gone }]);
    await house.get(FactTakers).take('notifications');
    const { body } = await house.http().get('/api/v1/notices?limit=100').set({ ...house.editor.headers, 'accept-language': 'it' });
    expect(body.items.find(({ clientId }: { clientId: string }) => clientId === brand.clientId)).toMatchObject({ kind: 'newsletter-waiting' });
    expect((await house.http().post(`/api/v1/broadcasts/${broadcastId}/resume`).set(house.editor.headers).send({ version: paused.version })).status).toBe(200);
    await house.mail();
    expect([await statesOf(house.database, broadcastId), new Set(house.arrived()).size]).toEqual([{ sent: PEOPLE }, PEOPLE]);
  });
});

it.each([
  ['another client', async () => ({ clientId: (await house.brand('Altro')).clientId })],
  ['another platform', async () => ({ connectorId: 'mastodon' })],
] as const)('a pause of %s drops nothing here', async (_, whose) => {
  const brand = await house.brand();
  const { broadcastId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 3 })] });
  await end(await begin('drop', await whose()));
  await house.mail();
  expect(await statesOf(house.database, broadcastId)).toEqual({ sent: 3 });
});

it('a pause that ended before the newsletter was taken drops nothing of it', async () => {
  const brand = await house.brand();
  await end(await begin('drop'));
  const { broadcastId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 3 })] });
  await house.mail();
  expect(await statesOf(house.database, broadcastId)).toEqual({ sent: 3 });
});

it('what a pause drops before anybody had it is dropped as a post too, and does not come back to its platform', async () => {
  await house.say('down');
  const outlets = await house.outlets();
  const post = await house.held(outlets, { text: 'Siamo aperti', due: 60, limit: 4 });
  await house.run(post.id);
  await house.runChildren(post);
  await end(await begin('drop', { clientId: outlets.brand.clientId }));
  await house.mail();
  expect([house.office.letters.length, (await house.children(post)).map(({ state, code }) => [state, code])]).toEqual([0, [['skipped', 'dropped-after-pause']]]);
  await house.get(ReroutesService).comeBack();
  expect(await house.states(post)).toEqual(['skipped']);
});
