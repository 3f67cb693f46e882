import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { Visitor } from '../../kit/house.js';
import type { SeededClient } from '../../kit/seed.js';
import { openPagesHouse, type PagesHouse } from '../incidents/pages-house.js';

let house: PagesHouse;
let mine: SeededClient;
let editor: Visitor;
let viewer: Visitor;
beforeAll(async () => {
  house = await openPagesHouse();
  mine = await house.client('Bar Aurora');
  editor = await house.member(mine.workspaceId, 'editor');
  viewer = await house.member(mine.workspaceId, 'viewer');
});
afterAll(() => house.close());
beforeEach(() => house.database.query('TRUNCATE incidents CASCADE'));

const html = { Accept: 'text/html' };
const get = (path: string, who: Visitor = editor) => house.http().get(`/desk/incidents${path}`).set({ ...who.headers, ...html }).redirects(0);
const send = (incident: string, form: Readonly<Record<string, string | number>>, who: Visitor = editor) =>
  house.http().post(`/desk/incidents/${incident}`).set({ ...who.headers, ...html }).type('form').send({ workspaceId: mine.workspaceId, ...form }).redirects(0);
const delivery = async (id: string) => {
  const rows: { state: string; version: number; due_at: Date; ended: boolean }[] = await house.database.query(`SELECT state, version, due_at, ended_at IS NOT NULL AS ended FROM deliveries WHERE id = $1`, [id]);
  if (!rows[0]) throw new Error('no such delivery');
  return rows[0];
};
const ask = (incident: string, client: SeededClient, asked: readonly string[]): Promise<unknown> =>
  house.database.query(
    `INSERT INTO incident_asks (incident_id, client_id, workspace_id, asked, next_at) VALUES ($1, $2, $3, $4, now() + interval '15 minutes')`,
    [incident, client.clientId, client.workspaceId, JSON.stringify(asked)],
  );

describe('The team’s page of an incident', () => {
  it('says what is down, since when, the likely cause with how sure it is, and what happens to each post', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const id = await house.post(incident, mine, { text: 'Aperitivo', dueInMinutes: -2 });
    const { status, headers, text } = await get(`/${incident}`);
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toMatch(/form-action 'self'; frame-ancestors 'none'$/);
    expect(text).toMatch(/<h1>[^<]*Alpha[^<]*: down<\/h1>/);
    expect(text).toContain('a technical fault there, 90 % sure');
    expect(text).toMatch(new RegExp(`<tr id="d-${id}">[^]*Aperitivo[^]*It waits. Once the platform is back it goes out in its turn, in the client’s day, until`));
  });

  it('refreshes itself until somebody stops it, writes, or it is over', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const refresh = `content="15;url=/desk/incidents/${incident}?workspaceId=${mine.workspaceId}"`;
    expect((await get(`/${incident}`)).text).toContain(refresh);
    for (const query of ['?still=1', '?change=note']) expect((await get(`/${incident}${query}`)).text).not.toContain('http-equiv="refresh"');
    await house.database.query(`UPDATE incidents SET state = 'closed', ended_at = now(), closed_at = now()`);
    expect((await get(`/${incident}`)).text).not.toContain('http-equiv="refresh"');
  });

  it('names in its title what is down and not what is back, and says so when only pictures and films fail', async () => {
    const both = await house.client('Bar Due', { connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
    const title = async (language: 'en' | 'it'): Promise<string> => /<h1>(.*?)<\/h1>/.exec((await get(`/${incident}`, await house.member(both.workspaceId, 'viewer', { language }))).text)?.[1] ?? '';
    const incident = await house.outage({ beganMinutesAgo: 30, connectorIds: ['sandbox-alpha', 'sandbox-beta', 'sandbox-gamma'] });
    await house.database.query(`UPDATE incident_components SET only_media = true WHERE connector_id = 'sandbox-beta'`);
    expect([await title('en'), await title('it')]).toEqual(['Sandbox Alpha, Sandbox Beta (pictures and films): down', 'Sandbox Alpha, Sandbox Beta (immagini e video): fuori servizio']);
    await house.database.query(`UPDATE incident_components SET state = 'up', back_at = now() WHERE connector_id = 'sandbox-alpha'`);
    expect(await title('en')).toBe('Sandbox Beta (pictures and films): down');
    await house.database.query(`UPDATE incident_components SET state = 'up', back_at = now() WHERE connector_id = 'sandbox-beta'`);
    expect([await title('en'), await title('it')]).toEqual(['Sandbox Alpha, Sandbox Beta (pictures and films): coming back', 'Sandbox Alpha, Sandbox Beta (immagini e video): in ripresa']);
  });

  it('shows whose it is, and is taken by whoever presses', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    await house.post(incident, mine, { text: 'Aperitivo', dueInMinutes: -2 });
    await ask(incident, mine, [viewer.userId]);
    expect((await get(`/${incident}`)).text).toMatch(/<strong>Bar Aurora<\/strong>: nobody has answered yet; asked: Person \d+; the next person is asked at/);
    const answered = await send(incident, { act: 'answer', clientId: mine.clientId });
    expect({ status: answered.status, to: answered.headers['location'] }).toEqual({ status: 303, to: `/desk/incidents/${incident}?workspaceId=${mine.workspaceId}&done=answer` });
    expect((await get(`/${incident}?done=answer`, viewer)).text).toMatch(/It is yours[^]*<strong>Bar Aurora<\/strong>: Person \d+ takes care of it/);
  });

  it('sends a post another way when told so, and offers that only where it has one', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const two = await house.client('Bar Bivio', { workspaceId: mine.workspaceId, connectorIds: ['sandbox-alpha', 'sandbox-delta'] });
    const [without, id] = [await house.post(incident, mine, { text: 'Solo qui', dueInMinutes: -2 }), await house.post(incident, two, { text: 'Anche altrove', dueInMinutes: -2 })];
    await house.database.query(`UPDATE clients SET reroute_to = jsonb_build_array(jsonb_build_array($2::text)), day_from = '00:00', day_to = '00:00' WHERE id = $1`, [two.clientId, two.channels[1]?.id]);
    const { text } = await get(`/${incident}`);
    const row = (delivery: string): string => new RegExp(`<tr id="d-${delivery}">[^]*?</tr>`).exec(text)?.[0] ?? '';
    expect([/Yes, send it by acc-\w+ now, whatever the hour/.test(row(id)), row(without).includes('Another way')]).toEqual([true, false]);
    const { version } = await delivery(id);
    const channelIds = /name="channelIds" value="([^"]*)"/.exec(row(id))?.[1] ?? '';
    expect(channelIds).toBe(two.channels[1]?.id);
    expect((await send(incident, { act: 'reroute', deliveryId: id, version, channelIds })).headers['location']).toContain('done=reroute');
    expect(await delivery(id)).toMatchObject({ state: 'rerouted' });
    expect((await get(`/${incident}?done=reroute`)).text).toContain('It goes out another way now.');
    expect((await send(incident, { act: 'reroute', deliveryId: without, version: 1, channelIds }, viewer)).status).toBe(403);
  });

  it('sends it where the button said, or nowhere', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const three = await house.client('Bar Trivio', { workspaceId: mine.workspaceId, connectorIds: ['sandbox-alpha', 'sandbox-delta', 'sandbox-gamma'] });
    const id = await house.post(incident, three, { text: 'Due vie', dueInMinutes: -2 });
    const [, first, second] = three.channels.map((channel) => channel.id);
    await house.database.query(`UPDATE clients SET reroute_to = jsonb_build_array(jsonb_build_array($2::text), jsonb_build_array($3::text)), day_from = '00:00', day_to = '00:00' WHERE id = $1`, [three.clientId, first, second]);
    await house.database.query(`UPDATE channels SET state = 'reconnect' WHERE id = $1`, [first]);
    const { version } = await delivery(id);
    const { text } = await send(incident, { act: 'reroute', deliveryId: id, version, channelIds: first ?? '' });
    expect(text).toContain('Its account has to be reconnected.');
    expect(await delivery(id)).toMatchObject({ state: 'held' });
  });

  it('leaves a post out when told so', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const id = await house.post(incident, mine, { text: 'Aperitivo', dueInMinutes: -2 });
    const { version } = await delivery(id);
    expect((await send(incident, { act: 'drop', deliveryId: id, version })).status).toBe(303);
    expect((await delivery(id)).state).toBe('skipped');
  });

  it('takes the word of who posted it by hand, with the link', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const id = await house.post(incident, mine, { text: 'Aperitivo', dueInMinutes: -2 });
    expect((await get(`/${incident}?change=${id}`)).text).toContain('name="url"');
    const { version } = await delivery(id);
    expect((await send(incident, { act: 'by-hand', deliveryId: id, version, url: 'https://alpha.example/p/1' })).status).toBe(303);
    const { text } = await get(`/${incident}`);
    expect(text).toMatch(/Done with \(1\)[^]*<a href="https:\/\/alpha\.example\/p\/1"/);
  });

  it('moves a post to a time of the client’s clock', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const id = await house.post(incident, mine, { text: 'Aperitivo', dueInMinutes: -2 });
    const [, postVersion = ''] = /name="postVersion" value="(\d+)"/.exec((await get(`/${incident}?change=${id}`)).text) ?? [];
    const done = await send(incident, { act: 'move', deliveryId: id, postVersion, wallAt: '2030-07-01T18:00' });
    expect({ status: done.status, text: done.status === 303 ? '' : done.text }).toEqual({ status: 303, text: '' });
    expect((await delivery(id)).due_at.toISOString()).toBe('2030-07-01T16:00:00.000Z');
  });

  it('lists what is too late apart, and lets it out when a person says so', async () => {
    const incident = await house.outage({ beganMinutesAgo: 300, state: 'recovering' });
    const id = await house.post(incident, mine, { text: 'Too late', dueInMinutes: -200 });
    await house.database.query(`UPDATE deliveries SET hold_reason = 'late', reason = '{"code":"late-limit-passed"}' WHERE id = $1`, [id]);
    expect((await get(`/${incident}`)).text).toMatch(/For you to decide \(1\)[^]*Too late[^]*Post it, although late/);
    const { version } = await delivery(id);
    expect((await send(incident, { act: 'release', deliveryId: id, version })).status).toBe(303);
    const released = await house.database.query(`SELECT released FROM deliveries WHERE id = $1`, [id]);
    expect(released).toEqual([{ released: true }]);
  });

  it('keeps notes, which other workspaces do not read', async () => {
    const stranger = await house.client('Stranger');
    const incident = await house.outage({ beganMinutesAgo: 5 });
    expect((await send(incident, { act: 'note', text: 'Called the <b>client</b>' })).status).toBe(303);
    expect((await get(`/${incident}`)).text).toContain('Called the &#60;b&#62;client');
    expect((await get(`/${incident}`, await house.member(stranger.workspaceId, 'owner'))).text).not.toContain('Called');
  });

  it('tells who was too late with a press, above the page as it is now', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const id = await house.post(incident, mine, { text: 'Aperitivo', dueInMinutes: -2 });
    const { version } = await delivery(id);
    const { status, text } = await send(incident, { act: 'drop', deliveryId: id, version: version - 1 });
    expect(status).toBe(409);
    expect(text).toMatch(/role="alert">This changed meanwhile[^]*Aperitivo/);
    expect((await delivery(id)).state).toBe('held');
  });

  it('says what is wrong with what was typed', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const id = await house.post(incident, mine, { text: 'Aperitivo', dueInMinutes: -2 });
    const { status, text } = await send(incident, { act: 'by-hand', deliveryId: id, version: 1, url: 'javascript:alert(1)' });
    expect(status).toBe(400);
    expect(text).toContain('must be a link that begins with https://, or empty');
  });
});

describe('Beside the decisions', () => {
  it('stands what was seen, and when; of posts, those of this workspace alone', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    await house.database.query(
      `INSERT INTO incident_events (incident_id, at, component_id, kind, payload) VALUES ($1, now(), 'sandbox-alpha:publish@sandbox.example', 'state', $2), ($1, now(), NULL, 'closed', '{}')`,
      [incident, JSON.stringify({ from: 'suspect', to: 'down', evidence: { writes: 40, accounts: 17, groups: 3, probes: 2, refusals: 0, official: 'none' }, upstream: { edge: 'cloudflare', with: ['sandbox-gamma:publish@foreign.example'] } })],
    );
    const before = (await get(`/${incident}`)).text;
    expect(before).toContain('Sandbox Alpha: down (failed probes: 2, Cloudflare answered in its place)');
    expect(before).not.toContain('foreign.example');
    expect(before).toContain('it has stayed so: over');
    const id = await house.post(incident, mine, { text: 'Aperitivo', dueInMinutes: -2 });
    await house.database.query(
      `INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, started_at, outcome)
       SELECT $2, $1, p.id, p.workspace_id, 'commit', 1, 1, now() - interval '2 minutes', 'unavailable' FROM parts p WHERE p.delivery_id = $1`, [id, uuid()]);
    expect((await get(`/${incident}`)).text).toContain('Sandbox Alpha: down (failed posts of yours: 1, accounts: 1, failed probes: 2, Cloudflare answered in its place)');
    expect((await get(`/${incident}`, await house.member(mine.workspaceId, 'viewer', { language: 'it' }))).text).toContain('(tuoi post non riusciti: 1, account: 1, verifiche non riuscite: 2, al suo posto ha risposto Cloudflare)');
  });

  it('stands a link to what each client reads, and a table of all posts', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    await house.post(incident, mine, { text: 'Aperitivo', dueInMinutes: -2 });
    const { text } = await get(`/${incident}`);
    const [, link = ''] = /<a href="([^"]*\/public\/c\/[^"]*)">What the client reads/.exec(text) ?? [];
    expect((await house.http().get(new URL(link).pathname)).text).toContain('Aperitivo');
    const table = await get(`/${incident}/deliveries.csv`);
    expect({ status: table.status, type: table.headers['content-type'] }).toEqual({ status: 200, type: 'text/csv; charset=utf-8' });
    expect(table.text).toContain('Aperitivo');
    const stranger = await house.member((await house.client('Stranger')).workspaceId, 'owner');
    expect((await get(`/${incident}/deliveries.csv`, stranger)).text).not.toContain('Aperitivo');
  });
});

describe('Who may do what there', () => {
  it('viewers look, and are told that editors change', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const id = await house.post(incident, mine, { text: 'Aperitivo', dueInMinutes: -2 });
    await ask(incident, mine, []);
    const { text } = await get(`/${incident}`, viewer);
    expect(text).toContain('Aperitivo');
    expect(text).not.toContain('<form');
    const { version } = await delivery(id);
    for (const form of [{ act: 'drop', deliveryId: id, version }, { act: 'answer' }, { act: 'note', text: 'x' }]) {
      expect((await send(incident, form, viewer)).status).toBe(403);
    }
    expect((await delivery(id)).state).toBe('held');
  });

  it('nobody acts in a workspace that is not theirs, or on its posts', async () => {
    const other = await house.client('Hotel Rivale');
    const stranger = await house.member(other.workspaceId, 'owner');
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const id = await house.post(incident, mine, { text: 'Secret of Aurora', dueInMinutes: -2 });
    const before = await delivery(id);
    const drop = { act: 'drop', deliveryId: id, version: before.version };
    expect((await send(incident, drop, stranger)).status).toBe(404);
    for (const form of [drop, { act: 'by-hand', deliveryId: id, version: before.version, url: '' }, { act: 'move', deliveryId: id, postVersion: 1, wallAt: '2030-07-01T18:00' }, { act: 'release', deliveryId: id, version: before.version }]) {
      const { status, text } = await send(incident, { ...form, workspaceId: other.workspaceId }, stranger);
      expect(status).toBe(404);
      expect(text).not.toContain('Secret');
    }
    expect(await delivery(id)).toEqual(before);
    for (const path of [`/${incident}`, '', `/${incident}?workspaceId=${mine.workspaceId}`]) expect((await get(path, stranger)).text).not.toMatch(/Aurora|Secret/);
  });

  it('an incident elsewhere is none here', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5, connectorIds: ['sandbox-beta'] });
    expect([(await get(`/${incident}`)).status, (await get(`/${uuid()}`)).status, (await get('/x')).status]).toEqual([404, 404, 400]);
    expect((await get('')).text).toContain('Nothing is down that this workspace posts to.');
  });

  it('who has to sign in first is led there and back', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const { status, headers } = await house.http().get(`/desk/incidents/${incident}`).set(html).redirects(0);
    expect({ status, to: headers['location'] }).toEqual({ status: 303, to: `/sign-in?next=${encodeURIComponent(`/desk/incidents/${incident}`)}` });
    const form = await house.http().get(headers['location'] ?? '');
    expect(form.text).toContain(`action="/sign-in?next=${encodeURIComponent(`/desk/incidents/${incident}`)}"`);
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example', '/desk/..//evil.example']) {
      expect((await house.http().get(`/sign-in?next=${encodeURIComponent(next)}`)).text).toContain('action="/sign-in"');
    }
  });

  it('the short address of a mail leads to the page', async () => {
    const { status, headers } = await house.http().get('/incidents/x?y=1').redirects(0);
    expect({ status, to: headers['location'] }).toEqual({ status: 302, to: '/desk/incidents/x?y=1' });
  });

  it('a link without a workspace opens in the one that is touched, and all of theirs are a press away', async () => {
    const other = await house.client('Elsewhere', { connectorIds: ['sandbox-beta'] });
    const both = await house.member(other.workspaceId, 'editor');
    await house.database.query(`INSERT INTO members (workspace_id, user_id, role) VALUES ($1, $2, 'editor')`, [mine.workspaceId, both.userId]);
    const incident = await house.outage({ beganMinutesAgo: 5 });
    await house.post(incident, mine, { text: 'Aperitivo', dueInMinutes: -2 });
    for (const path of [`/${incident}`, '']) {
      const { text } = await get(path, both);
      expect(text).toContain(`?workspaceId=${mine.workspaceId}`);
      expect(text).toContain(`<a href="/desk/incidents?workspaceId=${other.workspaceId}">`);
    }
  });
});

describe('In Italian', () => {
  it('the page speaks Italian to whom does', async () => {
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const { text } = await get(`/${incident}`, await house.member(mine.workspaceId, 'editor', { language: 'it' }));
    expect(text).toMatch(/<html lang="it">[^]*fuori servizio[^]*Nessun post di questo workspace è coinvolto/);
  });
});
