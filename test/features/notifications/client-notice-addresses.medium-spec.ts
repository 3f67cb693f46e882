import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ClientNoticeRounds } from '../../../src/features/notifications/client-notice-rounds.service.js';
import { Outbox } from '../../../src/infra/mail/outbox.js';
import type { Parcel, RoadResult } from '../../../src/infra/mail/road.js';
import { mailRoom } from '../../infra/mail/mail-room.js';
import type { Visitor } from '../../kit/house.js';
import type { SeededClient } from '../../kit/seed.js';
import { type IncidentHouse, type LetterRow, minute, openIncidentHouse } from './incident-house.js';

let house: IncidentHouse;
let mara: Visitor;
let bar: SeededClient;

beforeAll(async () => {
  house = await openIncidentHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE incidents, letters, notices, incident_asks, incident_tellings, client_notices, events, event_claims CASCADE');
  await house.database.query(`UPDATE users SET email = id::text || '@gone.example'`);
  const workspaceId = await house.workspace('Agenzia Uno');
  mara = await house.person(workspaceId, 'manager', 'Mara');
  bar = await house.client(workspaceId, 'Bar Sport', { emails: ['bar@example.com', 'boss@example.com'] });
});

const round = (): Promise<number> => house.get(ClientNoticeRounds).round();
const letters = (): Promise<readonly LetterRow[]> => house.letters('client-notice');
const listed = async () => (await house.http().get('/api/v1/client-notices').set(mara.headers)).body.items;

describe('Each address of a client', () => {
  it('that no mail server takes is told to the team, and stands in the list with what they said', async () => {
    await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await round();
    expect((await listed())[0].addresses).toEqual([{ address: 'bar@example.com', state: 'waiting', detail: null }, { address: 'boss@example.com', state: 'waiting', detail: null }]);
    const refusing = { place: 'first' as const, kind: 'smtp' as const, host: 'mail.example', from: 'a@mail.example', lanes: 10, carriesClients: true, probe: async () => ({ kind: 'ok' as const }), check: async () => null, close: () => undefined,
      send: async ({ to }: Parcel): Promise<RoadResult> => (to.address === 'boss@example.com' ? { kind: 'refused', detail: '550 no such user' } : { kind: 'sent' }) };
    const { outbox: mail, carry } = mailRoom(house.database, [refusing]);
    mail.losses((manager, letter) => house.get(Outbox).lost(manager, letter));
    await carry();
    expect((await listed())[0].addresses).toEqual([{ address: 'bar@example.com', state: 'sent', detail: null }, { address: 'boss@example.com', state: 'failed', detail: '550 no such user' }]);
    const { body } = await house.http().get('/api/v1/notices').set(mara.headers);
    expect(body.items).toMatchObject([{ kind: 'client-notice-lost', title: 'A notice did not reach Bar Sport', text: expect.stringContaining('boss@example.com: 550 no such user.'), clientId: bar.clientId }]);
  });

  it('that had the beginning on its way when it was over is told the end, also after the contacts were changed', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await round();
    await house.database.query(`UPDATE letters SET tries = 1, sending_until = now() + interval '1 minute'`);
    await house.database.query(`UPDATE clients SET contacts = '{"emails": ["new@example.com"]}' WHERE id = $1`, [bar.clientId]);
    await house.close(id);
    expect(await round()).toBe(1);
    expect(await listed()).toMatchObject([{ kind: 'end', state: 'sent', addresses: [{ address: 'new@example.com', state: 'waiting' }] }, { kind: 'opening' }]);
  });

  it('that was to have the beginning is taken off, also when the contacts were changed meanwhile', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await round();
    await house.database.query(`UPDATE clients SET contacts = '{"emails": ["new@example.com"]}' WHERE id = $1`, [bar.clientId]);
    await house.close(id);
    expect(await round()).toBe(0);
    expect((await letters()).map(({ state }) => state)).toEqual(['dropped', 'dropped']);
  });
});
