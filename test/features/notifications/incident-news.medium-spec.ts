import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { EscalationService } from '../../../src/features/notifications/escalation.service.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import type { Fact } from '../../../src/infra/facts/facts.js';
import type { Visitor } from '../../kit/house.js';
import { type SeededClient, seedPosts } from '../../kit/seed.js';
import { hour, type IncidentHouse, minute, openIncidentHouse } from './incident-house.js';

let house: IncidentHouse;
let workspaceId: string;
let mara: Visitor;
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
  mara = await house.person(workspaceId, 'manager', 'Mara');
  await house.person(workspaceId, 'owner', 'Olga');
  bar = await house.client(workspaceId, 'Bar Sport');
  cafe = await house.client(workspaceId, 'Café Roma');
});

async function happen(...facts: Fact[]): Promise<void> {
  await house.database.transaction((manager) => new FactWriter().write(manager, facts));
  await house.get(FactTakers).take('notifications');
}

const from = '2026-11-22T20:04:00.000Z';
const platforms = [{ connectorId: 'facebook', host: 'facebook.com', name: 'Facebook' }, { connectorId: 'instagram', host: 'instagram.com', name: 'Instagram' }];
const opened = (id: string): Fact => ({ kind: 'incident.opened', workspaceId, subjectId: id, payload: { incidentId: id, state: 'open', platforms, from, to: null } });
const tally = { planned: 3, published: 0, publishedLate: 2, byHand: 0, rerouted: 0, waiting: 1, missed: 0, failed: 0, dropped: 0, moved: 0 };
const closed = (id: string): Fact => ({ kind: 'incident.closed', workspaceId, subjectId: id, payload: { incidentId: id, state: 'closed', platforms, from, to: '2026-11-22T22:00:00.000Z', tally } });
const again = (id: string): Fact => ({ ...opened(id), kind: 'incident.changed', payload: { ...opened(id).payload, again: { at: '2026-11-22T22:20:00.000Z', platforms: ['Instagram'] } } });
const waiting = (deliveryIds: readonly string[], cause = 'platform-down', count = deliveryIds.length): Fact => ({
  kind: 'delivery.waiting', workspaceId, subjectId: null, payload: { cause, connectorId: 'sandbox-alpha', count, oldestAt: from, deliveryIds },
});
const notices = async (language = 'en') => {
  await house.database.query('UPDATE users SET language = $2 WHERE id = $1', [mara.userId, language]);
  return (await house.http().get('/api/v1/notices').set(mara.headers)).body.items;
};
const round = (): Promise<number> => house.get(EscalationService).round();

describe('In the app', () => {
  it('everybody reads once that it is down and once that it is over, in their language and zone', async () => {
    const id = uuid();
    await happen(opened(id));
    await happen(opened(id));
    await happen(closed(id));
    expect(await notices()).toMatchObject([
      { kind: 'incident-closed', incidentId: id, title: 'Facebook and Instagram: working again', text: 'Down from 21:04 on 22 November to 23:00 on 22 November (Europe/Rome). 3 planned, 2 out later than planned, 1 still waiting.' },
      { kind: 'incident-opened', incidentId: id, title: 'Facebook and Instagram: down', text: expect.stringContaining('Since 21:04 on 22 November (Europe/Rome).') },
    ]);
    expect((await notices('it'))[1]).toMatchObject({ title: 'Facebook e Instagram: guasto', text: expect.stringContaining('Dalle 21:04 del 22 novembre') });
  });

  it('everybody reads that it is maintenance, or pictures and films alone', async () => {
    const [id, other] = [uuid(), uuid()];
    await happen({ ...opened(id), payload: { ...opened(id).payload, what: 'maintenance' } }, { ...closed(id), payload: { ...closed(id).payload, what: 'maintenance' } });
    await happen({ ...opened(other), payload: { ...opened(other).payload, platforms: platforms.map((one) => ({ ...one, onlyMedia: one.connectorId === 'facebook' })) } });
    const titles = new Map((await notices()).map((one: { kind: string; incidentId: string; title: string; text: string }) => [`${one.kind} ${one.incidentId}`, one]));
    expect(titles.get(`incident-opened ${id}`)).toMatchObject({ title: 'Facebook and Instagram: maintenance' });
    expect(titles.get(`incident-closed ${id}`)).toMatchObject({ text: expect.stringContaining('Maintenance from 21:04 on 22 November') });
    expect(titles.get(`incident-opened ${other}`)).toMatchObject({ title: 'Facebook (pictures and films) and Instagram: down' });
    expect((await notices('it')).map(({ title }: { title: string }) => title)).toEqual(expect.arrayContaining(['Facebook e Instagram: manutenzione', 'Facebook (immagini e video) e Instagram: guasto']));
  });

  it('everybody reads that maintenance is over, or has begun again: it never was “down”, so it is not “working again”', async () => {
    const id = uuid();
    const ofWork = (fact: Fact): Fact => ({ ...fact, payload: { ...fact.payload, what: 'maintenance' } });
    await happen(ofWork(opened(id)), ofWork(closed(id)));
    await happen(ofWork(again(id)));
    expect(await notices()).toMatchObject([
      { title: 'Instagram: maintenance again', text: expect.stringMatching(/^It was over, and began again: since/) },
      { title: 'Facebook and Instagram: maintenance over', text: expect.stringMatching(/^Maintenance from/) }, {},
    ]);
    expect(await notices('it')).toMatchObject([
      { title: 'Instagram: di nuovo in manutenzione', text: expect.stringMatching(/^Era finita, ed è ricominciata: dalle/) },
      { title: 'Facebook e Instagram: manutenzione finita', text: expect.stringMatching(/^Manutenzione dalle/) }, {},
    ]);
  });

  it('everybody reads that it is down again, which of theirs and since when, and once more that it is over', async () => {
    const id = uuid();
    await happen(opened(id), closed(id));
    await happen(again(id));
    await happen({ ...closed(id), payload: { ...closed(id).payload, to: '2026-11-22T22:40:00.000Z' } });
    expect((await notices()).map(({ title }: { title: string }) => title)).toEqual([
      'Facebook and Instagram: working again', 'Instagram: down again', 'Facebook and Instagram: working again', 'Facebook and Instagram: down',
    ]);
    expect((await notices())[1]).toMatchObject({ kind: 'incident-reopened', incidentId: id, text: expect.stringContaining('since 23:20 on 22 November (Europe/Rome)') });
    expect((await notices('it'))[1]).toMatchObject({ title: 'Instagram: di nuovo guasto', text: expect.stringContaining('dalle 23:20 del 22 novembre') });
    expect(await house.database.query('SELECT 1 FROM notices WHERE mailed_at IS NULL')).toEqual([]);
  });

  it('nothing is said of any other change', async () => {
    await happen({ ...opened(uuid()), kind: 'incident.changed' });
    expect(await notices()).toEqual([]);
  });

  it('and nobody gets a letter of it there, for the letters of an incident are those of the people on duty', async () => {
    await happen(opened(uuid()));
    expect(await house.database.query('SELECT 1 FROM notices WHERE mailed_at IS NULL')).toEqual([]);
    expect(await house.letters('incident')).toEqual([]);
  });
});

describe('When it is over', () => {
  it('each who was told gets one letter, with the tally of their clients and what stands for review', async () => {
    const { id, deliveries } = await house.outage([{ client: bar, text: 'Round' }, { client: bar, text: 'Too late' }, { client: cafe, text: 'Cappuccino' }], { forMs: 30 * minute });
    await house.http().put(`/api/v1/clients/${cafe.clientId}/duties`).set(mara.headers).send({ userIds: [(await house.person(workspaceId, 'editor', 'Edith')).userId] });
    await round();
    await house.database.query(`UPDATE deliveries SET state = 'failed', ended_at = now() WHERE id = $1`, [deliveries[0]]);
    await house.database.query(`UPDATE deliveries SET state = 'held', hold_reason = 'late', reason = '{"code":"late-limit-passed"}' WHERE id = $1`, [deliveries[1]]);
    await house.close(id);
    await happen(closed(id));
    await happen(closed(id));
    const letters = (await house.letters('incident')).filter(({ mail }) => mail.subject.includes('working again'));
    expect(letters.map(({ toName }) => toName).toSorted()).toEqual(['Edith', 'Mara']);
    const maras = letters.find(({ toName }) => toName === 'Mara')?.mail.text ?? '';
    expect(maras).toContain('What became of the posts of your clients: 2 planned, 1 still waiting, 1 failed.');
    expect(maras).toContain('For you to review; none of these goes out by itself:');
    expect(maras).toContain('Too late');
    expect(maras).not.toContain('Cappuccino');
    expect(letters.find(({ toName }) => toName === 'Edith')?.mail.text).toContain('There is nothing left for you to do.');
  });

  it.each([
    ['missed its hour', `state = 'missed', ended_at = now()`],
    ['failed', `state = 'failed', ended_at = now()`],
    ['waits for an account', `state = 'held', hold_reason = 'account', reason = '{"code":"account-down","detail":"expired"}'`],
  ])('the letter and the incident’s page list the same for review: what %s', async (_, set) => {
    const { id, deliveries } = await house.outage([{ client: bar, text: 'Happy hour' }], { forMs: 30 * minute });
    await round();
    await house.database.query(`UPDATE deliveries SET ${set} WHERE id = $1`, [deliveries[0]]);
    await house.close(id);
    await happen(closed(id));
    const text = (await house.letters('incident')).find(({ mail }) => mail.subject.includes('working again'))?.mail.text ?? '';
    expect(text).toMatch(/For you to review; none of these goes out by itself:[^]*Happy hour/);
    expect(text).not.toContain('nothing left for you');
    expect((await house.http().get(`/desk/incidents/${id}`).set(mara.headers)).text).toMatch(/For you to decide \(1\)[^]*Happy hour/);
  });

  it.each([
    ['en', 'Maintenance on Sandbox Alpha: 1 post in the next 24 hours', 'Sandbox Alpha: maintenance over', /\bdown\b/i],
    ['it', 'Manutenzione su Sandbox Alpha: 1 post nelle prossime 24 ore', 'Manutenzione su Sandbox Alpha finita', /guasto/i],
  ] as const)('of maintenance no letter says that anything failed, neither at its beginning nor at its end (%s)', async (language, beginning, end, wrong) => {
    await house.database.query('UPDATE users SET language = $2 WHERE id = $1', [mara.userId, language]);
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 30 * minute });
    await house.database.query(`UPDATE incidents SET kind = 'maintenance' WHERE id = $1`, [id]);
    await round();
    await house.close(id);
    await happen(closed(id));
    const letters = await house.letters('incident');
    expect(letters.map(({ mail }) => mail.subject)).toEqual([`[Agenzia Uno] ${beginning}`, `[Agenzia Uno] ${end}`]);
    for (const { mail } of letters) expect(`${mail.subject}\n${mail.text.split('\n')[0]}`).not.toMatch(wrong);
  });

  it('no letter says so of what has fallen again meanwhile', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Round' }]);
    await round();
    await happen(closed(id)); // read only after it fell again
    expect((await house.letters('incident')).map(({ mail }) => mail.subject)).toEqual([expect.stringContaining('down: 1 post')]);
  });

  it('nobody hears of it who was not told that it began', async () => {
    const { id } = await house.outage([]);
    await house.close(id);
    await happen(closed(id));
    expect(await house.letters('incident')).toEqual([]);
  });
});

describe('A wait of more than ten minutes', () => {
  it('is not told again where the letter listed it', async () => {
    const { deliveries } = await house.outage([{ client: bar, text: 'Round' }]);
    await round();
    await happen(waiting(deliveries));
    expect(await notices()).toEqual([]);
  });

  it('is told of what no letter told, and of that alone', async () => {
    const { deliveries } = await house.outage([{ client: bar, text: 'Round' }]);
    await round();
    const untold = uuid();
    await happen(waiting([...deliveries, untold], 'platform-down', 2));
    expect(await notices()).toMatchObject([{ kind: 'posts-waiting', count: 1, deliveryIds: [untold] }]);
  });

  it('is told of a post the letter could not list: one of the second day, or planned since; whoever has answered', async () => {
    const { id, deliveries } = await house.outage([{ client: bar, text: 'Round' }, { client: bar, text: 'Second day', dueInMs: 26 * hour }]);
    await round();
    await house.http().post(`/api/v1/incidents/${id}/answer`).set(mara.headers).send({});
    const [channel] = bar.channels;
    const since = channel ? await seedPosts(house.database, bar, [{ channel, dueInMs: 2 * hour, text: 'Planned since' }]) : [];
    await house.database.query(
      'INSERT INTO incident_deliveries (incident_id, delivery_id, workspace_id, client_id, planned_at) SELECT $1, id, workspace_id, client_id, due_at FROM deliveries WHERE id = $2', [id, since[0]]);
    await happen(waiting([...deliveries, ...since]));
    expect(await notices()).toMatchObject([{ kind: 'posts-waiting', count: 2, deliveryIds: [deliveries[1], since[0]] }]);
  });

  it('is told of those it does not name, for a letter may not have listed them', async () => {
    const { deliveries } = await house.outage([{ client: bar, text: 'Round' }]);
    await round();
    await happen(waiting(deliveries, 'platform-down', 3));
    expect(await notices()).toMatchObject([{ kind: 'posts-waiting', count: 2 }]);
  });

  it('is told before anybody was, for another cause than the outage, and again once the outage had ended', async () => {
    const { id, deliveries } = await house.outage([{ client: bar, text: 'Round', dueInMs: 2 * hour }]);
    await happen(waiting(deliveries));
    expect(await notices()).toHaveLength(1);
    await round();
    await happen(waiting(deliveries, 'paused'));
    expect(await notices()).toHaveLength(2);
    await happen(closed(id)); // and it falls again at once, as the same incident
    await house.database.query('TRUNCATE notices');
    await happen(waiting(deliveries));
    expect(await notices()).toMatchObject([{ kind: 'posts-waiting' }]);
  });
});
