import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mastodon } from '../../../src/connectors/mastodon/index.js';
import type { Part } from '../../../src/core/part.js';
import { Clock } from '../../../src/infra/clock.js';
import { Outgoing } from '../../../src/infra/http/outgoing.js';
import { partOf, worldOf } from '../contract.js';
import { FakeMastodon, goodAccount, peerOf } from './fake.js';

/** The same fake, behind a real server on loopback, reached by the product's real way out. */
describe('Mastodon over the wire', () => {
  let fake: FakeMastodon;
  let server: Server;
  let outgoing: Outgoing;
  let account: { readonly instance: string; readonly accessToken: string };

  beforeEach(async () => {
    fake = new FakeMastodon();
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
        const method = request.method ?? 'GET';
        const init = { method, headers, ...(method !== 'GET' && method !== 'DELETE' && { body: Buffer.concat(chunks) }) };
        void fake.answer(new URL(request.url ?? '/', account.instance), init).then(async (answer) => {
          response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    account = { ...goodAccount, instance: `http://${host}` };
    outgoing = new Outgoing({ ALLOW_HOSTS: [host], CONTROL_TARGETS: [] }, new Clock());
  });

  afterEach(async () => {
    await outgoing.onApplicationShutdown();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const bench = () => {
    const { world } = worldOf(peerOf(fake));
    return { ...world, fetch: outgoing.fetch() };
  };
  const picture: Part = {
    ...partOf('Guarda'),
    content: { ...partOf('Guarda').content, media: [{ mediaId: 'm1', mime: 'image/png', bytes: 70_000, width: 4, height: 3, alt: 'Un caffè ☕' }] },
  };

  it('uploads a picture whole, with its description, and posts it', async () => {
    const world = bench();
    expect(await mastodon.prepare!(picture, account, world)).toEqual({ kind: 'ready' });
    expect(await mastodon.commit(picture, account, world)).toMatchObject({ kind: 'delivered' });
    expect([...fake.attachments.values()]).toMatchObject([{ bytes: 70_000, type: 'image/png', description: 'Un caffè ☕', used: true }]);
  });

  it('finds, looks, probes and deletes', async () => {
    const world = bench();
    const out = await mastodon.commit(partOf('Ciao'), account, world);
    const remoteId = out.kind === 'delivered' ? out.remoteId : '';
    const window = { since: fake.clock - 120_000, taken: new Set<string>() };
    expect(await mastodon.find!(partOf('Ciao'), account, { ...world, window })).toMatchObject({ kind: 'found', remoteId });
    expect(await mastodon.look(account, world)).toMatchObject({ kind: 'ok' });
    expect(await mastodon.probe(mastodon.host(account), world)).toMatchObject({ kind: 'ok' });
    expect(await mastodon.delete!(remoteId, account, world)).toMatchObject({ kind: 'delivered' });
    expect(fake.statuses).toEqual([]);
  });
});
