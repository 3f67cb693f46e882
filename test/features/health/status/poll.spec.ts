import { describe, expect, it } from '@jest/globals';
import { MINUTE_MS } from '../../../../src/core/instant.js';
import { type FetchInit, TransportError, type TransportFault } from '../../../../src/core/transport.js';
import { isDue, poll, type Polled, type StatusRoad } from '../../../../src/features/health/status/poll.js';
import { StatusSource } from '../../../../src/features/health/status/source.schema.js';
import { at } from './bodies.js';

const source = StatusSource.parse({ platform: 'acme', format: 'statuspage', url: 'https://s.example/api/v2/summary.json', capabilities: { publish: '*' } });
const calm = '{"status":{"indicator":"none"}}';
const start = at('2026-09-23T10:00:00Z');

/** Answers one request after another, and remembers what was asked under which terms. */
class Road implements StatusRoad {
  readonly asked: { readonly url: string; readonly init: FetchInit; readonly terms: object }[] = [];
  #answers: (() => Response)[] = [];

  then(...answers: (() => Response)[]): this {
    this.#answers.push(...answers);
    return this;
  }

  fetch(terms: object) {
    return async (url: string | URL, init: FetchInit = {}): Promise<Response> => {
      this.asked.push({ url: String(url), init, terms });
      const answer = this.#answers.shift();
      if (!answer) throw new Error('nobody expected this request');
      return answer();
    };
  }
}

const says = (body: string | Uint8Array, headers: Record<string, string> = {}, status = 200) => () => new Response(typeof body === 'string' ? body : new Uint8Array(body), { status, headers });
const unchanged = (): Response => new Response(null, { status: 304 });
const fault = (kind: TransportFault) => (): never => { throw new TransportError(kind, true, `s.example: ${kind}`); };
const ask = (road: Road, polled: Polled | null = null, now = start): Promise<Polled> => poll(source, polled, { road, now: () => now });

describe('asking a status page', () => {
  it('goes out bounded: 5 MB, 10 s, 3 redirects', async () => {
    const road = new Road().then(says(calm));
    await ask(road);
    expect(road.asked).toMatchObject([{ url: source.url, init: { timeoutMs: 10_000 }, terms: { maxBytes: 5_000_000, timeoutMs: 10_000, maxRedirects: 3 } }]);
  });

  it('gives its report, and is due again after a minute', async () => {
    const polled = await ask(new Road().then(says(calm)));
    expect(polled).toMatchObject({ report: { kind: 'ok', worst: 'operational' }, failures: 0 });
    expect([isDue(polled, start + MINUTE_MS - 1), isDue(polled, start + MINUTE_MS)]).toEqual([false, true]);
  });

  it('asks nobody before it is due', async () => {
    const polled = await ask(new Road().then(says(calm)));
    expect(await ask(new Road(), polled, start + 1_000)).toBe(polled);
  });

  it('asks again at once when the clock was set back', async () => {
    const polled = await ask(new Road().then(says(calm)));
    expect(isDue(polled, start - 60 * MINUTE_MS)).toBe(true);
  });

  it('sends the validators back, and keeps the report when nothing changed', async () => {
    const road = new Road().then(says(calm, { etag: 'W/"7"', 'last-modified': 'Wed, 23 Sep 2026 09:00:00 GMT' }), unchanged);
    const first = await ask(road);
    const second = await ask(road, first, start + MINUTE_MS);
    expect(road.asked[1]!.init.headers).toMatchObject({ 'if-none-match': 'W/"7"', 'if-modified-since': 'Wed, 23 Sep 2026 09:00:00 GMT' });
    expect(second).toEqual({ ...first, askedAt: start + MINUTE_MS, nextAt: start + 2 * MINUTE_MS });
  });

  it('does not believe "unchanged" when it knows nothing', async () => {
    const road = new Road().then(unchanged);
    expect(await ask(road)).toMatchObject({ report: { kind: 'broken', reason: 'the answer 304' } });
    expect(road.asked[0]!.init.headers).not.toHaveProperty('if-none-match');
  });

  it('asks without validators after a broken answer', async () => {
    const road = new Road().then(says(calm, { etag: '"1"' }), says('oops'), says(calm));
    const first = await ask(road);
    const second = await ask(road, first, start + MINUTE_MS);
    await ask(road, second, start + 10 * MINUTE_MS);
    expect(road.asked[2]!.init.headers).not.toHaveProperty('if-none-match');
  });
});

describe('a status page that is broken', () => {
  it.each([
    ['an error', says(calm, {}, 503), 'the answer 503'],
    ['a redirect too many', says('', { location: '/' }, 302), 'the answer 302'],
    ['a refusal', says('', {}, 403), 'the answer 403'],
    ['a web page', says('<!doctype html><html></html>'), 'a web page or XML instead of JSON'],
    ['no body', says(''), 'an empty body'],
    ['too much', fault('too-large'), 's.example: too-large'],
    ['silence', fault('timeout'), 's.example: timeout'],
    ['an address the guard refuses', fault('guard'), 's.example: guard'],
    ['more than the road should have let through', says(' '.repeat(5_000_001)), 'more than 5 MB'],
    ['an unknown encoding', says(calm, { 'content-type': 'application/json; charset=klingon' }), 'an encoding that is not known (klingon)'],
    ['bytes of another encoding', says(Buffer.from('{"status":{"indicator":"né"}}', 'latin1')), 'text that is not in its encoding (utf-8)'],
    ['a fault of our own', () => { throw new RangeError('x'); }, 'a fault in reading it (RangeError)'],
  ])('is unknown with a reason, not a throw: %s', async (_, answer, reason) => {
    expect(await ask(new Road().then(answer))).toMatchObject({ report: { kind: 'broken', reason }, failures: 1, isOurs: false });
  });

  it('forgets what it said before', async () => {
    const first = await ask(new Road().then(says('{"status":{"indicator":"critical"}}')));
    expect((await ask(new Road().then(fault('reset')), first, start + MINUTE_MS)).report.kind).toBe('broken');
  });

  it('is asked ever less often, up to every 15 minutes, and every minute again once it answers', async () => {
    const waits: number[] = [];
    let polled: Polled | null = null;
    for (let i = 0; i < 6; i += 1) {
      const now: number = polled?.nextAt ?? start;
      polled = await ask(new Road().then(fault('connect')), polled, now);
      waits.push((polled.nextAt - now) / MINUTE_MS);
    }
    expect(waits).toEqual([2, 4, 8, 15, 15, 15]);
    const well: Polled = await ask(new Road().then(says(calm)), polled, polled!.nextAt);
    expect(well.nextAt - well.askedAt).toBe(MINUTE_MS);
  });

  it('is not blamed for our own network', async () => {
    expect(await ask(new Road().then(fault('offline')))).toMatchObject({ report: { kind: 'broken' }, failures: 0, isOurs: true, nextAt: start + MINUTE_MS });
  });

  it('is not asked less often for a word nobody has seen', async () => {
    expect(await ask(new Road().then(says('{"status":{"indicator":"sparkling"}}')))).toMatchObject({ report: { kind: 'unknown' }, failures: 0, nextAt: start + MINUTE_MS });
  });
});

describe('encodings', () => {
  it.each([
    ['UTF-16 by its first bytes', Buffer.from(`\ufeff${calm}`, 'utf16le'), {}],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${calm}`), {}],
    ['the charset of the content type', Buffer.from('{"status":{"indicator":"none","description":"Tutto è ok"}}', 'latin1'), { 'content-type': 'application/json; charset="ISO-8859-1"' }],
  ])('are read: %s', async (_, bytes, headers) => {
    expect(await ask(new Road().then(says(bytes, headers)))).toMatchObject({ report: { kind: 'ok', worst: 'operational' } });
  });

  it('are read as the XML declares', async () => {
    const bytes = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><rss><channel><item><title>È giù</title></item></channel></rss>', 'latin1');
    const polled = await poll({ ...source, format: 'rss' }, null, { road: new Road().then(says(bytes)), now: () => start });
    expect(polled.report).toMatchObject({ incidents: [{ title: 'È giù' }] });
  });
});
