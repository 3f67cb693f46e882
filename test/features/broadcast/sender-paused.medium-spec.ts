import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BouncesService } from '../../../src/features/broadcast/bounces.service.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { type Brand, seedList } from './broadcast-seed.js';

let house: BroadcastHouse;
beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());
beforeEach(() => {
  house.office.verdict = () => null;
});

/** The notices that name this brand, as somebody with this language reads them. */
async function notices({ clientId }: Brand, language: 'en' | 'it' = 'en') {
  await house.get(FactTakers).take('notifications');
  const { headers } = await house.member(house.workspaceId, 'manager', { language });
  const { body } = await house.http().get('/api/v1/notices').set(headers);
  return body.items.filter((one: { kind: string; clientId: string | null }) => one.kind === 'newsletter-paused' && one.clientId === clientId);
}

describe('A sender that pauses by itself', () => {
  it('for refusals is told, once, with what the server says and what to do, in the reader’s language', async () => {
    const brand = await house.brand('Bar Rifiutato');
    house.office.verdict = () => ({ code: 554, text: '5.7.1 this looks like spam' });
    await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 200 })] });
    await house.mail();
    expect(await notices(brand)).toEqual([expect.objectContaining({
      title: 'The newsletters of Bar Rifiutato are paused', text: expect.stringMatching(/^Too many mails were refused.*5\.7\.1 this looks like spam.*until you have looked at the sender and let it go on\.$/),
    })]);
    expect(await notices(brand, 'it')).toEqual([expect.objectContaining({ title: 'Le newsletter di Bar Rifiutato sono in pausa', text: expect.stringMatching(/5\.7\.1 this looks like spam.*riattivato l’invio\.$/) })]);
  });

  it('in a storm of bounces is told so too, with a newsletter under way or without', async () => {
    const brand = await house.brand('Bar Tempesta');
    const { broadcastId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 120 })] });
    await house.mail();
    const rows: { id: string; number: string }[] = await house.database.query('SELECT r.subscriber_id AS id, b.number FROM recipients r JOIN broadcasts b ON b.id = r.broadcast_id WHERE b.id = $1', [broadcastId]);
    for (const [n, { id, number }] of rows.slice(0, 60).entries()) {
      await house.get(BouncesService).take({ id: brand.senderId, workspaceId: brand.workspaceId, clientId: brand.clientId }, { id: `s${n}`, kind: 'bounce', status: '5.1.1', detail: '550 no such user here', refs: [{ number, subscriberId: id }] });
    }
    expect(await notices(brand)).toEqual([expect.objectContaining({ title: 'The newsletters of Bar Tempesta are paused', text: expect.stringContaining('5.1.1 550 no such user here') })]);
  });

  it('is not told of to whoever paused it', async () => {
    const brand = await house.brand('Bar Fermo');
    const { status } = await house.http().post(`/api/v1/senders/${brand.senderId}/pause`).set(house.editor.headers).send({ version: 1, paused: true });
    expect(status).toBeLessThan(300);
    expect(await notices(brand)).toEqual([]);
  });
});
