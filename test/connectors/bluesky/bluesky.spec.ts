import { describe, expect, it } from '@jest/globals';
import { bluesky } from '../../../src/connectors/bluesky/index.js';
import type { Part, PartContent, PartMedia } from '../../../src/core/part.js';
import { contentOf, losingTheAnswer, partOf, worldOf } from '../contract.js';
import { FakeBluesky, goodAccount, ids, peerOf } from './fake.js';

const setUp = () => {
  const fake = new FakeBluesky();
  return { fake, ...worldOf(peerOf(fake)) };
};
type Bench = ReturnType<typeof setUp>;

const saying = (text: string, over: Partial<PartContent> = {}, n = 1): Part => ({ ...partOf(text, n), content: { ...contentOf(text), ...over } });
const image = (over: Partial<PartMedia> = {}): PartMedia => ({ mediaId: 'm1', mime: 'image/png', bytes: 9, width: 4, height: 3, alt: 'A cat', ...over });
const commit = (part: Part, { world }: Bench) => bluesky.commit(part, goodAccount, world);
const find = (part: Part, { world }: Bench) => bluesky.find!(part, goodAccount, { ...world, window: { since: 0, taken: new Set() } });
const written = ({ fake }: Bench): Record<string, unknown> => [...fake.records.values()].at(-1)?.value ?? {};

describe('a post to Bluesky', () => {
  it('is written under our own key, stamped with the intent', async () => {
    const bench = setUp();
    const part = saying('Ciao', { language: 'it', options: { labels: ['nudity'] } });
    const outcome = await commit(part, bench);
    const [uri] = [...bench.fake.records.keys()];
    expect(outcome).toEqual({ kind: 'delivered', remoteId: uri, url: `https://bsky.app/profile/${ids.did}/post/${uri?.split('/').at(-1)}` });
    expect(written(bench)).toEqual({
      $type: 'app.bsky.feed.post', text: 'Ciao', createdAt: new Date(part.stampAt).toISOString(), langs: ['it'],
      labels: { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: 'nudity' }] },
    });
  });

  it('goes to the server where the account lives', async () => {
    const bench = setUp();
    await commit(saying('Ciao'), bench);
    expect(bench.fake.asked.map(({ method, url }) => `${method} ${url.origin}`)).toEqual([
      `com.atproto.server.createSession ${ids.entryway}`, `com.atproto.repo.putRecord ${ids.home}`,
    ]);
  });

  it('marks links, mentions and tags, and leaves unknown handles as text', async () => {
    const bench = setUp();
    await commit(saying('Ciao @ada.example.com e @nobody.example.com: https://a.example #caffè'), bench);
    expect(written(bench)['facets']).toEqual([
      { index: { byteStart: 5, byteEnd: 21 }, features: [{ $type: 'app.bsky.richtext.facet#mention', did: 'did:plc:ada' }] },
      { index: { byteStart: 45, byteEnd: 62 }, features: [{ $type: 'app.bsky.richtext.facet#link', uri: 'https://a.example' }] },
      { index: { byteStart: 63, byteEnd: 70 }, features: [{ $type: 'app.bsky.richtext.facet#tag', tag: 'caffè' }] },
    ]);
  });

  it('names the version of what it answers, and the first of the thread', async () => {
    const bench = setUp();
    const one = await commit(saying('One'), bench);
    if (one.kind !== 'delivered') throw new Error(one.detail);
    const second = await commit({ ...saying('Two', {}, 2), kind: 'reply', position: 1, parent: one, root: one }, bench);
    if (second.kind !== 'delivered') throw new Error(second.detail);
    await commit({ ...saying('Three', {}, 3), kind: 'reply', position: 2, parent: second, root: one }, bench);
    const cid = (uri: string) => bench.fake.records.get(uri)?.cid;
    expect(written(bench)['reply']).toEqual({ root: { uri: one.remoteId, cid: cid(one.remoteId) }, parent: { uri: second.remoteId, cid: cid(second.remoteId) } });
  });

  it('is refused when what it answers is gone', async () => {
    const bench = setUp();
    const gone = { remoteId: `at://${ids.did}/app.bsky.feed.post/3lbqkmabcde2k`, url: null };
    expect(await commit({ ...saying('Two'), parent: gone, root: gone }, bench)).toMatchObject({ kind: 'refused' });
    expect(bench.fake.records.size).toBe(0);
  });

  it('refuses an option that does not exist, and sends nothing', async () => {
    const bench = setUp();
    expect(await commit(saying('Ciao', { options: { labels: ['boring'] } }), bench)).toMatchObject({ kind: 'refused' });
    expect(bench.fake.asked).toEqual([]);
  });
});

describe('images on Bluesky', () => {
  it('are uploaded once, with description and proportions', async () => {
    const bench = setUp();
    const part = saying('Look', { media: [image(), image({ mediaId: 'm2', bytes: 8, width: null })] });
    expect(await bluesky.prepare!(part, goodAccount, bench.world)).toEqual({ kind: 'ready' });
    await commit(part, bench);
    expect(bench.fake.times('repo.uploadBlob')).toBe(2);
    expect(written(bench)['embed']).toMatchObject({
      $type: 'app.bsky.embed.images',
      images: [{ alt: 'A cat', aspectRatio: { width: 4, height: 3 }, image: { $type: 'blob', mimeType: 'image/png', size: 9 } }, { image: { size: 8 } }],
    });
  });

  it('are uploaded again when the server has dropped them meanwhile', async () => {
    const bench = setUp();
    const part = saying('Look', { media: [image()] });
    await bluesky.prepare!(part, goodAccount, bench.world);
    bench.fake.blobs.clear();
    expect(await commit(part, bench)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.times('repo.putRecord')).toBe(2);
  });

  it('take the place of a link card, whose address then stands in the text as a link', async () => {
    const bench = setUp();
    await commit(saying('Look', { media: [image()], link: { url: 'https://a.example', title: 'A', description: '', thumb: null } }), bench);
    expect(written(bench)).toMatchObject({ text: 'Look\n\nhttps://a.example', embed: { $type: 'app.bsky.embed.images' }, facets: [{ index: { byteStart: 6, byteEnd: 23 } }] });
  });

  it('stand in a link card as its picture', async () => {
    const bench = setUp();
    await commit(saying('Read', { link: { url: 'https://a.example', title: 'A', description: 'About', thumb: image() } }), bench);
    expect(written(bench)).toMatchObject({
      text: 'Read', embed: { $type: 'app.bsky.embed.external', external: { uri: 'https://a.example', title: 'A', description: 'About', thumb: { size: 9 } } },
    });
  });
});

describe('after a lost answer, Bluesky', () => {
  it('has one post, whatever is resent', async () => {
    const bench = setUp();
    const part = saying('Once');
    bench.broken(losingTheAnswer('timeout'));
    expect(await commit(part, bench)).toMatchObject({ kind: 'uncertain' });
    bench.mend();
    expect(await find(part, bench)).toMatchObject({ kind: 'found' });
    expect(await commit(part, bench)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.records.size).toBe(1);
  });

  it('keeps what somebody changed by hand', async () => {
    const bench = setUp();
    const part = saying('As planned');
    await commit(part, bench);
    const [uri = ''] = [...bench.fake.records.keys()];
    bench.fake.records.set(uri, { cid: 'bafychanged', value: { text: 'By hand' } });
    expect(await commit(part, bench)).toMatchObject({ kind: 'delivered', remoteId: uri });
    expect(written(bench)).toEqual({ text: 'By hand' });
  });

  it('writes the same bytes, although a handle or an image has gone meanwhile', async () => {
    const bench = setUp();
    const part = saying('Ciao @ada.example.com', { media: [image()] });
    await commit(part, bench);
    const first = JSON.stringify(written(bench));
    delete bench.fake.handles['ada.example.com'];
    bench.fake.records.clear();
    await commit(part, bench);
    expect(JSON.stringify(written(bench))).toBe(first);
  });
});

describe('a session on Bluesky', () => {
  it('lasts over many posts', async () => {
    const bench = setUp();
    for (let n = 1; n <= 5; n += 1) await commit(saying(`Post ${n}`, {}, n), bench);
    expect([bench.fake.times('server.createSession'), bench.fake.times('server.refreshSession')]).toEqual([1, 0]);
  });

  it('is refreshed shortly before it runs out', async () => {
    const bench = setUp();
    await commit(saying('One'), bench);
    bench.fake.clock += 2 * 3_600_000 - 59_000;
    await commit(saying('Two', {}, 2), bench);
    expect([bench.fake.times('server.createSession'), bench.fake.times('server.refreshSession'), bench.fake.times('repo.putRecord')]).toEqual([1, 1, 2]);
  });

  it('is refreshed when the server no longer knows it, and the post goes out once', async () => {
    const bench = setUp();
    await commit(saying('One'), bench);
    bench.fake.forgetAccess();
    expect(await commit(saying('Two', {}, 2), bench)).toMatchObject({ kind: 'delivered' });
    expect([bench.fake.times('server.createSession'), bench.fake.times('server.refreshSession')]).toEqual([1, 1]);
    expect(bench.fake.records.size).toBe(2);
  });

  it('is opened anew, once, when it cannot be refreshed', async () => {
    const bench = setUp();
    await commit(saying('One'), bench);
    bench.fake.forgetAccess();
    bench.fake.forgetRefresh();
    expect(await commit(saying('Two', {}, 2), bench)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.times('server.createSession')).toBe(2);
  });

  it('that another process renewed meanwhile is taken as it is', async () => {
    const bench = setUp();
    await commit(saying('One'), bench);
    const old = await bench.world.session.read();
    bench.fake.forgetAccess();
    await commit(saying('Two', {}, 2), bench); // renews
    const behind = { ...bench.world, session: { ...bench.world.session, read: async () => old } };
    expect(await bluesky.commit(saying('Three', {}, 3), goodAccount, behind)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.times('server.refreshSession')).toBe(1);
  });

  it('of another handle is not used', async () => {
    const bench = setUp();
    await commit(saying('One'), bench);
    const other = { ...goodAccount, identifier: 'other.bsky.example' };
    expect(await bluesky.commit(saying('Two', {}, 2), other, bench.world)).toMatchObject({ kind: 'unauthorized' });
    expect(bench.fake.records.size).toBe(1);
  });

  it('is renewed before the hour, while preparing', async () => {
    const bench = setUp();
    await bluesky.prepare!(saying('Ciao'), goodAccount, bench.world);
    bench.fake.asked.length = 0;
    await commit(saying('Ciao'), bench);
    expect(bench.fake.asked.map(({ method }) => method)).toEqual(['com.atproto.repo.putRecord']);
  });

  it.each(['http://pds-7.example', 'ftp://pds-7.example', 7])('does not lead to a server at %j', async (endpoint) => {
    const bench = setUp();
    bench.fake.endpoint = endpoint;
    await commit(saying('One'), bench);
    expect(bench.fake.asked.at(-1)?.url.origin).toBe(ids.entryway);
  });

  it('that fails for want of the platform leaves the account alone', async () => {
    const bench = setUp();
    bench.broken(async () => new Response('<html>', { status: 502 }), 'all');
    expect(await commit(saying('One'), bench)).toMatchObject({ kind: 'unavailable' });
  });
});

describe('an account on Bluesky', () => {
  it('tells its handle', async () => {
    expect(await bluesky.look(goodAccount, setUp().world)).toEqual({ kind: 'ok', accountName: '@brand.bsky.example', url: 'https://bsky.app/profile/brand.bsky.example' });
  });

  it('that is deactivated needs its owner', async () => {
    const bench = setUp();
    bench.fake.active = false;
    expect(await bluesky.look(goodAccount, bench.world)).toMatchObject({ kind: 'unauthorized' });
  });

  it.each([
    [401, 'AccountTakedown', 'unauthorized'],
    [401, 'AuthFactorTokenRequired', 'unauthorized'],
    [400, 'RepoDeactivated', 'unauthorized'],
    [403, 'AccountNotFound', 'unauthorized'],
    [400, 'InvalidRequest', 'refused'],
    [500, 'InternalServerError', 'unavailable'],
    [502, 'UpstreamFailure', 'uncertain'],
    [504, 'UpstreamTimeout', 'uncertain'],
  ])('that answers %i %s is %s', async (status, code, kind) => {
    const bench = setUp();
    bench.broken(async () => bench.fake.error(status, code, 'so it is'));
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind });
  });

  it('needs no server but the preset one', () => {
    expect(bluesky.account.parse({ identifier: 'a.example', appPassword: 'x' })).toMatchObject({ service: 'https://bsky.social' });
  });

  it('deletes a post, also one that is gone', async () => {
    const bench = setUp();
    const out = await commit(saying('Oops'), bench);
    const remoteId = out.kind === 'delivered' ? out.remoteId : '';
    for (let n = 0; n < 2; n += 1) expect(await bluesky.delete!(remoteId, goodAccount, bench.world)).toMatchObject({ kind: 'delivered' });
    expect(await find(saying('Oops'), bench)).toEqual({ kind: 'absent' });
  });
});
