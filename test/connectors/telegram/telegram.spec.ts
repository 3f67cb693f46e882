import { describe, expect, it } from '@jest/globals';
import { telegram } from '../../../src/connectors/telegram/index.js';
import type { Part, PartContent, PartMedia } from '../../../src/core/part.js';
import { contentOf, losingTheAnswer, partOf, worldOf } from '../contract.js';
import { CHANNEL, FakeTelegram, goodAccount, peerOf } from './fake.js';

const setUp = () => {
  const fake = new FakeTelegram();
  return { fake, ...worldOf(peerOf(fake)) };
};
type Bench = ReturnType<typeof setUp>;

const saying = (text: string, over: Partial<PartContent> = {}): Part => ({ ...partOf(text), content: { ...contentOf(text), ...over } });
const image = (over: Partial<PartMedia> = {}): PartMedia => ({ mediaId: 'm1', mime: 'image/png', bytes: 9, width: 4, height: 3, alt: 'A cat', ...over });
const commit = (part: Part, { world }: Bench, account: object = goodAccount) => telegram.commit(part, account, world);
const look = ({ world }: Bench) => telegram.look(goodAccount, world);

describe('a message to Telegram', () => {
  it('is plain text, in the channel, with an address that leads there', async () => {
    const bench = setUp();
    expect(await commit(saying('1 < 2 & *not bold*'), bench)).toEqual({ kind: 'delivered', remoteId: `${CHANNEL}/41`, url: 'https://t.me/brandnews/41' });
    expect(bench.fake.requests).toEqual([{ method: 'sendMessage', given: { chat_id: String(CHANNEL), text: '1 < 2 & *not bold*' } }]);
  });

  it('goes to a channel by its name', async () => {
    const bench = setUp();
    expect(await commit(saying('Ciao'), bench, { ...goodAccount, chat: '@brandnews' })).toMatchObject({ kind: 'delivered' });
  });

  it('of a private channel has an address for its members, of a small group none', async () => {
    const bench = setUp();
    bench.fake.username = undefined;
    expect(await commit(saying('Ciao'), bench)).toMatchObject({ url: 'https://t.me/c/1234567890/41' });
    bench.fake.chatId = -55;
    expect(await commit(saying('Ciao'), bench, { ...goodAccount, chat: '-55' })).toMatchObject({ kind: 'delivered', url: null });
  });

  it('carries what the author chose', async () => {
    const bench = setUp();
    await commit(saying('Ciao', { options: { silent: true, protect: true, noPreview: true } }), bench);
    expect(bench.fake.messages[0]?.given).toMatchObject({ disable_notification: true, protect_content: true, link_preview_options: { is_disabled: true } });
  });

  it('says the address of its link, and previews that one', async () => {
    const bench = setUp();
    await commit(saying('Read', { link: { url: 'https://a.example', title: 'A', description: '', thumb: null } }), bench);
    expect(bench.fake.messages[0]?.given).toMatchObject({ text: 'Read\n\nhttps://a.example', link_preview_options: { url: 'https://a.example' } });
  });

  it('answers the one before it, and an album at its first picture', async () => {
    const bench = setUp();
    const album = await commit(saying('One', { media: [image(), image({ mediaId: 'm2' })] }), bench);
    if (album.kind !== 'delivered') throw new Error(album.detail);
    expect(album.remoteId).toBe(`${CHANNEL}/41,42`);
    await commit({ ...saying('Two'), parent: album, root: album }, bench);
    expect(bench.fake.messages[1]?.given['reply_parameters']).toEqual({ message_id: 41 });
  });

  it('is refused when what it answers is gone', async () => {
    const gone = { remoteId: `${CHANNEL}/7`, url: null };
    expect(await commit({ ...saying('Two'), parent: gone, root: gone }, setUp())).toMatchObject({ kind: 'refused' });
  });

  it('refuses an option that does not exist as it is, and sends nothing', async () => {
    const bench = setUp();
    expect(await commit(saying('Ciao', { options: { silent: 'yes' } }), bench)).toMatchObject({ kind: 'refused' });
    expect(bench.fake.requests).toEqual([]);
  });

  it('that Telegram will send later, without a number, leaves it open', async () => {
    const bench = setUp();
    bench.broken(async () => new Response(JSON.stringify({ ok: true, result: { message_id: 0, date: 0, chat: { id: CHANNEL, type: 'channel' } } })));
    expect(await commit(saying('Ciao'), bench)).toMatchObject({ kind: 'uncertain' });
  });

  it('is deleted with all of its album', async () => {
    const bench = setUp();
    const album = await commit(saying('One', { media: [image(), image({ mediaId: 'm2' })] }), bench);
    const remoteId = album.kind === 'delivered' ? album.remoteId : '';
    expect(await telegram.delete!(remoteId, goodAccount, bench.world)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.requests.at(-1)?.given).toEqual({ chat_id: String(CHANNEL), message_ids: [41, 42] });
  });
});

describe('media on Telegram', () => {
  it.each<[string, Partial<PartMedia>, object, string, object]>([
    ['a picture', {}, {}, 'sendPhoto', { photo: 'attach://file0' }],
    ['a film, with its measures', { mime: 'video/mp4' }, {}, 'sendVideo', { video: 'attach://file0', width: 4, height: 3, supports_streaming: true }],
    ['an animation', { mime: 'image/gif' }, {}, 'sendAnimation', { animation: 'attach://file0' }],
    ['a picture as it is', {}, { asFiles: true }, 'sendDocument', { document: 'attach://file0' }],
  ])('sends %s with its caption', async (_, medium, options, method, given) => {
    const bench = setUp();
    expect(await commit(saying('Look', { media: [image(medium)], options: { ...options } }), bench)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.messages[0]).toMatchObject({ method, given: { caption: 'Look', ...given } });
  });

  it('sends several as one album, with the caption at the first', async () => {
    const bench = setUp();
    await commit(saying('Look', { media: [image(), image({ mediaId: 'm2', mime: 'video/mp4', width: null })] }), bench);
    expect(bench.fake.messages[0]?.given['media']).toEqual([
      { type: 'photo', media: 'attach://file0', caption: 'Look' }, { type: 'video', media: 'attach://file1', supports_streaming: true },
    ]);
  });

  it('sends a picture without words', async () => {
    const bench = setUp();
    expect(await commit(saying('', { media: [image()] }), bench)).toMatchObject({ kind: 'delivered' });
    expect(bench.fake.messages[0]?.given).not.toHaveProperty('caption');
  });
});

describe('what Telegram takes', () => {
  const codes = (over: Partial<PartContent>): string[] => telegram.limits().check({ ...contentOf('Hello'), ...over }).map(({ code }) => code);

  it('takes 4,096 units, beside media 1,024, and counts an emoji as two', () => {
    expect([codes({ text: 'x'.repeat(4_096) }), codes({ text: 'x'.repeat(4_097) })]).toEqual([[], ['text-too-long']]);
    expect([codes({ text: 'x'.repeat(1_024), media: [image()] }), codes({ text: 'x'.repeat(1_025), media: [image()] })]).toEqual([[], ['text-too-long']]);
    expect(telegram.limits().measure('😀')).toBe(2);
  });

  it('takes no animation in an album, but as a file', () => {
    const media = [image(), image({ mime: 'image/gif' })];
    expect([codes({ media }), codes({ media, options: { asFiles: true } })]).toEqual([['media-mixed'], []]);
  });

  it('refuses an eleventh picture, a picture over 10 MB, a film over 20 MB, a type it cannot show', () => {
    expect(codes({ media: Array.from({ length: 11 }, () => image()) })).toEqual(['too-many-media']);
    expect(codes({ media: [image({ bytes: 10_000_001 })] })).toEqual(['media-too-large']);
    expect(codes({ media: [image({ mime: 'video/mp4', bytes: 20_000_001 })] })).toEqual(['media-too-large']);
    expect(codes({ media: [image({ mime: 'image/heic' })] })).toEqual(['media-type']);
  });
});

describe('what Telegram answers', () => {
  it.each([
    [401, 'Unauthorized', 'unauthorized'],
    [404, 'Not Found', 'unauthorized'],
    [403, 'Forbidden: bot was kicked from the channel chat', 'unauthorized'],
    [400, 'Bad Request: chat not found', 'unauthorized'],
    [400, 'Bad Request: need administrator rights in the channel chat', 'unauthorized'],
    [400, 'Bad Request: not enough rights to send photos to the chat', 'unauthorized'],
    [400, 'Bad Request: message is too long', 'refused'],
    [400, 'Bad Request: PHOTO_INVALID_DIMENSIONS', 'refused'],
    [413, 'Request Entity Too Large', 'refused'],
    [500, 'Internal Server Error: restart', 'uncertain'],
    [502, 'Bad Gateway', 'uncertain'],
  ])('%i %j to a message is %s', async (status, description, kind) => {
    const bench = setUp();
    bench.broken(async () => bench.fake.error(status, description));
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind });
  });

  it('is too fast for as many seconds as it says', async () => {
    const bench = setUp();
    bench.broken(async () => bench.fake.error(429, 'Too Many Requests: retry after 35', { retry_after: 35 }));
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind: 'throttled', until: bench.fake.clock + 35_000, scope: 'account' });
  });

  it('of a group that became a supergroup is its new number, and the message goes there once', async () => {
    const bench = setUp();
    bench.fake.movedTo = -1009876543210;
    bench.fake.type = 'supergroup';
    expect(await commit(saying('Hello', { media: [image()] }), bench)).toMatchObject({ kind: 'delivered', remoteId: '-1009876543210/41' });
    expect(bench.fake.requests.map(({ given }) => given['chat_id'])).toEqual([String(CHANNEL), '-1009876543210']);
    expect(bench.fake.messages).toHaveLength(1);
    expect(await look(bench)).toMatchObject({ kind: 'ok' });
  });

  it('when it is lost leaves it open, and nobody can look', async () => {
    const bench = setUp();
    bench.broken(losingTheAnswer('timeout'));
    expect(await commit(saying('Hello'), bench)).toMatchObject({ kind: 'uncertain' });
    expect('find' in telegram).toBe(false);
    expect(telegram.resendWindowMs).toBeNull();
  });
});

describe('an account on Telegram', () => {
  it('is the channel, by its title', async () => {
    expect(await look(setUp())).toEqual({ kind: 'ok', accountName: 'Brand news', url: 'https://t.me/brandnews' });
  });

  it.each<[string, Record<string, unknown> | null]>([['is no administrator', null], ['may not post', { can_post_messages: false }], ['is told nothing of posting', {}]])('needs more when the bot %s', async (_, rights) => {
    const bench = setUp();
    bench.fake.rights = rights;
    expect(await look(bench)).toMatchObject({ kind: 'unauthorized', detail: expect.stringContaining('administrator') });
  });

  it('that was connected to nothing needs more', async () => {
    const bench = setUp();
    expect(await telegram.look({ ...goodAccount, chat: '@nobody_here' }, bench.world)).toMatchObject({ kind: 'unauthorized' });
  });

  it('takes what @BotFather gives, and a name or a number', () => {
    const parse = (over: object) => telegram.account.safeParse({ ...goodAccount, ...over }).success;
    expect([parse({}), parse({ chat: ' @brandnews ' }), parse({ chat: 'https://t.me/brandnews' }), parse({ botToken: 'secret' })]).toEqual([true, true, false, false]);
  });
});

describe('a probe of Telegram', () => {
  it('is good when it refuses nobody’s token in its own words', async () => {
    expect(await telegram.probe('api.telegram.org', setUp().world)).toMatchObject({ kind: 'ok' });
  });

  it('is bad at a page', async () => {
    const bench = setUp();
    bench.broken(async () => new Response('<html>401</html>', { status: 401 }), 'all');
    expect(await telegram.probe('api.telegram.org', bench.world)).toMatchObject({ kind: 'fault' });
  });
});
