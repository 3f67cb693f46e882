import { describe, expect, it } from '@jest/globals';
import type { FindWindow } from '../../../src/connectors/connector.js';
import { ghost } from '../../../src/connectors/ghost/index.js';
import { tokenOf } from '../../../src/connectors/ghost/token.js';
import type { Part, PartContent, PartMedia } from '../../../src/core/part.js';
import { contentOf, losingTheAnswer, partOf, worldOf } from '../contract.js';
import { FakeGhost, goodAccount, peerOf } from './fake.js';

const setUp = (site?: string) => {
  const fake = new FakeGhost(site);
  return { fake, account: { ...goodAccount, site: fake.site }, ...worldOf(peerOf(fake)) };
};
type Bench = ReturnType<typeof setUp>;

const saying = (text: string, over: Partial<PartContent> = {}, n = 1): Part => ({ ...partOf(text, n), content: { ...contentOf(text), ...over } });
const image = (over: Partial<PartMedia> = {}): PartMedia => ({ mediaId: 'm1', mime: 'image/png', bytes: 9, width: 4, height: 3, alt: 'A cat', ...over });
const commit = (part: Part, { world, account }: Bench) => ghost.commit(part, account, world);
const prepare = (part: Part, { world, account }: Bench) => ghost.prepare!(part, account, world);
const look = ({ world, account }: Bench) => ghost.look(account, world);
const find = (part: Part, { world, fake, account }: Bench, window: Partial<FindWindow> = {}) =>
  ghost.find!(part, account, { ...world, window: { since: fake.clock - 120_000, taken: new Set(), ...window } });
const writes = ({ fake }: Bench) => fake.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);

describe('an article on Ghost', () => {
  it('is a draft first, and then public, with its pictures and its link, and no letter goes out', async () => {
    const bench = setUp();
    const link = { url: 'https://shop.example', title: 'The shop', description: '', thumb: null };
    const part = saying('Si apre!\n\nDomani <alle> 9.', { media: [image(), image({ mediaId: 'm2', alt: 'Two "cats"' })], link });
    expect(await prepare(part, bench)).toEqual({ kind: 'ready' });
    expect(bench.fake.articles).toMatchObject([{ status: 'draft' }]);
    expect(await commit(part, bench)).toEqual({ kind: 'delivered', remoteId: bench.fake.articles[0]?.id, url: expect.stringMatching(/^https:\/\/brand\.example\/si-apre-[0-9a-f]{12}\/$/) });
    expect(bench.fake.articles).toMatchObject([{ status: 'published', title: 'Si apre!', given: { feature_image: expect.stringContaining('/content/images/'), feature_image_alt: 'A cat' } }]);
    expect(bench.fake.articles[0]?.html).toMatch(/^<p>Domani &lt;alle&gt; 9\.<\/p>\n<figure><img src="\S+\.png" alt="Two &quot;cats&quot;"><\/figure>\n<p><a href="https:\/\/shop\.example">The shop<\/a><\/p>$/);
    expect(bench.fake.requests.some(({ query }) => query.has('newsletter'))).toBe(false);
  });

  it('carries what the author chose', async () => {
    const bench = setUp();
    const options = { title: 'Notizie', excerpt: 'In breve', cover: 'none', tags: ['News'], visibility: 'members' };
    await commit(saying('Si apre!', { media: [image()], options }), bench);
    const given = bench.fake.articles[0]?.given;
    expect(given).toMatchObject({ title: 'Notizie', custom_excerpt: 'In breve', tags: [{ name: 'News' }], visibility: 'members' });
    expect(given).not.toHaveProperty('feature_image');
  });

  it('takes a film to the place of films', async () => {
    const bench = setUp();
    await commit(saying('Film', { media: [image({ mime: 'video/mp4' })] }), bench);
    expect(bench.fake.uploads.map(({ path }) => path)).toEqual(['/media/upload/']);
    expect(bench.fake.articles[0]?.html).toContain('<video');
  });

  it('is made once, however often it is prepared and published', async () => {
    const bench = setUp();
    const part = saying('Once', { media: [image()] });
    for (let n = 0; n < 2; n += 1) await prepare(part, bench);
    for (let n = 0; n < 2; n += 1) expect(await commit(part, bench)).toMatchObject({ kind: 'delivered' });
    const put = `PUT /posts/${bench.fake.articles[0]?.id}/`;
    expect(writes(bench)).toEqual(['POST /images/upload/', 'POST /posts/', put, put]);
    expect(bench.fake.articles).toHaveLength(1);
  });

  it('is made once where the answer to its draft was lost', async () => {
    const bench = setUp();
    bench.broken(async (pass, { method }) => {
      const answer = await pass();
      return method === 'POST' ? new Response('<html>504</html>', { status: 504 }) : answer;
    }, 'all');
    expect(await prepare(saying('Once'), bench)).toMatchObject({ kind: 'unavailable' });
    bench.mend();
    expect(await commit(saying('Once'), bench)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.articles).toHaveLength(1);
  });

  it('that somebody wrote meanwhile is read again, and published as they left it', async () => {
    const bench = setUp();
    const part = saying('Hello');
    await prepare(part, bench);
    for (const article of bench.fake.articles) bench.fake.touch(article);
    expect(await commit(part, bench)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.articles).toMatchObject([{ status: 'published' }]);
  });

  it('that collides again and again is left for later', async () => {
    const bench = setUp();
    bench.broken(async () => bench.fake.error(409, 'UpdateCollisionError', 'Saving failed!', { code: 'UPDATE_COLLISION' }));
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind: 'unavailable' });
    expect(bench.fake.articles).toMatchObject([{ status: 'draft' }]);
  });

  it('brings its draft up to date with what the author changed', async () => {
    const bench = setUp();
    await prepare(saying('Si apre!\nDomani'), bench);
    await commit(saying('Si apre!\nOggi'), bench);
    expect(bench.fake.articles).toMatchObject([{ html: '<p>Oggi</p>', status: 'published' }]);
  });

  it('is made anew where somebody deleted its draft', async () => {
    const bench = setUp();
    await prepare(saying('Si apre!'), bench);
    bench.fake.articles.length = 0;
    expect(await commit(saying('Si apre!'), bench)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.articles).toHaveLength(1);
  });

  it('is deleted, and deleting it twice is no fault', async () => {
    const bench = setUp();
    const out = await commit(saying('Oops'), bench);
    const remoteId = out.kind === 'delivered' ? out.remoteId : '';
    for (let n = 0; n < 2; n += 1) expect(await ghost.delete!(remoteId, bench.account, bench.world)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.articles).toEqual([]);
  });
});

describe('a token for Ghost', () => {
  it('is what a known key signs at a known time', () => {
    expect(tokenOf('a1b2c3d4e5f60718293a4b5c:0011', 1_700_000_000_999)).toBe(
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImExYjJjM2Q0ZTVmNjA3MTgyOTNhNGI1YyJ9.eyJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDMwMCwiYXVkIjoiL2FkbWluLyJ9.GSLdYsvyRwA5BsqEKBYom0toVCVthjCYCT1dpdirHlQ',
    );
  });

  it.each([10, -10, 600])('of a clock that is %i minutes off is made anew by the site’s clock', async (minutes) => {
    const bench = setUp();
    bench.fake.ahead = minutes * 60_000;
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.articles).toHaveLength(1);
  });

  it('is not made twice where the clocks agree', async () => {
    const bench = setUp();
    let asked = 0;
    bench.broken(async () => {
      asked += 1;
      return bench.fake.error(401, 'UnauthorizedError', 'Invalid token: jwt expired', { code: 'INVALID_JWT', headers: { date: new Date(bench.fake.clock).toUTCString() } });
    });
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind: 'unauthorized' });
    expect(asked).toBe(1);
  });
});

describe('what Ghost answers', () => {
  it.each<[number, string, { code?: string; context?: string }, string]>([
    [400, 'BadRequestError', { code: 'INVALID_JWT' }, 'unauthorized'],
    [401, 'UnauthorizedError', { code: 'UNKNOWN_ADMIN_API_KEY' }, 'unauthorized'],
    [403, 'NoPermissionError', {}, 'unauthorized'],
    [406, 'RequestNotAcceptableError', { code: 'UPDATE_CLIENT' }, 'local'],
    [415, 'UnsupportedMediaTypeError', {}, 'refused'],
    [422, 'ValidationError', { context: 'Title cannot be longer than 255 characters.' }, 'refused'],
    [500, 'InternalServerError', { code: 'UNEXPECTED_ERROR', context: 'connect ECONNREFUSED 127.0.0.1:3306' }, 'unavailable'],
    [500, 'InternalServerError', { code: 'UNEXPECTED_ERROR', context: 'boom' }, 'uncertain'],
    [503, 'MaintenanceError', {}, 'unavailable'],
  ])('to a publication with %i %s %j is %s', async (status, type, over, kind) => {
    const bench = setUp();
    bench.broken(async () => bench.fake.error(status, type, 'Words.', over));
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind });
  });

  it('to a file that is no picture is the content’s fault', async () => {
    const bench = setUp();
    bench.broken(async () => bench.fake.error(415, 'UnsupportedMediaTypeError', 'Please select a valid image.'), 'all');
    expect(await prepare(saying('Look', { media: [image()] }), bench)).toMatchObject({ kind: 'refused' });
  });
});

describe('looking for an article on Ghost', () => {
  it('finds it by its draft, and a draft is not out', async () => {
    const bench = setUp();
    await prepare(saying('Hello'), bench);
    expect(await find(saying('Hello'), bench)).toEqual({ kind: 'absent' });
    bench.broken(losingTheAnswer('timeout'));
    await commit(saying('Hello'), bench);
    expect(await find(saying('Hello'), bench)).toMatchObject({ kind: 'found', remoteId: bench.fake.articles[0]?.id });
  });

  it('finds it by its address where nothing was kept, and makes no second one', async () => {
    const bench = setUp();
    await commit(saying('Hello'), bench);
    const elsewhere = { ...bench, ...worldOf(peerOf(bench.fake)) };
    expect(await find(saying('Hello'), elsewhere)).toMatchObject({ kind: 'found' });
    expect(await commit(saying('Hello'), elsewhere)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.articles).toHaveLength(1);
  });

  it('finds what somebody published by hand, where others may have', async () => {
    const bench = setUp();
    const { id } = bench.fake.byHand('Si apre!', '<p>Domani alle&nbsp;9.</p><!--kg-card-begin: html--><hr><!--kg-card-end: html-->');
    for (let n = 0; n < 60; n += 1) {
      bench.fake.clock += 100;
      bench.fake.byHand(`Later ${n}`, '<p>x</p>');
    }
    const part = saying('Si apre!\n\nDomani alle 9.');
    expect(await find(part, bench)).toEqual({ kind: 'absent' });
    expect(await find(part, bench, { byOthers: true })).toMatchObject({ kind: 'found', remoteId: id });
    expect(await find(part, bench, { byOthers: true, taken: new Set([id]) })).toEqual({ kind: 'absent' });
    expect(await find(part, bench, { byOthers: true, since: bench.fake.clock })).toEqual({ kind: 'absent' });
  });
});

describe('an account on Ghost', () => {
  it('is the site by its title', async () => {
    expect(await look(setUp())).toEqual({ kind: 'ok', accountName: 'The Brand', url: 'https://brand.example/' });
  });

  it('may lie below the root of its host, and be entered as the browser shows it', async () => {
    const bench = setUp('https://brand.example/blog');
    const account = { ...bench.account, site: 'https://brand.example/blog/ghost/#/settings' };
    expect(await ghost.commit(saying('Hello'), account, bench.world)).toMatchObject({ kind: 'delivered' });
    expect(ghost.host(account)).toBe('brand.example/blog');
    expect(await ghost.probe('brand.example/blog', bench.world)).toMatchObject({ kind: 'ok' });
  });

  it('takes the key for administration only, over https', () => {
    const parse = (over: object) => ghost.account.safeParse({ ...goodAccount, ...over }).success;
    expect([parse({}), parse({ adminKey: '22444f78447824223cefc48062' }), parse({ site: 'http://brand.example' })]).toEqual([true, false, false]);
  });
});

describe('what Ghost takes', () => {
  const codes = (over: Partial<PartContent>): string[] => ghost.limits().check({ ...contentOf('Hello'), ...over }).map(({ code }) => code);

  it('takes what has a title', () => {
    expect([codes({ text: '' }), codes({ text: '', media: [image()] }), codes({ text: '', options: { title: 'A' } })]).toEqual([['text-empty'], [], []]);
    expect(codes({ options: { title: 'x'.repeat(256) } })).toEqual(['option-invalid']);
  });

  it('takes 191 characters about a cover, and more about other pictures', () => {
    const [cover, other] = [image({ alt: 'x'.repeat(192) }), image({ mediaId: 'm2', alt: 'x'.repeat(192) })];
    expect([codes({ media: [cover] }), codes({ media: [cover], options: { cover: 'none' } }), codes({ media: [image(), other] })]).toEqual([['alt-too-long'], [], []]);
  });
});
