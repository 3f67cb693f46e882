import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HttpsRoad } from '../../../src/infra/mail/https-road.js';
import { scrub } from '../../../src/infra/scrub.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { openPostOffice, type PostOffice } from '../../kit/post-office.js';
import { SmtpRoad } from '../../../src/infra/mail/smtp-road.js';
import { clientLetter, laterBy, letter, lettersOf, mailRoom } from './mail-room.js';

interface Taken {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let status: number;
let taken: Taken[];
const address = (path = '/in?room=1'): string => `http://tok%2Fen-123@127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const parcel = { id: 'abc@agency.example', to: { name: 'Anna', address: 'anna@example.com' }, subject: 'Down', text: 'Three wait.', html: '<p>', fromName: 'Agency' };
const soon = () => AbortSignal.timeout(20_000);

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text)).on('end', () => {
      taken.push({ method: request.method, url: request.url, headers: request.headers, body });
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  status = 202;
  taken = [];
});

describe('A road over https', () => {
  it('posts to, subject and text as JSON with the token of its URL', async () => {
    expect(await new HttpsRoad('second', address()).send(parcel, soon())).toEqual({ kind: 'sent' });
    const [request] = taken;
    expect([request?.method, request?.url]).toEqual(['POST', '/in?room=1']);
    expect(request?.headers).toMatchObject({ authorization: 'Bearer tok/en-123', 'message-id': '<abc@agency.example>', 'idempotency-key': 'abc@agency.example', 'content-type': 'application/json' });
    expect(JSON.parse(request?.body ?? '')).toEqual({ to: 'anna@example.com', subject: 'Down', text: 'Three wait.' });
    expect(scrub('tok/en-123')).not.toContain('tok/en-123');
  });

  it.each([302, 400, 401, 404, 429, 500])('that answers %d has not taken it, and another may', async (said) => {
    status = said;
    expect(await new HttpsRoad('second', address()).send(parcel, soon())).toMatchObject({ kind: 'unavailable', detail: expect.stringContaining(`answered ${said}`) });
    expect(taken).toHaveLength(1); // no redirect is followed with the token
  });

  it('is probed without the token, and any answer of its own is good', async () => {
    const road = new HttpsRoad('second', address());
    status = 405;
    expect(await road.probe(soon())).toEqual({ kind: 'ok' });
    expect(await road.check()).toBeNull();
    status = 503;
    expect(await road.probe(soon())).toMatchObject({ kind: 'failed' });
    expect(taken.map(({ method, headers }) => [method, headers.authorization])).toEqual([['HEAD', undefined], ['HEAD', undefined], ['HEAD', undefined]]);
    const refusing = new HttpsRoad('second', address(), async () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }) })));
    expect(await refusing.check()).toContain('ECONNREFUSED');
    const cutOff = new HttpsRoad('second', address(), async () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('no route'), { code: 'ENETUNREACH' }) })));
    expect(await cutOff.probe(soon())).toMatchObject({ kind: 'local' });
  });
});

describe('A second road over https', () => {
  let database: TestDatabase;
  let office: PostOffice;
  beforeAll(async () => {
    [database, office] = await Promise.all([createDatabase(), openPostOffice()]);
  });
  afterAll(async () => {
    await office.close();
    await database.drop();
  });

  it('carries letters to members only, never a client\'s, however long the first is down', async () => {
    office.verdict = () => ({ code: 451, text: 'later' });
    const first = new SmtpRoad('first', `smtp://127.0.0.1:${office.port}`);
    const { outbox, write, carry } = mailRoom(database.dataSource, [first, new HttpsRoad('second', address())]);
    const member = letter();
    await write(member, clientLetter(), { ...letter(), about: 'client-notice' });
    await laterBy(database.dataSource, 130);
    await carry();
    outbox.judge(({ place }) => place === 'first');
    await laterBy(database.dataSource, 130);
    await carry();
    expect(taken.map(({ body }) => (JSON.parse(body) as { to: string }).to)).toEqual([member.to.address]);
    expect((await lettersOf(database.dataSource)).map(({ state, road }) => [state, road])).toEqual([['sent', 'second'], ['waiting', 'first'], ['waiting', 'first']]);
    first.close();
  });
});
