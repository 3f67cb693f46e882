import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Readers } from '../../../src/features/broadcast/readers.service.js';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { type Brand, seedList } from './broadcast-seed.js';

let house: BroadcastHouse;
beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());

const idOf = async ({ clientId }: Brand, person: number): Promise<string> =>
  (await house.database.query<{ id: string }[]>('SELECT id FROM subscribers WHERE client_id = $1 AND address_key = $2', [clientId, `person${person}@example.com`]))[0]?.id ?? '';
const exported = async (id: string) => (await house.http().get(`/api/v1/subscribers/${id}/export`).set(house.editor.headers)).body.others;
async function erase(id: string): Promise<void> {
  expect((await house.http().delete(`/api/v1/subscribers/${id}`).set(house.editor.headers)).status).toBeLessThan(300);
}
/** All this room keeps, of whomever: as text, to look for an address in. */
const kept = async (): Promise<string> => JSON.stringify(await house.database.query(
  'SELECT (SELECT jsonb_agg(r) FROM recipients r) AS a, (SELECT jsonb_agg(r) FROM reached r) AS b, (SELECT jsonb_agg(x) FROM bounces x) AS c, (SELECT jsonb_agg(x) FROM broadcasts x) AS d'));

describe('What newsletters know of somebody', () => {
  it('is handed out: which they got, when, at which address, and what their server said', async () => {
    const brand = await house.brand();
    house.office.verdict = (address) => (address === 'Person1@example.com' ? { code: 550, text: '5.1.1 no such user' } : null);
    const list = await seedList(house.database, brand, { people: 2 });
    await house.take(brand, { listIds: [list], text: 'Chiusi oggi' });
    await house.mail();
    house.office.verdict = () => null;
    expect(await exported(await idOf(brand, 0))).toMatchObject({ newsletters: [{ subject: 'Chiusi oggi', state: 'sent', address: 'Person0@example.com', sentAt: expect.any(String), detail: null }] });
    expect(await exported(await idOf(brand, 1))).toMatchObject({ newsletters: [expect.objectContaining({ state: 'failed', detail: expect.stringContaining('no such user') })] });
  });

  it('is erased with the rest: no address and no words of a server about it stay, and nobody else’s go', async () => {
    const brand = await house.brand();
    const { broadcastId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2, from: 40 })] });
    await house.mail();
    const id = await idOf(brand, 40);
    await house.database.query(`INSERT INTO bounces (id, workspace_id, sender_id, broadcast_id, subscriber_id, kind, status, detail) VALUES ('b1', $1, $2, $3, $4, 'soft', '4.2.2', 'person40@example.com is full')`, [brand.workspaceId, brand.senderId, broadcastId, id]);
    await erase(id);
    expect(await kept()).not.toMatch(/person40@/i);
    expect(await kept()).toMatch(/person41@/i);
    expect(await house.states(broadcastId)).toEqual({ sent: 2 });
  });

  it('keeps out of one that is under way whoever is erased meanwhile', async () => {
    const brand = await house.brand();
    const { broadcastId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2, from: 60 })] });
    house.office.letters.length = 0;
    await erase(await idOf(brand, 60));
    await house.mail();
    expect(house.arrived()).toEqual(['Person61@example.com']);
    expect(await house.states(broadcastId)).toEqual({ sent: 1, suppressed: 1 });
  });

  it('is forgotten after thirteen months, and not before; that there was a newsletter, and to how many, stays', async () => {
    const brand = await house.brand();
    const { broadcastId, postId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 3, from: 80 })] });
    await house.mail();
    const rows = async () => (await house.database.query('SELECT (SELECT count(*)::int FROM recipients WHERE broadcast_id = $1) AS recipients, (SELECT count(*)::int FROM reached WHERE post_id = $2) AS reached', [broadcastId, postId]))[0];
    const pruned = async (ago: string) => {
      await house.database.query('UPDATE broadcasts SET ended_at = now() - $2::interval WHERE id = $1', [broadcastId, ago]);
      await house.get(Readers).prune();
      return rows();
    };
    expect(await pruned('12 months 25 days')).toEqual({ recipients: 3, reached: 3 });
    expect(await pruned('13 months 5 days')).toEqual({ recipients: 0, reached: 0 });
    expect((await house.http().get(`/api/v1/broadcasts/${broadcastId}`).set(house.editor.headers)).body).toMatchObject({ state: 'sent', recipients: 3 });
  });
});
