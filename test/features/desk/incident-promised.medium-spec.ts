import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Visitor } from '../../kit/house.js';
import { type SeededClient, seedPosts } from '../../kit/seed.js';
import { openPagesHouse, type PagesHouse } from '../incidents/pages-house.js';

let house: PagesHouse;
let mine: SeededClient;
let editor: Visitor;
beforeAll(async () => {
  house = await openPagesHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE incidents CASCADE');
  mine = await house.client('Bar Aurora', { connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
  editor = await house.member(mine.workspaceId, 'editor');
});

const html = { Accept: 'text/html' };
const get = async (incident: string, who: Visitor = editor, query = ''): Promise<string> => (await house.http().get(`/desk/incidents/${incident}${query}`).set({ ...who.headers, ...html })).text;
const send = (incident: string, form: Readonly<Record<string, string | number>>, who: Visitor = editor) =>
  house.http().post(`/desk/incidents/${incident}`).set({ ...who.headers, ...html }).type('form').send({ workspaceId: mine.workspaceId, ...form }).redirects(0);
const articleOf = (page: string, id: string): string => new RegExp(`<article id="c-${id}">[^]*?</article>`).exec(page)?.[0] ?? '';
const rowOf = (page: string, id: string): string => new RegExp(`<tr id="d-${id}">[^]*?</tr>`).exec(page)?.[0] ?? '';
/** The fields of the form with this button. */
const formOf = (page: string, button: string): Record<string, string> => {
  const form = page.split('<form').find((piece) => piece.includes(`<button>${button}</button>`)) ?? '';
  return Object.fromEntries([...form.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [name, value]));
};
const row = async (id: string) => (await house.database.query<{ state: string; code: string | null; version: number }[]>(`SELECT state, reason ->> 'code' AS code, version FROM deliveries WHERE id = $1`, [id]))[0];

describe('What was promised outside posts', () => {
  it('stands on the page with what the outage does to it, what to say, where to send people and the pack to propose', async () => {
    const pack = await house.http().post('/api/v1/packs').set(editor.headers).send({ clientId: mine.clientId, title: 'Alpha <down>', useWhen: 'After an hour', variants: [{ for: { kind: 'all' }, parts: [{ text: 'We are here, at the counter.' }] }] });
    const id = await house.promise(mine, { fromMinutes: -6_000, untilMinutes: 6_000, say: 'Write to us', contact: { label: 'Shop', url: 'https://shop.example/' }, packId: pack.body.id });
    const incident = await house.outage({ beganMinutesAgo: 90 });
    const article = articleOf(await get(incident), id);
    expect(article).toMatch(/<h3>Win a coffee <small>\(Bar Aurora · Sandbox Alpha\)<\/small><\/h3><p>Contest open for 1 h 30 of the outage, until [^<]*\(Europe\/Rome\)\.<\/p>/);
    expect(article).toMatch(/<dt>What to say<\/dt><dd>Write to us<\/dd>[^]*<dt>Where to send people<\/dt><dd>Shop: <a href="https:\/\/shop\.example\/"/);
    expect(article).toMatch(/<dt>Pack to propose<\/dt><dd><details><summary>Alpha &#60;down&#62; \(not approved, or expired\)<\/summary>[^]*After an hour[^]*We are here, at the counter\./);
    expect(article).not.toContain('To do, now');
    const italian = articleOf(await get(incident, await house.member(mine.workspaceId, 'viewer', { language: 'it' })), id);
    expect(article).not.toContain('Pictures and films alone');
    await house.database.query('UPDATE incident_components SET only_media = true');
    expect(articleOf(await get(incident), id)).toContain('Pictures and films alone cannot be posted there.');
    expect(italian).toMatch(/Concorso aperto per 1 h 30 dell’interruzione[^]*Che cosa dire[^]*Dove indirizzare le persone[^]*Pacchetto da proporre/);
  });

  it('is a checklist once the platforms are back, with links: a person ticks it off, and takes it back', async () => {
    await house.database.query(`UPDATE channels SET url = 'https://alpha.example/bar' WHERE id = $1`, [mine.channels[0]?.id]);
    const id = await house.promise(mine, { fromMinutes: -6_000, untilMinutes: 6_000, say: 'For meanwhile' });
    const incident = await house.outage({ beganMinutesAgo: 90, state: 'recovering', endedMinutesAgo: 5 });
    const before = articleOf(await get(incident), id);
    expect(before).not.toContain('For meanwhile');
    expect(before).toMatch(/<h4>To do, now that the platforms are back<\/h4>[^]*☐ “Win a coffee”: read the messages from [^<]*\. <a href="https:\/\/alpha\.example\/bar" rel="noopener">Go there: Sandbox Alpha<\/a>/);
    const { status, headers } = await send(incident, formOf(before, 'Done'));
    expect({ status, to: headers['location'] }).toEqual({ status: 303, to: `/desk/incidents/${incident}?workspaceId=${mine.workspaceId}&done=task` });
    const after = articleOf(await get(incident), id);
    expect(after).toMatch(/☑ <s>“Win a coffee”: read the messages[^<]*<\/s><br><small>done by Person \d+, [^<]*\(Europe\/Rome\)<\/small>/);
    const undo = after.split('<form').find((piece) => piece.includes('Not done after all')) ?? '';
    expect(undo).toContain('name="done" value="no"');
    await send(incident, { ...formOf(before, 'Done'), done: 'no' });
    expect(articleOf(await get(incident), id)).not.toContain('☑');
    expect(articleOf(await get(incident, await house.member(mine.workspaceId, 'viewer', { language: 'it' })), id)).toMatch(/Da fare, ora che le piattaforme sono tornate[^]*☐ «Win a coffee»: leggi i messaggi da/);
  });

  it('viewers tick nothing off, and nobody what is another workspace’s', async () => {
    const id = await house.promise(mine, { fromMinutes: -6_000, untilMinutes: 6_000 });
    const incident = await house.outage({ beganMinutesAgo: 90, state: 'closed', endedMinutesAgo: 5 });
    const tick = formOf(articleOf(await get(incident), id), 'Done');
    const viewer = await house.member(mine.workspaceId, 'viewer');
    expect(articleOf(await get(incident, viewer), id)).not.toContain('<form');
    expect((await send(incident, tick, viewer)).status).toBe(403);
    const other = await house.client('Hotel Rivale');
    const stranger = await house.member(other.workspaceId, 'owner');
    expect((await send(incident, { ...tick, workspaceId: other.workspaceId }, stranger)).status).toBe(404);
    expect(await get(incident, stranger)).not.toContain('Win a coffee');
    expect(await house.database.query('SELECT 1 FROM incident_tasks')).toEqual([]);
  });
});

describe('What waits for a person', () => {
  it('is first of all said to be out where people post by hand', async () => {
    const incident = await house.outage({ beganMinutesAgo: 300, state: 'recovering' });
    const id = await house.post(incident, mine, { text: 'By hand', dueInMinutes: -200 });
    await house.database.query(`UPDATE deliveries SET connector_id = 'by-hand', hold_reason = 'ask', reason = '{"code":"by-hand"}' WHERE id = $1`, [id]);
    const buttons = [...rowOf(await get(incident), id).matchAll(/<button>([^<]*)<\/button>|<a href="(\/desk\/by-hand\/[^"]*)"/g)].map(([, name, link]) => name ?? link);
    expect(buttons).toEqual(['I posted it by hand', `/desk/by-hand/${id}?workspaceId=${mine.workspaceId}`, 'Post it, although late', 'In the next free slot', 'Yes, don’t post it']);
    await send(incident, formOf(rowOf(await get(incident), id), 'I posted it by hand'));
    expect(await row(id)).toMatchObject({ state: 'published', code: 'said-by-hand' });
  });

  const outElsewhere = async (incident: string): Promise<string> => {
    const id = await house.post(incident, mine, { text: 'Out elsewhere', dueInMinutes: -200 });
    const [, beta] = mine.channels;
    if (!beta) throw new Error('no second channel');
    const child = await house.post(incident, mine, { text: 'There', dueInMinutes: -200, channel: beta, state: 'published' });
    await house.database.query('DELETE FROM incident_deliveries WHERE delivery_id = $1', [child]);
    await house.database.query(`UPDATE deliveries SET state = 'rerouted', hold_reason = NULL, reason = '{"code":"rerouted"}' WHERE id = $1`, [id]);
    await house.database.query(`INSERT INTO reroutes (delivery_id, workspace_id, after) VALUES ($1, $2, 'ask')`, [id, mine.workspaceId]);
    await house.database.query('INSERT INTO reroute_children (delivery_id, child_id) VALUES ($1, $2)', [id, child]);
    return id;
  };

  it('is what went out elsewhere, until somebody decides what becomes of it where it was planned', async () => {
    const incident = await house.outage({ beganMinutesAgo: 300, state: 'closed' });
    const id = await outElsewhere(incident);
    const page = await get(incident);
    expect(page).toMatch(new RegExp(`For you to decide \\(1\\)[^]*<tr id="d-${id}">`));
    const row1 = rowOf(page, id);
    expect(row1).toContain('<button>In the next free slot on Sandbox Alpha too</button>');
    expect(row1).toContain('<button>Yes, post it on Sandbox Alpha too, now</button>');
    const { headers } = await send(incident, formOf(row1, 'Leave it out on Sandbox Alpha'));
    expect(headers['location']).toContain('done=settle');
    expect(await house.database.query('SELECT settled_as FROM reroutes WHERE delivery_id = $1', [id])).toEqual([{ settled_as: 'skipped' }]);
    expect(await get(incident)).not.toContain('For you to decide');
  });

  it('goes to the next free slot with a press', async () => {
    await house.database.query(`INSERT INTO slots (id, workspace_id, client_id, weekday, wall_time) SELECT gen_random_uuid(), $1, $2, day, '10:00' FROM generate_series(1, 7) AS day`, [mine.workspaceId, mine.clientId]);
    const incident = await house.outage({ beganMinutesAgo: 300, state: 'closed' });
    const id = await house.post(incident, mine, { text: 'Too late', dueInMinutes: -200 });
    await house.database.query(`UPDATE deliveries SET hold_reason = 'late', reason = '{"code":"late-limit-passed"}' WHERE id = $1`, [id]);
    expect((await send(incident, formOf(rowOf(await get(incident), id), 'In the next free slot'))).headers['location']).toContain('done=next-slot');
    expect(await row(id)).toMatchObject({ state: 'scheduled' });
  });

  it('is also what else of the touched clients does, once it is over, and of no other client', async () => {
    const earlier = await house.outage({ beganMinutesAgo: 900, state: 'closed' });
    const [late, theirs] = [await house.post(earlier, mine, { text: 'From before', dueInMinutes: -800 }), await house.post(earlier, await house.client('Hotel Rivale', { workspaceId: mine.workspaceId }), { text: 'Not touched', dueInMinutes: -800 })];
    await house.database.query(`UPDATE deliveries SET hold_reason = 'late', reason = '{"code":"late-limit-passed"}' WHERE id = ANY($1)`, [[late, theirs]]);
    await house.database.query('DELETE FROM incident_deliveries');
    const incident = await house.outage({ beganMinutesAgo: 30 });
    await house.post(incident, mine, { text: 'Touched', dueInMinutes: -20 });
    expect(await get(incident)).not.toContain('From before');
    await house.database.query(`UPDATE incident_components SET state = 'up', back_at = now() WHERE incident_id = $1`, [incident]);
    const page = await get(incident);
    expect(page).toMatch(/Also waiting for you \(1\)[^]*Bar Aurora[^]*From before[^]*It could not go out in time\./);
    expect(page).not.toContain('Not touched');
    const seen = await get(incident, await house.member(mine.workspaceId, 'viewer', { language: 'it' }));
    expect(seen).toMatch(/Ti aspettano anche \(1\)[^]*From before/);
    expect(seen).not.toContain('<form');
    await send(incident, formOf(rowOf(page, late), 'Post it, although late'));
    expect(await house.database.query('SELECT released FROM deliveries WHERE id = $1', [late])).toEqual([{ released: true }]);
    expect(await get(incident)).not.toContain('Also waiting for you');
  });

  it('is shown of each touched client, however much older work of others waits, also where only something promised was touched', async () => {
    const rival = await house.client('Hotel Rivale', { workspaceId: mine.workspaceId });
    const promisedTo = await house.client('Caffè Roma', { workspaceId: mine.workspaceId });
    const late = async (of: SeededClient, text: string, count = 1) => {
      const [channel] = of.channels;
      if (!channel) throw new Error('The client has no channel.');
      const ids = await seedPosts(house.database, of, Array.from({ length: count }, () => ({ channel, dueInMs: (of === rival ? -20 : -10) * 3_600_000, text })));
      await house.database.query(`UPDATE deliveries SET state = 'held', hold_reason = 'late', reason = '{"code":"late-limit-passed"}', ready_at = 'infinity' WHERE id = ANY($1::uuid[])`, [ids]);
    };
    await late(rival, 'Of others', 201);
    await late(mine, 'Of mine');
    await late(promisedTo, 'Of whom was promised');
    await house.promise(promisedTo, { fromMinutes: -60, untilMinutes: 60 });
    const incident = await house.outage({ beganMinutesAgo: 30, state: 'closed' });
    await house.post(incident, mine, { text: 'Touched', dueInMinutes: -20 });
    const page = await get(incident);
    expect(page).toMatch(/Also waiting for you \(2\)[^]*Of mine/);
    expect(page).toContain('Of whom was promised');
    expect(page).not.toContain('Of others');
  });
});
