import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { timeIn } from '../../../src/core/promise.js';
import type { Visitor } from '../../kit/house.js';
import type { SeededClient } from '../../kit/seed.js';
import { openPagesHouse, type PagesHouse } from './pages-house.js';

let house: PagesHouse;
let bar: SeededClient;
let editor: Visitor;
beforeAll(async () => {
  house = await openPagesHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE incidents CASCADE');
  bar = await house.client('Bar Aurora', { connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
  editor = await house.member(bar.workspaceId, 'editor');
});

const listed = async (incident: string, who = editor, query = '') => (await house.http().get(`/api/v1/incidents/${incident}/decisions${query}`).set(who.headers)).body.commitments;
const tick = (incident: string, body: object, who = editor) => house.http().put(`/api/v1/incidents/${incident}/tasks`).set(who.headers).send(body);
/** What was said of a platform so many minutes ago, of its text and of its media. */
const told = async (incident: string, connectorId: string, story: readonly (readonly [minutes: number, to: string, media?: string])[]): Promise<void> => {
  for (const [minutes, to, media = to] of story) {
    await house.database.query(
      `INSERT INTO incident_events (incident_id, at, component_id, kind, payload)
       SELECT incident_id, now() - $3 * interval '1 minute', component_id, 'state', jsonb_build_object('to', $4::text, 'media', $5::text, 'impaired', false, 'at', iso, 'firstAt', iso)
         FROM incident_components, to_char((now() - $3 * interval '1 minute') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS iso
        WHERE incident_id = $1 AND connector_id = $2`,
      [incident, connectorId, minutes, to, media],
    );
  }
};
const shown = (at: Date): string => timeIn(at.getTime(), { zone: 'Europe/Rome', language: 'en', who: 'team' });
const contact = { label: 'Shop', url: 'https://shop.example/', email: null, phone: null };

describe('The decision list', () => {
  it('holds what was promised outside posts and is touched: what that does to it, what to say, where to send people, the pack to propose', async () => {
    const pack = await house.http().post('/api/v1/packs').set(editor.headers).send({ clientId: bar.clientId, title: 'Alpha is down', variants: [{ for: { kind: 'all' }, parts: [{ text: 'We are here.' }] }] });
    const id = await house.promise(bar, { fromMinutes: -6_000, untilMinutes: 6_000, say: 'Write to us', contact, packId: pack.body.id });
    await house.promise(bar, { fromMinutes: -6_000, untilMinutes: -5_000, title: 'Over long ago' });
    await house.promise(bar, { fromMinutes: -60, untilMinutes: 60, title: 'Elsewhere', connectorIds: ['sandbox-beta'] });
    const incident = await house.outage({ beganMinutesAgo: 90 });
    expect(await listed(incident)).toEqual([expect.objectContaining({
      commitmentId: id, clientId: bar.clientId, clientName: 'Bar Aurora', title: 'Win a coffee', kind: 'contest', connectorIds: ['sandbox-alpha'], platforms: ['Sandbox Alpha'],
      words: expect.stringMatching(/^contest open for 1 h 30 of the outage, until .* \(Europe\/Rome\)$/), say: 'Write to us', contact, pack: { id: pack.body.id, title: 'Alpha is down', offered: false }, isBack: false, tasks: [],
    })]);
    const italian = await house.member(bar.workspaceId, 'viewer', { language: 'it' });
    expect((await listed(incident, italian))[0].words).toMatch(/^concorso aperto per 1 h 30 dell’interruzione, fino a .* \(Europe\/Rome\)$/);
  });

  it('counts for each the hours in which its own platforms were down', async () => {
    await house.promise(bar, { kind: 'ads', fromMinutes: -6_000, untilMinutes: 6_000, connectorIds: ['sandbox-alpha'], dailyBudget: { minor: 24_000, currency: 'EUR' } });
    const incident = await house.outage({ beganMinutesAgo: 120, connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
    await house.database.query(`UPDATE incident_components SET state = 'up', fell_at = now() - interval '90 minutes', back_at = now() - interval '30 minutes' WHERE connector_id = 'sandbox-alpha'`);
    expect(await listed(incident)).toMatchObject([{ words: 'about €10 of budget in the dark', spent: { minor: 1_000, currency: 'EUR' }, isBack: true }]);
  });

  it('counts of a platform that fell twice no hour in which it worked, nor those between two platforms', async () => {
    await house.promise(bar, { fromMinutes: -6_000, untilMinutes: 6_000, connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
    const incident = await house.outage({ beganMinutesAgo: 500, connectorIds: ['sandbox-alpha', 'sandbox-beta'], state: 'closed', endedMinutesAgo: 5 });
    await house.database.query(`UPDATE incident_components SET fell_at = now() - interval '30 minutes' WHERE connector_id = 'sandbox-alpha'`);
    await house.database.query(`UPDATE incident_components SET back_at = now() - interval '480 minutes' WHERE connector_id = 'sandbox-beta'`);
    await told(incident, 'sandbox-alpha', [[500, 'down'], [475, 'up'], [30, 'down'], [5, 'recovering'], [4, 'up']]);
    const [{ words, tasks }] = await listed(incident);
    expect(words).toMatch(/^contest open for 50 min of the outage/); // 500–475 and 30–5 minutes ago
    const [{ from, to }] = await house.database.query<{ from: Date; to: Date }[]>(`SELECT fell_at AS "from", back_at AS "to" FROM incident_components WHERE connector_id = 'sandbox-beta'`) as [{ from: Date; to: Date }];
    const ofBeta = tasks.find(({ connectorId }: { connectorId: string | null }) => connectorId === 'sandbox-beta').sentence;
    expect(ofBeta).toContain(`from ${shown(from)} to ${shown(to)}.`);
  });

  it('counts what takes no pictures and films only where nothing worse is, and from then on as that', async () => {
    await house.promise(bar, { fromMinutes: -6_000, untilMinutes: 6_000, connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
    const incident = await house.outage({ beganMinutesAgo: 500, connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
    await house.database.query('UPDATE incident_components SET only_media = true');
    expect(await listed(incident)).toMatchObject([{ onlyMedia: true, words: expect.stringContaining('8 h 20 of the outage') }]);
    await told(incident, 'sandbox-beta', [[500, 'degraded', 'down'], [40, 'down', 'down'], [10, 'degraded', 'down']]);
    expect(await listed(incident)).toMatchObject([{ onlyMedia: false, platforms: ['Sandbox Beta'], words: expect.stringContaining('30 min of the outage') }]);
  });

  it('keeps what was put away once it was over, and forgets what was put away before', async () => {
    const [before, after] = [await house.promise(bar, { fromMinutes: -60, untilMinutes: 60, title: 'Called off' }), await house.promise(bar, { fromMinutes: -60, untilMinutes: 60, title: 'Held' })];
    const incident = await house.outage({ beganMinutesAgo: 50, state: 'closed', endedMinutesAgo: 30 });
    await house.database.query(`UPDATE commitments SET archived_at = now() - interval '40 minutes' WHERE id = $1`, [before]);
    await house.database.query(`UPDATE commitments SET archived_at = now() - interval '10 minutes' WHERE id = $1`, [after]);
    expect((await listed(incident)).map(({ title }: { title: string }) => title)).toEqual(['Held']);
  });

  it('of an outage that is over stands as it was then, whatever is changed afterwards', async () => {
    const id = await house.promise(bar, { fromMinutes: -60, untilMinutes: 6_000, title: 'Win a coffee' });
    const over = await house.outage({ beganMinutesAgo: 50, state: 'closed', endedMinutesAgo: 30 });
    const [before] = await listed(over);
    const change = (version: number, body: object) => house.http().patch(`/api/v1/commitments/${id}`).set(editor.headers).send({ version, ...body });
    expect((await change(1, { title: 'Win a cake', wallUntil: '2037-01-01T10:00' })).status).toBe(200);
    expect((await change(2, { connectorIds: ['sandbox-beta'] })).status).toBe(200);
    expect(await listed(over)).toEqual([before]);
    await house.database.query(`UPDATE commitment_versions SET changed_at = now() - interval '1 day'`);
    expect(await listed(over)).toEqual([]); // what it lives on by now did not fall
  });

  it('holds none of a client who is on other hosts of the platform alone, nor of another client when one is asked for', async () => {
    const elsewhere = await house.client('Bar Altrove', { workspaceId: bar.workspaceId });
    await house.database.query(`UPDATE channels SET component_id = 'sandbox-alpha:publish@other.example', host = 'other.example' WHERE client_id = $1`, [elsewhere.clientId]);
    for (const client of [bar, elsewhere]) await house.promise(client, { fromMinutes: -60, untilMinutes: 60 });
    const incident = await house.outage({ beganMinutesAgo: 10 });
    expect((await listed(incident)).map(({ clientName }: { clientName: string }) => clientName)).toEqual(['Bar Aurora']);
    expect(await listed(incident, editor, `?clientId=${elsewhere.clientId}`)).toEqual([]);
  });

  it('holds none when nothing was wrong, and none of another workspace', async () => {
    await house.promise(bar, { fromMinutes: -60, untilMinutes: 60 });
    const stranger = await house.client('Hotel Rivale');
    const incident = await house.outage({ beganMinutesAgo: 10 });
    expect(await listed(incident, await house.member(stranger.workspaceId, 'owner'))).toEqual([]);
    expect(await listed(incident)).toHaveLength(1);
    await house.database.query(`UPDATE incidents SET state = 'closed', closed_at = now(), false_alarm = '{"by":"Op","at":"2031-01-01T00:00:00Z","reason":"x"}'`);
    expect(await listed(incident)).toEqual([]);
  });
});

describe('Once its platforms are back', () => {
  const over = async () => {
    await house.database.query(`UPDATE channels SET url = 'https://alpha.example/bar' WHERE id = $1`, [bar.channels[0]?.id]);
    const commitmentId = await house.promise(bar, { fromMinutes: -6_000, untilMinutes: 6_000 });
    return { commitmentId, incident: await house.outage({ beganMinutesAgo: 90, state: 'closed', endedMinutesAgo: 30 }) };
  };

  it('what to do for it stands there with links, until a person ticks it off; who and when is kept', async () => {
    const { incident, commitmentId } = await over();
    const [{ tasks }] = await listed(incident);
    expect(tasks).toMatchObject([
      { code: 'read-messages', connectorId: 'sandbox-alpha', platform: 'Sandbox Alpha', url: 'https://alpha.example/bar', done: null, sentence: expect.stringMatching(/^“Win a coffee”: read the messages from .* \(Europe\/Rome\) to .* \(Europe\/Rome\)\.$/) },
      { code: 'extend-contest', connectorId: null, platform: null, url: 'https://alpha.example/bar', done: null, sentence: expect.stringContaining('think about extending it') },
    ]);
    const { status, body } = await tick(incident, { commitmentId, code: 'read-messages', connectorId: 'sandbox-alpha' });
    expect(status).toBe(200);
    expect(body.items[0].tasks).toMatchObject([{ done: { by: expect.stringMatching(/^Person/), at: expect.any(String) } }, { done: null }]);
    expect(await listed(incident)).toEqual(body.items);
    const audit = () => house.database.query(`SELECT action, details FROM audit_log WHERE subject_id = $1 ORDER BY id`, [incident]);
    expect(await audit()).toEqual([{ action: 'incident.task-done', details: { commitmentId, code: 'read-messages', connectorId: 'sandbox-alpha' } }]);
    await tick(incident, { commitmentId, code: 'read-messages', connectorId: 'sandbox-alpha' }, await house.member(bar.workspaceId, 'editor'));
    expect(await listed(incident)).toEqual(body.items);
    expect((await tick(incident, { commitmentId, code: 'read-messages', connectorId: 'sandbox-alpha', done: false })).body.items[0].tasks[0].done).toBeNull();
    expect((await audit()).map(({ action }: { action: string }) => action)).toEqual(['incident.task-done', 'incident.task-undone']);
  });

  it('it is to do again when they fell once more after it was ticked off', async () => {
    const { incident, commitmentId } = await over();
    await tick(incident, { commitmentId, code: 'extend-contest' });
    await house.database.query(`UPDATE incident_tasks SET done_at = now() - interval '10 minutes'`);
    await house.database.query(`UPDATE incident_components SET back_at = now() - interval '5 minutes'`);
    expect((await listed(incident))[0].tasks[1].done).toBeNull();
    expect((await tick(incident, { commitmentId, code: 'extend-contest' })).body.items[0].tasks[1].done).not.toBeNull();
  });

  it('nobody ticks off what is not to be done, or not yet, or another workspace’s', async () => {
    const { incident, commitmentId } = await over();
    const code = async (body: object, who = editor, of = incident) => {
      const { status, body: { code: said } } = await tick(of, body, who);
      return `${status} ${said}`;
    };
    expect(await code({ commitmentId, code: 'look-at-ads', connectorId: 'sandbox-alpha' })).toBe('404 incident-task-unknown');
    expect(await code({ commitmentId, code: 'read-messages', connectorId: 'sandbox-beta' })).toBe('404 incident-task-unknown');
    expect(await code({ commitmentId: uuid(), code: 'extend-contest' })).toBe('404 incident-task-unknown');
    expect(await code({ commitmentId, code: 'extend-contest' }, editor, uuid())).toBe('404 incident-unknown');
    const stranger = await house.client('Hotel Rivale');
    expect(await code({ commitmentId, code: 'extend-contest' }, await house.member(stranger.workspaceId, 'owner'))).toBe('404 incident-task-unknown');
    expect((await tick(incident, { commitmentId, code: 'extend-contest' }, await house.member(bar.workspaceId, 'viewer'))).status).toBe(403);
    await house.database.query(`UPDATE incidents SET state = 'open', closed_at = NULL, ended_at = NULL; UPDATE incident_components SET state = 'down', back_at = NULL`);
    expect(await code({ commitmentId, code: 'extend-contest' })).toBe('404 incident-task-unknown');
    expect(await house.database.query('SELECT 1 FROM incident_tasks')).toEqual([]);
  });
});
