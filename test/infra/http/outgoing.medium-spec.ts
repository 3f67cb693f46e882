import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Clock } from '../../../src/infra/clock.js';
import { closeAll, faultOf, ok, outgoing, serving, tcp } from './loopback.js';

afterEach(closeAll);

/** What ends a request that is never through: a limit, longer each time the machine was too slow to send anything within it. */
async function faultInTime(ask: (timeoutMs: number) => Promise<Response>): ReturnType<typeof faultOf> {
  for (let timeoutMs = 100; ; timeoutMs *= 2) {
    const fault = await faultOf(ask(timeoutMs));
    if (fault.sent) return fault;
  }
}

describe('an exchange', () => {
  it('hands back status, headers and body', async () => {
    const { url } = await serving((request, response, body) => response.writeHead(201, { 'x-said': 'yes', 'content-type': 'application/json' }).end(JSON.stringify({ body, type: request.headers['content-type'] })));
    const response = await outgoing().fetch()(url, { method: 'POST', body: 'ciao è', headers: { 'Content-Type': 'text/x' } });
    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.ok, response.headers.get('x-said')]).toEqual([201, true, 'yes']);
    expect(await response.json()).toEqual({ body: 'ciao è', type: 'text/x' });
    expect(await new Response(response.body).json()).toEqual({ body: 'ciao è', type: 'text/x' });
  });

  it('sends forms and files with their length', async () => {
    const { url } = await serving((request, response, body) => response.end(JSON.stringify({ body, length: request.headers['content-length'], type: request.headers['content-type'] })));
    const form = new FormData();
    form.set('description', 'una "foto"');
    form.set('file', new File(['bytes'], 'a"b.png', { type: 'image/png' }));
    const sent = (await (await outgoing().fetch()(url, { method: 'POST', body: form })).json()) as { body: string; length: string; type: string };
    expect(Number(sent.length)).toBe(Buffer.byteLength(sent.body));
    const read = await new Response(sent.body, { headers: { 'content-type': sent.type } }).formData();
    expect(read.get('description')).toBe('una "foto"');
    expect(await (read.get('file') as File).text()).toBe('bytes');

    const blob = (await (await outgoing().fetch()(url, { method: 'PUT', body: new Blob(['12345'], { type: 'image/gif' }) })).json()) as object;
    expect(blob).toEqual({ body: '12345', length: '5', type: 'image/gif' });
  });

  it('reads an answer that is compressed although nobody asked for it', async () => {
    const { url } = await serving((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"plain":1}')));
    expect(await (await outgoing().fetch()(url)).json()).toEqual({ plain: 1 });
  });

  it('takes a status that HTTP does not know for a broken gateway', async () => {
    const { url } = await serving((_request, response) => response.writeHead(999).end('no'));
    expect((await outgoing().fetch()(url)).status).toBe(502);
  });
});

describe('what breaks', () => {
  it('a refused connection was never sent', async () => {
    const { url, server } = await serving(ok);
    await new Promise((resolve) => server.close(resolve));
    expect(await faultOf(outgoing().fetch()(url, { method: 'POST', body: 'x' }))).toMatchObject({ kind: 'connect', sent: false });
  });

  it('plain HTTP where TLS is due was never sent', async () => {
    const { port } = await serving(ok);
    expect(await faultOf(outgoing().fetch()(`https://127.0.0.1:${port}`, { method: 'POST', body: 'x' }))).toMatchObject({ kind: 'tls', sent: false });
  });

  it('a reset after the request was begun is sent', async () => {
    const peer = await tcp((_n, socket) => socket.resetAndDestroy());
    expect(await faultOf(outgoing().fetch()(peer.url, { method: 'POST', body: 'x' }))).toMatchObject({ kind: 'reset', sent: true });
  });

  it('an answer that is no HTTP counts as a reset', async () => {
    const peer = await tcp((_n, socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    expect(await faultOf(outgoing().fetch()(peer.url, { method: 'POST', body: 'x' }))).toMatchObject({ kind: 'reset', sent: true });
  });

  it('silence ends in a timeout', async () => {
    const { url } = await serving(() => undefined);
    expect(await faultInTime((timeoutMs) => outgoing().fetch({ timeoutMs })(url, { method: 'POST', body: 'x' }))).toMatchObject({ kind: 'timeout', sent: true });
  });

  it('an answer that never ends ends in a timeout', async () => {
    const { url } = await serving((_request, response) => {
      const drip = setInterval(() => response.write('.'), 10);
      response.on('close', () => clearInterval(drip));
    });
    expect(await faultInTime((timeoutMs) => outgoing().fetch({ timeoutMs })(url))).toMatchObject({ kind: 'timeout', sent: true });
  });

  it('a request may ask for less time than its terms, never for more', async () => {
    const { url } = await serving(() => undefined);
    const startedAt = performance.now();
    expect(await faultOf(outgoing().fetch({ timeoutMs: 80 })(url, { timeoutMs: 60_000 }))).toMatchObject({ kind: 'timeout' });
    expect(await faultOf(outgoing().fetch()(url, { timeoutMs: 80 }))).toMatchObject({ kind: 'timeout' });
    expect(performance.now() - startedAt).toBeLessThan(18_000); // the default is 20 s
  });

  it('an answer over the cap is cut off, told its length or not', async () => {
    const block = Buffer.alloc(100_000, 'x');
    let written = 0;
    const { url } = await serving((request, response) => {
      if (request.url === '/told') return void response.writeHead(200, { 'content-length': '300000000' }).write(block);
      const pump = (): void => {
        while (!response.destroyed && written < 300_000_000 && response.write(block)) written += block.length;
      };
      response.on('drain', pump);
      pump();
    });
    const fetch = outgoing().fetch({ maxBytes: 1_000_000 });
    expect(await faultOf(fetch(`${url}/told`))).toMatchObject({ kind: 'too-large', sent: true });
    expect(await faultOf(fetch(url))).toMatchObject({ kind: 'too-large', sent: true });
    expect(written).toBeLessThan(50_000_000);
  });

  it('a compressed bomb is cut off at the cap', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000));
    const { url } = await serving((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    expect(await faultOf(outgoing().fetch({ maxBytes: 1_000_000 })(url))).toMatchObject({ kind: 'too-large' });
  });

  it('a signal gives up', async () => {
    const { url, seen } = await serving(() => undefined);
    const giving = new AbortController();
    const broken = faultOf(outgoing().fetch({ signal: giving.signal })(url, { method: 'POST', body: 'x' }));
    while (seen.length === 0) await pause(5);
    giving.abort();
    expect(await broken).toMatchObject({ kind: 'aborted', sent: true });
    expect(await faultOf(outgoing().fetch({ signal: giving.signal })(url))).toMatchObject({ kind: 'aborted', sent: false });
  });

  it('no message tells a query or a credential', async () => {
    const peer = await tcp((_n, socket) => socket.resetAndDestroy());
    const { message } = await faultOf(outgoing().fetch()(`${peer.url}/bot123:SECRET/send?token=SECRET`, { headers: { authorization: 'Bearer SECRET' } }));
    expect(message).not.toContain('SECRET');
    expect((await faultOf(outgoing().fetch()('http://me:SECRET@127.0.0.1/'))).message).not.toContain('SECRET');
  });
});

describe('the age of a claim', () => {
  it('is asked when a fresh connection is open, and an old claim sends nothing', async () => {
    const { url, seen, server } = await serving(ok);
    let connections = 0;
    server.on('connection', () => (connections += 1));
    let asked = 0;
    const ageMs = (): number => ((asked += 1), 20_001);
    const made = outgoing();
    expect(await faultOf(made.fetch({ ageMs })(url, { method: 'POST', body: 'x' }))).toMatchObject({ kind: 'claim-too-old', sent: false });
    expect(asked).toBeGreaterThan(0);
    await (await made.fetch()(`${url}/after`)).text();
    expect(seen).toEqual(['GET /after']);
    expect(connections).toBe(2);
  });

  it('is asked on a kept-alive connection too', async () => {
    const { url, seen, server } = await serving(ok);
    let connections = 0;
    server.on('connection', () => (connections += 1));
    const made = outgoing();
    await (await made.fetch()(`${url}/first`)).text();
    await pause(5); // undici rests a connection for one turn of the loop
    let age = 0;
    const fetch = made.fetch({ ageMs: () => age });
    await (await fetch(`${url}/second`, { method: 'POST', body: 'x' })).text();
    await pause(5);
    expect(connections).toBe(1); // so the next one would have gone out on it
    age = 20_001;
    expect(await faultOf(fetch(`${url}/third`, { method: 'POST', body: 'x' }))).toMatchObject({ kind: 'claim-too-old', sent: false });
    await pause(20);
    expect(seen).toEqual(['GET /first', 'POST /second']);
  });

  it('counts a standstill between the call and the open connection', async () => {
    const { url, seen } = await serving(ok);
    const ageMs = new Clock().startAge();
    const broken = faultOf(outgoing().fetch({ ageMs, maxAgeMs: 100 })(url, { method: 'POST', body: 'x' }));
    const until = performance.now() + 150;
    while (performance.now() < until) void 0; // the process stands still while the connection is being opened
    expect(await broken).toMatchObject({ kind: 'claim-too-old', sent: false });
    await pause(20);
    expect(seen).toEqual([]);
  });

  it('a standstill past the time limit blames nobody else', async () => {
    const { url, seen } = await serving(ok);
    const ageMs = new Clock().startAge();
    const broken = faultOf(outgoing().fetch({ ageMs, maxAgeMs: 50, timeoutMs: 60 })(url, { method: 'POST', body: 'x' }));
    const until = performance.now() + 150;
    while (performance.now() < until) void 0;
    expect(await broken).toMatchObject({ kind: 'claim-too-old', sent: false });
    await pause(20);
    expect(seen).toEqual([]);
  });
});

describe('once and no more', () => {
  const taken = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok';

  it.each(['POST', 'PUT', 'GET', 'DELETE'])('%s on a kept-alive connection that the peer breaks goes out once', async (method) => {
    const peer = await tcp((n, socket) => (n === 2 ? socket.resetAndDestroy() : socket.write(taken)));
    const fetch = outgoing().fetch();
    await (await fetch(peer.url)).text();
    await pause(5);
    expect(await faultOf(fetch(peer.url, { method }))).toMatchObject({ kind: 'reset', sent: true });
    await pause(50);
    expect(peer.count()).toBe(2);
  });

  it('a connection that the peer closed while idle is noticed before anything is written', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const peer = await tcp((n, socket) => {
      if (n > 1) return void socket.write(taken);
      closed = once(socket, 'close'); // once the other side has closed, too
      socket.end(taken);
    });
    const fetch = outgoing().fetch();
    await (await fetch(peer.url)).text();
    await closed;
    expect((await fetch(peer.url, { method: 'POST', body: 'x' })).status).toBe(200);
    expect(peer.count()).toBe(2);
  });

  it('a request whose file cannot be read to its end is not tried again', async () => {
    const { url, seen } = await serving(ok);
    const file = new Blob(['x'.repeat(10)]);
    Object.defineProperty(file, 'stream', { value: () => new ReadableStream({ start: (it) => it.error(new Error('disk')) }) });
    expect(await faultOf(outgoing().fetch()(url, { method: 'POST', body: file }))).toMatchObject({ sent: true });
    await pause(20);
    expect(seen.length).toBeLessThanOrEqual(1);
  });
});
