import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { ClientNoticeRounds } from '../../../src/features/notifications/client-notice-rounds.service.js';
import type { Visitor } from '../../kit/house.js';
import type { SeededClient } from '../../kit/seed.js';
import { hour, type IncidentHouse, type LetterRow, minute, openIncidentHouse } from './incident-house.js';

let house: IncidentHouse;
let workspaceId: string;
let mara: Visitor;
let bar: SeededClient;

beforeAll(async () => {
  house = await openIncidentHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE incidents, letters, notices, incident_asks, incident_tellings, client_notices, events, event_claims CASCADE');
  await house.database.query(`UPDATE users SET email = id::text || '@gone.example'`);
  workspaceId = await house.workspace('Agenzia Uno');
  await house.person(workspaceId, 'owner', 'Olga');
  mara = await house.person(workspaceId, 'manager', 'Mara');
  bar = await house.client(workspaceId, 'Bar Sport', { emails: ['bar@example.com', 'boss@example.com'] });
});

const round = (): Promise<number> => house.get(ClientNoticeRounds).round();
const letters = (): Promise<readonly LetterRow[]> => house.letters('client-notice');
const ends = async () => (await house.http().get('/api/v1/client-notices').set(mara.headers)).body.items.filter(({ kind }: { kind: string }) => kind === 'end');
const set = (client: SeededClient, change: object) => house.http().put(`/api/v1/clients/${client.clientId}/notice-settings`).set(mara.headers).send({ version: 0, mode: 'automatic', ...change });

describe('The end', () => {
  it('follows an opening that was sent, once, with the tally and the report', async () => {
    const { id, deliveries } = await house.outage([{ client: bar, text: 'Round' }, { client: bar, text: 'Late', dueInMs: 2 * hour }], { forMs: 20 * minute });
    await round();
    await house.database.query(`UPDATE letters SET state = 'sent'`);
    await house.database.query(`UPDATE deliveries SET state = 'missed', ended_at = now() WHERE id = $1`, [deliveries[0]]);
    await house.close(id);
    expect(await round()).toBe(1);
    expect(await round()).toBe(0);
    const end = (await letters()).find(({ mail }) => mail.subject.includes('it is over'));
    for (const words of ['– 2 planned', '– 1 past its time, not out', '– 1 still waiting', `/incidents/${id}`]) expect(end?.mail.text).toContain(words);
    expect(await letters()).toHaveLength(4);
  });

  it('is not told to whom the beginning was not: a short outage, an opening that never left', async () => {
    const short = await house.outage([{ client: bar, text: 'Round' }], { forMs: 5 * minute });
    await round();
    await house.close(short.id);
    expect(await round()).toBe(0);
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await round(); // the mail server is away: the opening still waits
    await house.close(id);
    expect(await round()).toBe(0);
    expect((await letters()).map(({ state }) => state)).toEqual(['dropped', 'dropped']);
  });

  it('is told also when nothing of the incident is to be seen for the workspace any more, and keeps nobody else waiting', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await round();
    await house.database.query(`UPDATE letters SET state = 'sent'`);
    await house.close(id);
    await house.database.query('DELETE FROM incident_deliveries WHERE incident_id = $1', [id]); // what was not late is let go
    await house.database.query('UPDATE channels SET archived_at = now() WHERE client_id = $1', [bar.clientId]);
    const other = await house.client(await house.workspace('Agenzia Due'), 'Other', { emails: ['other@example.com'] });
    await house.outage([{ client: other, text: 'Theirs' }], { forMs: 20 * minute });
    expect(await round()).toBe(2);
    const told = await letters();
    expect(told.map(({ to }) => to)).toContain('other@example.com');
    expect(told.find(({ mail }) => mail.subject.includes('it is over'))?.mail.subject).toBe('Sandbox Alpha: it is over, and what became of your posts');
  });

  it.each([
    ['are told nothing any more', 'switched-off', () => set(bar, { mode: 'off' })],
    ['are put away', 'archived', () => house.database.query('UPDATE clients SET archived_at = now() WHERE id = $1', [bar.clientId])],
    ['have no address any more', 'no-address', () => house.database.query(`UPDATE clients SET contacts = '{"emails":[]}' WHERE id = $1`, [bar.clientId])],
  ])('is not told to those who %s meanwhile, nor does the beginning still leave', async (_, droppedFor, change) => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await round();
    await change();
    await house.close(id);
    expect(await round()).toBe(0);
    expect((await letters()).map(({ state }) => state)).toEqual(['dropped', 'dropped']);
    expect(await ends()).toMatchObject([{ state: 'dropped', decidedBy: null, droppedFor }]);
  });

  it('is decided once, also for a client who was told the beginning and is told nothing any more', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await round();
    await house.database.query(`UPDATE letters SET state = 'sent'`);
    await set(bar, { mode: 'off' });
    await house.close(id);
    await round();
    await set(bar, { mode: 'automatic', version: 1 });
    expect(await round()).toBe(0);
    expect(await ends()).toMatchObject([{ state: 'dropped', droppedFor: 'switched-off' }]);
    expect(await letters()).toHaveLength(2);
  });

  it('is decided in the night too, where the beginning came to nobody', async () => {
    const clockIn = (hours: number): string => DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' }).plus({ hours }).toFormat('HH:mm');
    const cafe = await house.client(workspaceId, 'Café Roma', { emails: ['cafe@example.com'], day: [clockIn(-1), clockIn(1)] });
    const { id } = await house.outage([{ client: cafe, text: 'Cappuccino', dueInMs: 3 * hour }], { forMs: 20 * minute });
    await round();
    await house.database.query(`UPDATE letters SET state = 'dropped'`);
    house.clock.pass(2 * hour);
    await house.close(id);
    await round();
    expect(await ends()).toMatchObject([{ state: 'dropped', droppedFor: 'beginning-not-told' }]);
  });

  it('is nothing but twice in all, also when it falls again', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await round();
    await house.database.query(`UPDATE letters SET state = 'sent'`);
    await house.close(id);
    await round();
    await house.database.query(`UPDATE incidents SET state = 'open', closed_at = NULL, ended_at = NULL WHERE id = $1`, [id]);
    expect(await round()).toBe(0);
    await house.close(id);
    expect(await round()).toBe(0);
  });
});
