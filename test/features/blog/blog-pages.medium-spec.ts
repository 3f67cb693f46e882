import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SaxesParser } from 'saxes';
import { CONFIG, type Config } from '../../../src/infra/config.js';
import { SANDBOX_POLICY } from '../../../src/infra/http/headers.js';
import { type BlogHouse, type Brand, openBlogHouse } from './blog-house.js';

let house: BlogHouse;
let brand: Brand;
beforeAll(async () => {
  house = await openBlogHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  brand = await house.brand({ change: { tagline: 'Coffee since 1952', footer: 'Bar Aurora srl, https://aurora.example/imprint' } });
});

const page = (path = '') => house.http().get(`/public/blog/${brand.slug}${path}`);
function wellFormed(xml: string): void {
  const parser = new SaxesParser();
  parser.on('error', (error) => { throw error; });
  parser.write(xml).close();
}
const feeds = ['/feed.xml', '/atom.xml', '/feed.json', '/sitemap.xml'];

it('A link is marked by the rule of the channel that brought it, on the page and in the feeds', async () => {
  const { body: channel } = await house.http().post('/api/v1/channels').set(brand.manager.headers).send({ clientId: brand.clientId, connectorId: 'blog', account: brand.account });
  const { status } = await house.http().patch(`/api/v1/channels/${channel.id}`).set(brand.manager.headers).send({ version: channel.version, utm: { source: 'blog', medium: 'web', campaign: 'a' } });
  expect(status).toBe(200);
  const link = { url: 'https://bar.example/card', title: 'The card', description: '', thumb: null };
  await house.publish({ ...brand, outlet: house.outletOf({ ...brand, channelId: channel.id }) }, { text: 'Marked\n\nSee https://bar.example/menu and come.', link });
  await house.publish(brand, { text: 'Bare\n\nSee https://bar.example/menu and come.', link });
  const hrefs = (text: string): readonly string[] => [...text.matchAll(/href="(https:\/\/bar[^"]*)"/g)].map(([, href]) => (href ?? '').replaceAll(/&(amp|#38);/g, '&'));
  expect([hrefs((await page('/marked')).text), hrefs((await page('/bare')).text)]).toEqual([
    ['https://bar.example/menu?utm_source=blog&utm_medium=web&utm_campaign=a', 'https://bar.example/card?utm_source=blog&utm_medium=web&utm_campaign=a'], ['https://bar.example/menu', 'https://bar.example/card']]);
  expect((await page('/marked')).text).toContain('>https://bar.example/menu</a>');
  expect(JSON.stringify((await page('/feed.json')).body ?? (await page('/feed.json')).text)).toContain('utm_source=blog');
});

describe('The first page of a blog', () => {
  it('says so while nothing has been published', async () => {
    const { status, text } = await page();
    expect(status).toBe(200);
    expect(text).toContain('Nothing has been published here yet.');
    expect(text).toMatch(/<header><h1><a href="\/public\/blog\/[^"]+" rel="home">Bar Aurora<\/a><\/h1><p class="tagline">Coffee since 1952<\/p><\/header>/);
    expect(text).toContain('<a href="https://aurora.example/imprint">');
  });

  it('has the articles, newest first, with their time and its zone', async () => {
    await house.publish(brand, 'Older\n\nFirst words of it.');
    await house.publish(brand, 'Newer');
    await house.database.query(`UPDATE articles SET published_at = '2025-11-23T16:00:00Z' WHERE title = 'Older' AND client_id = $1`, [brand.clientId]);
    const { text } = await page();
    expect(text).toMatch(/<h2><a href="[^"]*\/newer">Newer<\/a><\/h2>[^]*<h2><a href="[^"]*\/older">Older<\/a><\/h2><p class="when"><time datetime="2025-11-23T16:00:00.000Z">23 November 2025, 17:00 \(Europe\/Rome\)<\/time><\/p>[^]*First words of it\./);
  });

  it('leads to the next ten, and back', async () => {
    for (let n = 1; n <= 11; n += 1) await house.publish(brand, `Article ${n}`);
    expect((await page()).text).toMatch(/<link rel="next" href="[^"]*\?page=2">[^]*rel="next" href="[^"]*\?page=2">Older →/);
    const { text } = await page('?page=2');
    expect(text).toMatch(/<title>page 2 · Bar Aurora<\/title>/);
    expect(text).toMatch(/<link rel="canonical" href="http[^"]*\?page=2">/);
    expect(text.match(/<article>/g)).toHaveLength(1);
    expect(text).toMatch(/rel="prev" href="\/public\/blog\/[^"?]*">← Newer/);
    expect(text).not.toContain('rel="next"');
    expect((await page('?page=3')).status).toBe(404);
    expect((await page('?page=zero')).status).toBe(200);
  });

  it('shows what stands under a word', async () => {
    await house.publish(brand, { text: 'With', options: { tags: ['Summer & sun'] } });
    await house.publish(brand, 'Without');
    expect((await page('/with')).text).toContain(`<a rel="tag" href="/public/blog/${brand.slug}?tag=Summer+%26+sun">#Summer &#38; sun</a>`);
    const { text } = await page('?tag=Summer+%26+sun');
    expect(text).toContain('<h1>About Summer &#38; sun</h1>');
    expect(text).toContain('With</a>');
    expect(text).not.toContain('Without');
    expect((await page('?tag=nothing')).text).toContain('There is nothing under this word.');
  });

  it('speaks the blog’s language in all that stands around the articles', async () => {
    await house.settings(brand, { version: 2, language: 'it' });
    const { text } = await page();
    expect(text).toMatch(/<html lang="it">[^]*Qui non è ancora stato pubblicato nulla\./);
    await house.publish(brand, 'Hello');
    expect((await page('/hello')).text).toMatch(/<html lang="it">[^]*<article lang="en">/);
  });
});

describe('The page of an article', () => {
  it('tells machines what it is', async () => {
    const medium = await house.upload(brand, 'A "cup"');
    const { url } = await house.publish(brand, { text: 'Open again\n\nWe are open & well.', media: [medium] });
    const { text } = await house.http().get(house.pathOf(url));
    expect(text).toContain(`<link rel="canonical" href="${url}">`);
    expect(text).toContain('<meta name="description" content="We are open &#38; well.">');
    for (const [property, content] of Object.entries({ type: 'article', title: 'Open again', url, site_name: 'Bar Aurora', image: `${url}/media/${medium.mediaId}`, 'image:alt': 'A &#34;cup&#34;', locale: 'en_GB' })) {
      expect(text).toContain(`<meta property="og:${property}" content="${content}">`);
    }
    expect(text).toContain('<meta name="twitter:card" content="summary_large_image">');
    for (const feed of ['feed.xml', 'atom.xml', 'feed.json']) expect(text).toMatch(new RegExp(`<link rel="alternate" type="application/[^"]*" title="[^"]*" href="/public/blog/${brand.slug}/${feed}">`));
  });

  it('leads to the ones beside it', async () => {
    for (const title of ['One', 'Two', 'Three']) await house.publish(brand, title);
    expect((await page('/two')).text).toMatch(/<a rel="prev" href="[^"]*\/three">← Three<\/a><a rel="next" href="[^"]*\/one">One →<\/a>/);
  });

  it('says when and where it was first planned, if the client wants that', async () => {
    const { remoteId } = await house.publish(brand, 'Instead');
    await house.database.query(`UPDATE articles SET plan = '{"at":"2026-11-23T16:00:00.000Z","platforms":["Instagram","Threads","X"]}' WHERE id = $1`, [remoteId]);
    expect((await page('/instead')).text).not.toContain('First planned');
    await house.settings(brand, { version: 2, showsPlan: true });
    expect((await page('/instead')).text).toContain('First planned for 23 November 2026, 17:00 (Europe/Rome), on Instagram, Threads and X.');
  });

  it('runs nothing, whatever it is made of', async () => {
    const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`;
    const other = await house.brand({ name: evil.slice(0, 100), change: { tagline: evil, footer: evil } });
    await house.publish(other, { text: evil, options: { title: evil, tags: [evil.slice(0, 40)] }, link: { url: 'javascript:alert(1)', title: evil, description: evil, thumb: null } });
    for (const path of ['', '/script-alert-1-script-img-src-x-onerror-alert-1']) {
      const { status, text, headers } = await house.http().get(`/public/blog/${other.slug}${path}`);
      expect(status).toBe(200);
      expect(headers['content-security-policy']).toBe(SANDBOX_POLICY);
      expect(headers['set-cookie']).toBeUndefined();
      const tags = text.replaceAll(/="[^"]*"/g, '=""').match(/<[a-z!][^>]*>/gi) ?? [];
      expect(tags.filter((tag) => /^<(script|form|img|iframe)|\son\w+=/i.test(tag))).toEqual([]);
      expect(text).not.toMatch(/href="javascript:/i);
    }
  });

  it('is gone once it was taken off, in every place, and back once it is put there again', async () => {
    const { remoteId } = await house.publish(brand, 'Secret');
    const change = (published: boolean, version: number) => house.http().patch(`/api/v1/articles/${remoteId}`).set(brand.manager.headers).send({ published, version });
    await change(false, 1);
    expect((await page('/secret')).status).toBe(404);
    for (const path of ['', ...feeds]) expect((await page(path)).text).not.toMatch(/secret/i);
    await change(true, 2);
    expect((await page('/secret')).status).toBe(200);
  });
});

describe('A picture of an article', () => {
  it('is served to everybody, as what it is and nothing else', async () => {
    const medium = await house.upload(brand, 'A cup');
    const { url } = await house.publish(brand, { text: 'With a picture', media: [medium] });
    const { status, headers, body } = await house.http().get(`${house.pathOf(url)}/media/${medium.mediaId}`);
    expect({ status, bytes: (body as Buffer).length }).toEqual({ status: 200, bytes: medium.bytes });
    expect(headers).toMatchObject({
      'content-type': 'image/png', 'content-security-policy': SANDBOX_POLICY, 'x-content-type-options': 'nosniff', 'cache-control': 'public, max-age=3600', 'cross-origin-resource-policy': 'cross-origin',
    });
    expect((await house.http().get(`${house.pathOf(url)}/media/${medium.mediaId}`).set('If-None-Match', headers['etag'] ?? '')).status).toBe(304);
  });

  it('is to be had only of an article that shows it', async () => {
    const [shown, hidden] = [await house.upload(brand, ''), await house.upload(brand, '')];
    const { url, remoteId } = await house.publish(brand, { text: 'Shown', media: [shown] });
    const other = await house.brand({ in: brand });
    await house.publish(other, { text: 'Hidden', media: [hidden] });
    expect((await page(`/shown/media/${hidden.mediaId}`)).status).toBe(404);
    expect((await page('/shown/media/nonsense')).status).toBe(404);
    await house.http().patch(`/api/v1/articles/${remoteId}`).set(brand.manager.headers).send({ published: false, version: 1 });
    expect((await house.http().get(`${house.pathOf(url)}/media/${shown.mediaId}`)).status).toBe(404);
  });

  it('that was deleted leaves a sentence, on the page and in the feeds', async () => {
    const medium = await house.upload(brand, 'A cup');
    await house.publish(brand, { text: 'Title\n\nStill to be read.', media: [medium] });
    expect((await house.http().delete(`/api/v1/media/${medium.mediaId}`).set(brand.manager.headers)).status).toBe(204);
    for (const path of ['/title', '/feed.xml']) {
      const { status, text } = await page(path);
      expect(status).toBe(200);
      expect(text).toContain('This picture is not here any more. It showed: A cup');
      expect(text).toContain('Still to be read.');
      expect(text).not.toMatch(/og:image|<img|enclosure/);
    }
  });

  it('whose bytes are lost is drawn as a sentence, not as a broken sign', async () => {
    const medium = await house.upload(brand, 'A cup');
    await house.publish(brand, { text: 'Lost', media: [medium] });
    const kept = join(house.app.get<Config>(CONFIG, { strict: false }).DATA_DIR, 'media', 'kept', brand.workspaceId);
    await Promise.all((await readdir(kept)).map((name) => rm(join(kept, name))));
    const { status, headers, body } = await page(`/lost/media/${medium.mediaId}`);
    expect({ status, type: headers['content-type'], policy: headers['content-security-policy'] }).toEqual({ status: 404, type: 'image/svg+xml; charset=utf-8', policy: SANDBOX_POLICY });
    expect((body as Buffer).toString()).toContain('This picture is not here any more.');
    expect((await page('/lost')).status).toBe(200);
  });
});

describe('What a blog hands out', () => {
  it.each([['', 'text/html'], ['/open-well-again', 'text/html'], ['/feed.xml', 'application/rss+xml'], ['/atom.xml', 'application/atom+xml'], ['/feed.json', 'application/feed+json'], ['/sitemap.xml', 'application/xml']])('at “%s” is what it says it is, and kept a minute', async (path, type) => {
    const { url } = await house.publish(brand, 'Open & "well" <again>');
    const { status, headers, text, body } = await page(path);
    expect({ status, type: headers['content-type']?.split(';')[0] }).toEqual({ status: 200, type });
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=60', etag: expect.stringMatching(/^W?\/?".+"$/), 'content-security-policy': SANDBOX_POLICY });
    const said = text ?? JSON.stringify(body);
    expect(said).toContain(house.pathOf(url));
    if (path.endsWith('.xml')) wellFormed(said);
    if (path.endsWith('.json')) JSON.parse(said);
    expect((await page(path).set('If-None-Match', headers['etag'] ?? '')).status).toBe(304);
  });
});

describe('A blog that is not there', () => {
  it('is off, of a client put away, or was never one: 404 everywhere, and no cache keeps that', async () => {
    const off = await house.brand({ change: { on: false } });
    const away = await house.brand();
    for (const one of [off, away]) await house.database.query(`INSERT INTO articles (id, workspace_id, client_id, slug, title, sections) VALUES (gen_random_uuid(), $1, $2, 'x', 'Hidden', '[]')`, [one.workspaceId, one.clientId]);
    await house.database.query(`UPDATE clients SET archived_at = now() WHERE id = $1`, [away.clientId]);
    const paths = [off.slug, away.slug, 'nobody', '..%2f..'].flatMap((slug) => ['', '/x', ...feeds, '/x/media/0197aaaa-0000-7000-8000-000000000001'].map((rest) => `/public/blog/${slug}${rest}`));
    for (const path of paths) {
      const { status, headers, text } = await house.http().get(path);
      expect({ path, status, caching: headers['cache-control'] }).toEqual({ path, status: 404, caching: 'no-store' });
      expect(text).not.toContain('Hidden');
    }
  });

  it('has an older address: that leads to where it is now, with all that comes after it', async () => {
    await house.publish(brand, 'Open');
    const old = brand.slug;
    await house.settings(brand, { version: 2, slug: `new-${old}` });
    for (const rest of ['', '?page=2', '/open', '/feed.xml']) {
      const { status, headers } = await house.http().get(`/public/blog/${old}${rest}`).redirects(0);
      expect({ status, to: headers['location'] }).toEqual({ status: 301, to: `/public/blog/new-${old}${rest}` });
    }
  });

  it('tells of an article that is not there in the blog’s language, and leads to those that are', async () => {
    await house.settings(brand, { version: 2, language: 'it' });
    const { status, text } = await page('/mai-scritto');
    expect(status).toBe(404);
    expect(text).toMatch(/<html lang="it">[^]*Questo articolo non c’è[^]*<a href="\/public\/blog\/[^"]*">Tutti gli articoli<\/a>/);
  });
});

it('keeps the demo’s blogs out of search engines, and lets them into the others', async () => {
  expect((await page()).headers['x-robots-tag']).toBeUndefined();
  await house.database.query(`UPDATE workspaces SET kind = 'demo' WHERE id = $1`, [brand.workspaceId]);
  const { headers, text } = await page();
  expect(headers['x-robots-tag']).toBe('noindex');
  expect(text).toContain('<meta name="robots" content="noindex">');
});

it('never says what is held, nor anything of another client', async () => {
  const other = await house.brand({ name: 'Hotel Rivale', in: brand });
  await house.publish(other, 'Their secret');
  await house.database.query(
    `INSERT INTO posts (id, workspace_id, client_id, choice, content, zone, wall_at, due_at, created_by) VALUES (gen_random_uuid(), $1, $2, 'today', '{"parts":[{"text":"Held secret"}]}', 'UTC', now(), now(), '{}')`,
    [brand.workspaceId, brand.clientId],
  );
  for (const path of ['', ...feeds]) expect((await page(path)).text ?? '').not.toMatch(/secret|rivale|held/i);
});
