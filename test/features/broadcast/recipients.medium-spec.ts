import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MailRecipient } from '../../../src/features/broadcast/recipient.schema.js';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { seedList } from './broadcast-seed.js';

let house: BroadcastHouse;
beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());
beforeEach(() => {
  house.office.letters.length = 0;
  house.office.verdict = () => null;
});

const ask = (id: string, query = '') => house.http().get(`/api/v1/broadcasts/${id}/recipients${query}`).set(house.editor.headers);
const taken = async (people: number): Promise<string> => {
  const brand = await house.brand();
  return (await house.take(brand, { listIds: [await seedList(house.database, brand, { people })] })).broadcastId;
};

describe('The recipients of a newsletter', () => {
  it('say who was refused, and in which words', async () => {
    const id = await taken(4);
    house.office.verdict = (to) => (to.startsWith('Person2@') ? { code: 550, text: '5.1.1 no such user' } : null);
    await house.mail();
    const { body } = await ask(id, '?state=failed');
    expect(body).toEqual({ next: null, items: [{ subscriberId: expect.any(String), address: 'Person2@example.com', state: 'failed', why: 'The mail server refused it.', detail: expect.stringContaining('no such user'), at: expect.any(String) }] });
  });

  it('come in pages, each once', async () => {
    const id = await taken(5);
    const seen: MailRecipient[] = [];
    let next: string | null = null;
    do {
      const { body } = await ask(id, `?limit=2${next === null ? '' : `&cursor=${next}`}`);
      seen.push(...(body.items as MailRecipient[]));
      next = body.next as string | null;
    } while (next !== null);
    expect(new Set(seen.map(({ address }) => address)).size).toBe(5);
    expect(seen).toHaveLength(5);
    expect(seen.every(({ state, at }) => state === 'waiting' && at === null)).toBe(true);
  });

  it('who was erased has no address any more', async () => {
    const id = await taken(1);
    await house.database.query(`UPDATE recipients SET address = '', address_key = 'erased:x' WHERE broadcast_id = $1`, [id]);
    expect((await ask(id)).body.items).toEqual([expect.objectContaining({ address: null })]);
  });

  it('are seen by those who may see subscribers, of their own workspace', async () => {
    const id = await taken(1);
    const viewer = await house.member(house.workspaceId, 'viewer');
    const stranger = await house.member(await house.workspace('Agenzia Due'), 'manager');
    const status = async (headers: Record<string, string>): Promise<number> => (await house.http().get(`/api/v1/broadcasts/${id}/recipients`).set(headers)).status;
    expect([await status(viewer.headers), await status(stranger.headers)]).toEqual([403, 404]);
  });
});
