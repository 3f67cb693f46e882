import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { connectorById } from '../../../src/connectors/registry.js';
import { AccountSeal } from '../../../src/features/channels/account-seal.js';
import type { ClientReadiness } from '../../../src/features/library/readiness.schema.js';
import { Seal } from '../../../src/infra/seal.js';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { type Brand, seedList, seedSentIssue } from './broadcast-seed.js';

let house: BroadcastHouse;
beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());

const connect = async ({ workspaceId, clientId }: Brand, ...listIds: readonly string[]): Promise<void> => {
  const id = uuid();
  const sealed = new AccountSeal(new Seal('s'.repeat(32))).sealAccount({ id, workspaceId }, connectorById('newsletter'), { listIds });
  await house.database.query(`INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'newsletter', 'Newsletter', 'house', 'newsletter:publish@house', $4)`, [id, workspaceId, clientId, sealed]);
};
const said = async ({ clientId }: Brand): Promise<string> => {
  const { body } = await house.http().get(`/api/v1/clients/${clientId}/readiness`).set(house.editor.headers);
  return (body as ClientReadiness).items.find(({ code }) => code === 'list')?.why ?? '';
};
/** An ordinary newsletter that went to the list. Its channel has no account that could be opened. */
const issued = async (brand: Brand, listId: string, daysAgo = 7): Promise<string> => {
  const id = await seedSentIssue(house.database, brand, listId, { daysAgo });
  await house.database.query('UPDATE channels SET archived_at = now() WHERE id = (SELECT channel_id FROM broadcasts WHERE id = $1)', [id]);
  return id;
};
const covering = (brand: Brand, people: number, name: string, from = 0) => seedList(house.database, brand, { people, name, from, coversFallback: true });

describe('How many people mail would reach today', () => {
  it('counts those on several lists once, in one channel or in two', async () => {
    const brand = await house.brand();
    const [friends, members] = [await covering(brand, 30, 'Amici'), await covering(brand, 30, 'Soci')];
    await issued(brand, friends);
    await issued(brand, members);
    await connect(brand, friends, members);
    expect(await said(brand)).toBe('30 people can be reached by mail today.');
    await connect(brand, members);
    expect(await said(brand)).toBe('30 people can be reached by mail today.');
  });

  it('leaves out lists that no channel writes to', async () => {
    const brand = await house.brand();
    const [friends] = [await covering(brand, 10, 'Amici'), await covering(brand, 30, 'Soci', 100)];
    await issued(brand, friends);
    expect(await said(brand)).toContain('None of 40 people can be reached by mail today. No newsletter channel');
    await connect(brand, friends);
    expect(await said(brand)).toBe('10 of 40 people can be reached by mail today.');
  });

  it.each([
    ['a sender that is not verified', { verified_at: null }, 'Its sender is not verified.'],
    ['a sender that is paused', { paused_at: new Date(), pause_reason: 'person' }, 'paused'],
    ['a mail server that takes nothing', { troubles: 3, rest_until: new Date(Date.now() + 60_000) }, 'It is down as well.'],
  ])('is nobody with %s, and it says so', async (_, sender, why) => {
    const brand = await house.brand('Bar', sender);
    const list = await covering(brand, 10, 'Amici');
    await issued(brand, list);
    await connect(brand, list);
    expect(await said(brand)).toMatch(/^None of 10 people can be reached by mail today\./);
    expect(await said(brand)).toContain(why);
  });

  it('is nobody where nothing was sent to the list for long', async () => {
    const brand = await house.brand();
    await connect(brand, await covering(brand, 10, 'Amici'));
    expect(await said(brand)).toContain('None of 10 people can be reached by mail today. Nothing was sent to this list');
  });

  it('is no more than a new sender may still write to today', async () => {
    const brand = await house.brand('Bar Nuovo', { is_warm: false, first_mail_at: new Date(Date.now() - 3_600_000) });
    const [list, other] = [await covering(brand, 120, 'Amici'), await covering(brand, 150, 'Altri', 1_000)];
    await issued(brand, list);
    await connect(brand, list);
    expect(await said(brand)).toBe('120 of 270 people can be reached by mail today.');
    const today = await issued(brand, other, 0);
    expect(await said(brand)).toBe('50 of 270 people can be reached by mail today.');
    await house.database.query(`INSERT INTO recipients (broadcast_id, subscriber_id, list_id, address, address_key, state, intent_at) SELECT $1, gen_random_uuid(), $2, '', 'x' || n, 'sent', now() FROM generate_series(1, 60) AS n`, [today, other]);
    expect(await said(brand)).toContain('has written to as many today as it may');
  });

  it('is nobody where a new sender would have to write to more than it may in a day, and looking does not begin its warm-up', async () => {
    const brand = await house.brand('Bar Nuovo', { is_warm: false });
    const list = await covering(brand, 300, 'Amici');
    await issued(brand, list);
    await connect(brand, list);
    expect(await said(brand)).toContain('None of 300 people can be reached by mail today. Its sender is new, and they are more than it may write to in a day.');
    expect(await house.database.query('SELECT first_mail_at FROM senders WHERE id = $1', [brand.senderId])).toEqual([{ first_mail_at: null }]);
  });
});
