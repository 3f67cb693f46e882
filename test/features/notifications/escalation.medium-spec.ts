import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { IncidentCommitments } from '../../../src/features/incidents/incident-commitments.service.js';
import { IncidentsService } from '../../../src/features/incidents/incidents.service.js';
import { AsksService } from '../../../src/features/notifications/asks.service.js';
import { DutiesService } from '../../../src/features/notifications/duties.service.js';
import { EscalationService } from '../../../src/features/notifications/escalation.service.js';
import { NoticesService } from '../../../src/features/notifications/notices.service.js';
import { TeamLettersService } from '../../../src/features/notifications/team-letters.service.js';
import { readConfig } from '../../../src/infra/config.js';
import type { Visitor } from '../../kit/house.js';
import type { SeededClient } from '../../kit/seed.js';
import { hour, type IncidentHouse, minute, openIncidentHouse } from './incident-house.js';

let house: IncidentHouse;
let workspaceId: string;
let olga: Visitor;
let mara: Visitor;
let marco: Visitor;
let edith: Visitor;
let bar: SeededClient;
let cafe: SeededClient;

beforeAll(async () => {
  house = await openIncidentHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE incidents, letters, notices, incident_asks, incident_tellings, client_notices, events, event_claims CASCADE');
  await house.database.query(`UPDATE users SET email = id::text || '@gone.example'`);
  workspaceId = await house.workspace('Agenzia Uno');
  olga = await house.person(workspaceId, 'owner', 'Olga');
  mara = await house.person(workspaceId, 'manager', 'Mara');
  marco = await house.person(workspaceId, 'manager', 'Marco', 'it');
  edith = await house.person(workspaceId, 'editor', 'Edith');
  bar = await house.client(workspaceId, 'Bar Sport');
  cafe = await house.client(workspaceId, 'Café Roma');
});
const round = (): Promise<number> => house.get(EscalationService).round();
const told = async (): Promise<string[]> => (await house.letters('incident')).map(({ toName }) => toName);
interface AskBody {
  readonly clientName: string;
  readonly asked: readonly { readonly name: string }[];
  readonly nextAt: string | null;
  readonly answeredBy: { readonly name: string } | null;
}
const asks = async (id: string, by = edith): Promise<readonly AskBody[]> => (await house.http().get(`/api/v1/incidents/${id}/asks`).set(by.headers)).body.items;
const answer = (id: string, by: Visitor, clientIds?: readonly string[]) => house.http().post(`/api/v1/incidents/${id}/answer`).set(by.headers).send(clientIds ? { clientIds } : {});
const setDuties = (client: SeededClient, ...people: Visitor[]) =>
  house.http().put(`/api/v1/clients/${client.clientId}/duties`).set(mara.headers).send({ userIds: people.map(({ userId }) => userId) });

describe('When an incident opens', () => {
  it('the first on duty gets one letter with the posts of all their clients, by client and hour, and what happens to each', async () => {
    const { id } = await house.outage([
      { client: cafe, text: 'Cappuccino of the day' }, { client: bar, text: 'Second round', dueInMs: 3 * hour }, { client: bar, text: 'First round', dueInMs: 2 * hour },
    ], { official: 'We are looking into it' });
    expect(await round()).toBe(1);
    const letters = await house.letters('incident');
    expect(letters).toMatchObject([{ to: 'mara@agency.example', about: 'incident', mail: { subject: '[Agenzia Uno] Sandbox Alpha down: 3 posts in the next 24 hours' } }]);
    const text = letters[0]?.mail.text ?? '';
    const places = ['“We are looking into it”', 'Bar Sport (Europe/Rome)', 'First round', 'Second round', 'Café Roma (Europe/Rome)', 'Cappuccino', `https://postern.example/desk/incidents/${id}`, 'within 15 minutes'].map((words) => text.indexOf(words));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(text.match(/If the platform is down then, it waits\. Once the platform is back it goes out in its turn/g)).toHaveLength(3);
  });

  it('the letter leads to the incident’s page in that workspace', async () => {
    await house.outage([{ client: bar, text: 'Round' }]);
    await round();
    const link = /https:\/\/postern\.example(\/desk\/\S+)/.exec((await house.letters('incident'))[0]?.mail.text ?? '')?.[1] ?? '';
    const { status, text } = await house.http().get(link).set(mara.headers);
    expect(status).toBe(200);
    expect(text).toContain('Round');
  });

  it('each client’s own first on duty is asked, in their language, of their clients alone', async () => {
    await setDuties(cafe, marco);
    await house.outage([{ client: bar, text: 'Round' }, { client: cafe, text: 'Cappuccino' }]);
    expect(await round()).toBe(2);
    const byName = new Map((await house.letters('incident')).map(({ toName, mail }) => [toName, mail]));
    expect([...byName.keys()].toSorted()).toEqual(['Mara', 'Marco']);
    expect(byName.get('Marco')).toMatchObject({ subject: '[Agenzia Uno] Guasto su Sandbox Alpha: 1 post nelle prossime 24 ore', text: expect.stringContaining('Cappuccino') });
    expect(byName.get('Marco')?.text).not.toContain('Round');
    expect(byName.get('Mara')?.text).not.toContain('Cappuccino');
  });

  it.each([
    ['en', 'Sandbox Alpha (pictures and films) down: 1 post', 'Sandbox Alpha (pictures and films): down since'],
    ['it', 'Guasto su Sandbox Alpha (immagini e video): 1 post', 'Guasto su Sandbox Alpha (immagini e video) dalle'],
  ] as const)('the letter says so when only pictures and films fail (%s)', async (language, subject, text) => {
    await house.database.query('UPDATE users SET language = $2 WHERE id = $1', [mara.userId, language]);
    await house.outage([{ client: bar, text: 'Round' }]);
    await house.database.query('UPDATE incident_components SET only_media = true');
    await round();
    expect(await house.letters('incident')).toMatchObject([{ mail: { subject: expect.stringContaining(subject), text: expect.stringContaining(text) } }]);
  });

  it.each([
    ['en', 'Sandbox Alpha works again: 1 post', 'working again; what waited goes out', /alpha down:/i],
    ['it', 'Sandbox Alpha funziona di nuovo: 1 post', 'ora funziona di nuovo, e ciò che attendeva esce', /] Guasto/],
  ] as const)('the letter does not call down what is back while the rest of the incident is not (%s)', async (language, subject, text, wrong) => {
    await house.database.query('UPDATE users SET language = $2 WHERE id = $1', [mara.userId, language]);
    const { id } = await house.outage([{ client: bar, text: 'Round' }]);
    await house.database.query(`UPDATE incident_components SET state = 'up', back_at = now()`);
    await house.database.query(`INSERT INTO incident_components (incident_id, component_id, connector_id, host, state, fell_at) VALUES ($1, 'sandbox-beta:publish@b.example', 'sandbox-beta', 'b.example', 'down', now())`, [id]);
    await round();
    const [letter] = await house.letters('incident');
    expect(letter?.mail).toMatchObject({ subject: expect.stringContaining(subject), text: expect.stringContaining(text) });
    expect(letter?.mail.subject).not.toMatch(wrong);
  });

  it('nobody is told twice, however often it is looked at and by however many processes', async () => {
    await house.outage([{ client: bar, text: 'Round' }, { client: cafe, text: 'Cappuccino' }]);
    await Promise.all([round(), round(), round()]);
    await round();
    expect(await told()).toEqual(['Mara']);
  });

  it('one incident of which nobody can be asked keeps no other from being asked of', async () => {
    const broken = await house.outage([{ client: cafe, text: 'Cappuccino' }], { forMs: minute });
    await house.outage([{ client: bar, text: 'Round' }]);
    const incidents = house.get(IncidentsService);
    const failing: IncidentsService = Object.create(incidents, {
      touched: { value: (id: string) => (id === broken.id ? Promise.reject(new Error('too much for the database')) : incidents.touched(id)) },
    });
    const escalation = new EscalationService(house.database, failing, house.get(IncidentCommitments), house.get(AsksService), house.get(DutiesService), house.get(TeamLettersService), house.get(NoticesService), house.clock, readConfig({}));
    expect(await escalation.round()).toBe(1);
    expect((await house.letters('incident'))[0]?.mail.text).toContain('Round');
  });

  it('who is told of different clients by two processes at the same moment gets both letters', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }, { client: cafe, text: 'Cappuccino' }]);
    const person = { userId: mara.userId, name: 'Mara', email: 'mara@agency.example', language: 'en' as const };
    const tell = (manager: EntityManager, client: SeededClient): Promise<boolean> =>
      house.get(TeamLettersService).opened(manager, { incidentId: id, workspaceId, person, clientIds: [client.clientId], silent: [], minutes: 15 }, house.clock.now());
    const second = await house.database.transaction(async (manager) => {
      await tell(manager, bar);
      const other = house.database.transaction((theirs) => tell(theirs, cafe));
      while ((await house.database.query<unknown[]>(`SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'`)).length === 0) await new Promise((soon) => setImmediate(soon));
      return { other };
    });
    expect(await second.other).toBe(true);
    expect((await house.letters('incident')).map(({ mail }) => mail.subject)).toEqual(expect.arrayContaining([expect.stringMatching(/\] Sandbox/), expect.stringMatching(/Updated: Sandbox/)]));
  });

  it('nobody is bothered where nothing is touched: another workspace, a post that is out, one of next week', async () => {
    const elsewhere = await house.workspace('Other');
    await house.person(elsewhere, 'manager', 'Stranger');
    await house.client(elsewhere, 'Stranger’s');
    const { deliveries } = await house.outage([{ client: bar, text: 'Out' }, { client: bar, text: 'Next week', dueInMs: 170 * hour }]);
    await house.database.query(`UPDATE deliveries SET state = 'published', ended_at = now() WHERE id = $1`, [deliveries[0]]);
    expect(await round()).toBe(0);
    expect(await told()).toEqual([]);
  });
});

describe('Unanswered', () => {
  it('the next is asked after 15 minutes, not sooner, and the owner last; then nobody', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round', dueInMs: 10 * hour }]);
    await round();
    house.clock.pass(14 * minute);
    expect(await round()).toBe(0);
    house.clock.pass(minute);
    expect(await round()).toBe(1);
    house.clock.pass(15 * minute);
    expect(await round()).toBe(1);
    house.clock.pass(15 * minute);
    expect(await round()).toBe(0);
    expect(await told()).toEqual(['Mara', 'Marco', 'Olga']);
    const [, second, last] = await house.letters('incident');
    expect(second?.mail.text).toContain('Interpellati prima di te, ancora nessuna risposta: Mara.');
    expect(last?.mail.text).toContain('Asked before you, no answer yet: Mara, Marco.');
    expect(last?.mail.text).toContain('Nobody is asked after you.');
    expect(await asks(id)).toMatchObject([{ clientName: 'Bar Sport', asked: [{ name: 'Mara' }, { name: 'Marco' }, { name: 'Olga' }], nextAt: null, answeredBy: null }]);
  });

  it('the next is asked after 5 minutes where an hour counts', async () => {
    await house.outage([{ client: bar, text: 'At noon', choice: 'hour-counts' }]);
    await round();
    expect((await house.letters('incident'))[0]?.mail.text).toContain('within 5 minutes');
    house.clock.pass(5 * minute);
    expect(await round()).toBe(1);
    expect(await told()).toEqual(['Mara', 'Marco']);
  });

  it('the one who was told of another client gets one more letter, and then the app tells the rest', async () => {
    const club = await house.client(workspaceId, 'Club');
    await setDuties(bar, marco);
    await setDuties(cafe, edith, marco);
    await setDuties(club, edith, olga, marco);
    await house.outage([{ client: bar, text: 'Round' }, { client: cafe, text: 'Cappuccino' }, { client: club, text: 'Dance' }]);
    await round();
    await house.get(EscalationService).round();
    house.clock.pass(15 * minute);
    await round(); // Olga is next of Marco's and of the club; Marco is next of the café
    const marcos = (await house.letters('incident')).filter(({ toName }) => toName === 'Marco').map(({ mail }) => mail);
    expect(marcos.map(({ subject }) => subject.includes('Ora tocca anche a te'))).toEqual([false, true]);
    expect(marcos[1]?.text).toContain('Cappuccino');
    house.clock.pass(15 * minute);
    await round(); // Marco is next of the club
    expect((await house.letters('incident')).filter(({ toName }) => toName === 'Marco')).toHaveLength(2);
  });

  it('who was asked has their 15 minutes anew when it was over and falls again', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round', dueInMs: 10 * hour }]);
    await round();
    house.clock.pass(50 * minute);
    await house.database.query(`INSERT INTO incident_events (incident_id, at, kind) VALUES ($1, to_timestamp($2 / 1000.0), 'reopened')`, [id, house.clock.now()]);
    expect(await round()).toBe(0);
    house.clock.pass(14 * minute);
    expect(await round()).toBe(0);
    house.clock.pass(minute);
    expect(await round()).toBe(1);
    house.clock.pass(15 * minute);
    expect(await round()).toBe(1);
    expect(await told()).toEqual(['Mara', 'Marco', 'Olga']);
  });

  it('nobody else is asked while it recovers, nor once nothing is in danger', async () => {
    const { id, deliveries } = await house.outage([{ client: bar, text: 'Round', dueInMs: 5 * hour }]);
    await round();
    house.clock.pass(15 * minute);
    await house.database.query(`UPDATE incidents SET state = 'recovering' WHERE id = $1`, [id]);
    expect(await round()).toBe(0);
    await house.database.query(`UPDATE incidents SET state = 'open' WHERE id = $1`, [id]);
    await house.database.query(`UPDATE deliveries SET state = 'skipped', ended_at = now() WHERE id = $1`, [deliveries[0]]);
    expect(await round()).toBe(0);
  });
});

describe('An answer', () => {
  it('settles it, and all see whose it was; a later one changes nothing', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }, { client: cafe, text: 'Cappuccino' }]);
    await round();
    expect((await answer(id, edith, [bar.clientId])).status).toBe(200);
    await answer(id, mara);
    expect(await asks(id, olga)).toMatchObject([{ clientName: 'Bar Sport', answeredBy: { name: 'Edith' }, nextAt: null }, { clientName: 'Café Roma', answeredBy: { name: 'Mara' } }]);
    house.clock.pass(hour);
    expect(await round()).toBe(0);
    expect(await told()).toEqual(['Mara']);
  });

  it('is any act on one of its posts', async () => {
    const { id, deliveries } = await house.outage([{ client: bar, text: 'Round', dueInMs: 10 * hour }, { client: cafe, text: 'Cappuccino', dueInMs: 10 * hour }]);
    await round();
    await house.database.query(`UPDATE deliveries SET state = 'held', hold_reason = 'outage' WHERE id = $1`, [deliveries[0]]);
    const { body } = await house.http().get('/api/v1/deliveries?state=held').set(edith.headers);
    const held = body.items.find((row: { id: string }) => row.id === deliveries[0]);
    expect((await house.http().post(`/api/v1/deliveries/${held.id}/drop`).set(edith.headers).send({ version: held.version })).status).toBe(204);
    house.clock.pass(15 * minute);
    expect(await round()).toBe(1); // the café's next; its posts nobody touched
    expect(await asks(id)).toMatchObject([{ clientName: 'Bar Sport', answeredBy: { name: 'Edith' } }, { clientName: 'Café Roma', answeredBy: null }]);
  });

  it('is also a post that was moved, and an act on all that a client has held', async () => {
    const { id, deliveries } = await house.outage([{ client: bar, text: 'Round', dueInMs: 10 * hour }, { client: cafe, text: 'Cappuccino', dueInMs: 10 * hour }]);
    await round();
    const [{ postId, version } = { postId: '', version: 0 }] = await house.database.query<{ postId: string; version: number }[]>(
      'SELECT p.id AS "postId", p.version FROM posts p JOIN deliveries d ON d.post_id = p.id WHERE d.id = $1', [deliveries[0]]);
    const wallAt = new Date(Date.now() + 50 * hour).toISOString().slice(0, 16);
    expect((await house.http().patch(`/api/v1/posts/${postId}`).set(edith.headers).send({ version, wallAt })).status).toBe(200);
    await house.database.query(`UPDATE deliveries SET state = 'held', hold_reason = 'outage' WHERE id = $1`, [deliveries[1]]);
    const bulk = await house.http().post('/api/v1/deliveries/bulk/release').set(marco.headers).send({ filter: { clientId: cafe.clientId }, dryRun: false });
    expect(bulk.body).toEqual({ count: 1 });
    await round();
    expect(await asks(id)).toMatchObject([{ clientName: 'Bar Sport', answeredBy: { name: 'Edith' } }, { clientName: 'Café Roma', answeredBy: { name: 'Marco' } }]);
  });

  it('is not what was done before it was asked, nor what a key does', async () => {
    const { id, deliveries } = await house.outage([{ client: bar, text: 'Round', dueInMs: 10 * hour }]);
    const deed = (actor: object) => house.database.query(
      `INSERT INTO audit_log (workspace_id, actor, action, subject, subject_id) VALUES ($1, $2, 'delivery.release', 'delivery', $3)`, [workspaceId, JSON.stringify(actor), deliveries[0]]);
    await deed({ kind: 'user', id: edith.userId, name: 'Edith' });
    await round();
    await deed({ kind: 'key', id: 'k', name: 'Key' });
    house.clock.pass(15 * minute);
    expect(await round()).toBe(1);
    expect(await asks(id)).toMatchObject([{ answeredBy: null }]);
  });

  it('of one workspace settles nothing in another', async () => {
    const elsewhere = await house.workspace('Other');
    const stranger = await house.person(elsewhere, 'manager', 'Stranger');
    const theirs = await house.client(elsewhere, 'Theirs');
    const { id } = await house.outage([{ client: bar, text: 'Round' }, { client: theirs, text: 'Secret of theirs' }]);
    expect(await round()).toBe(2);
    expect((await answer(id, stranger, [bar.clientId])).body).toMatchObject({ status: 404, code: 'ask-unknown' });
    expect((await answer(id, stranger)).body.items).toMatchObject([{ clientName: 'Theirs', answeredBy: { name: 'Stranger' } }]);
    expect(await asks(id)).toMatchObject([{ clientName: 'Bar Sport', answeredBy: null }]);
    expect((await house.letters('incident')).find(({ toName }) => toName === 'Mara')?.mail.text).not.toContain('Secret of theirs');
  });

  it('of an incident that is not one’s own is refused', async () => {
    const elsewhere = await house.workspace('Other');
    const stranger = await house.person(elsewhere, 'manager', 'Stranger');
    const { id } = await house.outage([{ client: bar, text: 'Round' }]);
    expect((await answer(id, stranger)).body).toMatchObject({ status: 404, code: 'incident-unknown' });
    expect((await house.http().get(`/api/v1/incidents/${id}/asks`).set(stranger.headers)).status).toBe(404);
  });
});
