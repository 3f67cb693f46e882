import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { ClientPagesService } from '../../../src/features/incidents/client-pages.service.js';
import type { SeededClient } from '../../kit/seed.js';
import { png } from '../media/pictures.js';
import { openPagesHouse, type PagesHouse } from './pages-house.js';

let house: PagesHouse;
let mine: SeededClient;
let home: string;
beforeAll(async () => {
  house = await openPagesHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE incidents CASCADE');
  mine = await house.client('Bar Aurora');
  home = await homeOf(mine);
});

const homeOf = async ({ workspaceId, clientId }: SeededClient): Promise<string> => new URL(await house.app.get(ClientPagesService, { strict: false }).link(workspaceId, clientId)).pathname;
const get = (path = '') => house.http().get(`${home}${path}`);
const official = { text: 'We are investigating.', url: 'https://status.example/1', at: '2026-07-01T15:10:00.000Z' };

describe('The client’s own page', () => {
  it('says that nothing is wrong while nothing is', async () => {
    const { status, text } = await get();
    expect(status).toBe(200);
    expect(text).toContain('As far as we know all of your platforms work.');
  });

  it('shows each post that is touched, and what happens to it, in the client’s zone', async () => {
    const incident = await house.outage({ beganMinutesAgo: 20 });
    await house.post(incident, mine, { text: 'Aperitivo tonight', dueInMinutes: -5 });
    const { text } = await get();
    expect(text).toMatch(/<h2>No posts can be published on [^<]*Alpha[^<]*<\/h2>/);
    expect(text).toContain('Aperitivo tonight');
    expect(text).toContain('It waits. Once the platform is back it goes out in its turn, by day, until');
    expect(text).toContain('All times: Europe/Rome');
    expect(text).toMatch(/here, by \d\d:\d[05] on \d+ \w+\. As of \d\d:\d\d\./);
  });

  it.each([
    ['en', /<h3>Beside your posts<\/h3>/, 'contest open for 1 h 30 of the outage, until', 'about €15 of budget in the dark', /What we tell people: “Write to us”[^]*Where we send them: Shop: <a href="https:\/\/shop\.example\/" rel="noopener">shop\.example<\/a>/],
    ['it', /<h3>Oltre ai post<\/h3>/, 'concorso aperto per 1 h 30 dell’interruzione, fino a', 'circa 15\u00a0€ di budget al buio', /Che cosa diciamo alle persone: “Write to us”[^]*Dove le indirizziamo: Shop: <a/],
  ] as const)('shows in plain words what else was promised and is touched, while it lasts and in the report (%s)', async (language, heading, contest, ads, contact) => {
    mine = await house.client('Bar Aurora', { language });
    home = await homeOf(mine);
    await house.promise(mine, { fromMinutes: -6_000, untilMinutes: 6_000, say: 'Write to us', contact: { label: 'Shop', url: 'https://shop.example/' } });
    await house.promise(mine, { kind: 'ads', title: 'Summer <3', fromMinutes: -6_000, untilMinutes: 6_000, dailyBudget: { minor: 24_000, currency: 'EUR' } });
    await house.promise(await house.client('Hotel Rivale', { workspaceId: mine.workspaceId }), { fromMinutes: -60, untilMinutes: 60, title: 'Theirs' });
    const incident = await house.outage({ beganMinutesAgo: 90 });
    for (const path of ['', `/incidents/${incident}`]) {
      const { text } = await get(path);
      expect(text).toMatch(heading);
      expect(text).toContain(`<strong>Win a coffee</strong>: ${contest}`);
      expect(text).toContain(`<strong>Summer &#60;3</strong>: ${ads}.`);
      expect(text).toMatch(contact);
      expect(text).not.toContain('Theirs');
    }
    await house.database.query(`UPDATE incident_components SET state = 'up', back_at = now()`);
    const { text } = await get(`/incidents/${incident}`);
    expect(text).toContain(contest);
    expect(text).not.toMatch(/Write to us|shop\.example/); // that was for meanwhile
  });

  it('keeps the report of what touched a promise and no post, and of nothing that touched neither', async () => {
    await house.promise(mine, { fromMinutes: -500, untilMinutes: -200 });
    await house.outage({ beganMinutesAgo: 900, state: 'closed', endedMinutesAgo: 600 });
    const incident = await house.outage({ beganMinutesAgo: 400, state: 'closed', endedMinutesAgo: 300 });
    const { text } = await get();
    expect([...text.matchAll(/\/incidents\/([\w-]+)">[^<]*Alpha<\/a><br><small>None of your posts was touched\./g)].map(([, id]) => id)).toEqual([incident]);
    expect((await get(`/incidents/${incident}`)).text).toMatch(/None of your posts was touched\.[^]*<strong>Win a coffee<\/strong>: contest open/);
    await house.database.query('UPDATE incident_components SET only_media = true');
    expect((await get(`/incidents/${incident}`)).status).toBe(404);
  });

  it('says nothing of promises that pictures and films alone do not touch', async () => {
    await house.promise(mine, { fromMinutes: -60, untilMinutes: 60 });
    await house.outage({ beganMinutesAgo: 20 });
    expect((await get()).text).toContain('Win a coffee');
    await house.database.query('UPDATE incident_components SET only_media = true');
    expect((await get()).text).not.toContain('Win a coffee');
  });

  it('tells the platform’s own words, and never a cause of ours', async () => {
    await house.outage({ beganMinutesAgo: 20 });
    expect((await get()).text).toContain('The cause is not yet known.');
    await house.database.query(`UPDATE incidents SET official = $1`, [JSON.stringify(official)]);
    const { text } = await get();
    expect(text).toContain('The platform says: “We are investigating.” (Wed 1 Jul, 17:10) <a href="https://status.example/1"');
    expect(text).not.toMatch(/technical|0\.9|90 ?%/);
  });

  describe.each([
    ['en', 'No posts can be published on', 'No pictures and films can be published on', 'working again', 'takes pictures and films again', 'one after the other'],
    ['it', 'Non si può pubblicare su', 'Non si possono pubblicare immagini e video su', 'funziona di nuovo', 'accetta di nuovo immagini e video', 'un po’ alla volta'],
  ] as const)('in its headline (%s)', (language, down, downMedia, again, againMedia, drains) => {
    const change = (to: string, connectorId = 'sandbox-alpha') => house.database.query(`UPDATE incident_components SET ${to} WHERE connector_id = $1`, [connectorId]);
    const headline = async (): Promise<string> => /<h2>(.*?)<\/h2>/.exec((await get()).text)?.[1] ?? '';
    beforeEach(async () => {
      mine = await house.client('Bar Aurora', { connectorIds: ['sandbox-alpha', 'sandbox-beta'], language });
      home = await homeOf(mine);
    });

    it('does not name what is back', async () => {
      await house.outage({ beganMinutesAgo: 60, connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
      await change(`state = 'up', back_at = now() - interval '30 minutes'`);
      expect(await headline()).toBe(`${down} Sandbox Beta`);
    });

    it('says that all of the client’s is back while a neighbour’s is not, and when it was', async () => {
      const incident = await house.outage({ beganMinutesAgo: 60, connectorIds: ['sandbox-alpha', 'sandbox-gamma'] });
      await change(`state = 'up', back_at = now() - interval '30 minutes'`);
      expect(await headline()).toBe(`Sandbox Alpha: ${again}`);
      expect((await get()).text).toContain(drains);
      expect((await get(`/incidents/${incident}`)).text).toContain('<dd>30 min</dd>');
    });

    it('says so when only pictures and films fail, and what fails altogether beside it', async () => {
      await house.outage({ beganMinutesAgo: 60, connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
      await change('only_media = true');
      expect(await headline()).toBe(`${down} Sandbox Beta; ${downMedia} Sandbox Alpha`);
      await change(`state = 'up', back_at = now()`, 'sandbox-beta');
      expect(await headline()).toBe(`${downMedia} Sandbox Alpha`);
    });

    it('says so when pictures and films flow again, unless text had failed too', async () => {
      const incident = await house.outage({ beganMinutesAgo: 60, state: 'recovering' });
      await change('only_media = true');
      expect(await headline()).toBe(`Sandbox Alpha: ${againMedia}`);
      await house.database.query(
        `INSERT INTO incident_events (incident_id, at, component_id, kind, payload) SELECT $1, fell_at, component_id, 'state', '{"to":"down"}' FROM incident_components`, [incident]);
      expect(await headline()).toBe(`Sandbox Alpha: ${again}`);
    });
  });

  it('says nothing of other clients, nor of platforms only they are on', async () => {
    const rival = await house.client('Hotel Rivale', { workspaceId: mine.workspaceId, connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
    const stranger = await house.client('Stranger');
    const incident = await house.outage({ beganMinutesAgo: 20, connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
    const [onAlpha, onBeta] = rival.channels;
    await house.post(incident, rival, { text: 'Rival secret', dueInMinutes: 5, ...(onAlpha ? { channel: onAlpha } : {}) });
    await house.post(incident, rival, { text: 'Rival secret', dueInMinutes: 5, ...(onBeta ? { channel: onBeta } : {}) });
    await house.post(incident, stranger, { text: 'Strange secret', dueInMinutes: 5 });
    await house.post(incident, mine, { text: 'Mine', dueInMinutes: 5 });
    for (const path of ['', `/incidents/${incident}`, `/incidents/${incident}/deliveries.csv`]) {
      const { status, text } = await get(path);
      expect(status).toBe(200);
      expect(text).toContain('Mine');
      expect(text).not.toMatch(/rival|strange|beta/i);
    }
  });

  it('lists what was, with what became of it and a link to the report', async () => {
    const incident = await house.outage({ beganMinutesAgo: 300, state: 'closed', endedMinutesAgo: 200 });
    await house.post(incident, mine, { text: 'One', dueInMinutes: -280, state: 'published' });
    await house.post(incident, mine, { text: 'Two', dueInMinutes: -250, state: 'missed' });
    const { text } = await get();
    expect(text).toContain(`<a href="${home}/incidents/${incident}">`);
    expect(text).toContain('2 posts were planned · 1 went out later than planned · 1 missed its time');
  });

  it('is found by nobody and kept by no one', async () => {
    const incident = await house.outage({ beganMinutesAgo: 20 });
    for (const path of ['', `/incidents/${incident}`, `/incidents/${incident}/deliveries.csv`]) {
      const { headers } = await get(path);
      expect(headers).toMatchObject({ 'x-robots-tag': 'noindex, nofollow, noarchive', 'cache-control': 'no-store', 'referrer-policy': 'same-origin' });
    }
    expect((await get()).text).toContain('<meta name="robots" content="noindex, nofollow, noarchive">');
  });

  it('runs nothing, and escapes whatever a post, a channel or a platform says', async () => {
    const evil = '<script>alert(1)</script>"onmouseover=';
    const incident = await house.outage({ beganMinutesAgo: 20, official: { ...official, text: evil, url: 'javascript:alert(1)' } });
    await house.post(incident, mine, { text: evil, dueInMinutes: -5, state: 'published', url: 'javascript:alert(1)' });
    await house.database.query(`UPDATE channels SET name = $2 WHERE client_id = $1`, [mine.clientId, evil]);
    for (const path of ['', `/incidents/${incident}`]) {
      const { headers, text } = await get(path);
      expect(headers['content-security-policy']).toMatch(/^default-src 'none';(?!.*script).* form-action 'none'; frame-ancestors 'none'; sandbox allow-downloads$/);
      expect(text).not.toMatch(/<script|<form|"onmouseover=|javascript:/i);
    }
  });

  it('speaks the client’s language, whatever the browser’s', async () => {
    home = await homeOf(await house.client('Da Gino', { language: 'it' }));
    await house.outage({ beganMinutesAgo: 20 });
    expect((await get().set('Accept-Language', 'en')).text).toMatch(/<html lang="it">[^]*Non si può pubblicare su/);
  });

  it.each(['/public/c/x', `/public/c/${'A'.repeat(43)}`])('%s opens nothing, and says where to ask', async (path) => {
    const { status, text } = await house.http().get(path);
    expect(status).toBe(404);
    expect(text).toContain('Ask your agency for the link that is good today.');
  });
});

describe('The agency’s logo', () => {
  it('stands on its clients’ pages, and only there', async () => {
    const editor = await house.member(mine.workspaceId, 'editor');
    expect((await get()).text).toContain('<header><p>Agency</p>');
    expect((await get('/logo')).status).toBe(404);
    const { body } = await house.http().post('/api/v1/media?name=logo.png').set({ ...editor.headers, 'Content-Type': 'image/png' }).send(png(200, 80));
    await house.database.query(`UPDATE workspaces SET logo_media_id = $2 WHERE id = $1`, [mine.workspaceId, body.id]);
    expect((await get()).text).toContain(`<header><img src="${home}/logo" alt="Agency">`);
    const { status, headers, body: bytes } = await get('/logo');
    expect({ status, type: headers['content-type'], sniff: headers['x-content-type-options'] }).toEqual({ status: 200, type: 'image/png', sniff: 'nosniff' });
    expect(bytes).toEqual(png(200, 80));
    expect((await house.http().get(`${await homeOf(await house.client('Stranger'))}/logo`)).status).toBe(404);
  });
});

describe('The report', () => {
  it('says when, each post and what happened to it with a link, what was lost and what was done', async () => {
    const incident = await house.outage({ beganMinutesAgo: 300, state: 'closed', endedMinutesAgo: 100 });
    await house.post(incident, mine, { text: 'Late one', dueInMinutes: -280, state: 'published', url: 'https://alpha.example/p/1' });
    await house.post(incident, mine, { text: 'Lost one', dueInMinutes: -250, state: 'missed', choice: 'hour-counts' });
    const { status, text } = await get(`/incidents/${incident}`);
    expect(status).toBe(200);
    expect(text).toMatch(/<dt>Lasted<\/dt><dd>3 h 20 min<\/dd>/);
    expect(text).toContain('<a class="out" href="https://alpha.example/p/1"');
    expect(text).toMatch(/What was lost<\/h2><ul><li>[^<]*Lost one – /);
    expect(text).toMatch(/What was done<\/h2>[^]*<li>1 went out later than planned<\/li>/);
    expect(text).toContain('@page { size: A4');
  });

  it.each([['en', 'Nothing is lost so far.', 'Nothing was lost.'], ['it', 'Finora nulla è andato perso.', 'Nulla è andato perso.']] as const)('says that nothing was lost only once nothing waits any more (%s)', async (language, soFar, never) => {
    mine = await house.client('Bar Aurora', { language });
    home = await homeOf(mine);
    const incident = await house.outage({ beganMinutesAgo: 300, state: 'closed', endedMinutesAgo: 100 });
    const id = await house.post(incident, mine, { text: 'Waits', dueInMinutes: -280 });
    expect((await get(`/incidents/${incident}`)).text).toContain(`<p>${soFar}</p>`);
    await house.database.query(`UPDATE deliveries SET state = 'published', hold_reason = NULL, ended_at = now() WHERE id = $1`, [id]);
    expect((await get(`/incidents/${incident}`)).text).toContain(`<p>${never}</p>`);
  });

  it.each([
    ['en', 'Posts with pictures or films were held back'], ['it', 'I post con immagini o video sono stati trattenuti'],
  ] as const)('says of what only pictures and films could not pass what was held back (%s)', async (language, words) => {
    mine = await house.client('Bar Aurora', { language });
    home = await homeOf(mine);
    const incident = await house.outage({ beganMinutesAgo: 300, state: 'closed', endedMinutesAgo: 100 });
    await house.post(incident, mine, { text: 'Late one', dueInMinutes: -280, state: 'published' });
    expect((await get(`/incidents/${incident}`)).text).not.toContain(words);
    await house.database.query('UPDATE incident_components SET only_media = true');
    expect((await get(`/incidents/${incident}`)).text).toContain(words);
  });

  it.each([
    ['en', 'was moved to another time', 'later than planned'], ['it', 'è stato spostato a un altro orario', 'in ritardo'],
  ] as const)('calls late what went out late, not what the team moved and went out on its new time (%s)', async (language, moved, late) => {
    mine = await house.client('Bar Aurora', { language });
    home = await homeOf(mine);
    const incident = await house.outage({ beganMinutesAgo: 300, state: 'closed', endedMinutesAgo: 100 });
    const id = await house.post(incident, mine, { text: 'Aperitivo', dueInMinutes: -280, state: 'published' });
    await house.database.query(`UPDATE deliveries SET due_at = now() - interval '30 seconds' WHERE id = $1`, [id]);
    const onTime = (await get(`/incidents/${incident}`)).text;
    expect(onTime).toContain(moved);
    expect(onTime).not.toContain(late);
    await house.database.query(`UPDATE deliveries SET due_at = now() - interval '50 minutes' WHERE id = $1`, [id]);
    expect((await get(`/incidents/${incident}`)).text).toContain(late);
  });

  it('counts from when it first fell, where it fell again', async () => {
    const incident = await house.outage({ beganMinutesAgo: 100, state: 'closed', endedMinutesAgo: 20 });
    await house.post(incident, mine, { text: 'Late one', dueInMinutes: -90, state: 'published' });
    await house.database.query(`UPDATE incident_components SET fell_at = now() - interval '30 minutes'`);
    await house.database.query(
      `INSERT INTO incident_events (incident_id, at, component_id, kind, payload) SELECT $1, now() - interval '79 minutes', component_id, 'state', jsonb_build_object('firstAt', now() - interval '80 minutes') FROM incident_components`, [incident]);
    expect((await get(`/incidents/${incident}`)).text).toMatch(/<dt>Lasted<\/dt><dd>1 h 0 min<\/dd>/);
  });

  it('says of a false alarm that it was one', async () => {
    const incident = await house.outage({ beganMinutesAgo: 300, state: 'closed', endedMinutesAgo: 100, falseAlarm: true });
    await house.post(incident, mine, { text: 'Late one', dueInMinutes: -280, state: 'published' });
    const { text } = await get(`/incidents/${incident}`);
    expect(text).toContain('It turned out that nothing was wrong with the platform.');
    expect(text).not.toContain('mistake'); // the operator's words are for inside
  });

  it('comes as a table too', async () => {
    const incident = await house.outage({ beganMinutesAgo: 300, state: 'closed', endedMinutesAgo: 100 });
    await house.post(incident, mine, { text: 'Late one', dueInMinutes: -280, state: 'published', url: 'https://alpha.example/p/1' });
    const { headers, text } = await get(`/incidents/${incident}/deliveries.csv`);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(headers['content-disposition']).toMatch(/^attachment; filename="report-\d{4}-\d\d-\d\d\.csv"$/);
    expect(text).toMatch(/Late one,published late,[^,]+,https:\/\/alpha\.example\/p\/1/);
  });

  it('is there only of what touched the client', async () => {
    const elsewhere = await house.outage({ beganMinutesAgo: 300, state: 'closed', endedMinutesAgo: 100 });
    const absent = [elsewhere, uuid(), 'x'].flatMap((id) => [`/incidents/${id}`, `/incidents/${id}/deliveries.csv`]);
    expect((await Promise.all(absent.map((path) => get(path)))).map(({ status }) => status)).toEqual(Array(6).fill(404));
  });
});
