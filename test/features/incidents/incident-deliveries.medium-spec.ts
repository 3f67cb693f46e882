import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DecisionsService } from '../../../src/features/incidents/decisions.service.js';
import { IncidentCsv } from '../../../src/features/incidents/incident-csv.service.js';
import { OutletNeeds } from '../../../src/features/posts/outlet-needs.service.js';
import { OutletReadiness } from '../../../src/features/posts/outlet-readiness.service.js';
import { OutletsOfPosts } from '../../../src/features/posts/outlets.service.js';
import { PostDeliveries } from '../../../src/features/posts/post-deliveries.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { seedPosts, type SeededClient, type SeededPost } from '../../kit/seed.js';
import { type IncidentHouse, openIncidents } from './incident-house.js';

const minutes = 60_000;
const hours = 60 * minutes;

let house: IncidentHouse;
let client: SeededClient;
let decisions: DecisionsService;
beforeAll(async () => {
  house = await openIncidents();
  decisions = new DecisionsService(house.dataSource, new Clock(), new OutletsOfPosts(house.dataSource), new OutletReadiness(), new OutletNeeds(house.dataSource, new Clock()));
});
afterAll(() => house.drop());
beforeEach(async () => {
  await house.clear();
  client = await house.agency(['sandbox-alpha', 'sandbox-beta']);
});

const plan = async (...posts: readonly (Omit<Partial<SeededPost>, 'channel'> & { readonly text: string; readonly on?: 0 | 1 })[]): Promise<readonly string[]> =>
  seedPosts(house.dataSource, client, posts.map(({ on = 0, dueInMs = hours, ...post }) => ({ ...post, dueInMs, channel: client.channels[on]! })));
const set = (text: string, change: string) =>
  house.query(`UPDATE deliveries d SET ${change} WHERE id IN (SELECT delivery_id FROM parts WHERE content ->> 'text' = $1)`, [text]);
const out = async (text: string, at: string) => {
  await set(text, `state = 'published', hold_reason = NULL, ended_at = ${at}`);
  await house.query(`UPDATE parts SET published_at = (SELECT ended_at FROM deliveries d WHERE d.id = delivery_id), url = 'https://x.example/1' WHERE content ->> 'text' = $1`, [text]);
};
const hold = (text: string, more = '') => set(text, `state = 'held', hold_reason = 'outage', reason = '{"code":"platform-down"}', ready_at = deadline_at${more}`);
const fall = async (more: Parameters<IncidentHouse['tell']>[1] = {}): Promise<string> => {
  await house.tell('down', more);
  return (await house.all()).at(-1)!.id;
};
const gathered = async (): Promise<readonly string[]> =>
  (await house.query<{ text: string }>(`SELECT p.content ->> 'text' AS text FROM incident_deliveries g JOIN parts p USING (delivery_id) ORDER BY g.planned_at`)).map(({ text }) => text);
const list = (id: string, language: 'en' | 'it' = 'en') => decisions.list(client.workspaceId, id, { language });

describe('An incident gathers', () => {
  it('what is planned on what fell from a quarter of an hour before until this hour tomorrow', async () => {
    await plan({ text: 'long before', dueInMs: -20 * minutes }, { text: 'just before', dueInMs: -10 * minutes }, { text: 'on time before', dueInMs: -5 * minutes },
      { text: 'tonight', dueInMs: 10 * hours }, { text: 'in two days', dueInMs: 48 * hours }, { text: 'elsewhere', on: 1 }, { text: 'cancelled' });
    await out('on time before', 'due_at');
    await set('cancelled', `state = 'cancelled', ended_at = now()`);
    await fall();
    expect(await gathered()).toEqual(['just before', 'tonight']);
  });

  it('what has waited for it since earlier', async () => {
    await plan({ text: 'of yesterday', dueInMs: -20 * hours });
    await hold('of yesterday');
    await fall();
    expect(await gathered()).toEqual(['of yesterday']);
  });

  it('what is planned meanwhile, at the next round', async () => {
    await fall();
    await plan({ text: 'written during the outage' });
    await house.rounds.round();
    expect(await gathered()).toEqual(['written during the outage']);
  });

  it('keeps the hour it was planned for when it first saw it', async () => {
    await plan({ text: 'moved', dueInMs: 2 * hours });
    const id = await fall();
    const [before] = await list(id);
    await set('moved', `due_at = due_at + interval '3 hours'`);
    await house.rounds.round();
    expect(await list(id)).toMatchObject([{ plannedAt: before!.plannedAt, outcome: 'moved', outlook: expect.stringMatching(/^Moved to /) }]);
  });

  it('nothing without pictures when only what has media cannot go out', async () => {
    await plan({ text: 'words' }, { text: 'a picture' }, { text: 'a link', dueInMs: 2 * hours });
    await house.query(`UPDATE parts SET content = content || '{"link": {"url": "https://bar.example", "thumb": {"mediaId": "x"}}}' WHERE content ->> 'text' = 'a link'`);
    await house.query(`UPDATE parts SET content = jsonb_set(content, '{media}', '[{"id":"x"}]') WHERE content ->> 'text' = 'a picture'`);
    await house.tell('degraded', { media: 'down', kind: 'media' });
    expect(await gathered()).toEqual(['a picture', 'a link']);
  });

  it('and lets an erased delivery go', async () => {
    const [id] = await plan({ text: 'taken off this channel' });
    await fall();
    await house.dataSource.transaction((manager) => new PostDeliveries().erase(manager, [id!]));
    expect(await gathered()).toEqual([]);
  });

  it('and lets go, when it closes, what was to come after it and was not changed', async () => {
    await plan({ text: 'caught', dueInMs: -2 * minutes }, { text: 'after' }, { text: 'after, moved', dueInMs: 2 * hours }, { text: 'after, dropped', dueInMs: 3 * hours });
    const id = await fall();
    await hold('caught');
    await set('after, moved', `due_at = due_at + interval '1 day'`);
    await set('after, dropped', `state = 'skipped', ended_at = now()`);
    await house.tell('recovering');
    await out('caught', 'now()');
    expect(await house.tell('up')).toBe('incident.closed');
    expect(await gathered()).toEqual(['caught', 'after, moved', 'after, dropped']);
    const [{ tally } = { tally: {} }] = await house.query<{ tally: object }>(`SELECT payload -> 'tally' AS tally FROM events WHERE kind = 'incident.closed'`);
    expect(tally).toEqual(await house.tallies.of(id, client.workspaceId));
    expect(tally).toMatchObject({ planned: 3, publishedLate: 1, published: 0, moved: 1, dropped: 1 });
  });
});

describe('What goes another way', () => {
  /** Sends `text` elsewhere as a reroute does. @returns its child */
  const leave = async (text: string): Promise<string> => {
    const [child] = await plan({ text: 'instead', dueInMs: -minutes, on: 1 });
    await set(text, `state = 'rerouted', hold_reason = NULL, reason = '{"code":"rerouted-outage","detail":"acc"}', ended_at = now()`);
    await house.query(`UPDATE deliveries SET origin = 'fallback' WHERE id = $1`, [child]);
    await house.query(`INSERT INTO reroutes (delivery_id, workspace_id, after) SELECT d.id, d.workspace_id, 'ask' FROM deliveries d JOIN parts p ON p.delivery_id = d.id WHERE p.content ->> 'text' = $1`, [text]);
    await house.query(`INSERT INTO reroute_children (delivery_id, child_id) SELECT delivery_id, $1 FROM reroutes`, [child]);
    return child!;
  };

  it('is on its way until it is out there, and then stands with its link', async () => {
    await plan({ text: 'a post', dueInMs: -2 * minutes });
    const id = await fall();
    const child = await leave('a post');
    expect(await list(id)).toMatchObject([{ outcome: 'waiting', outlook: `It is on its way by ${client.channels[1]!.account}.`, url: null, ways: [client.channels[1]!.account] }]);
    expect(await house.tallies.of(id, client.workspaceId)).toMatchObject({ planned: 1, waiting: 1, rerouted: 0 });
    await house.query(`UPDATE deliveries SET state = 'published', ended_at = now() WHERE id = $1`, [child]);
    await house.query(`UPDATE parts SET published_at = now(), url = 'https://b.example/9' WHERE delivery_id = $1`, [child]);
    expect(await list(id)).toMatchObject([{ outcome: 'rerouted', url: 'https://b.example/9', outlook: expect.stringMatching(/sent another way, by acc/) }]);
    expect(await house.tallies.of(id, client.workspaceId)).toMatchObject({ planned: 1, waiting: 0, rerouted: 1 });
  });

  it('and was stopped there by a person counts as dropped', async () => {
    await plan({ text: 'a post', dueInMs: -2 * minutes });
    const id = await fall();
    await leave('a post');
    await house.query(`UPDATE deliveries SET state = 'cancelled', ended_at = now() WHERE origin = 'fallback'`);
    await house.query(`UPDATE reroutes SET settled_at = now(), settled_as = 'skipped'`);
    expect(await list(id)).toMatchObject([{ outcome: 'dropped', outlook: 'Not posted, as decided.' }]);
  });

  it('stands once in the incident of its outlet, and what is let out late once in its own', async () => {
    await plan({ text: 'a post', dueInMs: -2 * minutes }, { text: 'late', dueInMs: 10 * minutes }, { text: 'waits since yesterday', dueInMs: -20 * hours, on: 1 });
    await leave('a post');
    await hold('waits since yesterday');
    await house.query(`UPDATE deliveries SET origin = 'late:' || id WHERE id IN (SELECT delivery_id FROM parts WHERE content ->> 'text' = 'late')`);
    await house.query(`UPDATE deliveries SET origin = 'fallback' WHERE id IN (SELECT delivery_id FROM parts WHERE content ->> 'text' = 'waits since yesterday')`);
    await fall();
    await fall({ place: { connectorId: 'sandbox-beta' } });
    expect(await gathered()).toEqual(['a post']);
  });
});

describe('Who is touched', () => {
  it('is each client with something that is not out and due within a day', async () => {
    await plan({ text: 'waits', dueInMs: -5 * minutes }, { text: 'is to come', dueInMs: 2 * hours, choice: 'hour-counts' }, { text: 'is out', dueInMs: -2 * minutes }, { text: 'is next week' });
    const other = await house.agency();
    const id = await fall();
    await hold('waits');
    await out('is out', 'now()');
    await set('is next week', `due_at = now() + interval '7 days'`);
    const touched = await house.incidents.touched(id);
    expect(touched).toEqual([{ workspaceId: client.workspaceId, clientId: client.clientId, count: 2, hourCounts: true, nextAt: expect.any(Date) }]);
    expect((touched[0]!.nextAt!.getTime() - Date.now()) / hours).toBeCloseTo(2, 1);
    expect(other.clientId).not.toBe(touched[0]!.clientId);
  });

  it('is nobody once all is decided', async () => {
    await plan({ text: 'dropped' });
    const id = await fall();
    await set('dropped', `state = 'skipped', ended_at = now()`);
    expect(await house.incidents.touched(id)).toEqual([]);
  });
});

describe('The decision list', () => {
  it.each([
    ['published', `state = 'published', ended_at = due_at`, 'published'],
    ['published late', `state = 'published', ended_at = due_at + interval '2 minutes'`, 'published-late'],
    ['said to be out by hand', `state = 'published', ended_at = due_at, reason = '{"code":"said-by-hand"}'`, 'by-hand'],
    ['missed', `state = 'missed'`, 'missed'],
    ['failed', `state = 'failed', ended_at = now()`, 'failed'],
    ['skipped', `state = 'skipped'`, 'dropped'],
    ['cancelled', `state = 'cancelled'`, 'dropped'],
    ['held', `state = 'held', hold_reason = 'outage'`, 'waiting'],
    ['unconfirmed', `state = 'unconfirmed'`, 'waiting'],
    ['moved', `due_at = due_at + interval '1 hour'`, 'moved'],
  ])('calls what is %s by its outcome, and the tally counts it', async (_, change, outcome) => {
    await plan({ text: 'a post' });
    const id = await fall();
    await set('a post', change);
    expect((await list(id)).map((one) => one.outcome)).toEqual([outcome]);
    const tally = Object.entries(await house.tallies.of(id, client.workspaceId)).filter(([, count]) => count > 0);
    expect(tally).toEqual([['planned', 1], [outcome.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase()), 1]]);
  });

  it('stands by client, then hour, with all that its buttons need', async () => {
    const first = client;
    await plan({ text: 'b'.repeat(200), dueInMs: 2 * hours }, { text: 'sooner', dueInMs: hours });
    client = { ...(await house.agency(['sandbox-alpha'], 'sandbox.example', first.workspaceId)) };
    await house.query(`UPDATE clients SET name = 'Aurora' WHERE id = $1`, [client.clientId]);
    await plan({ text: 'of Aurora', dueInMs: 3 * hours });
    const id = await fall();
    const all = await list(id);
    expect(all.map(({ clientName, text }) => [clientName, text])).toEqual([['Aurora', 'of Aurora'], ['Bar Sport', 'sooner'], ['Bar Sport', 'b'.repeat(120)]]);
    expect(all[0]).toMatchObject({ platform: 'Sandbox Alpha', zone: 'Europe/Rome', choice: 'can-wait', state: 'scheduled', version: 1, postVersion: 1, url: null, outlook: expect.stringMatching(/^Planned for .*\(Europe\/Rome\)/) });
    expect(await decisions.list(client.workspaceId, id, { language: 'it', clientId: client.clientId })).toMatchObject([{ text: 'of Aurora', outlook: expect.stringMatching(/^Previsto per /) }]);
    expect(await house.tallies.of(id, client.workspaceId, client.clientId)).toMatchObject({ planned: 1 });
  });

  it('shows the hour as the client’s clocks do', async () => {
    await plan({ text: 'at noon UTC' });
    await house.query(`UPDATE deliveries SET due_at = date_trunc('day', now()) + interval '1 day'`);
    const id = await fall();
    const [one] = await list(id);
    expect([one!.plannedAt.slice(11, 16), Number(one!.wallAt.slice(11, 13))]).toEqual(['00:00', expect.any(Number)]);
    expect(Number(one!.wallAt.slice(11, 13))).toBeGreaterThanOrEqual(1); // Rome is one hour ahead of UTC, or two
  });

  it('is empty for another workspace', async () => {
    await plan({ text: 'mine' });
    const id = await fall();
    const other = await house.agency();
    expect(await decisions.list(other.workspaceId, id, { language: 'en' })).toEqual([]);
    expect(await house.tallies.of(id, other.workspaceId)).toMatchObject({ planned: 0 });
  });
});

describe('The evidence as CSV', () => {
  const csv = (id: string, language: 'en' | 'it' = 'en') => new IncidentCsv(decisions).of(client.workspaceId, id, { language });

  it('has a row per post, with times on the client’s clocks', async () => {
    await plan({ text: 'said "hello", twice\nand again', dueInMs: -minutes });
    const id = await fall();
    await out('said "hello", twice\nand again', `due_at + interval '5 minutes'`);
    const [head, ...rest] = (await csv(id)).split('\r\n');
    expect(head).toBe('\ufeffclient,planned,zone,platform,channel,text,outcome,published at,link,reason');
    expect(rest.join('\r\n')).toMatch(/^Bar Sport,\d{4}-\d\d-\d\d \d\d:\d\d,Europe\/Rome,Sandbox Alpha,acc-\w+,"said ""hello"", twice\nand again",published late,\d{4}-\d\d-\d\d \d\d:\d\d,https:\/\/x.example\/1,"Published late, on /);
    expect(await csv(id, 'it')).toContain('pubblicato in ritardo');
  });

  it.each(['=1+1', '+39 06 1234', '-2', '@SUM(A1)', ' =1+1', '\t 1+1'])('makes no formula of %j', async (text) => {
    await plan({ text });
    expect(await csv(await fall())).toContain(`,'${text},`);
  });

  it.each([
    [`Sale;=cmd|' /C calc'!A0;now`, `"Sale;'=cmd|' /C calc'!A0;now"`], ['Sale,=1+1', `"Sale,'=1+1"`], ['Sale\t@SUM(A1)', `Sale\t'@SUM(A1)`],
    ['Sale\n-1+1', `"Sale\n'-1+1"`], ['Sale;"=1+1"', `"Sale;""'=1+1"""`], ['Sale; -20 %', '"Sale; -20 %"'],
  ])('makes no formula of %j in a spreadsheet that splits elsewhere', async (text, written) => {
    await plan({ text });
    const id = await fall();
    for (const language of ['en', 'it'] as const) expect(await csv(id, language)).toContain(written);
  });

  it('opens in columns where the comma is in numbers: the Italian one is parted by semicolons', async () => {
    await plan({ text: 'Saldi; da oggi, -20 %' });
    const [head, row] = (await csv(await fall(), 'it')).split('\r\n');
    expect(head).toBe('\ufeffcliente;previsto;fuso;piattaforma;canale;testo;esito;pubblicato il;link;motivo');
    expect(row).toMatch(/^Bar Sport;[^;]+;Europe\/Rome;Sandbox Alpha;acc-\w+;"Saldi; da oggi, -20 %";in attesa;;;/);
  });
});
