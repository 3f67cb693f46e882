import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ClientNoticeRounds } from '../../../src/features/notifications/client-notice-rounds.service.js';
import { NoticeMailsService } from '../../../src/features/notifications/notice-mails.service.js';
import type { Visitor } from '../../kit/house.js';
import type { SeededClient } from '../../kit/seed.js';
import { type IncidentHouse, minute, openIncidentHouse } from '../notifications/incident-house.js';

let house: IncidentHouse;
let workspaceId: string;
let mara: Visitor;
let edith: Visitor;
let bar: SeededClient;
let incident: string;

beforeAll(async () => {
  house = await openIncidentHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE incidents, letters, notices, incident_asks, incident_tellings, client_notices, events, event_claims CASCADE');
  await house.database.query(`UPDATE users SET email = id::text || '@gone.example'`);
  workspaceId = await house.workspace('Agenzia Uno');
  mara = await house.person(workspaceId, 'manager', 'Mara');
  edith = await house.person(workspaceId, 'editor', 'Edith');
  bar = await house.client(workspaceId, 'Bar Sport', { emails: ['bar@example.com'] });
  await house.http().put(`/api/v1/clients/${bar.clientId}/notice-settings`).set(mara.headers).send({ version: 0, mode: 'show-first' });
  ({ id: incident } = await house.outage([{ client: bar, text: 'Happy hour' }], { forMs: 20 * minute }));
  await house.get(ClientNoticeRounds).round();
});

const html = { Accept: 'text/html' };
const page = async (by = mara, query = ''): Promise<string> => (await house.http().get(`/desk/incidents/${incident}${query}`).set({ ...by.headers, ...html })).text;
const form = (fields: object, by = mara, to = incident) => house.http().post(`/desk/incidents/${to}`).set({ ...by.headers, ...html }).type('form').send({ workspaceId, ...fields }).redirects(0);
interface Notice {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly subject: string;
  readonly text: string;
}
const notice = async (): Promise<Notice> => {
  const [row] = await house.database.query<Notice[]>('SELECT id, version, state, subject, text FROM client_notices WHERE incident_id = $1', [incident]);
  if (!row) throw new Error('No notice was written.');
  return row;
};
const waiting = async () => {
  const { id, version } = await notice();
  return { noticeId: id, version };
};

describe('What a client is shown first', () => {
  it('stands on the incident’s page, and goes to the client when a manager presses', async () => {
    const { text } = await notice();
    expect(await page()).toMatch(/<section id="client-notices">[^]*Clients wait for your word \(1\)[^]*Bar Sport[^]*Happy hour/);
    expect((await form({ act: 'notice-send', ...(await waiting()) })).status).toBe(303);
    expect(await house.letters('client-notice')).toMatchObject([{ to: 'bar@example.com', mail: { text: expect.stringContaining(text.slice(0, 40)) } }]);
    expect(await page()).not.toContain('client-notices');
  });

  it('is rewritten on a page that stands still, line by line as it was typed, and not sent by that', async () => {
    const { noticeId, version } = await waiting();
    const open = await page(mara, `?change=${noticeId}`);
    expect(open).toMatch(/<input name="subject"[^]*<textarea name="text"/);
    expect(open).not.toContain('http-equiv="refresh"');
    expect((await form({ act: 'notice-edit', noticeId, version, subject: 'Word from Mara', text: 'Dear all,\r\nwe are on it.' })).status).toBe(303);
    expect(await notice()).toMatchObject({ state: 'shown', subject: 'Word from Mara', text: 'Dear all,\nwe are on it.' });
    expect(await house.letters('client-notice')).toEqual([]);
  });

  it('is not told to the client when a manager drops it', async () => {
    expect((await form({ act: 'notice-drop', ...(await waiting()) })).status).toBe(303);
    expect(await notice()).toMatchObject({ state: 'dropped' });
    expect(await house.letters('client-notice')).toEqual([]);
  });

  it('is for managers to decide: others read it', async () => {
    const text = await page(edith);
    expect(text).toContain('Happy hour');
    expect(text).not.toContain('value="notice-');
    for (const act of ['notice-send', 'notice-drop']) expect((await form({ act, ...(await waiting()) }, edith)).status).toBe(403);
    expect(await notice()).toMatchObject({ state: 'shown' });
  });

  it('is decided on the page of its own incident and workspace, as it stands there now', async () => {
    const { noticeId, version } = await waiting();
    const elsewhere = await house.workspace('Other');
    const stranger = await house.person(elsewhere, 'manager', 'Stranger');
    const theirs = await house.client(elsewhere, 'Theirs');
    const other = await house.outage([{ client: bar, text: 'x' }, { client: theirs, text: 'y' }]);
    expect((await form({ act: 'notice-drop', noticeId, version }, mara, other.id)).status).toBe(404);
    expect((await form({ act: 'notice-drop', noticeId, version, workspaceId: elsewhere }, stranger)).status).toBe(404);
    const late = await form({ act: 'notice-send', noticeId, version: version - 1 });
    expect(late.status).toBe(409);
    expect(late.text).toMatch(/role="alert">This changed meanwhile[^]*Clients wait for your word/);
    expect(await notice()).toMatchObject({ state: 'shown' });
  });

  it('is in the reader’s language', async () => {
    const text = await page(await house.person(workspaceId, 'manager', 'Marco', 'it'));
    expect(text).toMatch(/Clienti da avvisare \(1\)[^]*Niente di questo viene inviato prima del tuo sì[^]*Invia/);
  });

  it('is where the mail to the managers leads', async () => {
    await house.database.query(`UPDATE notices SET created_at = now() - interval '1 minute'`);
    await house.get(NoticeMailsService).round();
    const [mail] = await house.database.query<{ text: string }[]>(`SELECT mail ->> 'text' AS text FROM letters WHERE to_name = 'Mara' AND about = 'notice'`);
    const link = /https:\/\/postern\.example(\/desk\/\S+)#client-notices/.exec(mail?.text ?? '')?.[1] ?? '';
    expect((await house.http().get(link).set({ ...mara.headers, ...html })).text).toContain('<section id="client-notices">');
  });
});
