import { afterEach, describe, expect, it } from '@jest/globals';
import type { Resolve } from '../../../src/infra/http/address-guard.js';
import { closeAll, faultOf, ok, outgoing, serving } from './loopback.js';

afterEach(closeAll);

describe('redirects', () => {
  it('of a read are followed, without credentials to another host', async () => {
    const other = await serving((request, response) => response.end(String(request.headers.authorization)));
    const { url } = await serving((request, response) => {
      if (request.url === '/here') response.end(String(request.headers.authorization));
      else response.writeHead(302, { location: request.url === '/near' ? '/here' : `${other.url}/there` }).end();
    });
    const fetch = outgoing().fetch();
    const init = { headers: { Authorization: 'Bearer T' } };
    expect(await (await fetch(`${url}/near`, init)).text()).toBe('Bearer T');
    expect(await (await fetch(`${url}/far`, init)).text()).toBe('undefined');
  });

  it.each([301, 302, 303, 307, 308])('of a write are handed back (%i)', async (status) => {
    const { url, seen } = await serving((_request, response) => response.writeHead(status, { location: '/again' }).end());
    expect((await outgoing().fetch()(url, { method: 'POST', body: 'x' })).status).toBe(status);
    expect(seen).toEqual(['POST /']);
  });

  it('end after five, or where it is told', async () => {
    const { url, seen } = await serving((request, response) => response.writeHead(302, { location: `${request.url}x` }).end());
    expect((await outgoing().fetch()(`${url}/`)).status).toBe(302);
    expect(seen).toHaveLength(6);
    await outgoing().fetch({ maxRedirects: 3 })(`${url}/`);
    expect(seen).toHaveLength(6 + 4);
  });

  it('pass the guard at every hop', async () => {
    const inner = await serving(ok);
    const { url, port } = await serving((_request, response) => response.writeHead(302, { location: inner.url }).end());
    expect(await faultOf(outgoing([`127.0.0.1:${port}`]).fetch()(url))).toMatchObject({ kind: 'guard' });
    expect(inner.seen).toEqual([]);
  });
});

describe('the address guard', () => {
  it.each(['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '0177.0.0.1', '017700000001', '127.1', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'])('opens no connection to %s', async (host) => {
    const { port, seen } = await serving(ok);
    expect(await faultOf(outgoing([]).fetch()(`http://${host}:${port}/`))).toMatchObject({ kind: 'guard', sent: false });
    expect(seen).toEqual([]);
  });

  it('opens no connection to a name that leads inside, not even among others', async () => {
    const { port, seen } = await serving(ok);
    const rebinding: Resolve = async () => [{ address: '93.184.216.34', family: 4 }, { address: '127.0.0.1', family: 4 }];
    expect(await faultOf(outgoing([], rebinding).fetch()(`http://example.test:${port}/`))).toMatchObject({ kind: 'guard', sent: false });
    expect(seen).toEqual([]);
  });

  it('asks the name once and connects to what was checked', async () => {
    const asked: string[] = [];
    const { port } = await serving(ok);
    const resolve: Resolve = async (name) => {
      asked.push(name);
      return asked.length === 1 ? [{ address: '127.0.0.1', family: 4 }] : [{ address: '127.0.0.9', family: 4 }];
    };
    expect((await outgoing(['cms.test'], resolve).fetch()(`http://cms.test:${port}/`)).status).toBe(200);
    expect(asked).toEqual(['cms.test']);
  });

  it.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'not a url'])('refuses %s', async (url) => {
    expect(await faultOf(outgoing().fetch()(url))).toMatchObject({ kind: 'guard', sent: false });
  });

  it('leads a name of our own where it is told, and nowhere else', async () => {
    const { port } = await serving(ok);
    const made = outgoing([], async (name) => Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' })));
    made.route('sandbox.invalid', { hostname: '127.0.0.1', port });
    expect((await made.fetch()('http://sandbox.invalid/')).status).toBe(200);
    expect(await faultOf(made.fetch()(`http://127.0.0.1:${port}/`))).toMatchObject({ kind: 'guard' });
  });
});

describe('a name that does not resolve', () => {
  const gone = (name: string): Promise<never> => Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' }));

  it('is the platform\'s trouble while a control name resolves', async () => {
    const resolve: Resolve = async (name) => (name === 'control.test' ? [{ address: '1.1.1.1', family: 4 }] : gone(name));
    expect(await faultOf(outgoing([], resolve, ['https://gone.test', 'https://control.test']).fetch()('https://platform.test/'))).toMatchObject({ kind: 'dns', sent: false });
  });

  it('is the platform\'s trouble also where it resolves, and no route leads there', async () => {
    const unreachable: Resolve = async (name) => (name === 'control.test' ? [{ address: '1.1.1.1', family: 4 }] : Promise.reject(Object.assign(new Error(name), { code: 'ENETUNREACH' })));
    expect(await faultOf(outgoing([], unreachable, ['https://control.test']).fetch()('https://platform.test/'))).toMatchObject({ kind: 'connect', sent: false });
    expect(await faultOf(outgoing([], (name) => Promise.reject(Object.assign(new Error(name), { code: 'ENETUNREACH' })), ['https://control.test']).fetch()('https://platform.test/'))).toMatchObject({ kind: 'offline' });
  });

  it('is ours when no control name resolves either', async () => {
    expect(await faultOf(outgoing([], gone, ['https://control.test']).fetch()('https://platform.test/'))).toMatchObject({ kind: 'offline', sent: false });
  });
});
