import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { ClientNoticeRounds } from '../../../src/features/notifications/client-notice-rounds.service.js';
import type { Visitor } from '../../kit/house.js';
import type { SeededClient } from '../../kit/seed.js';
import { hour, type IncidentHouse, type LetterRow, minute, openIncidentHouse } from './incident-house.js';

let house: IncidentHouse;
let workspaceId: string;
let mara: Visitor;
let edith: Visitor;
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
  edith = await house.person(workspaceId, 'editor', 'Edith');
  bar = await house.client(workspaceId, 'Bar Sport', { emails: ['bar@example.com', 'boss@example.com'] });
});

const round = (): Promise<number> => house.get(ClientNoticeRounds).round();
const letters = (): Promise<readonly LetterRow[]> => house.letters('client-notice');
const set = (client: SeededClient, change: object) => house.http().put(`/api/v1/clients/${client.clientId}/notice-settings`).set(mara.headers).send({ version: 0, mode: 'automatic', ...change });
const listed = async (by = edith, query = '') => (await house.http().get(`/api/v1/client-notices${query}`).set(by.headers)).body.items;
const act = (id: string, what: 'send' | 'drop', version: number, by = mara) => house.http().post(`/api/v1/client-notices/${id}/${what}`).set(by.headers).send({ version });
/** The hour it is in Rome now, moved: `HH:mm`. */
const clockIn = (hours: number): string => DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' }).plus({ hours }).toFormat('HH:mm');

describe('Shown first', () => {
  const shown = async (dueInMs = hour) => {
    await set(bar, { mode: 'show-first' });
    const incident = await house.outage([{ client: bar, text: 'Round', dueInMs }], { forMs: 20 * minute });
    await round();
    const [notice] = await listed();
    return { incident, notice };
  };

  it('it goes to nobody until a manager sends it, as the manager wrote it', async () => {
    const { notice } = await shown();
    expect(notice).toMatchObject({ kind: 'opening', state: 'shown', clientName: 'Bar Sport', decidedBy: null });
    expect(await letters()).toEqual([]);
    const edit = await house.http().patch(`/api/v1/client-notices/${notice.id}`).set(mara.headers).send({ version: notice.version, text: 'Dear all, we are on it.' });
    expect(edit.body).toMatchObject({ state: 'shown', version: notice.version + 1 });
    expect((await act(notice.id, 'send', notice.version)).body.code).toBe('edited-meanwhile');
    expect((await act(notice.id, 'send', edit.body.version, edith)).status).toBe(403);
    expect((await act(notice.id, 'send', edit.body.version)).body).toMatchObject({ state: 'sent', decidedBy: expect.stringMatching(/.+/) });
    expect((await letters()).map(({ mail }) => mail.text)).toEqual(['Dear all, we are on it.\n', 'Dear all, we are on it.\n']);
    expect((await act(notice.id, 'send', edit.body.version + 1)).body.code).toBe('client-notice-decided');
  });

  it('managers read in the app what waits for them, and whether it is about an outage or maintenance', async () => {
    const texts = async (language: 'en' | 'it') => {
      await house.database.query('UPDATE users SET language = $2 WHERE id = $1', [mara.userId, language]);
      const { items } = (await house.http().get('/api/v1/notices').set(mara.headers)).body;
      return items.filter(({ kind }: { kind: string }) => kind === 'client-notice').map(({ text }: { text: string }) => text);
    };
    const { incident } = await shown();
    expect(await texts('en')).toEqual([expect.stringMatching(/^It is about the outage of Sandbox Alpha\. Read it/)]);
    await house.database.query('TRUNCATE client_notices, notices');
    await house.database.query(`UPDATE incidents SET kind = 'maintenance' WHERE id = $1`, [incident.id]);
    await round();
    expect([...(await texts('en')), ...(await texts('it'))]).toEqual([expect.stringMatching(/^It is about the maintenance of Sandbox Alpha\. Read it/), expect.stringMatching(/^Riguarda la manutenzione di Sandbox Alpha\. Leggilo/)]);
  });

  it('what it says of the next word is as of the sending', async () => {
    const { notice } = await shown(5 * hour);
    house.clock.pass(20 * minute);
    const sent = await act(notice.id, 'send', notice.version);
    expect(sent.body.state).toBe('sent');
    const [letter] = await letters();
    const word = /Next word: .* by (\d\d:\d\d) on/.exec(letter?.mail.text ?? '')?.[1];
    expect(word).toBeDefined();
    expect(notice.text).not.toContain(`by ${word} on`);
    expect(letter?.mail.text).toBe(`${sent.body.text}\n`);
  });

  it('what has changed since is read once more before it goes, unless a person wrote it', async () => {
    const { incident, notice } = await shown();
    await house.database.query(`UPDATE incidents SET official = '{"text":"We are on it","url":null,"at":"2026-01-01T00:00:00Z"}' WHERE id = $1`, [incident.id]);
    const { body } = await act(notice.id, 'send', notice.version);
    expect(body).toMatchObject({ status: 409, code: 'client-notice-changed', version: notice.version + 1, text: expect.stringContaining('We are on it') });
    expect(await letters()).toEqual([]);
    expect((await act(notice.id, 'send', notice.version)).body.code).toBe('edited-meanwhile');
    expect((await act(notice.id, 'send', body.version)).body).toMatchObject({ state: 'sent', text: body.text });
    expect((await letters())[0]?.mail.text).toContain('We are on it');
  });

  it('is not sent once nothing of the client is touched, unless a person wrote it', async () => {
    const { incident, notice } = await shown();
    await house.database.query(`UPDATE deliveries SET state = 'cancelled' WHERE id = $1`, [incident.deliveries[0]]);
    expect((await act(notice.id, 'send', notice.version)).body).toMatchObject({ status: 409, code: 'client-notice-moot' });
    const edit = await house.http().patch(`/api/v1/client-notices/${notice.id}`).set(mara.headers).send({ version: notice.version, text: 'It was short.' });
    expect((await act(notice.id, 'send', edit.body.version)).body).toMatchObject({ state: 'sent', text: 'It was short.' });
  });

  it('the team is told that it waits', async () => {
    await shown();
    const { body } = await house.http().get('/api/v1/notices').set(mara.headers);
    expect(body.items).toMatchObject([{ kind: 'client-notice', title: 'A notice to Bar Sport waits for you', clientId: bar.clientId }]);
  });

  it('dropped, or never looked at before it was over, the client hears of nothing', async () => {
    const { incident, notice } = await shown();
    expect((await act(notice.id, 'drop', notice.version)).body.state).toBe('dropped');
    await house.close(incident.id);
    expect(await round()).toBe(0);
    const second = await house.outage([{ client: bar, text: 'Again' }], { forMs: 20 * minute });
    await round();
    await house.close(second.id);
    await round();
    expect(await listed(mara, `?incidentId=${second.id}`)).toMatchObject([{ kind: 'opening', state: 'dropped', droppedFor: 'nobody-decided' }]);
    expect(await letters()).toEqual([]);
  });

  it('it is not sent in the client’s night', async () => {
    const { notice } = await shown();
    await house.database.query('UPDATE clients SET day_from = $2, day_to = $3 WHERE id = $1', [bar.clientId, clockIn(2), clockIn(4)]);
    expect((await act(notice.id, 'send', notice.version)).body).toMatchObject({ status: 409, code: 'client-notice-night' });
    expect(await letters()).toEqual([]);
  });

  it('an end is not sent while the platform is down again, and after three days not at all', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await round();
    await house.database.query(`UPDATE letters SET state = 'sent'`);
    await set(bar, { mode: 'show-first' });
    await house.close(id);
    await round();
    const [end] = await listed(mara, '?state=shown');
    expect(end).toMatchObject({ kind: 'end' });
    await house.database.query(`UPDATE incidents SET state = 'open', closed_at = NULL, ended_at = NULL WHERE id = $1`, [id]);
    expect((await act(end.id, 'send', end.version)).body).toMatchObject({ status: 409, code: 'client-notice-again' });
    await house.close(id);
    house.clock.pass(71 * hour);
    await round();
    expect(await listed(mara, '?state=shown')).toHaveLength(1);
    house.clock.pass(2 * hour);
    await round();
    expect(await listed(mara, '?state=shown')).toEqual([]);
    expect(await letters()).toHaveLength(2);
  });
});
