import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type BrandContacts, noContacts } from '../../../src/features/incidents/client-pages.schema.js';
import { SANDBOX_POLICY } from '../../../src/infra/http/headers.js';
import type { SeededClient } from '../../kit/seed.js';
import { openPagesHouse, type PagesHouse } from './pages-house.js';

let house: PagesHouse;
let brand: SeededClient;
let slug = '';
beforeAll(async () => {
  house = await openPagesHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE incidents CASCADE');
  brand = await house.client('Bar Aurora');
  slug = `bar-${brand.clientId.slice(-12)}`;
  await show(brand, slug, { email: 'ciao@bar.example', phone: '+390612345678', shop: 'https://shop.bar.example/' });
});

const show = (of: SeededClient, at: string, contacts: Partial<BrandContacts>, isOn = true): Promise<unknown> =>
  house.database.query(
    `INSERT INTO client_pages (client_id, workspace_id, slug, brand_on, contacts) VALUES ($1, $2, $3, $4, $5)`,
    [of.clientId, of.workspaceId, at, isOn, JSON.stringify({ ...noContacts, ...contacts })],
  );
const page = (path = '') => house.http().get(`/public/b/${slug}${path}`);

describe('The brand’s page', () => {
  it('says what is down, since when by the brand’s clock, and where to find it meanwhile', async () => {
    await house.outage({ beganMinutesAgo: 20 });
    const { status, text } = await page();
    expect(status).toBe(200);
    expect(text).toMatch(/<li class="down"><strong>[^<]*Alpha[^<]* does not work as it should, since<\/strong>\s*<time[^>]*>[^<]*\(Europe\/Rome\)<\/time>/);
    expect(text).toContain('<a href="mailto:ciao@bar.example" rel="noopener">ciao@bar.example</a>');
    expect(text).toContain('<a href="tel:+390612345678" rel="noopener">');
    expect(text).toContain('<a href="https://shop.bar.example/" rel="noopener">shop.bar.example</a>');
  });

  it('says where to turn for what it promised, if that is wanted, as long as what it lives on is down', async () => {
    const contact = { label: 'At the counter', url: 'https://www.bar.example/contest/', email: 'win@bar.example', phone: '+390699999999' };
    await house.promise(brand, { fromMinutes: -60, untilMinutes: 60, title: 'For inside', say: 'For inside too', contact, contactPublic: true });
    await house.promise(brand, { kind: 'event', fromMinutes: -60, untilMinutes: 60, contact: { ...contact, label: 'Not asked for' } });
    await house.promise(brand, { kind: 'care-hours', fromMinutes: -60, untilMinutes: -1, contact: { ...contact, label: 'Over' }, contactPublic: true });
    await house.promise(await house.client('Hotel Rivale', { workspaceId: brand.workspaceId }), { fromMinutes: -60, untilMinutes: 60, contact: { ...contact, label: 'Theirs' }, contactPublic: true });
    expect((await page()).text).not.toContain('At the counter');
    const incident = await house.outage({ beganMinutesAgo: 20 });
    const { text } = await page();
    expect(text).toContain('<dt>For the contest</dt><dd>At the counter: <a href="https://www.bar.example/contest/" rel="noopener">bar.example/contest</a>, <a href="mailto:win@bar.example" rel="noopener">win@bar.example</a>, <a href="tel:+390699999999" rel="noopener">+390699999999</a></dd>');
    expect(text).not.toMatch(/For inside|Not asked for|Over:|Theirs/);
    await house.promise(brand, { fromMinutes: -60, untilMinutes: 60, title: 'Second', contact, contactPublic: true });
    await house.promise(brand, { fromMinutes: -60, untilMinutes: 60, title: 'Third', contact: { label: 'By post', url: 'https://www.bar.example/post/' }, contactPublic: true });
    const both = (await page()).text;
    expect([both.split('<dt>For the contest</dt>').length, both.split('<dd>At the counter: ').length, both.split('<dd>By post: ').length]).toEqual([2, 2, 2]);
    expect((await page('?language=it')).text).toContain('<dt>Per il concorso</dt>');
    await house.database.query('UPDATE incident_components SET only_media = true WHERE incident_id = $1', [incident]);
    expect((await page()).text).not.toContain('At the counter'); // people can still write there
    await house.database.query('UPDATE incident_components SET only_media = false WHERE incident_id = $1', [incident]);
    await house.database.query(`UPDATE incident_components SET state = 'up', back_at = now() WHERE incident_id = $1`, [incident]);
    expect((await page()).text).not.toContain('At the counter');
  });

  it.each([
    ['is younger than 15 minutes', { beganMinutesAgo: 14 }],
    ['is over', { beganMinutesAgo: 60, state: 'closed' }],
    ['was a false alarm', { beganMinutesAgo: 60, falseAlarm: true }],
    ['is on platforms the brand is not on', { beganMinutesAgo: 60, connectorIds: ['sandbox-beta'] }],
  ] as const)('says nothing of what %s', async (_, terms) => {
    await house.outage(terms);
    const { text } = await page();
    expect(text).toContain('As far as we know all of our platforms work');
    expect(text).not.toMatch(/since|class="down"/);
  });

  it.each([
    ['joined it only 14 minutes ago', `fell_at = now() - interval '14 minutes'`],
    ['was back within 15 minutes', `fell_at = now() - interval '40 minutes', back_at = now() - interval '26 minutes'`],
  ])('nor does its feed say anything of a platform that, in an older outage, %s', async (_, change) => {
    await house.outage({ beganMinutesAgo: 60, connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
    await house.database.query(`UPDATE incident_components SET ${change} WHERE connector_id = 'sandbox-alpha'`);
    expect((await page()).text).toContain('As far as we know all of our platforms work');
    expect((await page('/feed.xml')).text).not.toContain('<item>');
  });

  it('says so when only pictures and films do not get through', async () => {
    await house.outage({ beganMinutesAgo: 60 });
    await house.database.query(`UPDATE incident_components SET only_media = true`);
    expect((await page()).text).toContain('takes no pictures and films at the moment, since');
    await house.database.query(`UPDATE incident_components SET state = 'up', back_at = now() - interval '5 minutes'`);
    expect((await page()).text).toContain('takes pictures and films again, since');
    expect((await page('?language=it')).text).toContain('accetta di nuovo immagini e video, da');
  });

  it('counts from the fall it is in, not from the first of the incident', async () => {
    await house.outage({ beganMinutesAgo: 60 });
    await house.database.query(`UPDATE incident_components SET fell_at = now() - interval '14 minutes'`);
    expect((await page()).text).toContain('As far as we know all of our platforms work');
    const [{ at }] = await house.database.query(`UPDATE incident_components SET fell_at = now() - interval '16 minutes' RETURNING fell_at AS at`).then(([rows]) => rows);
    expect((await page()).text).toContain(`<time datetime="${at.toISOString()}">`);
  });

  it('says nothing of a platform the brand has left', async () => {
    await house.outage({ beganMinutesAgo: 60 });
    await house.database.query(`UPDATE channels SET archived_at = now() WHERE client_id = $1`, [brand.clientId]);
    expect((await page()).text).not.toContain('Alpha');
  });

  it('says of a platform that is back that it is back', async () => {
    await house.outage({ beganMinutesAgo: 60, state: 'recovering', endedMinutesAgo: 5 });
    const { text } = await page();
    expect(text).toMatch(/<h2>What works again<\/h2><ul class="outages"><li><strong>[^<]*Alpha[^<]* is back, since/);
    expect(text).not.toMatch(/class="down"|does not work|meanwhile/);
    expect((await page('?language=it')).text).toMatch(/<h2>Che cosa funziona di nuovo<\/h2>/);
  });

  it('keeps what is back apart from what is not', async () => {
    const both = await house.client('Bar Due', { connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
    slug = `due-${both.clientId.slice(-12)}`;
    await show(both, slug, { email: 'ciao@bar.example' });
    await house.outage({ beganMinutesAgo: 60, connectorIds: ['sandbox-alpha', 'sandbox-beta'] });
    await house.database.query(`UPDATE incident_components SET state = 'up', back_at = now() - interval '5 minutes' WHERE connector_id = 'sandbox-alpha'`);
    const { text } = await page();
    expect(text).toMatch(/What does not work at the moment<\/h2><ul class="outages"><li class="down"><strong>[^<]*Beta[^]*<\/ul><h2>What works again<\/h2><ul class="outages"><li><strong>[^<]*Alpha[^<]* is back/);
    expect(text).toContain('Where you find us meanwhile');
  });

  it('never says what is held, why, or anything of another client', async () => {
    const other = await house.client('Hotel Rivale', { workspaceId: brand.workspaceId, connectorIds: ['sandbox-beta'] });
    const incident = await house.outage({ beganMinutesAgo: 60, connectorIds: ['sandbox-alpha', 'sandbox-beta'], official: { text: 'Words of theirs', url: null, at: new Date().toISOString() } });
    await house.post(incident, brand, { text: 'Secret offer', dueInMinutes: 5 });
    await house.post(incident, other, { text: 'Their secret', dueInMinutes: 5 });
    for (const { text } of [await page(), await page('/feed.xml')]) {
      expect(text).toContain('Alpha');
      expect(text).not.toMatch(/Secret offer|Their secret|Rivale|Beta|held|technical|Agency|Words of theirs/i);
    }
  });

  it('is the same for everybody: kept a minute, and told unchanged to who has it', async () => {
    await house.outage({ beganMinutesAgo: 20 });
    const { headers } = await page();
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=60', etag: expect.stringMatching(/^W?\/?".+"$/) });
    expect((await page().set('If-None-Match', headers['etag'] ?? '')).status).toBe(304);
  });

  it('runs nothing and asks for nothing', async () => {
    const { headers, text } = await page();
    expect(headers['content-security-policy']).toBe(SANDBOX_POLICY);
    expect(headers['set-cookie']).toBeUndefined();
    expect(text).not.toMatch(/<script|<form|\son\w+=|javascript:|src=/i);
  });

  it('speaks the brand’s language, and the other when asked', async () => {
    await house.database.query(`UPDATE clients SET language = 'it' WHERE id = $1`, [brand.clientId]);
    await house.outage({ beganMinutesAgo: 20 });
    expect((await page().set('Accept-Language', 'en')).text).toMatch(/<html lang="it">[^]*non funziona come dovrebbe, da/);
    expect((await page('?language=en')).text).toMatch(/<html lang="en">[^]*does not work as it should/);
  });

  it('escapes whatever the brand is called', async () => {
    await house.database.query(`UPDATE clients SET name = $2 WHERE id = $1`, [brand.clientId, '<img src=x> & "Co"\u0001']);
    await house.outage({ beganMinutesAgo: 20 });
    for (const { text } of [await page(), await page('/feed.xml')]) expect(text).not.toContain('<img');
    expect((await page('/feed.xml')).text).not.toContain('\u0001');
  });

  it('is not there while it is off, once its client is put away, or under another name', async () => {
    const off = await house.client('Off');
    await show(off, `off-${slug}`, { email: 'x@y.example' }, false);
    const gone = await house.client('Gone');
    await show(gone, `gone-${slug}`, { email: 'x@y.example' });
    await house.database.query(`UPDATE clients SET archived_at = now() WHERE id = $1`, [gone.clientId]);
    const answers = await Promise.all([`off-${slug}`, `gone-${slug}`, 'nobody'].flatMap((name) => ['', '/feed.xml'].map((end) => house.http().get(`/public/b/${name}${end}`))));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
    expect(answers[0]?.headers['cache-control']).toBe('no-store');
  });
});

describe('The brand’s feed', () => {
  it('tells that a platform fell, when it was 15 minutes old, and that it is back', async () => {
    const incident = await house.outage({ beganMinutesAgo: 60, state: 'closed', endedMinutesAgo: 30 });
    const { headers, text } = await page('/feed.xml');
    expect(headers['content-type']).toBe('application/rss+xml; charset=utf-8');
    const [back = '', down = ''] = text.match(/<item>[^]*?<\/item>/g) ?? [];
    expect(back).toContain('is back, since');
    expect(down).toContain('does not work as it should, since');
    expect(down).toContain(`<guid isPermaLink="false">urn:postern:${incident}:sandbox-alpha:sandbox.example:down</guid>`);
    const at = (item: string): number => Date.parse(/<pubDate>(.*)<\/pubDate>/.exec(item)?.[1] ?? '');
    expect((at(back) - at(down)) / 60_000).toBeCloseTo(15, 0);
  });

  it('says nothing of what was over before it was 15 minutes old', async () => {
    await house.outage({ beganMinutesAgo: 60, state: 'closed', endedMinutesAgo: 50 });
    expect((await page('/feed.xml')).text).not.toContain('<item>');
  });

  it('keeps what was told once it has fallen again for a moment', async () => {
    await house.outage({ beganMinutesAgo: 60, state: 'closed', endedMinutesAgo: 1 });
    await house.database.query(`UPDATE incident_components SET fell_at = now() - interval '3 minutes'`);
    expect((await page('/feed.xml')).text).not.toContain('<item>'); // two short falls are no long one
    await house.database.query(`UPDATE incident_components SET long_fell_at = now() - interval '60 minutes'`);
    const dates = [...(await page('/feed.xml')).text.matchAll(/<pubDate>(.*)<\/pubDate>/g)].map(([, at]) => Math.round((Date.parse(at ?? '') - Date.now()) / 60_000));
    expect(dates).toEqual([-1, -45]);
  });
});
