import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { DataSource, type EntityManager } from 'typeorm';
import { IncidentCommitments } from '../../../src/features/incidents/incident-commitments.service.js';
import { AsksService } from '../../../src/features/notifications/asks.service.js';
import { EscalationService } from '../../../src/features/notifications/escalation.service.js';
import { TeamLettersService } from '../../../src/features/notifications/team-letters.service.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import type { Visitor } from '../../kit/house.js';
import { type SeededClient, seedPosts } from '../../kit/seed.js';
import { hour, type IncidentHouse, minute, openIncidentHouse } from './incident-house.js';

let house: IncidentHouse;
let workspaceId: string;
let mara: Visitor;
let bar: SeededClient;

beforeAll(async () => {
  house = await openIncidentHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE commitments, incidents, letters, notices, incident_asks, incident_tellings, client_notices, events, event_claims CASCADE');
  await house.database.query(`UPDATE users SET email = id::text || '@gone.example'`);
  workspaceId = await house.workspace('Agenzia Uno');
  mara = await house.person(workspaceId, 'manager', 'Mara');
  bar = await house.client(workspaceId, 'Bar Sport');
  await house.database.query(`UPDATE channels SET url = 'https://alpha.example/bar' WHERE client_id = $1`, [bar.clientId]);
});

function wall(hours: number): string {
  return DateTime.now().setZone('Europe/Rome').plus({ hours }).toFormat("yyyy-MM-dd'T'HH:mm:ss");
}
const promise = async (of: SeededClient, more: object = {}): Promise<string> => {
  const { status, body } = await house.http().post('/api/v1/commitments').set(mara.headers).send({
    clientId: of.clientId, kind: 'contest', title: 'Win a coffee', connectorIds: ['sandbox-alpha'], zone: 'Europe/Rome', wallFrom: wall(-100), wallUntil: wall(100), ...more,
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body.id as string;
};
/** So many hours from now, as Rome's clocks show it. */
function hourOfDay(hours: number): string {
  return DateTime.now().setZone('Europe/Rome').plus({ hours }).toFormat('HH:mm');
}
const speak = (language: 'en' | 'it') => house.database.query('UPDATE users SET language = $2 WHERE id = $1', [mara.userId, language]);
const round = (): Promise<number> => house.get(EscalationService).round();
const mails = async () => (await house.letters('incident')).map(({ mail }) => mail);
async function end(id: string): Promise<void> {
  await house.close(id);
  await house.database.transaction((manager) => new FactWriter().write(manager, [{ kind: 'incident.closed', workspaceId, subjectId: id, payload: { incidentId: id, state: 'closed', platforms: [], from: new Date().toISOString(), to: new Date().toISOString() } }]));
  await house.get(FactTakers).take('notifications');
}
const page = (id: string): string => `https://postern.example/desk/incidents/${id}?workspaceId=${workspaceId}`;

/** All connections of the application's pool but one, until the work is done. */
async function withOneConnection<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
  const pool = house.get(DataSource);
  return pool.transaction(async (manager) => {
    const { max } = pool.options.extra as { readonly max: number };
    const taken = Array.from({ length: max - 1 }, () => pool.createQueryRunner());
    try {
      await Promise.all(taken.map((runner) => runner.connect()));
      return await work(manager);
    } finally {
      await Promise.all(taken.map((runner) => runner.release()));
    }
  });
}

describe('Letters to the team', () => {
  it('are written on the connection of their transaction alone', async () => {
    const { id } = await house.outage([{ client: bar, text: 'Ten in the evening', dueInMs: hour }], { forMs: hour });
    await promise(bar);
    await house.get(AsksService).begin(id, [{ workspaceId, clientId: bar.clientId }], Date.now());
    await house.database.query(`UPDATE incident_asks SET asked = jsonb_build_array($2::text) WHERE incident_id = $1`, [id, mara.userId]);
    const letters = house.get(TeamLettersService);
    const person = { userId: mara.userId, name: 'Mara', email: 'mara@agency.example', language: 'en' } as const;
    await withOneConnection((manager) => letters.opened(manager, { incidentId: id, workspaceId, person, clientIds: [bar.clientId], silent: [], minutes: 15 }, Date.now()));
    await house.close(id);
    await withOneConnection((manager) => letters.recovered(manager, id, workspaceId));
    expect((await mails()).map(({ subject }) => subject)).toEqual([expect.stringContaining('Sandbox Alpha down: 1 post'), expect.stringContaining('Sandbox Alpha')]);
  }, 120_000);
});

describe('The letter that it began', () => {
  it.each([
    ['en', 'Promised outside posts, and touched:\n\nBar Sport\n– Win a coffee: contest open for 1 h 30 of the outage, until ', '  What to say: “Write to us, or come by.”\n  Where to send people: Shop: https://shop.example/, ciao@shop.example\n  Pack to propose: Alpha is down (not approved, or expired)'],
    ['it', 'Promesso oltre ai post, e coinvolto:\n\nBar Sport\n– Win a coffee: concorso aperto per 1 h 30 dell’interruzione, fino a ', '  Che cosa dire: «Write to us, or come by.»\n  Dove indirizzare le persone: Shop: https://shop.example/, ciao@shop.example\n  Pacchetto da proporre: Alpha is down (non approvato, o scaduto)'],
  ] as const)('says what was promised, what to say, where to send people and which pack to propose (%s)', async (language, heading, lines) => {
    await speak(language);
    const pack = await house.http().post('/api/v1/packs').set(mara.headers).send({ clientId: bar.clientId, title: 'Alpha is down', variants: [] });
    await promise(bar, { say: 'Write to us,\nor come by.', contact: { label: 'Shop', url: 'https://shop.example/', email: 'ciao@shop.example' }, packId: pack.body.id });
    const cafe = await house.client(workspaceId, 'Café Roma');
    await house.http().put(`/api/v1/clients/${cafe.clientId}/duties`).set(mara.headers).send({ userIds: [(await house.person(workspaceId, 'editor', 'Edith')).userId] });
    await promise(cafe, { title: 'Theirs' });
    await house.outage([{ client: bar, text: 'Round' }], { forMs: 90 * minute });
    await round();
    const letter = (await house.letters('incident')).find(({ toName }) => toName === 'Mara')?.mail;
    expect(letter?.text).toContain(heading);
    expect(letter?.text).toContain(lines);
    expect(letter?.text).not.toContain('Theirs');
  });
});

describe('Who takes care of a client', () => {
  it.each([
    ['en', '[Agenzia Uno] Sandbox Alpha down: it touches what was promised', 'Promised outside posts, and touched:', 'planned there'],
    ['it', '[Agenzia Uno] Guasto su Sandbox Alpha: tocca ciò che era promesso', 'Promesso oltre ai post, e coinvolto:', 'previsto lì'],
  ] as const)('is asked, and told that it is over, when no post but something promised is touched (%s)', async (language, subject, heading, ofPosts) => {
    await speak(language);
    await promise(bar);
    const { id } = await house.outage([], { forMs: 90 * minute });
    expect([await round(), await round()]).toEqual([1, 0]);
    const [letter] = await mails();
    expect(letter?.subject).toBe(subject);
    expect(letter?.text).toContain(`${heading}\n\nBar Sport\n– Win a coffee: `);
    expect(letter?.text).not.toContain(ofPosts);
    await end(id);
    expect((await mails()).at(-1)?.text).toMatch(/\n☐ /);
  });

  it.each([
    ['en', '[Agenzia Uno] Maintenance on Sandbox Alpha: it touches what was promised'],
    ['it', '[Agenzia Uno] Manutenzione su Sandbox Alpha: tocca ciò che era promesso'],
  ] as const)('is told of maintenance by its name (%s)', async (language, subject) => {
    await speak(language);
    await promise(bar);
    const { id } = await house.outage([], { forMs: 20 * minute });
    await house.database.query(`UPDATE incidents SET kind = 'maintenance' WHERE id = $1`, [id]);
    await round();
    expect((await mails()).map((mail) => mail.subject)).toEqual([subject]);
  });

  it.each([
    ['changes what is promised', async (id: string) => house.http().patch(`/api/v1/commitments/${id}`).set(mara.headers).send({ version: 1, say: 'We are here' })],
    ['ticks off what was to do for it', async (id: string) => house.database.query(
      `INSERT INTO audit_log (workspace_id, actor, action, subject, subject_id, details) SELECT $1, jsonb_build_object('kind', 'user', 'id', $2::text, 'name', 'Mara'), 'incident.task-done', 'incident', i.id::text, jsonb_build_object('commitmentId', $3::text) FROM incidents i`,
      [workspaceId, mara.userId, id])],
  ])('has answered who %s', async (_, act) => {
    const id = await promise(bar);
    await promise(await house.client(workspaceId, 'Café Roma'));
    await house.outage([], { forMs: 90 * minute });
    await round();
    await act(id);
    await round();
    expect(await house.database.query(`SELECT c.name, k.answered_by AS by FROM incident_asks k JOIN clients c ON c.id = k.client_id ORDER BY c.name`)).toEqual([{ name: 'Bar Sport', by: mara.userId }, { name: 'Café Roma', by: null }]);
  });

  it('is looked for no more once somebody has answered for the client', async () => {
    const id = await promise(bar);
    const outage = await house.outage([], { forMs: 90 * minute });
    await round();
    const asked = async () => (await house.get(IncidentCommitments).clients(outage.id, await house.get(AsksService).over(outage.id))).map(({ clientId }) => clientId);
    expect(await asked()).toEqual([bar.clientId]);
    await house.http().patch(`/api/v1/commitments/${id}`).set(mara.headers).send({ version: 1, say: 'We are here' });
    await round();
    expect(await asked()).toEqual([]);
  });

  it.each([
    ['is closed at this hour', { kind: 'care-hours', hours: { from: hourOfDay(-3), to: hourOfDay(-2) } }, ''],
    ['is over', { wallUntil: wall(-1) }, ''],
    ['lives elsewhere', { connectorIds: ['sandbox-beta'] }, ''],
    ['needs no pictures and films, which alone fail', {}, 'UPDATE incident_components SET only_media = true'],
    ['is back', {}, 'UPDATE incident_components SET back_at = now()'],
  ])('is left in peace for what %s', async (_, more, meanwhile) => {
    await promise(bar, more);
    await house.outage([], { forMs: 4 * hour });
    if (meanwhile !== '') await house.database.query(meanwhile);
    expect(await round()).toBe(0);
  });
});

describe('The letter that it is over', () => {
  it.each([
    ['en', 'To look at now, for what was promised outside posts; tick it off on the page below:', /☐ “Win a coffee”: read the messages from [^\n]*\(Europe\/Rome\) to [^\n]*\(Europe\/Rome\)\.\n {2}Sandbox Alpha: https:\/\/alpha\.example\/bar\n☐ “Win a coffee” was open for 1 h 30 [^\n]*think about extending it/],
    ['it', 'Da guardare ora, per ciò che era promesso oltre ai post; si spunta alla pagina qui sotto:', /☐ «Win a coffee»: leggi i messaggi da [^\n]*\(Europe\/Rome\) a [^\n]*\(Europe\/Rome\)\.\n {2}Sandbox Alpha: https:\/\/alpha\.example\/bar\n☐ «Win a coffee» era aperto per 1 h 30 [^\n]*valuta se prorogarlo/],
  ] as const)('lists what is to be looked at, with links; what was ticked off is not listed (%s)', async (language, heading, tasks) => {
    await speak(language);
    const ids = [await promise(bar), await promise(bar, { kind: 'event', title: 'Concert' })];
    const { id } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 90 * minute });
    await round();
    await house.database.query(`INSERT INTO incident_tasks (incident_id, workspace_id, commitment_id, code, connector_id, done_by, done_at) VALUES ($1, $2, $3, 'tell-guests', '', '{"name":"Edith"}', now() + interval '1 hour')`, [id, workspaceId, ids[1]]);
    await end(id);
    const text = (await mails()).at(-1)?.text ?? '';
    expect(text).toContain(`${heading}\n\nBar Sport\n☐ `);
    expect(text).toMatch(tasks);
    expect(text).toContain('Concert');
    expect(text).not.toMatch(/tell those who waited|racconta a chi aspettava/);
    expect(text).not.toMatch(/There is nothing left for you|Non ti resta nulla/);
  });

  it('lists per client what waits for a person, with a link: also what is out elsewhere alone, and what else is in the review list', async () => {
    const cafe = await house.client(workspaceId, 'Café Roma');
    const { id, deliveries: [gone = '', late = ''] } = await house.outage([{ client: bar, text: 'Out elsewhere' }, { client: cafe, text: 'Too late' }], { forMs: 30 * minute });
    await round();
    const [channel] = bar.channels;
    if (!channel) throw new Error('no channel');
    const [child = '', before = ''] = await seedPosts(house.database, bar, [{ channel, dueInMs: hour, text: 'There' }, { channel, dueInMs: -20 * hour, text: 'From before' }]);
    await house.database.query(`UPDATE deliveries SET state = 'published' WHERE id = $1`, [child]);
    await house.database.query(`UPDATE deliveries SET state = 'rerouted', reason = NULL WHERE id = $1`, [gone]);
    await house.database.query(`INSERT INTO reroutes (delivery_id, workspace_id, after) VALUES ($1, $2, 'ask')`, [gone, workspaceId]);
    await house.database.query('INSERT INTO reroute_children (delivery_id, child_id) VALUES ($1, $2)', [gone, child]);
    await house.database.query(`UPDATE deliveries SET state = 'held', hold_reason = 'late', reason = '{"code":"late-limit-passed"}' WHERE id = ANY($1::uuid[])`, [[late, before]]);
    const stranger = await house.client(await house.workspace('Agenzia Due'), 'Theirs');
    await seedPosts(house.database, stranger, [{ channel: stranger.channels[0] ?? channel, dueInMs: -20 * hour, text: 'Secret' }]);
    await house.database.query(`UPDATE deliveries SET state = 'failed' WHERE workspace_id = $1`, [stranger.workspaceId]);
    await end(id);
    const text = (await mails()).at(-1)?.text ?? '';
    const review = /For you to review; none of these goes out by itself:\n\n([^]*)\n\nAlso in your clients’ review lists, for other reasons:\n\n([^]*)\n\nAll of it/.exec(text);
    expect(review?.[1]).toMatch(new RegExp(`^Bar Sport \\(Europe/Rome\\)\\n– .*Out elsewhere”\\n  It went out elsewhere instead\\. Does it go out on Sandbox Alpha too\\? If nobody decides within two days, it is left out there\\.\\nDecide here: ${page(id).replace('?', '\\?')}#d-${gone}\\n\\nCafé Roma \\(Europe/Rome\\)\\n– .*Too late”\\n.*\\nDecide here: .*#d-${late}$`));
    expect(review?.[2]).toMatch(new RegExp(`^Bar Sport \\(Europe/Rome\\)\\n– .* · Sandbox Alpha .*: “From before”\\n  It could not go out in time\\..*\\nDecide here: .*#d-${before}$`));
    expect(text).not.toContain('Secret');
    expect((await house.http().get(`/desk/incidents/${id}?workspaceId=${workspaceId}`).set(mara.headers)).text).toMatch(new RegExp(`<tr id="d-${gone}">[^]*<tr id="d-${before}">`));
  });
});

describe('The notice in the app that it is over', () => {
  it.each([
    ['en', /On the incident’s page: 1 post to decide about, 2 things to do for what was promised\.$/],
    ['it', /Nella pagina dell’incidente: 1 post da decidere, 2 cose da fare per ciò che era promesso\.$/],
  ] as const)('says how much is left for a person to do, and nothing of it when nothing is (%s)', async (language, words) => {
    await speak(language);
    const text = async (): Promise<string> => (await house.http().get('/api/v1/notices').set(mara.headers)).body.items[0].text;
    const quiet = await house.outage([{ client: bar, text: 'Round' }], { forMs: 90 * minute });
    await end(quiet.id);
    expect(await text()).not.toMatch(/incident’s page|pagina dell’incidente/);
    await promise(bar);
    const { id, deliveries } = await house.outage([{ client: bar, text: 'Round' }], { forMs: 90 * minute });
    await house.database.query(`UPDATE deliveries SET state = 'missed' WHERE id = $1`, [deliveries[0]]);
    await end(id);
    expect(await text()).toMatch(words);
  });
});
