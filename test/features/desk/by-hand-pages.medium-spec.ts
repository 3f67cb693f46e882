import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { Visitor } from '../../kit/house.js';
import type { SeededClient } from '../../kit/seed.js';
import { openPagesHouse, type PagesHouse } from '../incidents/pages-house.js';
import { connectByHand, type HandChannel, planByHand } from './hand-page-house.js';

let house: PagesHouse;
let mine: SeededClient;
let editor: Visitor;
let viewer: Visitor;
let stranger: Visitor;
let hand: HandChannel;
beforeAll(async () => {
  house = await openPagesHouse();
  mine = await house.client('Bar Aurora');
  editor = await house.member(mine.workspaceId, 'editor');
  viewer = await house.member(mine.workspaceId, 'viewer', { language: 'it' });
  stranger = await house.member((await house.client('Hotel Rivale')).workspaceId, 'owner');
  hand = await connectByHand(house, mine, await house.member(mine.workspaceId, 'owner'));
});
afterAll(() => house.close());

const html = { Accept: 'text/html' };
const plan = (text: string, more: { readonly dueInMs?: number; readonly replies?: readonly string[] } = {}): Promise<string> => planByHand(house, mine, { ...hand, text, ...more });
const get = (id: string, who: Visitor = editor, query = `?workspaceId=${mine.workspaceId}`) => house.http().get(`/desk/by-hand/${id}${query}`).set({ ...who.headers, ...html }).redirects(0);
const send = (id: string, form: Readonly<Record<string, string | number>>, who: Visitor = editor) =>
  house.http().post(`/desk/by-hand/${id}`).set({ ...who.headers, ...html }).type('form').send({ workspaceId: mine.workspaceId, ...form }).redirects(0);
const row = async (id: string) => {
  const rows: { state: string; version: number; code: string; minutes: number | null; all: unknown }[] = await house.database.query(
    `SELECT state, version, reason ->> 'code' AS code, CASE WHEN isfinite(ready_at) THEN round(extract(epoch FROM ready_at - now()) / 60)::int END AS minutes, to_jsonb(d) AS all FROM deliveries d WHERE id = $1`, [id]);
  if (!rows[0]) throw new Error('no such delivery');
  return rows[0];
};

describe('The page of a post that a person publishes', () => {
  it('has all that is needed: the text as it is, the picture with its description, the platform’s page, the hour with its zone', async () => {
    const id = await plan('Aperitivo & musica\nalle 18 #bar #aurora');
    const { status, text, headers } = await get(id);
    expect(status).toBe(200);
    expect(text).toContain('<h1>Bar Aurora on Instagram, by hand</h1>');
    expect(text).toMatch(/<textarea readonly[^>]*>\nAperitivo &#38; musica\nalle 18 #bar #aurora<\/textarea>/);
    expect(text).toContain('<a class="go" href="https://www.instagram.com/" target="_blank" rel="noopener noreferrer">Open Instagram to post it</a>');
    expect(text).toContain('With the account @bar_aurora');
    expect(text).toMatch(/<dt>Planned<\/dt><dd><time datetime="[^"]+">\w{3} \d+ \w+, \d\d:\d\d \(Europe\/Rome\)<\/time>/);
    expect(text).toContain(`<img src="/desk/by-hand/${id}/media/${hand.mediaId}?workspaceId=${mine.workspaceId}" alt="Two &#60;glasses&#62;"`);
    expect(text).toContain(`href="/desk/by-hand/${id}/media/${hand.mediaId}?workspaceId=${mine.workspaceId}&save=1" download`);
    expect(text).toContain('\nTwo &#60;glasses&#62;</textarea>');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';(?!.*script-src).* form-action 'self'; frame-ancestors 'none'$/);
    expect(text).not.toMatch(/<script|\son\w+=|javascript:/i);
  });

  it('gives its own pictures, shown or saved, and no others', async () => {
    const id = await plan('Aperitivo');
    const path = `/desk/by-hand/${id}/media/${hand.mediaId}`;
    const shown = await house.http().get(`${path}?workspaceId=${mine.workspaceId}`).set(viewer.headers);
    expect({ status: shown.status, type: shown.headers['content-type'], how: shown.headers['content-disposition'] }).toEqual({ status: 200, type: 'image/png', how: expect.stringMatching(/^inline; filename="aperitivo\.png"/) });
    expect(shown.headers['content-security-policy']).toContain('sandbox');
    expect((await house.http().get(`${path}?save=1`).set(viewer.headers)).headers['content-disposition']).toMatch(/^attachment; filename="aperitivo\.png"/);
    await house.database.query(`UPDATE parts SET content = jsonb_set(content, '{media}', '[]') WHERE delivery_id = $1`, [id]);
    expect((await house.http().get(path).set(viewer.headers)).status).toBe(404);
  });

  it('changes nothing when it is opened, however often', async () => {
    const id = await plan('Aperitivo');
    const before = await row(id);
    for (const who of [editor, viewer, editor]) await get(id, who);
    expect(await row(id)).toEqual(before);
  });

  it('shows each post of a thread apart', async () => {
    const { text } = await get(await plan('one', { replies: ['two'] }));
    expect(text).toMatch(/Text 1 of 2<[^]*\none<\/textarea>[^]*Text 2 of 2<[^]*As a reply to the one before\.[^]*\ntwo<\/textarea>/);
  });

  it('“It is out” ends it, and the page then says who and when', async () => {
    const id = await plan('Aperitivo');
    const { version } = await row(id);
    const answer = await send(id, { act: 'out', version, url: 'https://www.instagram.com/p/1' });
    expect({ status: answer.status, to: answer.headers['location'] }).toEqual({ status: 303, to: `/desk/by-hand/${id}?workspaceId=${mine.workspaceId}` });
    expect(await row(id)).toMatchObject({ state: 'published', code: 'said-by-hand' });
    const { text } = await get(id);
    expect(text).toMatch(/It is out: Person \d+ said so, \w{3} \d+ \w+, \d\d:\d\d \(Europe\/Rome\)\. <a href="https:\/\/www\.instagram\.com\/p\/1"/);
    expect(text).not.toContain('<form');
    expect((await get(id, viewer)).text).toMatch(/È uscito: l’ha detto Person \d+/);
  });

  it.each([['30', 30], ['120', 120]])('“Not now” puts it off by %s minutes, and the page then says until when', async (minutes, expected) => {
    const id = await plan('Aperitivo');
    expect((await get(id)).text).toContain(`name="minutes" value="${minutes}"`);
    expect((await send(id, { act: 'not-now', version: (await row(id)).version, minutes })).status).toBe(303);
    expect(await row(id)).toMatchObject({ state: 'held', code: 'not-now', minutes: expected });
    expect((await get(id)).text).toMatch(/<dt>Asked again<\/dt><dd>\w{3} \d+ \w+, \d\d:\d\d \(Europe\/Rome\)<\/dd>/);
    expect((await send(id, { act: 'out', version: (await row(id)).version })).status).toBe(303);
    expect(await row(id)).toMatchObject({ state: 'published' });
  });

  it('a press on an old page changes nothing, and says so above the page as it is now', async () => {
    const id = await plan('Aperitivo');
    const { version } = await row(id);
    await send(id, { act: 'not-now', version });
    const { status, text } = await send(id, { act: 'out', version });
    expect(status).toBe(409);
    expect(text).toMatch(/role="alert">[^<]+<[^]*Asked again/);
    expect((await row(id)).state).toBe('held');
  });

  it('a viewer may look, and press nothing', async () => {
    const id = await plan('Aperitivo');
    const { status, text } = await get(id, viewer);
    expect({ status, has: text.includes('Aperitivo'), forms: text.includes('<form') }).toEqual({ status: 200, has: true, forms: false });
    expect(text).toContain('Tu puoi guardare.');
    expect((await send(id, { act: 'out', version: (await row(id)).version }, viewer)).status).toBe(403);
    expect((await row(id)).state).toBe('held');
  });

  it('is not there for another workspace, nor for what a machine posts, nor for what is not there', async () => {
    const id = await plan('only ours');
    const incident = await house.outage({ beganMinutesAgo: 5 });
    const machines = await house.post(incident, mine, { text: 'by a machine', dueInMinutes: 0 });
    for (const [which, who, query] of [[id, stranger, ''], [id, stranger, `?workspaceId=${mine.workspaceId}`], [machines, editor, undefined], [uuid(), editor, undefined]] as const) {
      const { status, text } = await get(which, who, query);
      expect({ status, leaks: text.includes('only ours') || text.includes('by a machine') }).toEqual({ status: 404, leaks: false });
      expect((await house.http().get(`/desk/by-hand/${which}/media/${hand.mediaId}${query ?? ''}`).set({ ...who.headers, ...html })).status).toBe(404);
    }
    expect((await send(id, { act: 'out', version: (await row(id)).version }, stranger)).status).toBe(404);
    expect((await row(id)).state).toBe('held');
  });

  it('finds its workspace by itself where the address names none, and leads through the sign-in', async () => {
    const id = await plan('Aperitivo');
    expect((await get(id, editor, '')).status).toBe(200);
    const answer = await house.http().get(`/desk/by-hand/${id}`).set(html).redirects(0);
    expect(answer.headers['location']).toBe(`/sign-in?next=${encodeURIComponent(`/desk/by-hand/${id}`)}`);
  });

  it('before its hour it shows all, and offers no button yet', async () => {
    const { text } = await get(await plan('tomorrow', { dueInMs: 3_600_000 }));
    expect(text).toContain('Its hour has not come');
    expect(text).toContain('Open Instagram');
    expect(text).not.toContain('<form');
  });

  it('says so when there is nothing left to post', async () => {
    const id = await plan('Aperitivo');
    await house.http().post(`/api/v1/deliveries/${id}/drop`).set(editor.headers).send({ version: (await row(id)).version });
    const { text } = await get(id);
    expect(text).toContain('There is nothing left to post here: skipped.');
    expect(text).not.toContain('<form');
  });

  it('refuses what is no link, in a page', async () => {
    const id = await plan('Aperitivo');
    const { status, text } = await send(id, { act: 'out', version: (await row(id)).version, url: 'javascript:alert(1)' });
    expect(status).toBe(400);
    expect(text).toContain('must be a link that begins with https://, or empty');
  });
});
