import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FindWindow } from '../../src/connectors/connector.js';
import { wordpress as connector } from '../../src/connectors/wordpress/index.js';
import type { Outcome } from '../../src/core/outcome.js';
import type { Part } from '../../src/core/part.js';
import { TransportError } from '../../src/core/transport.js';
import { type Check, checker, type Tally } from './tally.js';
import { type Site, startSite } from './wordpress-site.js';
import { partOf, PeerWorld, png } from './world.js';

const image = { mediaId: 'm1', mime: 'image/png', bytes: png.length, width: 1, height: 1, alt: 'One "grey" pixel' };

/** The WordPress connector against a real WordPress. Left out, loudly, where Debian's packages cannot be had. */
export async function wordpress(tally: Tally): Promise<void> {
  const site = await startSite();
  if ('missing' in site) {
    process.stderr.write(`\n!! LEFT OUT: WordPress, the real one (${site.missing}).\n\n`);
    return;
  }
  try {
    const check = checker(tally);
    await articles(check, site);
    await twice(check, site);
    await refusals(check, site);
    await ways(check, site);
    await outages(check, site);
  } finally {
    await site.stop();
  }
}

function accountOf({ url, passwords }: Site) {
  return { site: url, username: 'admin', applicationPassword: passwords.admin };
}

/** What one channel has: its own memory of what was kept. */
function benchOf(site: Site, timeoutMs?: number) {
  const bench = new PeerWorld([new URL(site.url).host], timeoutMs);
  const account = accountOf(site);
  return {
    bench,
    prepare: (part: Part) => connector.prepare!(part, account, bench.world),
    commit: (part: Part) => connector.commit(part, account, bench.world),
    find: (part: Part, window: Partial<FindWindow> = {}) => connector.find!(part, account, { ...bench.world, window: { since: Date.now() - 120_000, taken: new Set(), ...window } }),
  };
}

function delivered(outcome: Outcome): Extract<Outcome, { kind: 'delivered' }> {
  assert.equal(outcome.kind, 'delivered', JSON.stringify(outcome));
  return outcome as Extract<Outcome, { kind: 'delivered' }>;
}

/** How many articles of a title there are, whatever their state. */
async function count(site: Site, title: string): Promise<number> {
  return Number(await site.php(`global $wpdb; echo $wpdb->get_var($wpdb->prepare("SELECT count(*) FROM $wpdb->posts WHERE post_type = 'post' AND post_title = %s", '${title}'));`));
}

async function pageOf(url: string | null): Promise<string> {
  const response = await fetch(url ?? '', { signal: AbortSignal.timeout(20_000) });
  assert.equal(response.status, 200, url ?? '');
  return response.text();
}

/** The answer to the first request of this kind is lost; WordPress took it. */
function losing(bench: PeerWorld, isIt: (url: URL) => boolean): void {
  let lost = false;
  bench.between = async (pass, url) => {
    const response = await pass();
    if (lost || !isIt(url)) return response;
    lost = true;
    throw new TransportError('timeout', true, 'the answer was lost');
  };
}

async function articles(check: Check, site: Site): Promise<void> {
  await check('WordPress: an article with pictures and a link, a draft first', async () => {
    const { prepare, commit, find } = benchOf(site);
    const link = { url: 'https://example.com/shop?a=1&b=2', title: 'Our "shop"', description: '', thumb: null };
    const part = partOf('Si apre: perché no?\n\nDomani <b>alle 9</b> & dopo.\n[gallery] https://example.com/x', { media: [image, { ...image, mediaId: 'm2', alt: 'Another' }], link });
    assert.deepEqual(await prepare(part), { kind: 'ready' });
    assert.deepEqual(await find(part), { kind: 'absent' });
    const out = delivered(await commit(part));
    assert.match(out.url ?? '', /\/si-apre-perche-no-[0-9a-f]{12}\/$/);
    const page = await pageOf(out.url);
    for (const words of ['Si apre: perché no?', 'Domani &lt;b&gt;alle 9&lt;/b&gt; &#038; dopo.', '&#91;gallery&#93;', 'href="https://example.com/x"', 'alt="Another"', 'alt="One &quot;grey&quot; pixel"', 'href="https://example.com/shop?a=1&#038;b=2"']) {
      assert.ok(page.includes(words) || page.includes(words.replaceAll('&#038;', '&amp;')), `${words} is not in ${page.slice(page.indexOf('<main'), page.indexOf('</main>'))}`);
    }
    assert.deepEqual(await find(part), { kind: 'found', remoteId: out.remoteId, url: out.url });
  });

  await check('WordPress: the account says who it is, and a probe needs nobody', async () => {
    const { bench } = benchOf(site);
    const host = new URL(site.url).host;
    assert.deepEqual(await connector.look(accountOf(site), bench.world), { kind: 'ok', accountName: `${host} (admin)`, url: site.url });
    assert.equal((await connector.probe(host, bench.world)).kind, 'ok');
  });

  await check('WordPress: what somebody published by hand is found by its words', async () => {
    const { find } = benchOf(site);
    const id = await site.php(`echo wp_insert_post(['post_title' => 'By hand', 'post_status' => 'publish', 'post_content' => "<!-- wp:paragraph -->\\n<p>Domani alle 9 &amp; dopo.</p>\\n<!-- /wp:paragraph -->"]);`);
    const part = partOf('By hand\nDomani alle 9 & dopo.');
    assert.deepEqual(await find(part), { kind: 'absent' });
    const found = await find(part, { byOthers: true });
    assert.equal(found.kind === 'found' && found.remoteId, id);
    assert.deepEqual(await find(part, { byOthers: true, taken: new Set([id]) }), { kind: 'absent' });
    assert.deepEqual(await find(part, { byOthers: true, since: Date.now() + 60_000 }), { kind: 'absent' });
  });

  await check('WordPress: an article goes into the bin, and twice is no fault', async () => {
    const { bench, commit, find } = benchOf(site);
    const part = partOf('Oops');
    const { remoteId } = delivered(await commit(part));
    for (let n = 0; n < 2; n += 1) assert.equal((await connector.delete!(remoteId, accountOf(site), bench.world)).kind, 'delivered');
    assert.deepEqual(await find(part), { kind: 'absent' });
  });
}

async function twice(check: Check, site: Site): Promise<void> {
  await check('WordPress: published again and again, one article', async () => {
    const { commit } = benchOf(site);
    const part = partOf('Once');
    const first = delivered(await commit(part));
    for (let n = 0; n < 3; n += 1) assert.deepEqual(delivered(await commit(part)), first);
    assert.equal(await count(site, 'Once'), 1);
  });

  await check('WordPress: published twice at the same moment, one article', async () => {
    const { prepare, commit } = benchOf(site);
    const part = partOf('At once');
    await prepare(part);
    const [one, other] = await Promise.all([commit(part), commit(part)]);
    assert.deepEqual(delivered(one), delivered(other));
    assert.equal(await count(site, 'At once'), 1);
  });

  await check('WordPress: a lost answer leaves it uncertain, it is found, and a resend makes no second one', async () => {
    const { bench, prepare, commit, find } = benchOf(site);
    const part = partOf('Lost');
    await prepare(part);
    losing(bench, (url) => /\/posts\/\d+$/.test(url.pathname));
    assert.equal((await commit(part)).kind, 'uncertain');
    const found = await find(part);
    assert.equal(found.kind, 'found');
    assert.equal(delivered(await commit(part)).remoteId, found.kind === 'found' ? found.remoteId : '');
    assert.equal(await count(site, 'Lost'), 1);
  });

  await check('WordPress: a lost answer to the draft makes no second one, nor does forgetting all that was kept', async () => {
    const { bench, prepare, commit } = benchOf(site);
    const part = partOf('Lost draft');
    losing(bench, (url) => url.pathname.endsWith('/wp/v2/posts') && !url.searchParams.has('slug'));
    assert.equal((await prepare(part)).kind, 'unavailable');
    const { remoteId } = delivered(await commit(part));
    assert.equal(delivered(await benchOf(site).commit(part)).remoteId, remoteId);
    assert.equal(await count(site, 'Lost draft'), 1);
  });

  await check('WordPress: a draft that somebody deleted is made anew, one that changed is brought up to date', async () => {
    const { prepare, commit } = benchOf(site);
    const part = partOf('Twice made\nOld words');
    await prepare(part);
    await site.php(`foreach (get_posts(['title' => 'Twice made', 'post_status' => 'any']) as $post) wp_delete_post($post->ID, true);`);
    await prepare({ ...part, content: { ...part.content, text: 'Twice made\nNew words' } });
    const out = delivered(await commit({ ...part, content: { ...part.content, text: 'Twice made\nNewest words' } }));
    assert.equal(await count(site, 'Twice made'), 1);
    assert.match(await pageOf(out.url), /Newest words/);
  });
}

async function refusals(check: Check, site: Site): Promise<void> {
  await check('WordPress: a file that it does not allow is refused, although it says 500', async () => {
    const { prepare } = benchOf(site);
    const refused = await prepare(partOf('Look', { media: [{ ...image, mime: 'image/svg+xml' }] }));
    assert.equal(refused.kind, 'refused', JSON.stringify(refused));
    assert.match('detail' in refused ? refused.detail : '', /^500: rest_upload_unknown_error/);
    // Nor one that is not what its name says.
    assert.equal((await prepare(partOf('Film', { media: [{ ...image, mime: 'video/mp4' }] }))).kind, 'refused');
  });

  await check('WordPress: a file larger than the site takes is refused', async () => {
    const { bench } = benchOf(site);
    const world = { ...bench.world, open: async () => new Blob([png, new Uint8Array(1_500_000)], { type: 'image/png' }) };
    const refused = await connector.prepare!(partOf('Look', { media: [image] }), accountOf(site), world);
    assert.equal(refused.kind, 'refused', JSON.stringify(refused));
  });

  await check('WordPress: a wrong password is unauthorized, and stands in no detail', async () => {
    const { bench } = benchOf(site);
    const wrong = { ...accountOf(site), applicationPassword: 'not the password' };
    const said = [await connector.commit(partOf('No'), wrong, bench.world), await connector.look(wrong, bench.world)];
    assert.deepEqual(said.map(({ kind }) => kind), ['unauthorized', 'unauthorized'], JSON.stringify(said));
    assert.ok(!JSON.stringify(said).includes('not the password'));
  });

  await check('WordPress: a user who may write and not publish is unauthorized, and nothing is out', async () => {
    const { bench } = benchOf(site);
    const helper = { site: site.url, username: 'helper', applicationPassword: site.passwords.helper };
    assert.equal((await connector.look(helper, bench.world)).kind, 'unauthorized');
    assert.equal((await connector.commit(partOf('By the helper'), helper, bench.world)).kind, 'unauthorized');
  });
}

async function ways(check: Check, site: Site): Promise<void> {
  await check('WordPress: a site with plain permalinks is spoken to by ?rest_route=', async () => {
    await site.php(`update_option('permalink_structure', '');`);
    const { bench, commit, find } = benchOf(site);
    const part = partOf('Plain', { media: [image] });
    const out = delivered(await commit(part));
    assert.match(out.url ?? '', /\/\?p=\d+$/);
    assert.equal((await find(part)).kind, 'found');
    assert.equal((await connector.probe(new URL(site.url).host, bench.world)).kind, 'ok');
    await site.php(`update_option('permalink_structure', '/%postname%/');`);
  });
}

async function outages(check: Check, site: Site): Promise<void> {
  const host = new URL(site.url).host;
  const maintenance = join(site.folder, '.maintenance');

  await check('WordPress: while it is maintained it is unavailable, and afterwards the article is out once', async () => {
    const { bench, prepare, commit, find } = benchOf(site);
    const part = partOf('Maintained');
    await prepare(part);
    await writeFile(maintenance, '<?php $upgrading = time();');
    const outcome = await commit(part);
    assert.equal(outcome.kind, 'unavailable', JSON.stringify(outcome));
    assert.equal((await find(part)).kind, 'unknown');
    assert.equal((await connector.probe(host, bench.world)).kind, 'fault');
    assert.equal((await connector.look(accountOf(site), bench.world)).kind, 'unavailable');
    await rm(maintenance);
    delivered(await commit(part));
    assert.equal(await count(site, 'Maintained'), 1);
  });

  await check('WordPress: without its database it is unavailable, and afterwards the article is out once', async () => {
    const { bench, prepare, commit, find } = benchOf(site);
    const part = partOf('No database');
    await prepare(part);
    await site.databaseDown();
    const outcome = await commit(part);
    assert.equal(outcome.kind, 'unavailable', JSON.stringify(outcome));
    assert.match('detail' in outcome ? outcome.detail : '', /database connection/);
    assert.equal((await find(part)).kind, 'unknown');
    assert.equal((await connector.probe(host, bench.world)).kind, 'fault');
    await site.databaseUp();
    delivered(await commit(part));
    assert.equal(await count(site, 'No database'), 1);
  });

  await check('WordPress: one that hangs leaves it uncertain; it took the article all the same, and it stays one', async () => {
    const { bench, prepare, commit, find } = benchOf(site, 1_500);
    const part = partOf('In the dark');
    await prepare(part);
    site.pause();
    assert.equal((await commit(part)).kind, 'uncertain');
    assert.equal((await find(part)).kind, 'unknown');
    assert.equal((await connector.probe(host, bench.world)).kind, 'fault');
    site.resume();
    const { find: findAgain } = benchOf(site);
    assert.equal((await findAgain(part)).kind, 'found');
    delivered(await commit(part));
    assert.equal(await count(site, 'In the dark'), 1);
  });

  await check('WordPress: one that is not there is unavailable', async () => {
    const { bench, commit } = benchOf(site);
    await site.stop();
    assert.equal((await commit(partOf('Nobody home'))).kind, 'unavailable');
    assert.equal((await connector.probe(host, bench.world)).kind, 'fault');
  });
}
