import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FindWindow } from '../../src/connectors/connector.js';
import { connectorById, connectors } from '../../src/connectors/registry.js';
import type { Outcome } from '../../src/core/outcome.js';
import type { Part } from '../../src/core/part.js';
import { answering, type Bench, contentOf, losingTheAnswer, neverSent, partOf, type Peer, worldOf } from './contract.js';
import { echoOf, fuzzed } from './fuzz.js';
import { housesOf, peers } from './peers.js';

const page = (status: number): Response => new Response('<!doctype html><title>Sorry</title><h1>Something went wrong</h1>', { status, headers: { 'content-type': 'text/html' } });
const said = (status: number, body: string, headers: Record<string, string> = {}): Response =>
  new Response(status === 204 ? null : body, { status, headers: { 'content-type': 'application/json', ...headers } });

const houses = await housesOf(peers);
/** Where a person posts nothing is sent: no outcome, no fake platform. By hand has tests of its own (by-hand/). */
const byMachine = connectors.filter(({ byHand }) => !byHand);

describe('the registry', () => {
  it('knows a fake platform for every connector that posts itself', () => {
    expect(Object.keys(peers).sort()).toEqual(byMachine.map(({ id }) => id).sort());
  });

  it('gives every connector an id of its own and names them when asked for another', () => {
    expect(new Set(connectors.map(({ id }) => id)).size).toBe(connectors.length);
    expect(() => connectorById('myspace')).toThrow(/"myspace".*mastodon/);
  });
});

describe.each(byMachine.filter(({ id }) => id in peers).map((connector) => [connector.id, connector] as const))('%s', (id, connector) => {
  let peer: Peer;
  let bench: Bench;
  let account: unknown;

  beforeEach(async () => {
    peer = await peers[id]!();
    bench = worldOf(peer);
    account = connector.account.parse(peer.account);
  });
  afterEach(async () => peer.close?.());

  const commit = (part: Part = partOf('Ciao')): Promise<Outcome> => connector.commit(part, account, bench.world);
  /** What the wire can do; an outlet of this house has none, and says so as left out. */
  const wire = houses.has(id) ? it.skip : it;
  const withFindByWire = (name: string, run: () => Promise<void>): void => (connector.find ? wire(name, run) : undefined);
  const withFind = (name: string, run: () => Promise<void>): void => (connector.find ? it(name, run) : undefined);
  const withKey = (name: string, run: () => Promise<void>): void => (connector.resendWindowMs === null ? undefined : wire(name, run));
  const find = async (part: Part, taken: readonly string[] = []) => {
    const window: FindWindow = { since: peer.now() - 120_000, taken: new Set(taken) };
    return connector.find!(part, account, { ...bench.world, window });
  };
  const posted = async (text: string): Promise<number> => (await peer.posts()).filter((post) => post.text === text).length;

  it('declares what the house needs to know', () => {
    expect(connector.settleMs).toBeGreaterThanOrEqual(120_000);
    expect(connector.host(account)).toBe(connector.host(account).toLowerCase());
    expect(connector.account.safeParse({}).success).toBe(false);
    expect(connector.options.safeParse({}).success).toBe(true);
    expect(connector.capabilities).toContain('publish');
  });

  it('says delivered, with the remote id, when the post is out', async () => {
    const outcome = await commit();
    const [post] = await peer.posts();
    expect(outcome).toEqual({ kind: 'delivered', remoteId: post?.remoteId, url: expect.stringMatching(/^https?:/) });
    expect(post?.text).toBe('Ciao');
  });

  it('answers the post before in a thread', async () => {
    const first = await commit(partOf('Uno', 1));
    if (first.kind !== 'delivered') throw new Error(first.detail);
    const ref = { remoteId: first.remoteId, url: first.url };
    const second = await commit({ ...partOf('Due', 2), position: 1, kind: 'reply', parent: ref, root: ref });
    expect(second.kind).toBe('delivered');
    expect(await peer.posts()).toHaveLength(2);
  });

  wire('says refused when the content is at fault', async () => {
    bench.broken(answering(() => peer.own.refused()));
    expect((await commit()).kind).toBe('refused');
  });

  wire('says unauthorized when the platform does', async () => {
    bench.broken(answering(() => peer.own.unauthorized()));
    expect((await commit()).kind).toBe('unauthorized');
  });

  wire('says unauthorized for an account whose access was revoked, in commit and in look', async () => {
    account = connector.account.parse(peer.revoked);
    bench = worldOf({ ...peer, session: undefined } as unknown as Peer);
    expect((await commit()).kind).toBe('unauthorized');
    expect((await connector.look(account, bench.world)).kind).toBe('unauthorized');
    expect(await peer.posts()).toHaveLength(0);
  });

  wire('says throttled, and until when if the platform tells', async () => {
    const until = Math.ceil(peer.now() / 1000) * 1000 + 90_000;
    bench.broken(answering(() => peer.own.throttled(until)));
    const told = await commit();
    expect(told).toMatchObject({ kind: 'throttled', until: expect.any(Number) });
    expect(Math.abs((told.kind === 'throttled' ? (told.until ?? 0) : 0) - until)).toBeLessThanOrEqual(1_000);
    bench.broken(answering(() => peer.own.throttled(null)));
    expect(await commit()).toMatchObject({ kind: 'throttled', until: null });
  });

  wire('says unavailable for a 503 in the platform\'s own format, unless that one may hide a post', async () => {
    bench.broken(answering(() => peer.own.unavailable()));
    expect((await commit()).kind).toBe(peer.own5xxMayHideAPost ? 'uncertain' : 'unavailable');
  });

  wire.each([500, 502, 503, 504, 520])('says uncertain for a %i that a proxy may have written', async (status) => {
    bench.broken(answering(() => page(status)));
    expect((await commit()).kind).toBe('uncertain');
  });

  wire.each([401, 403, 404])('blames neither account nor content for a %i page that is not the platform\'s', async (status) => {
    bench.broken(answering(() => page(status)));
    expect((await commit()).kind).toBe('unavailable');
  });

  wire.each([
    ['a page', () => page(200)], ['nothing', () => said(200, '')], ['nothing, by 204', () => said(204, '')],
    ['half an answer', () => said(200, '{"id": "1')], ['other JSON', () => said(200, '{"yes":"but no"}')], ['null', () => said(200, 'null')],
  ])('says uncertain for 200 with %s', async (_name, make) => {
    bench.broken(answering(make));
    expect((await commit()).kind).toBe('uncertain');
  });

  wire.each(['reset', 'timeout', 'too-large'] as const)('says uncertain when the answer is lost by %s', async (kind) => {
    bench.broken(losingTheAnswer(kind));
    expect((await commit()).kind).toBe('uncertain');
    expect(await posted('Ciao')).toBe(1);
  });

  wire.each(['connect', 'dns', 'tls'] as const)('says unavailable when nothing was sent: %s', async (kind) => {
    bench.broken(neverSent(kind), 'all');
    expect((await commit()).kind).toBe('unavailable');
    expect((await connector.look(account, bench.world)).kind).toBe('unavailable');
  });

  wire.each(['claim-too-old', 'guard', 'offline', 'aborted'] as const)('says local when it is us: %s', async (kind) => {
    bench.broken(neverSent(kind), 'all');
    expect((await commit()).kind).toBe('local');
    expect((await connector.look(account, bench.world)).kind).toBe('local');
    expect((await connector.probe(connector.host(account), bench.world)).kind).toBe('local');
  });

  wire('does not throw when the wire does something nobody foresaw', async () => {
    bench.broken(async () => {
      throw new TypeError('undefined is not a function');
    }, 'all');
    expect(['uncertain', 'local']).toContain((await commit()).kind);
    expect((await connector.look(account, bench.world)).kind).toBe('local');
  });

  withKey('posts once when it repeats after a lost answer', async () => {
    bench.broken(losingTheAnswer('timeout'));
    expect((await commit()).kind).toBe('uncertain');
    bench.mend();
    const [post] = await peer.posts();
    expect(await commit()).toMatchObject({ kind: 'delivered', remoteId: post?.remoteId });
    expect(await posted('Ciao')).toBe(1);
  });

  withFind('finds what is out, also after a lost answer', async () => {
    bench.broken(losingTheAnswer('reset'));
    await commit();
    const [post] = await peer.posts();
    expect(await find(partOf('Ciao'))).toMatchObject({ kind: 'found', remoteId: post?.remoteId });
  });

  withFind('finds a post with a link', async () => {
    const link = { url: 'https://example.test/a?b=1&c=2', title: 'A title', description: 'Words', thumb: null };
    const part = { ...partOf('Leggi'), content: { ...contentOf('Leggi'), link } };
    const outcome = await commit(part);
    expect(outcome.kind).toBe('delivered');
    expect(await find(part)).toMatchObject({ kind: 'found', remoteId: outcome.kind === 'delivered' ? outcome.remoteId : '' });
  });

  withFind('finds nothing where nothing is', async () => {
    await commit(partOf('Altro', 2));
    expect((await find(partOf('Ciao'))).kind).toBe('absent');
  });

  withFind('never takes an older part with the same words for this one', async () => {
    const older = await commit(partOf('Ciao', 1));
    if (older.kind !== 'delivered') throw new Error(older.detail);
    expect((await find(partOf('Ciao', 2), [older.remoteId])).kind).toBe('absent');
  });

  withFindByWire('concludes nothing from a look that failed', async () => {
    for (const make of [() => page(200), () => page(503), () => said(200, '{}'), () => peer.own.unavailable(), () => peer.own.unauthorized(), () => peer.own.throttled(null)]) {
      bench.broken(answering(make), 'all');
      expect((await find(partOf('Ciao'))).kind).toBe('unknown');
    }
    bench.broken(losingTheAnswer('timeout'), 'all');
    expect((await find(partOf('Ciao'))).kind).toBe('unknown');
  });

  it('probes without a credential', async () => {
    const asked: string[] = [];
    const fetch: Peer['fetch'] = (url, init) => (asked.push(`${String(url)} ${JSON.stringify(init ?? {})}`), peer.fetch(url, init));
    const probe = await connector.probe(connector.host(account), { ...bench.world, fetch });
    expect(probe).toEqual({ kind: 'ok', latencyMs: expect.any(Number) });
    expect(asked.join(' ').toLowerCase()).not.toMatch(/authorization|cookie/);
    for (const secret of peer.secrets) expect(asked.join(' ')).not.toContain(secret);
  });

  wire('sees in a probe that the API does not answer as itself', async () => {
    for (const make of [() => page(200), () => page(503), () => said(200, '{}'), () => peer.own.unavailable()]) {
      bench.broken(answering(make), 'all');
      expect((await connector.probe(connector.host(account), bench.world)).kind).toBe('fault');
    }
    bench.broken(losingTheAnswer('timeout'), 'all');
    expect((await connector.probe(connector.host(account), bench.world)).kind).toBe('fault');
  });

  if (connector.shadow) {
    const shadow = () => connector.shadow!(connector.host(account), bench.world);

    it('writes what nobody sees, without a credential', async () => {
      const asked: string[] = [];
      const fetch: Peer['fetch'] = (url, init) => (asked.push(`${init?.method} ${String(url)} ${JSON.stringify(init ?? {})}`), peer.fetch(url, init));
      expect(await connector.shadow!(connector.host(account), { ...bench.world, fetch })).toEqual({ kind: 'ok', latencyMs: expect.any(Number) });
      expect(asked.join(' ')).toMatch(/^(POST|PUT|PATCH) /);
      expect(asked.join(' ').toLowerCase()).not.toMatch(/authorization|cookie/);
      for (const secret of peer.secrets) expect(asked.join(' ')).not.toContain(secret);
      expect(await peer.posts()).toEqual([]);
    });

    it('sees in it that writes fail, and nothing in what the platform has against the asker', async () => {
      for (const make of [() => page(200), () => page(503), () => said(200, '{}'), () => peer.own.unavailable()]) {
        bench.broken(answering(make), 'all');
        expect((await shadow()).kind).toBe('fault');
      }
      bench.broken(losingTheAnswer('timeout'), 'all');
      expect((await shadow()).kind).toBe('fault');
      for (const make of [() => peer.own.throttled(null), () => peer.own.refused(), () => peer.own.unauthorized()]) {
        bench.broken(answering(make), 'all');
        expect((await shadow()).kind).toBe('local');
      }
      bench.broken(neverSent('offline'), 'all');
      expect((await shadow()).kind).toBe('local');
    });
  }

  it('looks at an account', async () => {
    expect(await connector.look(account, bench.world)).toMatchObject({ kind: 'ok', accountName: expect.stringMatching(/brand/i) });
  });

  it('checks a text as its platform counts', () => {
    const limits = connector.limits();
    expect(limits.check(contentOf('Ciao'))).toEqual([]);
    expect(limits.check(contentOf('a'.repeat(limits.maxText)))).toEqual([]);
    expect(limits.check(contentOf('a'.repeat(limits.maxText + 1))).map(({ code }) => code)).toContain('text-too-long');
    expect(limits.check(contentOf('  ')).map(({ code }) => code)).toContain('text-empty');
    expect(limits.measure('Ciao')).toBe(4);
  });

  wire('never throws, never lies and never tells a secret, whatever comes back', async () => {
    const secrets = new Set(peer.secrets);
    const echoing = (seed: number) => answering((init) => fuzzed(seed, echoOf(init, secrets)));
    for (const seed of Array.from({ length: 150 }, (_, n) => n + 1)) {
      bench = worldOf(peer);
      bench.broken(echoing(seed));
      const outcome = await commit(partOf('Ciao', seed));
      expect(outcomeKinds).toContain(outcome.kind);
      bench.broken(echoing(seed), 'all');
      // The probe sends no secret, so none can come back.
      await connector.probe(connector.host(account), bench.world);
      const answers = [outcome, await connector.look(account, bench.world), ...(connector.find ? [await find(partOf('Ciao', seed))] : [])];
      // Nobody sees a read: it leaves nothing uncertain. And what the fuzz says is never a post of ours.
      expect(answers.slice(1).map(({ kind }) => kind)).not.toContain('uncertain');
      expect(answers.map(({ kind }) => kind)).not.toContain('found');
      const told = JSON.stringify(answers) + bench.logged.join('\n');
      for (const secret of secrets) expect(told).not.toContain(secret);
      for (const answer of answers) if ('detail' in answer) expect(answer.detail.length).toBeLessThanOrEqual(500);
    }
  });
});

const outcomeKinds: readonly Outcome['kind'][] = ['delivered', 'refused', 'unauthorized', 'throttled', 'unavailable', 'uncertain', 'local'];
