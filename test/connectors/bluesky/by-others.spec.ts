import { describe, expect, it } from '@jest/globals';
import { bluesky } from '../../../src/connectors/bluesky/index.js';
import type { Part, PartContent, PartMedia } from '../../../src/core/part.js';
import { contentOf, partOf, worldOf } from '../contract.js';
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

describe('what others may have posted on Bluesky', () => {
  const NOON = Date.UTC(2026, 10, 22, 12);
  const HOUR = 3_600_000;
  const look = (part: Part, { world }: Bench, since = NOON - HOUR, taken: readonly string[] = []) =>
    bluesky.find!(part, goodAccount, { ...world, window: { since, taken: new Set(taken), byOthers: true } });
  /** As its own app writes it: under a key of its own. */
  const byHand = async (text: string, bench: Bench, n = 77, at = NOON): Promise<string> => {
    const outcome = await commit({ ...saying(text, {}, n), stampAt: at }, bench);
    return outcome.kind === 'delivered' ? outcome.remoteId : '';
  };

  it('is the same part at its due time, before it goes out late', async () => {
    const bench = setUp();
    const uri = await commit(saying('Late'), bench);
    expect(await look({ ...saying('Late'), stampAt: NOON + 20 * 60_000 }, bench)).toEqual({ ...uri, kind: 'found' });
  });

  it('is the same part of an older life, moved and worded anew', async () => {
    const bench = setUp();
    const uri = await commit(saying('As it was'), bench);
    expect(await look({ ...saying('As it is'), stampAt: NOON + 48 * HOUR }, bench)).toEqual({ ...uri, kind: 'found' });
  });

  it('is the same words posted by hand', async () => {
    const bench = setUp();
    const remoteId = await byHand('Said by hand', bench);
    expect(await look(saying('Said by hand'), bench)).toMatchObject({ kind: 'found', remoteId });
  });

  it('is found behind hundreds of newer posts', async () => {
    const bench = setUp();
    const remoteId = await byHand('Deep down', bench);
    for (let n = 0; n < 250; n += 1) await byHand(`Newer ${n}`, bench, 1_000 + n, NOON + 60_000 + n * 1_000);
    expect(await look(saying('Deep down'), bench)).toMatchObject({ kind: 'found', remoteId });
  });

  it.each<[string, (bench: Bench, uri: string) => ReturnType<typeof look>]>([
    ['other words', (bench) => look(saying('Other words'), bench)],
    ['what is known as another of ours', (bench, uri) => look(saying('Said'), bench, NOON - HOUR, [uri])],
    ['what is older than the window', (bench) => look(saying('Said'), bench, NOON + 1)],
    ['another number of images', (bench) => look(saying('Said', { media: [image()] }), bench)],
    ['what answers another post', (bench) => look({ ...saying('Said'), kind: 'reply', parent: { remoteId: `at://${ids.did}/app.bsky.feed.post/3lbqkmabcde2k`, url: null } }, bench)],
  ])('is not %s', async (_what, looking) => {
    const bench = setUp();
    const uri = await byHand('Said', bench);
    expect(await looking(bench, uri)).toEqual({ kind: 'absent' });
  });

  it('is the answer to the same post', async () => {
    const bench = setUp();
    const one = await commit(saying('One'), bench);
    if (one.kind !== 'delivered') throw new Error(one.detail);
    const reply = { ...saying('Two', {}, 2), kind: 'reply' as const, position: 1, parent: one, root: one };
    const two = await commit(reply, bench);
    expect(await look({ ...reply, key: saying('', {}, 3).key }, bench)).toEqual({ ...two, kind: 'found' });
  });

  it('is not known where the list cannot be read', async () => {
    const bench = setUp();
    bench.broken(async (pass) => {
      const answer = await pass();
      return bench.fake.asked.at(-1)?.method.endsWith('listRecords') ? bench.fake.error(503, 'UpstreamFailure', 'Upstream Failure') : answer;
    }, 'all');
    expect(await look(saying('Said'), bench)).toMatchObject({ kind: 'unknown' });
  });

  it('is no matter after our own request: its key tells all', async () => {
    const bench = setUp();
    await byHand('Said', bench);
    expect(await find(saying('Said'), bench)).toEqual({ kind: 'absent' });
    expect(bench.fake.times('repo.listRecords')).toBe(0);
  });
});
