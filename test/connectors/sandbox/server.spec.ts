import { mkdtemp, appendFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectorById } from '../../../src/connectors/registry.js';
import type { Fault } from '../../../src/connectors/sandbox/faults.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/connectors/sandbox/server.js';
import type { Outcome } from '../../../src/core/outcome.js';
import { edgeOf } from '../../../src/core/edge.js';
import { type Fetch, TransportError } from '../../../src/core/transport.js';
import { Clock } from '../../../src/infra/clock.js';
import { Outgoing } from '../../../src/infra/http/outgoing.js';
import { type Bench, partOf, worldOf } from '../contract.js';

/** Holds the sandbox's time; `sleep` moves it on. */
class HeldClock {
  time = Date.UTC(2026, 10, 22, 12);
  now = (): number => this.time;
  sleep = async (ms: number): Promise<void> => void (this.time += ms);
}

const account = { url: '', account: 'brand', token: 'good-token' };
let clock: HeldClock;
let sandbox: Sandbox;
let outgoing: Outgoing;
let bench: Bench;
/** Ends what is under way: no time limit of a test tells silence from a slow machine. */
let giving: AbortController;

async function start(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox({ clock, ...options });
  outgoing = new Outgoing({ ALLOW_HOSTS: ['127.0.0.1'], CONTROL_TARGETS: [] }, new Clock());
  account.url = sandbox.url;
  giving = new AbortController();
  bench = worldOf({ now: clock.now, fetch: (...asked: Parameters<Fetch>) => outgoing.fetch({ maxBytes: 1_000_000, signal: giving.signal })(...asked), isCommit: () => false } as never);
}

async function stop(): Promise<void> {
  await outgoing.onApplicationShutdown();
  await sandbox.close();
}

beforeEach(async () => {
  clock = new HeldClock();
  await start();
});
afterEach(stop);

const post = (platform: string, text = 'Ciao', n = 1): Promise<Outcome> => connectorById(platform).commit(partOf(text, n), account, bench.world);
/**
 * A post that no answer comes to: nobody waits for it any more once the platform has all of it. What is done with a post
 * and answered to it happens in the moment it is counted, so an answer would be here before the count.
 */
async function unanswered(platform: string): Promise<Outcome> {
  const counted = async (): Promise<number> => (await control<Record<string, number>>('traffic'))[platform] ?? 0;
  const before = await counted();
  const posting = post(platform);
  while ((await counted()) === before) continue;
  giving.abort();
  giving = new AbortController();
  return posting;
}
const find = (platform: string, text = 'Ciao', n = 1, taken: string[] = []) =>
  connectorById(platform).find!(partOf(text, n), account, { ...bench.world, window: { since: clock.time - 600_000, taken: new Set(taken) } });
/** What the control API may answer, as far as these tests read it. */
interface Told {
  readonly contents: readonly { readonly text: string; readonly visible: number }[];
  readonly totals: object;
  readonly faults: readonly object[];
  readonly error: { readonly code: string; readonly message: string };
}
const control = async <Answer = Told>(path: string, method = 'GET', body?: unknown): Promise<Answer> =>
  (await fetch(`${sandbox.url}/control/${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) })).json() as Promise<Answer>;
const seen = async (text = 'Ciao'): Promise<number | undefined> => (await control('counts')).contents.find((one) => one.text === text)?.visible;
const fault = (one: object): string => sandbox.faults.add({ probability: 1, ...one } as Fault);

describe('misbehaving as told', () => {
  it.each<[string, object, Outcome['kind'], number | undefined]>([
    ['an error before', { kind: 'status', status: 503 }, 'unavailable', undefined],
    ['a bad gateway after', { kind: 'status', status: 502, html: true, taken: true }, 'uncertain', 1],
    ['a page before', { kind: 'html' }, 'uncertain', undefined],
    ['a page after', { kind: 'html', taken: true }, 'uncertain', 1],
    ['other JSON after', { kind: 'shape', taken: true }, 'uncertain', 1],
    ['a reset before', { kind: 'reset' }, 'uncertain', undefined],
    ['a reset after', { kind: 'reset', taken: true }, 'uncertain', 1],
    ['saying yes and losing it', { kind: 'lose' }, 'delivered', 0],
    ['no time to wait', { kind: 'throttle' }, 'throttled', undefined],
    ['a dead token', { kind: 'unauthorized' }, 'unauthorized', undefined],
    ['a suspension', { kind: 'suspended' }, 'unauthorized', undefined],
    ['a refusal', { kind: 'refuse' }, 'refused', undefined],
    ['300 MB', { kind: 'huge' }, 'uncertain', undefined],
    ['300 MB after', { kind: 'huge', taken: true }, 'uncertain', 1],
  ])('%s', async (_name, told, kind, visible) => {
    await control('faults', 'POST', told);
    expect((await post('sandbox-delta')).kind).toBe(kind);
    expect(await seen()).toBe(visible);
  });

  it.each<[string, object, number | undefined]>([
    ['hanging before', { kind: 'hang' }, undefined],
    ['hanging after', { kind: 'hang', taken: true }, 1],
    ['an answer without end', { kind: 'endless', taken: true }, 1],
  ])('%s', async (_name, told, visible) => {
    await control('faults', 'POST', told);
    expect((await unanswered('sandbox-delta')).kind).toBe('uncertain');
    expect(await seen()).toBe(visible);
  });

  it.each(['seconds', 'date', 'iso', 'epoch'])('tells the time to wait in %s', async (says) => {
    fault({ kind: 'throttle', retryAfterMs: 90_000, says });
    expect(await post('sandbox-alpha')).toMatchObject({ kind: 'throttled', until: clock.time + 90_000 });
  });

  it('takes a post up to a minute after nobody waits any more', async () => {
    fault({ kind: 'late', ms: 60_000 });
    expect((await unanswered('sandbox-beta')).kind).toBe('uncertain');
    expect([await seen(), (await find('sandbox-beta')).kind]).toEqual([0, 'absent']);
    clock.time += 59_999;
    expect(await seen()).toBe(0);
    clock.time += 1;
    expect([await seen(), (await find('sandbox-beta')).kind]).toEqual([1, 'found']);
  });

  it('does twice what is repeated too early without a key, and once with one', async () => {
    for (const platform of ['sandbox-beta', 'sandbox-alpha']) {
      fault({ kind: 'late', ms: 60_000, count: 1, platform });
      await unanswered(platform);
      await post(platform);
    }
    clock.time += 60_000;
    const { contents, totals } = await control('counts');
    expect(contents).toEqual([expect.objectContaining({ platform: 'sandbox-beta', visible: 2 }), expect.objectContaining({ platform: 'sandbox-alpha', visible: 1 })]);
    expect(totals).toEqual({ contents: 2, never: 0, once: 1, moreThanOnce: 1 });
  });

  it('shows a post in read-back only after the lag', async () => {
    fault({ kind: 'lag', ms: 30_000 });
    await post('sandbox-alpha');
    expect([await seen(), (await find('sandbox-alpha')).kind]).toEqual([1, 'absent']);
    clock.time += 30_000;
    expect((await find('sandbox-alpha')).kind).toBe('found');
  });

  it('is slow', async () => {
    fault({ kind: 'slow', ms: 5_000 });
    const before = clock.time;
    expect((await post('sandbox-alpha')).kind).toBe('delivered');
    expect(clock.time - before).toBe(5_000);
  });

  it('flaps', async () => {
    fault({ kind: 'status', status: 503, flap: { badMs: 10_000, goodMs: 20_000 } });
    const kinds: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      kinds.push((await post('sandbox-alpha', `n ${n}`, n + 1)).kind);
      clock.time += 10_000;
    }
    expect(kinds).toEqual(['unavailable', 'delivered', 'delivered', 'unavailable', 'delivered', 'delivered']);
  });

  it('ends by itself after a time or a count', async () => {
    fault({ kind: 'status', status: 503, forMs: 1_000, platform: 'sandbox-alpha' });
    fault({ kind: 'status', status: 503, count: 1, platform: 'sandbox-beta' });
    expect((await post('sandbox-alpha')).kind).toBe('unavailable');
    expect((await post('sandbox-beta')).kind).toBe('unavailable');
    clock.time += 1_000;
    expect((await post('sandbox-alpha')).kind).toBe('delivered');
    expect((await post('sandbox-beta')).kind).toBe('delivered');
    expect((await control('faults')).faults).toEqual([]);
  });

  it.each([
    ['a page', { kind: 'status', status: 500, html: true, edge: 'cloudflare' }, 500, 'text/html'],
    ['its own words', { kind: 'status', status: 503, edge: 'cloudflare' }, 503, 'application/json'],
    ['a page where JSON is due', { kind: 'html', edge: 'cloudflare' }, 200, 'text/html'],
  ] as const)('puts the marks of a network on %s', async (_, told, status, type) => {
    fault(told);
    const answer = await fetch(`${sandbox.url}/sandbox-alpha/api`);
    expect([answer.status, answer.headers.get('content-type')?.split(';')[0], edgeOf(answer.headers)]).toEqual([status, type, 'cloudflare']);
    sandbox.faults.clear();
    expect(edgeOf((await fetch(`${sandbox.url}/sandbox-alpha/api`)).headers)).toBeNull();
  });

  it('hits one platform, one account, one call', async () => {
    fault({ kind: 'status', status: 503, platform: 'sandbox-alpha', account: 'brand', on: ['read'] });
    expect((await post('sandbox-alpha')).kind).toBe('delivered');
    expect((await post('sandbox-beta')).kind).toBe('delivered');
    expect((await find('sandbox-alpha')).kind).toBe('unknown');
    expect((await find('sandbox-beta')).kind).toBe('found');
  });

  it('leaves to chance what it is told to, the same way for the same seed', async () => {
    const run = async (): Promise<string> => {
      fault({ kind: 'status', status: 503, probability: 0.5 });
      let kinds = '';
      for (let n = 0; n < 20; n += 1) kinds += (await post('sandbox-alpha', `n ${n}`, n + 1)).kind[0];
      return kinds;
    };
    const first = await run();
    await stop();
    await start();
    expect(await run()).toBe(first);
    expect(first).toMatch(/d.*u|u.*d/);
  });

  it('forgets a key after its window', async () => {
    await control('terms', 'PUT', { keyWindowMs: 1_000 });
    await post('sandbox-gamma');
    clock.time += 1_000;
    await post('sandbox-gamma');
    expect(await seen()).toBe(2);
  });
});

describe('pictures', () => {
  it('are uploaded once, chewed, and then posted; media alone can be out of order', async () => {
    const connector = connectorById('sandbox-media');
    const medium = { mediaId: 'a', mime: 'image/png', bytes: 10, width: 1, height: 1, alt: '' };
    const part = { ...partOf('Guarda'), content: { ...partOf('Guarda').content, media: [medium] } };
    fault({ kind: 'status', status: 503, on: ['media'], count: 1 });
    expect((await connector.prepare!(part, account, bench.world)).kind).toBe('unavailable');
    expect((await post('sandbox-media', 'Solo testo', 2)).kind).toBe('delivered');
    expect(await connector.prepare!(part, account, bench.world)).toEqual({ kind: 'wait', at: clock.time + 2_000 });
    clock.time += 2_000;
    expect(await connector.prepare!(part, account, bench.world)).toEqual({ kind: 'ready' });
    expect((await connector.commit(part, account, bench.world)).kind).toBe('delivered');
    expect(sandbox.store.list().at(-1)).toMatchObject({ text: 'Guarda', media: [expect.any(String)] });
  });
});

describe('the oracle', () => {
  it('tells a post deleted by hand from one that never was', async () => {
    const outcome = await post('sandbox-alpha');
    if (outcome.kind !== 'delivered') throw new Error(outcome.detail);
    await control(`posts/${outcome.remoteId}`, 'DELETE');
    expect(await seen()).toBe(1);
    expect((await find('sandbox-alpha')).kind).toBe('absent');
  });

  it('finds an old post behind more than a page of newer ones', async () => {
    await post('sandbox-beta', 'Vecchio', 1);
    for (let n = 0; n < 250; n += 1) sandbox.store.take({ platform: 'sandbox-beta', account: 'brand', text: `n ${n}`, replyTo: null, media: [], key: null }, { visibleInMs: 0, lagMs: 0 });
    expect((await find('sandbox-beta', 'Vecchio')).kind).toBe('found');
    expect((await find('sandbox-beta', 'Mai', 2)).kind).toBe('absent');
  });

  it('survives a restart, even one that tore its last line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
    const file = join(folder, 'posts.jsonl');
    await stop();
    await start({ file });
    const outcome = await post('sandbox-alpha');
    await stop();
    await appendFile(file, '{"post":{"id":"p2","plat');
    await start({ file });
    expect(await post('sandbox-alpha')).toMatchObject({ kind: 'delivered', remoteId: outcome.kind === 'delivered' ? outcome.remoteId : '' });
    await post('sandbox-alpha', 'Altro', 2);
    await stop();
    await start({ file });
    expect((await control('counts')).totals).toEqual({ contents: 2, never: 0, once: 2, moreThanOnce: 0 });
    await rm(folder, { recursive: true });
  });

  it('shows timelines to people, with nothing of a post taken for markup', async () => {
    await post('sandbox-alpha', '<script>alert(1)</script>');
    const response = await fetch(`${sandbox.url}/sandbox-alpha`);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
    expect(await (await fetch(sandbox.url)).text()).toContain('Sandbox Alpha');
  });

  it('answers posts at once and keeps nothing as a sink', async () => {
    await control('terms', 'PUT', { sink: true });
    expect((await post('sandbox-delta')).kind).toBe('delivered');
    expect([await seen(), await control('traffic')]).toEqual([undefined, { sink: 1 }]);
  });

  it('obeys no web page', async () => {
    const simple = await fetch(`${sandbox.url}/control/faults`, { method: 'POST', body: '{"kind":"hang"}', headers: { 'content-type': 'text/plain' } });
    expect(simple.status).toBe(415);
    const rebound = new Outgoing({ ALLOW_HOSTS: ['evil.test'], CONTROL_TARGETS: [] }, new Clock(), async () => [{ address: '127.0.0.1', family: 4 }]);
    await expect(rebound.fetch()(`http://evil.test:${sandbox.port}/control/posts`)).rejects.toThrow(TransportError);
    await rebound.onApplicationShutdown();
  });

  it('says what is wrong with an order', async () => {
    expect((await control('faults', 'POST', { kind: 'explode' })).error.message).toContain('kind');
    expect((await control('faults', 'POST', { kind: 'hang', platform: 'sandbox-alfa' })).error.code).toBe('bad-request');
  });
});
