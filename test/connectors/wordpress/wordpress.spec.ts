import { describe, expect, it } from '@jest/globals';
import type { FindWindow } from '../../../src/connectors/connector.js';
import { wordpress } from '../../../src/connectors/wordpress/index.js';
import type { Part, PartContent, PartMedia } from '../../../src/core/part.js';
import { contentOf, losingTheAnswer, partOf, worldOf } from '../contract.js';
import { FakeWordpress, goodAccount, peerOf } from './fake.js';

const setUp = (site?: string) => {
  const fake = new FakeWordpress(site);
  return { fake, account: { ...goodAccount, site: fake.site }, ...worldOf(peerOf(fake)) };
};
type Bench = ReturnType<typeof setUp>;

const saying = (text: string, over: Partial<PartContent> = {}, n = 1): Part => ({ ...partOf(text, n), content: { ...contentOf(text), ...over } });
const image = (over: Partial<PartMedia> = {}): PartMedia => ({ mediaId: 'm1', mime: 'image/png', bytes: 9, width: 4, height: 3, alt: 'A cat', ...over });
const commit = (part: Part, { world, account }: Bench) => wordpress.commit(part, account, world);
const prepare = (part: Part, { world, account }: Bench) => wordpress.prepare!(part, account, world);
const look = ({ world, account }: Bench) => wordpress.look(account, world);
const find = (part: Part, { world, fake, account }: Bench, window: Partial<FindWindow> = {}) =>
  wordpress.find!(part, account, { ...world, window: { since: fake.clock - 120_000, taken: new Set(), ...window } });
const writes = ({ fake }: Bench) => fake.requests.filter(({ method }) => method === 'POST').map(({ route }) => route);
const lostDraft = (bench: Bench) => {
  let lost = false;
  bench.broken(async (pass, init) => {
    const answer = await pass();
    if (lost || init.method !== 'POST') return answer;
    lost = true;
    return new Response('<html>Gateway Timeout</html>', { status: 504 });
  }, 'all');
};

describe('an article on WordPress', () => {
  it('is a draft first, and then public, with its pictures and its link', async () => {
    const bench = setUp();
    const link = { url: 'https://shop.example', title: 'The shop', description: '', thumb: null };
    const part = saying('Si apre!\n\nDomani <alle> 9.', { media: [image(), image({ mediaId: 'm2', alt: 'Two "cats"' })], link });
    expect(await prepare(part, bench)).toEqual({ kind: 'ready' });
    expect(bench.fake.articles).toMatchObject([{ status: 'draft' }]);
    expect(await commit(part, bench)).toEqual({ kind: 'delivered', remoteId: '6', url: expect.stringMatching(/^https:\/\/brand\.example\/si-apre-[0-9a-f]{12}\/$/) });
    expect(bench.fake.articles).toMatchObject([{ status: 'publish', title: 'Si apre!', given: { featured_media: 4 } }]);
    expect(bench.fake.articles[0]?.content).toMatch(/^<p>Domani &lt;alle&gt; 9\.<\/p>\n<figure><img src="https:\/\/brand\.example\/\S+\.png" alt="Two &quot;cats&quot;"><\/figure>\n<p><a href="https:\/\/shop\.example">The shop<\/a><\/p>$/);
    expect(bench.fake.uploads.map(({ alt }) => alt)).toEqual(['A cat', 'Two "cats"']);
  });

  it('carries what the author chose', async () => {
    const bench = setUp();
    const options = { title: 'Notizie', excerpt: 'In breve', cover: 'also', categories: [3], tags: [7, 8] };
    await commit(saying('Si apre!', { media: [image()], options }), bench);
    expect(bench.fake.articles[0]?.given).toMatchObject({ title: 'Notizie', excerpt: 'In breve', featured_media: 4, categories: [3], tags: [7, 8] });
    expect(bench.fake.articles[0]?.content).toMatch(/<p>Si apre!<\/p>\n<figure>/);
  });

  it('has no cover where the author wants none, or where the first medium is a film', async () => {
    const bench = setUp();
    await commit(saying('Uno', { media: [image()], options: { cover: 'none' } }, 1), bench);
    await commit(saying('Due', { media: [image({ mediaId: 'm2', mime: 'video/mp4' })] }, 2), bench);
    for (const { given, content } of bench.fake.articles) {
      expect(given).not.toHaveProperty('featured_media');
      expect(content).toContain('<figure>');
    }
  });

  it('is made once, however often it is prepared and published', async () => {
    const bench = setUp();
    const part = saying('Once', { media: [image()] });
    for (let n = 0; n < 2; n += 1) await prepare(part, bench);
    for (let n = 0; n < 2; n += 1) expect(await commit(part, bench)).toMatchObject({ kind: 'delivered', remoteId: '5' });
    expect(writes(bench)).toEqual(['/wp/v2/media', '/wp/v2/posts', '/wp/v2/posts/5', '/wp/v2/posts/5']);
  });

  it('is made once where the answer to its draft was lost', async () => {
    const bench = setUp();
    const part = saying('Once');
    lostDraft(bench);
    expect(await prepare(part, bench)).toMatchObject({ kind: 'unavailable' });
    expect(await commit(part, bench)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.articles).toHaveLength(1);
  });

  it('brings its draft up to date with what the author changed', async () => {
    const bench = setUp();
    await prepare(saying('Si apre!\nDomani'), bench);
    await commit(saying('Si apre!\nOggi'), bench);
    expect(bench.fake.articles).toMatchObject([{ content: '<p>Oggi</p>', status: 'publish' }]);
  });

  it('is made anew where somebody deleted its draft', async () => {
    const bench = setUp();
    const part = saying('Si apre!');
    await prepare(part, bench);
    bench.fake.articles.length = 0;
    expect(await commit(part, bench)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.articles).toHaveLength(1);
  });

  it('is another one under another key', async () => {
    const bench = setUp();
    await commit(saying('Si apre!', {}, 1), bench);
    await commit(saying('Si apre!', {}, 2), bench);
    expect(new Set(bench.fake.articles.map(({ slug }) => slug)).size).toBe(2);
  });

  it('that the site holds back is refused, and says so', async () => {
    const bench = setUp();
    bench.fake.publishedAs = 'pending';
    expect(await commit(saying('Ciao'), bench)).toMatchObject({ kind: 'refused', detail: expect.stringContaining('pending') });
  });

  it('goes into the bin, once', async () => {
    const bench = setUp();
    await commit(saying('Oops'), bench);
    for (let n = 0; n < 2; n += 1) expect(await wordpress.delete!('4', bench.account, bench.world)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.articles).toMatchObject([{ status: 'trash' }]);
    expect(await wordpress.delete!('99', bench.account, bench.world)).toMatchObject({ kind: 'delivered' });
  });
});

describe('what WordPress answers', () => {
  it.each([
    [401, 'rest_cannot_edit', 'Sorry', 'unauthorized'],
    [403, 'rest_cannot_publish', 'Sorry', 'unauthorized'],
    [500, 'rest_upload_sideload_error', 'Sorry, you are not allowed to upload this file type.', 'refused'],
    [404, 'rest_no_route', 'No route was found', 'unauthorized'],
    [400, 'rest_invalid_param', 'Invalid parameter(s): status', 'refused'],
    [500, 'wp_die', '<h1>Error establishing a database connection</h1>', 'unavailable'],
    [500, 'db_update_error', 'Could not update post in the database', 'unavailable'],
    [500, 'internal_server_error', 'There has been a critical error on this website.', 'uncertain'],
    [503, 'wp_die', 'Briefly unavailable for scheduled maintenance.', 'unavailable'],
  ])('to a publication with %i %s %j is %s', async (status, code, message, kind) => {
    const bench = setUp();
    bench.broken(async () => bench.fake.error(status, code, message));
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind });
  });

  it('to a file that it does not allow with 500 is the content’s fault', async () => {
    const bench = setUp();
    expect(await prepare(saying('Look', { media: [image({ mime: 'image/heic' })] }), bench)).toMatchObject({ kind: 'refused', detail: expect.stringContaining('file type') });
  });

  it('while it is maintained is unavailable, from the first step on', async () => {
    const bench = setUp();
    bench.fake.maintenance = true;
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind: 'unavailable', detail: expect.stringContaining('maintenance') });
    expect(await wordpress.probe('brand.example', bench.world)).toMatchObject({ kind: 'fault' });
  });
});

describe('looking for an article on WordPress', () => {
  it('finds it by its draft, and a draft is not out', async () => {
    const bench = setUp();
    await prepare(saying('Hello'), bench);
    expect(await find(saying('Hello'), bench)).toEqual({ kind: 'absent' });
    bench.broken(losingTheAnswer('timeout'));
    await commit(saying('Hello'), bench);
    expect(await find(saying('Hello'), bench)).toMatchObject({ kind: 'found', remoteId: '4' });
  });

  it('finds it by its address where nothing was kept', async () => {
    const bench = setUp();
    await commit(saying('Hello'), bench);
    const elsewhere = { ...bench, ...worldOf(peerOf(bench.fake)) };
    expect(await find(saying('Hello'), elsewhere)).toMatchObject({ kind: 'found', remoteId: '4' });
    expect(await commit(saying('Hello'), elsewhere)).toMatchObject({ kind: 'delivered', remoteId: '4' });
    expect(bench.fake.articles).toHaveLength(1);
  });

  it('finds what somebody published by hand, where others may have', async () => {
    const bench = setUp();
    const { id } = bench.fake.byHand('Si apre!', '<p>Domani alle 9.</p>');
    const part = saying('Si apre!\n\nDomani alle 9.');
    expect(await find(part, bench)).toEqual({ kind: 'absent' });
    expect(await find(part, bench, { byOthers: true })).toMatchObject({ kind: 'found', remoteId: String(id) });
    expect(await find(part, bench, { byOthers: true, taken: new Set([String(id)]) })).toEqual({ kind: 'absent' });
    expect(await find(saying('Si apre!\n\nOggi.'), bench, { byOthers: true })).toEqual({ kind: 'absent' });
    expect(await find(part, bench, { byOthers: true, since: bench.fake.clock + 1 })).toEqual({ kind: 'absent' });
  });

  it('reads page after page back to the window', async () => {
    const bench = setUp();
    bench.fake.byHand('Si apre!', '<p>Domani</p>');
    for (let n = 0; n < 120; n += 1) {
      bench.fake.clock += 100;
      bench.fake.byHand(`Later ${n}`, '<p>x</p>');
    }
    expect(await find(saying('Si apre!\nDomani'), bench, { byOthers: true })).toMatchObject({ kind: 'found' });
  });

  it('is done where the pages end', async () => {
    const bench = setUp();
    for (let n = 0; n < 50; n += 1) bench.fake.byHand(`Other ${n}`, '<p>x</p>');
    expect(await find(saying('Si apre!\nDomani'), bench, { byOthers: true })).toEqual({ kind: 'absent' });
  });
});

describe('the way to the API of a site', () => {
  it('is below its path where it lies in a folder', async () => {
    const bench = setUp('https://brand.example/Blog');
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind: 'delivered' });
    expect(wordpress.host(wordpress.account.parse(bench.account))).toBe('brand.example/%42log');
  });

  it('is by a question where permalinks are plain, also for the probe', async () => {
    const bench = setUp();
    bench.fake.permalinks = 'plain';
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind: 'delivered', url: 'https://brand.example/?p=4' });
    expect(await find(saying('Hello'), bench)).toMatchObject({ kind: 'found' });
    expect(await wordpress.probe('brand.example', bench.world)).toMatchObject({ kind: 'ok' });
  });

  it('is looked for once, and again by each look', async () => {
    const bench = setUp();
    await commit(saying('Uno', {}, 1), bench);
    await commit(saying('Due', {}, 2), bench);
    const indexes = () => bench.fake.requests.filter(({ route }) => route === '/').length;
    expect(indexes()).toBe(1);
    bench.fake.permalinks = 'plain';
    expect(await commit(saying('Tre', {}, 3), bench)).toMatchObject({ kind: 'unavailable' });
    expect(await look(bench)).toMatchObject({ kind: 'ok' });
    expect(await commit(saying('Tre', {}, 3), bench)).toMatchObject({ kind: 'delivered' });
  });

  it('is found where the index is shown to nobody', async () => {
    const bench = setUp();
    bench.fake.hidden = true;
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind: 'delivered' });
    expect(await wordpress.probe('brand.example', bench.world)).toMatchObject({ kind: 'ok' });
  });

  it.each([
    ['https://www.brand.example', 'https://www.brand.example'],
    ['https://elsewhere.example', 'https://brand.example'],
    ['http://www.brand.example', 'https://brand.example'],
  ])('of a site that calls itself %s leads to %s', async (home, asked) => {
    const bench = setUp();
    bench.fake.home = home;
    const hosts: string[] = [];
    const fetch: typeof bench.world.fetch = (url, init) => {
      hosts.push(new URL(url).origin);
      return bench.fake.answer(new URL(String(url).replace('www.', '')), init ?? {});
    };
    expect(await wordpress.look(bench.account, { ...bench.world, fetch })).toMatchObject({ kind: 'ok', url: asked });
    expect(hosts.at(-1)).toBe(asked);
  });
});

describe('an account on WordPress', () => {
  it('is the site and its user', async () => {
    expect(await look(setUp())).toEqual({ kind: 'ok', accountName: 'brand.example (Brand Editor)', url: 'https://brand.example' });
  });

  it.each(['publish_posts', 'upload_files'])('needs more when its user may not %s', async (right) => {
    const bench = setUp();
    bench.fake.capabilities = { publish_posts: true, upload_files: true, [right]: false };
    expect(await look(bench)).toMatchObject({ kind: 'unauthorized', detail: expect.stringContaining(right) });
  });

  it('takes no password over plain http, but on this machine', () => {
    const parse = (site: string) => wordpress.account.safeParse({ ...goodAccount, site }).success;
    expect([parse('https://brand.example/blog'), parse('http://127.0.0.1:8088'), parse('http://brand.example'), parse('https://me:pw@brand.example')]).toEqual([true, true, false, false]);
  });
});

describe('what WordPress takes', () => {
  const codes = (over: Partial<PartContent>): string[] => wordpress.limits().check({ ...contentOf('Hello'), ...over }).map(({ code }) => code);

  it('takes what has a title, be it the description of a picture', () => {
    expect([codes({ text: '' }), codes({ text: '', media: [image()] }), codes({ text: '', media: [image({ alt: '' })] }), codes({ text: '', options: { title: 'A' } })]).toEqual([['text-empty'], [], ['text-empty'], []]);
  });

  it('refuses types that a site does not take, and options that are none', () => {
    expect(codes({ media: [image({ mime: 'image/heic' })] })).toEqual(['media-type']);
    expect(wordpress.limits().check({ ...contentOf('Hello'), options: { categories: ['news'] } })).toEqual([{ code: 'option-invalid', params: { option: 'categories.0' } }]);
  });
});
