import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { v7 as uuid } from 'uuid';
import { ClientNoticeRounds } from '../../../src/features/notifications/client-notice-rounds.service.js';
import type { Visitor } from '../../kit/house.js';
import { type SeededChannel, type SeededClient, seedPosts } from '../../kit/seed.js';
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
const addresses = async (): Promise<string[]> => (await letters()).map(({ to }) => to).toSorted();
const set = (client: SeededClient, change: object) => house.http().put(`/api/v1/clients/${client.clientId}/notice-settings`).set(mara.headers).send({ version: 0, mode: 'automatic', ...change });
const listed = async (by = edith, query = '') => (await house.http().get(`/api/v1/client-notices${query}`).set(by.headers)).body.items;
const betaId = 'sandbox-beta:publish@sandbox.example';
/** A second channel, on sandbox-beta. */
const onBeta = async (client: SeededClient): Promise<SeededChannel> => {
  const id = uuid();
  await house.database.query(
    `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account, healthy_at, looked_at)
     SELECT $2, workspace_id, client_id, 'sandbox-beta', 'beta', host, $3, sealed_account, now(), now() FROM channels WHERE client_id = $1`, [client.clientId, id, betaId]);
  const [channel] = client.channels;
  if (!channel) throw new Error('A client without a channel.');
  return { ...channel, id, connectorId: 'sandbox-beta' };
};
/** sandbox-beta is in the incident too. */
const fell = (incidentId: string, { fellMinutesAgo, backMinutesAgo = null }: { readonly fellMinutesAgo: number; readonly backMinutesAgo?: number | null }) => {
  const ago = (minutes: number): Date => new Date(house.clock.now() - minutes * minute);
  return house.database.query(
    `INSERT INTO incident_components (incident_id, component_id, connector_id, host, state, fell_at, back_at) VALUES ($1, $2, 'sandbox-beta', 'sandbox.example', 'down', $3, $4)`,
    [incidentId, betaId, ago(fellMinutesAgo), backMinutesAgo === null ? null : ago(backMinutesAgo)]);
};
/** The hour it is in Rome now, moved: `HH:mm`. */
const clockIn = (hours: number): string => DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' }).plus({ hours }).toFormat('HH:mm');

describe('The opening', () => {
  it('names who takes care of it, once somebody does', async () => {
    const { id: incidentId } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 15 * minute });
    await house.database.query(
      `INSERT INTO incident_asks (incident_id, client_id, workspace_id, asked, next_at, answered_by, answered_at, deeds_from) VALUES ($1, $2, $3, '[]', 'infinity', $4, now(), 0)`,
      [incidentId, bar.clientId, workspaceId, edith.userId]);
    await round();
    const [letter] = await letters();
    expect(letter?.mail.text).toContain('For anything else: Edith, ');
    expect(letter?.mail.replyTo?.name).toBe('Edith');
  });

  it('goes to every address of the client when the outage is 15 minutes old, not sooner', async () => {
    await house.outage([{ client: bar, text: 'Round' }], { forMs: 14 * minute });
    expect(await round()).toBe(0);
    house.clock.pass(minute);
    expect(await round()).toBe(1);
    expect(await addresses()).toEqual(['bar@example.com', 'boss@example.com']);
  });

  it('counts from when the client’s own platforms fell, not from when the incident began', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 3 * hour });
    await house.database.query('UPDATE incident_components SET fell_at = $2 WHERE incident_id = $1', [id, new Date(house.clock.now() - 14 * minute)]);
    expect(await round()).toBe(0);
    const at = DateTime.fromMillis(house.clock.now() - 14 * minute, { zone: 'Europe/Rome' }).toFormat('HH:mm');
    house.clock.pass(minute);
    expect(await round()).toBe(1);
    expect((await letters())[0]?.mail.text).toContain(`since ${at} on`);
  });

  it('names what is down, and the posts on it, not what is back', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    const beta = await onBeta(bar);
    await fell(id, { fellMinutesAgo: 180, backMinutesAgo: 120 });
    const [there] = await seedPosts(house.database, bar, [{ channel: beta, dueInMs: hour, text: 'On the other' }]);
    await house.database.query(
      'INSERT INTO incident_deliveries (incident_id, delivery_id, workspace_id, client_id, planned_at) SELECT $1, id, workspace_id, client_id, due_at FROM deliveries WHERE id = $2', [id, there]);
    await round();
    const [letter] = await letters();
    expect(letter?.mail.subject).toBe('Disruption on Sandbox Alpha: what happens to your posts');
    expect(letter?.mail.text).toContain('Round');
    expect(letter?.mail.text).not.toContain('On the other');
    const since = DateTime.fromMillis(house.clock.now() - 20 * minute, { zone: 'Europe/Rome' }).toFormat('HH:mm');
    expect(letter?.mail.text).toContain(`since ${since} on`);
  });

  it('says what is touched, what happens to it, when the next word comes and whom to call', async () => {
    await set(bar, { manager: { name: 'Anna Rossi', phone: '+39 06 123456', email: 'anna@agency.example' } });
    await house.outage([{ client: bar, text: 'Second round', dueInMs: 3 * hour }, { client: bar, text: 'First round', dueInMs: 2 * hour }], { forMs: 20 * minute });
    await round();
    const [letter] = await letters();
    expect(letter?.mail).toMatchObject({
      subject: 'Disruption on Sandbox Alpha: what happens to your posts', fromName: 'Agenzia Uno', replyTo: { name: 'Anna Rossi', address: 'anna@agency.example' },
    });
    const text = letter?.mail.text ?? '';
    for (const words of ['The cause is not yet known.', 'Planned for', 'Next word: on that page by', 'Anna Rossi, +39 06 123456, anna@agency.example', '/public/c/']) expect(text).toContain(words);
    expect(text.indexOf('First round')).toBeLessThan(text.indexOf('Second round'));
    expect(text).not.toMatch(/\{\w+\}/);
    expect(text).not.toContain('yours to decide'); // that is said to the team
    expect(letter?.mail.html).toContain('<a href="https://postern.example/public/c/');
  });

  it('is in the client’s language, with the platform’s own words and no guess of ours', async () => {
    const caffe = await house.client(workspaceId, 'Caffè', { emails: ['caffe@example.com'], language: 'it' });
    const { id } = await house.outage([{ client: caffe, text: 'Cappuccino' }], { forMs: 20 * minute, official: 'Elevated error rates' });
    await house.database.query(`UPDATE incidents SET cause = 'attack', confidence = 0.9 WHERE id = $1`, [id]);
    await round();
    const [letter] = await letters();
    expect(letter?.mail.subject).toBe('Disservizio su Sandbox Alpha: che cosa succede ai post');
    expect(letter?.mail.text).toContain('La piattaforma dice: «Elevated error rates»');
    expect(letter?.mail.text).not.toMatch(/attac/i);
  });

  it.each([
    ['en', 'Sandbox Alpha (pictures and films)', 'we cannot publish on', 'we can publish on'],
    ['it', 'Sandbox Alpha (immagini e video)', 'non riusciamo a pubblicare su', 'possiamo di nuovo pubblicare su'],
  ] as const)('says that pictures and films alone are touched, and so does the end (%s)', async (language, what, cannot, can) => {
    const client = await house.client(workspaceId, 'Caffè', { emails: ['caffe@example.com'], language });
    const { id } = await house.outage([{ client, text: 'Picture' }], { forMs: 20 * minute });
    await house.database.query('UPDATE incident_components SET only_media = true WHERE incident_id = $1', [id]);
    await round();
    await house.database.query(`UPDATE letters SET state = 'sent'`);
    await house.close(id);
    await round();
    const [opening, end] = await letters();
    expect(opening?.mail.subject).toContain(what);
    expect(opening?.mail.text).toContain(`${cannot} ${what}.`);
    expect(end?.mail.text).toContain(`${can} ${what}`);
  });

  it.each([
    ['en', 'Maintenance on Sandbox Alpha: what happens to your posts', 'Maintenance is under way there.', 'The maintenance lasted from', /disruption/i],
    ['it', 'Manutenzione su Sandbox Alpha: che cosa succede ai post', 'È in corso una manutenzione.', 'La manutenzione è durata dalle', /disservizio/i],
  ] as const)('calls maintenance by its name, and so does the end (%s)', async (language, subject, why, lasted, disruption) => {
    const client = await house.client(workspaceId, 'Caffè', { emails: ['caffe@example.com'], language });
    const { id } = await house.outage([{ client, text: 'Round' }], { forMs: 20 * minute });
    await house.database.query(`UPDATE incidents SET kind = 'maintenance' WHERE id = $1`, [id]);
    await round();
    await house.database.query(`UPDATE letters SET state = 'sent'`);
    await house.close(id);
    await round();
    const [opening, end] = await letters();
    expect(opening?.mail.subject).toBe(subject);
    expect(opening?.mail.text).toContain(why);
    expect(end?.mail.text).toContain(lasted);
    for (const letter of [opening, end]) expect(JSON.stringify(letter?.mail)).not.toMatch(disruption);
  });

  it('never holds a word of another client, nor of another workspace', async () => {
    const cafe = await house.client(workspaceId, 'Café Roma', { emails: ['cafe@example.com'] });
    const elsewhere = await house.workspace('Agenzia Due');
    const theirs = await house.client(elsewhere, 'Theirs', { emails: ['theirs@example.com'] });
    await house.outage([{ client: bar, text: 'Round' }, { client: cafe, text: 'Cappuccino' }, { client: theirs, text: 'Secret' }], { forMs: 20 * minute });
    expect(await round()).toBe(3);
    const words = { 'bar@example.com': ['Bar Sport', 'Round'], 'cafe@example.com': ['Café Roma', 'Cappuccino'], 'theirs@example.com': ['Theirs', 'Secret', 'Agenzia Due'] };
    for (const { to, mail } of (await letters()).filter(({ to: address }) => address in words)) {
      const foreign = Object.entries(words).flatMap(([address, theirWords]) => (address === to ? [] : theirWords));
      for (const word of foreign) expect(JSON.stringify(mail)).not.toContain(word);
    }
    expect((await listed(mara)).map((notice: { clientName: string }) => notice.clientName).toSorted()).toEqual(['Bar Sport', 'Café Roma']);
  });

  it('is not for a client nothing of whom is touched in the next 24 hours, who is told nothing, or has no address', async () => {
    const calm = await house.client(workspaceId, 'Calm', { emails: ['calm@example.com'] });
    const off = await house.client(workspaceId, 'Off', { emails: ['off@example.com'] });
    const mute = await house.client(workspaceId, 'Mute');
    await set(off, { mode: 'off' });
    await house.outage([{ client: calm, text: 'Far', dueInMs: 30 * hour }, { client: off, text: 'Off' }, { client: mute, text: 'Mute' }], { forMs: 20 * minute });
    expect(await round()).toBe(0);
    expect(await letters()).toEqual([]);
  });

  it('waits for the client’s day, and never goes after it', async () => {
    const night = await house.client(workspaceId, 'Night', { emails: ['night@example.com'], day: [clockIn(1), clockIn(3)] });
    await house.outage([{ client: night, text: 'Round', dueInMs: 10 * hour }], { forMs: 20 * minute });
    expect(await round()).toBe(0);
    house.clock.pass(61 * minute);
    expect(await round()).toBe(1);
    const [letter] = await letters();
    expect(letter?.until.getTime()).toBeGreaterThan(house.clock.now());
    expect(letter?.until.getTime()).toBeLessThanOrEqual(house.clock.now() + 2 * hour);
  });

  it('of which no letter left before the night is told anew the next day, once, and then its end', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round', dueInMs: 20 * hour }], { forMs: 20 * minute });
    await round();
    await house.database.query(`UPDATE letters SET state = 'dropped' WHERE to_address = 'bar@example.com'`);
    expect(await round()).toBe(0); // the other may still arrive
    await house.database.query(`UPDATE letters SET state = 'dropped'`);
    house.clock.pass(12 * hour);
    await Promise.all([round(), round()]);
    expect((await letters()).map(({ state }) => state).toSorted()).toEqual(['dropped', 'dropped', 'waiting', 'waiting']);
    expect(await listed()).toMatchObject([{ kind: 'opening', state: 'sent' }]);
    await house.database.query(`UPDATE letters SET state = 'sent' WHERE state = 'waiting'`);
    await house.close(id);
    expect(await round()).toBe(1);
  });

  it.each([
    ['is told anew when no mail server took it in its ten hours', '{}', 1],
    ['is not told anew to addresses that were refused', '{"first":"550 no such user"}', 0],
  ])('%s', async (_, refusals, again) => {
    await house.outage([{ client: bar, text: 'Round', dueInMs: 20 * hour }], { forMs: 20 * minute });
    await round();
    await house.database.query(`UPDATE letters SET state = 'failed', refusals = $1`, [refusals]);
    expect(await round()).toBe(again);
  });

  it('taken back, since it was over, is told when it falls again, and then its end', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await round();
    await house.close(id);
    await round();
    await house.database.query(`UPDATE incidents SET state = 'open', closed_at = NULL, ended_at = NULL WHERE id = $1`, [id]);
    await house.database.query(`UPDATE incident_components SET state = 'down', back_at = NULL WHERE incident_id = $1`, [id]);
    expect(await round()).toBe(1);
    await house.database.query(`UPDATE letters SET state = 'sent' WHERE state = 'waiting'`);
    await house.close(id);
    expect(await round()).toBe(1);
    expect((await letters()).filter(({ mail }) => mail.subject.includes('it is over'))).toHaveLength(2);
  });

  it('has no midnight where the client’s day never ends', async () => {
    await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await round();
    const [row] = await house.database.query<{ hours: number }[]>(`SELECT extract(epoch FROM until - created_at)::float8 / 3600 AS hours FROM letters`);
    expect(row?.hours).toBeCloseTo(10, 3);
  });

  it('is not told by a copy that nobody has confirmed, for the other one may be the one that speaks', async () => {
    await house.database.query(`INSERT INTO installation (id, paused_at, pause_reason) VALUES (gen_random_uuid(), now(), 'restored')
      ON CONFLICT (one) DO UPDATE SET paused_at = now(), pause_reason = 'restored'`);
    await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    expect(await round()).toBe(0);
    await house.database.query('UPDATE installation SET paused_at = NULL, pause_reason = NULL');
    expect(await round()).toBe(1);
  });

  it('is told once, by however many processes, and not while it recovers', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await house.database.query(`UPDATE incidents SET state = 'recovering' WHERE id = $1`, [id]);
    expect(await round()).toBe(0);
    await house.database.query(`UPDATE incidents SET state = 'open' WHERE id = $1`, [id]);
    await Promise.all([round(), round(), round()]);
    await round();
    expect(await addresses()).toEqual(['bar@example.com', 'boss@example.com']);
  });
});
