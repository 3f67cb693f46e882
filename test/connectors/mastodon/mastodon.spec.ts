import { describe, expect, it } from '@jest/globals';
import { mastodon } from '../../../src/connectors/mastodon/index.js';
import type { FindWindow } from '../../../src/connectors/connector.js';
import type { Part, PartContent, PartMedia } from '../../../src/core/part.js';
import { contentOf, losingTheAnswer, partOf, worldOf } from '../contract.js';
import { FakeMastodon, goodAccount, peerOf } from './fake.js';

const setUp = () => {
  const fake = new FakeMastodon();
  const bench = worldOf(peerOf(fake));
  return { fake, ...bench };
};
type Bench = ReturnType<typeof setUp>;

const saying = (text: string, over: Partial<PartContent> = {}, n = 1): Part => ({ ...partOf(text, n), content: { ...contentOf(text), ...over } });
const image = (over: Partial<PartMedia> = {}): PartMedia => ({ mediaId: 'm1', mime: 'image/png', bytes: 9, width: 4, height: 3, alt: 'A cat', ...over });
const commit = (part: Part, { world }: Bench) => mastodon.commit(part, goodAccount, world);
const prepare = (part: Part, { world }: Bench) => mastodon.prepare!(part, goodAccount, world);
const find = (part: Part, { world, fake }: Bench, window: Partial<FindWindow> = {}) =>
  mastodon.find!(part, goodAccount, { ...world, window: { since: fake.clock - 120_000, taken: new Set(), ...window } });
const sent = (fake: FakeMastodon) => fake.requests.find(({ method, path }) => method === 'POST' && path === '/api/v1/statuses');

describe('a post to Mastodon', () => {
  it('carries what the author chose, and our key', async () => {
    const bench = setUp();
    const part = saying('Ciao', { language: 'it', options: { visibility: 'unlisted', contentWarning: 'Food', sensitive: true } });
    const outcome = await commit(part, bench);
    expect(outcome).toEqual({ kind: 'delivered', remoteId: bench.fake.statuses[0]?.id, url: `https://social.example/@brand/${bench.fake.statuses[0]?.id}` });
    expect(sent(bench.fake)?.body).toEqual({ status: 'Ciao', language: 'it', visibility: 'unlisted', spoiler_text: 'Food', sensitive: true });
    expect(sent(bench.fake)?.headers.get('idempotency-key')).toBe(part.key);
  });

  it('leaves to the account what the author left open', async () => {
    const bench = setUp();
    await commit(saying('Ciao', { language: null }), bench);
    expect(sent(bench.fake)?.body).toEqual({ status: 'Ciao' });
  });

  it('says the address of a link card that the text does not say', async () => {
    const bench = setUp();
    await commit(saying('Read', { link: { url: 'https://a.example', title: 'A', description: '', thumb: null } }), bench);
    expect(bench.fake.statuses[0]?.text).toBe('Read\n\nhttps://a.example');
  });

  it('answers the part before it in a thread', async () => {
    const bench = setUp();
    const first = await commit(saying('One'), bench);
    if (first.kind !== 'delivered') throw new Error(first.detail);
    await commit({ ...saying('Two', {}, 2), kind: 'reply', position: 1, parent: first, root: first }, bench);
    expect(bench.fake.statuses[0]?.json['in_reply_to_id']).toBe(first.remoteId);
  });

  it('is refused when what it answers is gone', async () => {
    const bench = setUp();
    const gone = { remoteId: '1', url: null };
    expect(await commit({ ...saying('Two'), parent: gone, root: gone }, bench)).toMatchObject({ kind: 'refused' });
  });

  it('refuses an option that does not exist, and sends nothing', async () => {
    const bench = setUp();
    expect(await commit(saying('Ciao', { options: { visibility: 'secret' } }), bench)).toMatchObject({ kind: 'refused' });
    expect(bench.fake.requests).toEqual([]);
  });
});

describe('late posts to Mastodon', () => {
  it('of all accounts together stay below what an instance takes from one address', async () => {
    const bench = setUp();
    const part = saying('Late', { media: [image()] });
    expect(await find(part, bench)).toEqual({ kind: 'absent' });
    await prepare(part, bench);
    await commit(part, bench);
    const { posts, perMs } = mastodon.appLimit ?? { posts: Infinity, perMs: 0 };
    expect([bench.fake.requests.length, perMs, bench.fake.requests.length * posts <= 300]).toEqual([4, 300_000, true]);
  });
});

describe('media on Mastodon', () => {
  it('are uploaded with their description before the post', async () => {
    const bench = setUp();
    const part = saying('Look', { media: [image(), image({ mediaId: 'm2', alt: '' })] });
    expect(await prepare(part, bench)).toEqual({ kind: 'ready' });
    expect(await commit(part, bench)).toMatchObject({ kind: 'delivered' });
    const [one, two] = [...bench.fake.attachments.values()];
    expect([one?.description, two?.description, one?.bytes]).toEqual(['A cat', '', 9]);
    expect(sent(bench.fake)?.body).toMatchObject({ media_ids: [one?.id, two?.id] });
  });

  it('are waited for while the instance processes them, and not uploaded again', async () => {
    const bench = setUp();
    bench.fake.processingMs = 20_000;
    const part = saying('Look', { media: [image({ mime: 'video/mp4' })] });
    const first = await prepare(part, bench);
    expect(first).toEqual({ kind: 'wait', at: bench.fake.clock + 5_000 });
    bench.fake.clock += 20_000;
    expect(await prepare(part, bench)).toEqual({ kind: 'ready' });
    expect(bench.fake.attachments.size).toBe(1);
  });

  it('are uploaded again when the instance has dropped them', async () => {
    const bench = setUp();
    const part = saying('Look', { media: [image()] });
    await prepare(part, bench);
    bench.fake.attachments.clear();
    expect(await prepare(part, bench)).toEqual({ kind: 'ready' });
    expect(await commit(part, bench)).toMatchObject({ kind: 'delivered' });
  });

  it('are uploaded anew under another description', async () => {
    const bench = setUp();
    await prepare(saying('Look', { media: [image()] }), bench);
    await prepare(saying('Look', { media: [image({ alt: 'A dog' })] }), bench);
    expect([...bench.fake.attachments.values()].map(({ description }) => description)).toEqual(['A cat', 'A dog']);
  });

  it('that are not processed yet hold the post back, in whatever language the instance says so', async () => {
    const bench = setUp();
    const part = saying('Look', { media: [image()] });
    await prepare(part, bench);
    for (const one of bench.fake.attachments.values()) one.processedAt = bench.fake.clock + 1_000;
    expect(await commit(part, bench)).toMatchObject({ kind: 'unavailable' });
  });

  it('that hang on a post already leave open whether it is ours', async () => {
    const bench = setUp();
    const part = saying('Look', { media: [image()] });
    await prepare(part, bench);
    for (const one of bench.fake.attachments.values()) one.used = true;
    expect(await commit(part, bench)).toMatchObject({ kind: 'uncertain' });
  });

  it('that the instance cannot read are the content’s fault', async () => {
    const bench = setUp();
    expect(await prepare(saying('Look', { media: [image({ mime: 'image/x-broken' })] }), bench)).toMatchObject({ kind: 'refused' });
  });
});

describe('after a lost answer, Mastodon', () => {
  it('gives the same post for the same key', async () => {
    const bench = setUp();
    bench.broken(losingTheAnswer('timeout'));
    const part = saying('Once');
    expect(await commit(part, bench)).toMatchObject({ kind: 'uncertain' });
    bench.mend();
    expect(await commit(part, bench)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.statuses).toHaveLength(1);
  });

  it('may answer 500 to a repeated key, which tells nothing', async () => {
    const bench = setUp();
    bench.fake.failsOnRepeatedKey = true;
    const part = saying('Once');
    await commit(part, bench);
    expect(await commit(part, bench)).toMatchObject({ kind: 'uncertain' });
    expect(await find(part, bench)).toMatchObject({ kind: 'found', remoteId: bench.fake.statuses[0]?.id });
  });
});

describe('looking for a post on Mastodon', () => {
  it('finds it by its words, its warning and its media, whatever the instance made of them', async () => {
    const bench = setUp();
    const text = 'Ciao @ada@b.example & <tutti>!\n\nhttps://example.com/a/very/long/path/to/somewhere?x=1&y=2 #caffè "ok"\nfine';
    const part = saying(text, { options: { contentWarning: 'Food & drink' }, media: [image()] });
    await prepare(part, bench);
    await commit(part, bench);
    expect(await find(part, bench)).toMatchObject({ kind: 'found', remoteId: bench.fake.statuses[0]?.id });
  });

  it('finds a warning that became the text', async () => {
    const bench = setUp();
    const part = saying('', { options: { contentWarning: 'Look' }, media: [image()] });
    await prepare(part, bench);
    await commit(part, bench);
    expect(await find(part, bench)).toMatchObject({ kind: 'found' });
  });

  it.each<[string, (bench: Bench) => void]>([
    ['other words', ({ fake }) => fake.byHand('Hello again')],
    ['another warning', ({ fake }) => fake.byHand('Hello', { spoiler_text: 'x' })],
    ['an answer to somebody', ({ fake }) => fake.byHand('Hello', { in_reply_to_id: '7' })],
    ['an image', ({ fake }) => fake.byHand('Hello', { media_ids: ['1'] })],
    ['an older post', ({ fake }) => {
      fake.byHand('Hello');
      fake.clock += 121_000;
    }],
  ])('does not take %s for it', async (_, happen) => {
    const bench = setUp();
    happen(bench);
    expect(await find(saying('Hello'), bench)).toEqual({ kind: 'absent' });
  });

  it('does not take another part of ours for it', async () => {
    const bench = setUp();
    const id = bench.fake.byHand('Hello');
    expect(await find(saying('Hello'), bench, { taken: new Set([id]) })).toEqual({ kind: 'absent' });
  });

  it('reads page after page, back to the beginning of the window', async () => {
    const bench = setUp();
    await commit(saying('Hello'), bench);
    for (let n = 0; n < 90; n += 1) bench.fake.byHand(`later ${n}`);
    expect(await find(saying('Hello'), bench)).toMatchObject({ kind: 'found' });
    expect(await find(saying('Never said'), bench)).toEqual({ kind: 'absent' });
  });

  it('concludes nothing when it cannot look', async () => {
    const bench = setUp();
    bench.broken(async () => new Response('<html>', { status: 502 }), 'all');
    expect(await find(saying('Hello'), bench)).toMatchObject({ kind: 'unknown' });
  });
});

describe('an account on Mastodon', () => {
  it('tells its name, and what its instance allows', async () => {
    const bench = setUp();
    bench.fake.maxCharacters = 1_200;
    const look = await mastodon.look(goodAccount, bench.world);
    expect(look).toMatchObject({ kind: 'ok', accountName: '@brand@social.example', url: 'https://social.example/@brand' });
    const limits = mastodon.limits(look.kind === 'ok' ? look.learned : undefined);
    expect(limits).toMatchObject({ maxText: 1_200, maxMedia: 6, mediaTypes: { 'image/png': 1_000_000, 'video/mp4': 9_000_000 } });
    expect(limits.measure('https://a.example')).toBe(24);
    expect(limits.check(contentOf('x'.repeat(1_201))).map(({ code }) => code)).toEqual(['text-too-long']);
  });

  it.each([
    [401, 'The access token was revoked', 'unauthorized'],
    [403, 'Your login is currently disabled', 'unauthorized'],
    [403, 'This action is outside the authorized scopes', 'unauthorized'],
    [422, 'This method requires an authenticated user', 'unauthorized'],
    [403, 'This action is not allowed', 'refused'],
    [422, 'Validation failed: Text can’t be blank', 'refused'],
    [500, 'Internal Server Error', 'uncertain'],
    [503, 'There was a temporary problem serving your request, please try again', 'uncertain'],
  ])('that answers %i %j is %s', async (status, error, kind) => {
    const bench = setUp();
    bench.broken(async () => bench.fake.error(status, error));
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind });
  });

  it('is too fast until the time its instance names', async () => {
    const bench = setUp();
    const until = bench.fake.clock + 180_000;
    bench.broken(async () => bench.fake.error(429, 'Too many requests', { 'x-ratelimit-reset': new Date(until).toISOString() }));
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind: 'throttled', until, scope: 'account' });
  });

  it('takes no token over plain http, but on this machine', () => {
    const parse = (instance: string) => mastodon.account.safeParse({ instance, accessToken: 'x' }).success;
    expect([parse('https://social.example'), parse('http://127.0.0.1:3000'), parse('http://social.example'), parse('https://me:pw@social.example')]).toEqual([true, true, false, false]);
  });

  it('deletes a post', async () => {
    const bench = setUp();
    const id = bench.fake.byHand('Oops');
    expect(await mastodon.delete!(id, goodAccount, bench.world)).toMatchObject({ kind: 'delivered', remoteId: id });
    expect(bench.fake.statuses).toEqual([]);
  });
});

describe('a probe of Mastodon', () => {
  const probe = (bench: Bench, answer: () => Response) => {
    bench.broken(async () => answer(), 'all');
    return mastodon.probe('social.example', bench.world);
  };

  it('is good when the instance describes itself', async () => {
    expect(await mastodon.probe('social.example', setUp().world)).toMatchObject({ kind: 'ok' });
  });

  it('is good when the instance tells strangers nothing, in its own format', async () => {
    const bench = setUp();
    expect(await probe(bench, () => bench.fake.error(401, 'This method requires an authenticated user'))).toMatchObject({ kind: 'ok' });
  });

  it.each<[string, () => Response]>([
    ['a page of HTML', () => new Response('<html>Checking your browser</html>', { status: 403 })],
    ['a parked domain', () => new Response('{"parked":true}', { status: 200 })],
    ['a 503', () => new Response('{"error":"down"}', { status: 503 })],
  ])('is bad at %s', async (_, answer) => {
    expect(await probe(setUp(), answer)).toMatchObject({ kind: 'fault' });
  });
});
