import assert from 'node:assert/strict';
import { bluesky as connector } from '../../src/connectors/bluesky/index.js';
import type { Outcome } from '../../src/core/outcome.js';
import { TransportError } from '../../src/core/transport.js';
import { install, type Pds, start } from './pds.js';
import { count, createAccount, delivered, expired, find, type Owner, peerWorld, post, readBack } from './bluesky-bench.js';
import { type Check, checker, type Tally } from './tally.js';
import { partOf, png } from './world.js';

/** The Bluesky connector against Bluesky's own server. */
export async function bluesky(tally: Tally): Promise<void> {
  await install();
  const pds = await start();
  try {
    const alice = await createAccount(pds, 'alice.test');
    const check = checker(tally);
    await posts(check, pds, alice);
    await faults(check, pds, alice);
    await sessions(check, pds, alice);
    await outages(check, pds, alice); // ends the server
  } finally {
    await pds.kill();
  }
}

async function posts(check: Check, pds: Pds, { account, did }: Owner): Promise<void> {
  const bench = peerWorld(pds);
  const { world } = bench;
  const image = { mediaId: 'm1', mime: 'image/png', bytes: png.length, width: 1, height: 1, alt: 'One grey pixel' };

  await check('a text with a link, a mention and a tag, marked in bytes', async () => {
    const text = '✨ Ciao @alice.test, leggi https://example.com/a?b=c #caffè 👩‍👩‍👧 @nobody.test';
    const part = partOf(text, { language: 'it' });
    assert.deepEqual(await connector.prepare?.(part, account, world), { kind: 'ready' });
    const { value } = await readBack(pds, delivered(await connector.commit(part, account, world)));
    assert.equal(value.text, text);
    assert.equal(value.createdAt, new Date(part.stampAt).toISOString());
    assert.deepEqual(value.langs, ['it']);
    const marked = value.facets?.map(({ index, features }) => [Buffer.from(text).subarray(index.byteStart, index.byteEnd).toString(), features[0]?.did ?? features[0]?.uri ?? features[0]?.tag]);
    assert.deepEqual(marked, [['@alice.test', did], ['https://example.com/a?b=c', 'https://example.com/a?b=c'], ['#caffè', 'caffè']]);
  });

  await check('an image with its description', async () => {
    const part = partOf('Look', { media: [image] });
    await connector.prepare?.(part, account, world);
    const { value } = await readBack(pds, delivered(await connector.commit(part, account, world)));
    assert.equal(value.embed?.images?.[0]?.alt, 'One grey pixel');
    assert.equal(value.embed?.images?.[0]?.image.size, png.length);
  });

  await check('an image that the server has dropped is uploaded again', async () => {
    const other = { ...image, mediaId: 'm2' };
    const missing = { $type: 'blob', ref: { $link: 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy' }, mimeType: 'image/png', size: png.length };
    await world.keep('blob-m2', JSON.stringify(missing), null);
    const { value } = await readBack(pds, delivered(await connector.commit(partOf('Look again', { media: [other] }), account, world)));
    assert.equal(value.embed?.images?.[0]?.image.size, png.length);
  });

  await check('a link card with a picture', async () => {
    const part = partOf('Read', { link: { url: 'https://example.com/post', title: 'A post', description: 'About it', thumb: { ...image, mediaId: 'm3' } } });
    const { value } = await readBack(pds, delivered(await connector.commit(part, account, world)));
    assert.equal(value.embed?.external?.uri, 'https://example.com/post');
    assert.equal(value.embed?.external?.thumb?.size, png.length);
  });

  await check('a thread of three', async () => {
    const one = delivered(await connector.commit(partOf('One'), account, world));
    const two = delivered(await connector.commit({ ...partOf('Two'), kind: 'reply', position: 1, parent: one, root: one }, account, world));
    const three = delivered(await connector.commit({ ...partOf('Three'), kind: 'reply', position: 2, parent: two, root: one }, account, world));
    const { value } = await readBack(pds, three);
    assert.deepEqual([value.reply?.root.uri, value.reply?.parent.uri], [one.remoteId, two.remoteId]);
    assert.equal(value.reply?.root.cid, (await readBack(pds, one)).cid);
  });

  await check('an answer to a part that is gone is refused', async () => {
    const gone = { remoteId: `at://${did}/app.bsky.feed.post/3lbqkmabcde2k`, url: null };
    assert.equal((await connector.commit({ ...partOf('To nobody'), kind: 'reply', parent: gone, root: gone }, account, world)).kind, 'refused');
  });

  await check('repeated after a lost answer: one post', async () => {
    const before = await count(pds, did);
    const part = partOf('Once');
    bench.between = async (pass, url) => {
      const response = await pass();
      if (url.pathname.endsWith('putRecord')) throw new TransportError('timeout', true, 'the answer was lost');
      return response;
    };
    assert.equal((await connector.commit(part, account, world)).kind, 'uncertain');
    bench.between = (pass) => pass();
    const again = delivered(await connector.commit(part, account, world));
    assert.deepEqual(await find(part, account, bench), { kind: 'found', remoteId: again.remoteId, url: again.url });
    assert.equal(await count(pds, did), before + 1);
  });

  await check('a resend leaves alone what was changed by hand', async () => {
    const part = partOf('As planned');
    const { remoteId } = delivered(await connector.commit(part, account, world));
    const rkey = remoteId.split('/').at(-1) ?? '';
    const changed = { $type: 'app.bsky.feed.post', text: 'Changed by hand', createdAt: new Date().toISOString() };
    const { accessJwt } = JSON.parse(bench.session ?? '{}') as { accessJwt: string };
    await post(pds, 'com.atproto.repo.putRecord', { repo: did, collection: 'app.bsky.feed.post', rkey, record: changed }, accessJwt);
    assert.equal(delivered(await connector.commit(part, account, world)).remoteId, remoteId);
    assert.equal((await readBack(pds, { remoteId })).value.text, 'Changed by hand');
  });

  await check('what was never sent is absent', async () => {
    assert.deepEqual(await find(partOf('Never'), account, bench), { kind: 'absent' });
  });

  await check('a deleted post is gone, and deleting it twice is no fault', async () => {
    const part = partOf('Oops');
    const { remoteId } = delivered(await connector.commit(part, account, world));
    assert.equal((await connector.delete?.(remoteId, account, world))?.kind, 'delivered');
    assert.equal((await connector.delete?.(remoteId, account, world))?.kind, 'delivered');
    assert.deepEqual(await find(part, account, bench), { kind: 'absent' });
  });
}

async function faults(check: Check, pds: Pds, { account }: Owner): Promise<void> {
  const { world } = peerWorld(pds);
  const limits = connector.limits();

  await check('300 graphemes go out, 301 are refused by us and by the server', async () => {
    assert.deepEqual(limits.check(partOf('é'.repeat(300)).content), []);
    delivered(await connector.commit(partOf('é'.repeat(300)), account, world));
    assert.equal(limits.check(partOf('é'.repeat(301)).content)[0]?.code, 'text-too-long');
    assert.equal((await connector.commit(partOf('é'.repeat(301)), account, world)).kind, 'refused');
  });

  await check('3,000 bytes go out, more are refused by us and by the server', async () => {
    const family = '👩‍👩‍👧‍👦'; // 25 bytes, one grapheme
    delivered(await connector.commit(partOf(family.repeat(120)), account, world));
    assert.equal(limits.check(partOf(family.repeat(121)).content)[0]?.code, 'text-too-many-bytes');
    assert.equal((await connector.commit(partOf(family.repeat(121)), account, world)).kind, 'refused');
  });

  await check('the account says who it is, and a probe needs nobody', async () => {
    const look = await connector.look(account, world);
    assert.deepEqual(look, { kind: 'ok', accountName: '@alice.test', url: 'https://bsky.app/profile/alice.test' });
    assert.equal((await connector.probe(connector.host(account), world)).kind, 'ok');
  });

  await check('a post under the key of another time is found where others may have posted it', async () => {
    const part = partOf('Under another key');
    const out = delivered(await connector.commit({ ...part, stampAt: part.stampAt - 3_600_000 }, account, world));
    const window = { since: part.stampAt - 7_200_000, taken: new Set<string>(), byOthers: true as const };
    assert.deepEqual(await connector.find!(part, account, { ...world, window }), { kind: 'found', remoteId: out.remoteId, url: out.url });
    assert.deepEqual(await connector.find!(part, account, { ...world, window: { ...window, taken: new Set([out.remoteId]) } }), { kind: 'absent' });
  });
}

async function sessions(check: Check, pds: Pds, { account, did, accessJwt }: Owner): Promise<void> {
  const bench = peerWorld(pds);
  const { world } = bench;
  const asked = (method: string): number => bench.asked.filter((one) => one === `com.atproto.server.${method}`).length;

  await check('many posts, one log-in', async () => {
    for (let i = 0; i < 3; i += 1) delivered(await connector.commit(partOf(`Post ${i}`), account, world));
    assert.deepEqual([asked('createSession'), asked('refreshSession')], [1, 0]);
  });

  await check('a session about to run out is refreshed before the post', async () => {
    bench.clockOff = 2 * 3_600_000 - 30_000;
    delivered(await connector.commit(partOf('Late'), account, world));
    bench.clockOff = 0;
    assert.deepEqual([asked('createSession'), asked('refreshSession')], [1, 1]);
  });

  await check('a session that the server calls expired is refreshed, and the post goes out once', async () => {
    const before = await count(pds, did);
    const kept = JSON.parse(bench.session ?? '{}') as { accessJwt: string };
    bench.session = JSON.stringify({ ...kept, accessJwt: expired(kept.accessJwt) });
    bench.clockOff = -24 * 3_600_000; // our clock does not see it coming
    delivered(await connector.commit(partOf('Expired'), account, world));
    bench.clockOff = 0;
    assert.equal(asked('refreshSession'), 2);
    assert.equal(await count(pds, did), before + 1);
  });

  await check('a token that the server cannot read is refreshed too', async () => {
    const kept = JSON.parse(bench.session ?? '{}') as { accessJwt: string };
    bench.session = JSON.stringify({ ...kept, accessJwt: `${kept.accessJwt.slice(0, -6)}AAAAAA` });
    delivered(await connector.commit(partOf('Unreadable'), account, world));
    assert.equal(asked('refreshSession'), 3);
  });

  await check('a session ended elsewhere: one log-in more', async () => {
    const kept = JSON.parse(bench.session ?? '{}') as { accessJwt: string; refreshJwt: string };
    await post(pds, 'com.atproto.server.deleteSession', undefined, kept.refreshJwt);
    bench.session = JSON.stringify({ ...kept, accessJwt: 'spoilt' });
    delivered(await connector.commit(partOf('Back again'), account, world));
    assert.equal(asked('createSession'), 2);
  });

  await check('a wrong password is unauthorized', async () => {
    const wrong = peerWorld(pds);
    const outcome = await connector.commit(partOf('No'), { ...account, appPassword: 'not-the-password' }, wrong.world);
    assert.equal(outcome.kind, 'unauthorized');
    assert.ok(!JSON.stringify(outcome).includes('not-the-password'));
  });

  await check('a revoked app password is unauthorized at the next renewal', async () => {
    const made = (await post(pds, 'com.atproto.server.createAppPassword', { name: 'postern' }, accessJwt)) as { password: string };
    const own = peerWorld(pds);
    const withAppPassword = { ...account, appPassword: made.password };
    delivered(await connector.commit(partOf('With an app password'), withAppPassword, own.world));
    await post(pds, 'com.atproto.server.revokeAppPassword', { name: 'postern' }, accessJwt);
    own.clockOff = 3 * 3_600_000;
    assert.equal((await connector.commit(partOf('No more'), withAppPassword, own.world)).kind, 'unauthorized');
  });

  await check('too many log-ins are throttled until the time the server names', async () => {
    let outcome: Outcome = { kind: 'refused', detail: 'never asked' };
    for (let i = 0; i < 40 && outcome.kind !== 'throttled'; i += 1) {
      outcome = await connector.commit(partOf('No'), { ...account, identifier: 'mallory.test', appPassword: 'wrong' }, peerWorld(pds).world);
    }
    assert.equal(outcome.kind, 'throttled');
    assert.ok(outcome.kind === 'throttled' && outcome.until !== null && outcome.until > Date.now() && outcome.until < Date.now() + 310_000);
  });
}

async function outages(check: Check, pds: Pds, { account, did }: Owner): Promise<void> {
  const bench = peerWorld(pds, 1_500);
  const { world } = bench;

  await check('a server that hangs leaves it uncertain; it took the post all the same, and it stays one', async () => {
    delivered(await connector.commit(partOf('Warm'), account, world));
    const before = await count(pds, did);
    const part = partOf('In the dark');
    pds.pause();
    assert.equal((await connector.commit(part, account, world)).kind, 'uncertain');
    assert.equal((await find(part, account, bench)).kind, 'unknown');
    assert.equal((await connector.probe(connector.host(account), world)).kind, 'fault');
    pds.resume();
    delivered(await connector.commit(part, account, world));
    assert.equal((await find(part, account, bench)).kind, 'found');
    assert.equal(await count(pds, did), before + 1);
  });

  await check('a server killed in mid-request leaves it uncertain', async () => {
    pds.pause();
    const outcome = connector.commit(partOf('Cut off'), account, world);
    setTimeout(() => void pds.kill(), 300);
    assert.equal((await outcome).kind, 'uncertain');
  });

  await check('a server that is not there is unavailable', async () => {
    await pds.kill();
    assert.equal((await connector.commit(partOf('Nobody home'), account, world)).kind, 'unavailable');
    assert.equal((await connector.probe(connector.host(account), world)).kind, 'fault');
  });
}
