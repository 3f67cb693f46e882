import { readdir, readFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PlanNights } from '../../../src/features/library/plan-nights.service.js';
import { Outbox } from '../../../src/infra/mail/outbox.js';
import { type Agency, type LibraryHouse, openLibraryHouse } from './library-house.js';

const DAY = 86_400_000;
let dataDir: string;
let house: LibraryHouse;
let agency: Agency;
let picture: { id: string; bytes: Buffer };
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'postern-plans-'));
  house = await openLibraryHouse({ DATA_DIR: dataDir });
});
afterAll(async () => {
  await house.close();
  await rm(dataDir, { recursive: true, force: true });
});

const api = (method: 'get' | 'post' | 'put' | 'patch', path: string, body?: object) => {
  const asked = house.http()[method](`/api/v1${path}`).set(agency.manager.headers);
  return body ? asked.send(body) : asked;
};
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 19);
const post = async (text: string, hours: number, more: object = {}) => {
  const answer = await api('post', '/posts', { clientId: agency.clientId, channelIds: [agency.channels[0]], wallAt: inHours(hours), zone: 'UTC', content: { parts: [{ text }] }, ...more });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body as { id: string; deliveries: { id: string }[] };
};
const page = async (): Promise<string> => (await api('get', `/clients/${agency.clientId}/plan.html`)).text;

beforeEach(async () => {
  agency = await house.agency({ language: 'it' });
  picture = await house.upload(agency);
  const first = await post('=Tazza, "gratis"; <b>oggi</b>', 24);
  // sandbox-alpha takes no pictures.
  await house.database.query(`UPDATE parts SET content = jsonb_set(content, '{media}', $2) WHERE delivery_id = $1`, [
    first.deliveries[0]?.id, JSON.stringify([{ mediaId: picture.id, mime: 'image/png', bytes: picture.bytes.length, width: 40, height: 30, alt: 'Una tazza' }]),
  ]);
  await post('Tra otto giorni', 8 * 24);
  await post('Una bozza', 30, { editing: 'draft' });
  await post('Da approvare', 48, { editing: 'in-review' });
  const held = await post('Sospeso', 72);
  await house.database.query(`UPDATE deliveries SET state = 'held', hold_reason = 'outage' WHERE id = $1`, [held.deliveries[0]?.id]);
  await api('post', '/commitments', { clientId: agency.clientId, kind: 'contest', title: 'Vinci un caffè', connectorIds: ['sandbox-alpha'], wallFrom: '2026-01-01T09:00', wallUntil: '2050-01-01T20:00', say: 'Scriveteci' });
});

describe('The plan of the next seven days', () => {
  it('holds what goes out, marks what is held, and leaves drafts and later days out', async () => {
    const { body } = await api('get', `/clients/${agency.clientId}/plan`);
    expect(body.items.map(({ state, parts }: { state: string; parts: { text: string }[] }) => [state, parts[0]?.text])).toEqual([['planned', '=Tazza, "gratis"; <b>oggi</b>'], ['approval', 'Da approvare'], ['held', 'Sospeso']]);
    expect(body).toMatchObject({ zone: 'Europe/Rome', commitments: [{ title: 'Vinci un caffè' }] });
  });

  it('is one page in the client’s language that needs nothing else, with its pictures in it', async () => {
    const html = await page();
    expect(html).toContain(`src="data:image/png;base64,${picture.bytes.toString('base64')}"`);
    expect(html).toContain('&#60;b&#62;oggi');
    expect(html).toMatch(/<html lang="it">[^]*I prossimi sette giorni[^]*Tutti gli orari in Europe\/Rome[^]*in sospeso[^]*concorso: Vinci un caffè/);
    expect(html).not.toMatch(/Una bozza|Tra otto giorni|<script|src="(?!data:)/);
  });

  it('is a table that runs nothing in a spreadsheet', async () => {
    const { text } = await api('get', `/clients/${agency.clientId}/plan.csv`);
    expect(text.split('\r\n')).toHaveLength(5);
    expect(text).toContain(`"'=Tazza, ""gratis""; <b>oggi</b>"`);
  });

  it('is a calendar with what is held as tentative', async () => {
    const { text, headers } = await api('get', `/clients/${agency.clientId}/plan.ics`);
    expect(headers['content-type']).toMatch(/^text\/calendar/);
    expect(text.match(/BEGIN:VEVENT/g)).toHaveLength(4);
    expect(text.match(/STATUS:TENTATIVE/g)).toHaveLength(2);
  });

  it('does not break where a picture is lost', async () => {
    await rm(join(dataDir, 'media', 'kept', agency.workspaceId, picture.id));
    expect(await page()).toMatch(/il suo file manca/);
  });
});

describe('The private link', () => {
  const settings = (change: object) => api('put', `/clients/${agency.clientId}/plan-settings`, change);
  const pathOf = (link: string): string => new URL(link).pathname;

  it('is off until somebody switches it on, and shows nothing that nobody approved', async () => {
    expect((await api('get', `/clients/${agency.clientId}/plan-settings`)).body).toEqual({ clientId: agency.clientId, linkOn: false, memberIds: [], emails: [], link: null, calendarLink: null, version: 1 });
    const { body: { link, calendarLink } } = await settings({ version: 1, linkOn: true });
    const html = await house.http().get(pathOf(link));
    expect(html.status).toBe(200);
    expect(html.headers).toMatchObject({ 'x-robots-tag': 'noindex, nofollow, noarchive', 'cache-control': 'no-store' });
    expect(html.text).toContain('Sospeso');
    const ics = await house.http().get(pathOf(calendarLink));
    const csv = await house.http().get(`${pathOf(link)}/plan.csv`);
    for (const text of [html.text, ics.text, csv.text]) expect(text).not.toMatch(/Da approvare|Una bozza/);
    expect(ics.text.match(/BEGIN:VEVENT/g)).toHaveLength(3);
  });

  it('opens nothing once it was renewed, switched off, or made up', async () => {
    const { body: { link: first } } = await settings({ version: 1, linkOn: true });
    const { body: { link: second, version } } = await api('post', `/clients/${agency.clientId}/plan-settings/new-link`);
    expect((await house.http().get(pathOf(first))).status).toBe(404);
    expect((await house.http().get(pathOf(second))).status).toBe(200);
    await settings({ version, linkOn: false });
    for (const path of [pathOf(second), `${pathOf(second)}/plan.ics`, `${pathOf(second).slice(0, -3)}AAA`, '/public/plan/x']) expect((await house.http().get(path)).status).toBe(404);
  });

  it('and the mails are for members and for contacts of the client only', async () => {
    const stranger = await house.agency();
    expect((await settings({ version: 1, memberIds: [stranger.editor.userId] })).body.code).toBe('plan-not-member');
    expect((await settings({ version: 1, emails: ['who@example.com'] })).body.code).toBe('plan-not-contact');
    expect((await house.http().put(`/api/v1/clients/${agency.clientId}/plan-settings`).set(agency.editor.headers).send({ version: 1, linkOn: true })).body.code).toBe('role-too-low');
  });
});

describe('Every night', () => {
  // A day of 2040, so that what is due then is not due now.
  const night = Date.parse('2040-07-01T00:30:00Z');
  const round = (at: number) => house.app.get(PlanNights, { strict: false }).round(at);
  const folder = () => join(dataDir, 'plans', agency.workspaceId, agency.clientId);
  const letters = () => house.database.query<{ once: string; to_address: string; mail: { subject: string; text: string; attachment: { clientId: string; reader: 'team' | 'client' } }; until: Date }[]>(
    `SELECT once, to_address, mail, until FROM letters WHERE workspace_id = $1 AND about = 'plan' ORDER BY to_address`, [agency.workspaceId]);

  it('the plan is written into the data folder, once by the client’s own calendar, and fourteen are kept', async () => {
    await round(night);
    expect((await readdir(folder())).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['2040-07-01.csv', '2040-07-01.html', '2040-07-01.ics']);
    expect(await readFile(join(folder(), '2040-07-01.html'), 'utf8')).toContain('I prossimi sette giorni');
    await rm(join(folder(), '2040-07-01.ics'));
    await round(night + 3_600_000);
    expect(await readdir(folder())).toHaveLength(2); // it was made tonight already
    for (let i = 1; i <= 15; i += 1) await round(night + i * DAY);
    const names = await readdir(folder());
    expect([...new Set(names.map((name) => name.slice(0, 10)))]).toHaveLength(14);
    expect(names).not.toContain('2040-07-01.html');
  });

  it('what is planned stands in the file with its text', async () => {
    await round(Date.now());
    const names = await readdir(folder());
    const html = await readFile(join(folder(), names.find((name) => name.endsWith('.html')) ?? ''), 'utf8');
    expect(html).toMatch(/Da approvare[^]*Sospeso/);
    expect(html).toContain('data:image/png;base64,');
    expect(names.some((name) => !/^\d{4}-\d{2}-\d{2}\.(html|csv|ics)$/.test(name))).toBe(false);
  });

  it('it goes by mail to those who asked, in the client’s morning and once', async () => {
    const { body: client } = await api('get', `/clients/${agency.clientId}`);
    await api('patch', `/clients/${agency.clientId}`, { version: client.version, contacts: { emails: ['Anna@example.com', 'other@example.com'] } });
    await api('put', `/clients/${agency.clientId}/plan-settings`, { version: 1, memberIds: [agency.editor.userId], emails: ['anna@example.com'] });
    await round(night);
    expect(await letters()).toEqual([]);
    const morning = Date.parse('2040-07-01T06:30:00Z');
    await round(morning);
    await round(morning + 3_600_000);
    const sent = await letters();
    expect(sent.map(({ to_address: address, mail: { attachment } }) => [address, attachment.reader])).toEqual([['anna@example.com', 'client'], [expect.stringMatching(/^person/), 'team']]);
    expect(sent[0]).toMatchObject({ mail: { subject: 'Bar Aurora: i prossimi sette giorni' }, until: new Date('2040-07-01T19:00:00Z') });
  });

  it('a mail carries the plan as one file; that of a contact, without what nobody approved', async () => {
    const outbox = house.app.get(Outbox, { strict: false });
    const own = await outbox.attachment(agency.workspaceId, { clientId: agency.clientId, reader: 'team' });
    const theirs = await outbox.attachment(agency.workspaceId, { clientId: agency.clientId, reader: 'client' });
    expect(own).toMatchObject({ mime: 'text/html', name: expect.stringMatching(/^plan-\d{4}-\d{2}-\d{2}\.html$/) });
    expect(own?.content.toString('utf8')).toContain('Da approvare');
    expect(theirs?.content.toString('utf8')).toContain('Sospeso');
    expect(theirs?.content.toString('utf8')).not.toContain('Da approvare');
    const stranger = await house.agency();
    expect(await outbox.attachment(stranger.workspaceId, { clientId: agency.clientId, reader: 'team' })).toBeNull();
  });

  it('a contact that is none any more, and a member who left, get nothing', async () => {
    const { body: client } = await api('get', `/clients/${agency.clientId}`);
    await api('patch', `/clients/${agency.clientId}`, { version: client.version, contacts: { emails: ['anna@example.com'] } });
    await api('put', `/clients/${agency.clientId}/plan-settings`, { version: 1, memberIds: [agency.editor.userId], emails: ['anna@example.com'] });
    await api('patch', `/clients/${agency.clientId}`, { version: client.version + 1, contacts: { emails: [] } });
    await house.database.query('DELETE FROM members WHERE workspace_id = $1 AND user_id = $2', [agency.workspaceId, agency.editor.userId]);
    await round(Date.parse('2040-07-02T06:30:00Z'));
    expect(await letters()).toEqual([]);
  });
});
