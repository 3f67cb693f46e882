import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { ChannelLooksService } from '../../src/features/channels/channel-looks.service.js';
import { ChannelStatesService } from '../../src/features/channels/channel-states.service.js';
import { Clock } from '../../src/infra/clock.js';
import { correlationId } from '../../src/infra/http/correlation.js';
import { Log } from '../../src/infra/log.js';
import { openReceiver, type Receiver, refuse } from '../features/webhooks/receiver.js';
import { type House, openHouse, type Visitor } from '../kit/house.js';

// A platform that quotes the credential it was sent, in every way it fails. Whatever people, webhooks, operators or a
// copy of the database can read afterwards, the credential stands in none of it (DESIGN §2.10).

/** Ways to fail, one account each; `delivers` succeeds, and quotes it all the same. */
const ways = ['delivers', 'refuses', 'denies', 'suspends', 'throttles', 'down', 'gateway', 'page', 'shape', 'redirects', 'resets'] as const;
type Way = (typeof ways)[number];

/** What stands in a header, an address and a JSON text each in another form. */
const tokens = new Map<string, string>([...ways, 'stranger'].map((way) => [way, `Zq9/+=&"${way}-${uuid()}`]));
const tokenOf = (way: string): string => tokens.get(way) ?? '';

function formsOf(secret: string): readonly string[] {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return [
    secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), Buffer.from(secret).toString('hex'),
    base64(secret).slice(0, -4), base64(`user:${secret}`).slice(8, -4),
  ];
}

const quoted = (secret: string): string =>
  [secret, encodeURIComponent(secret), Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64'), Buffer.from(`user:${secret}`).toString('base64')].join(' ');

let quotes = 0;
let isDenying = false;

function mirror(request: IncomingMessage, response: ServerResponse): void {
  const token = (request.headers.authorization ?? '').replace('Bearer ', '');
  const [, way = '', noun = ''] = /accounts\/([a-z]+)\/([a-z]+)/.exec(request.url ?? '') ?? [];
  const json = (status: number, body: object, headers = {}): void => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  const error = (status: number, code: string, headers = {}): void => json(status, { error: { code, message: `for ${quoted(token)}` } }, headers);
  quotes += 1;
  if (noun === 'me') return isDenying || way === 'stranger' ? error(401, 'token-invalid') : json(200, { account: `${way} ${token}`, url: `http://mirror.example/${way}?${encodeURIComponent(token)}` });
  if (request.method === 'GET') return json(200, { posts: [], next: null });
  switch (way as Way) {
    case 'delivers':
      return json(201, { id: 'p1', url: `http://mirror.example/p1?access=${encodeURIComponent(token)}` });
    case 'refuses':
      return error(422, `refused ${token}`);
    case 'denies':
      return error(401, 'token-invalid');
    case 'suspends':
      return error(403, 'suspended');
    case 'throttles':
      return error(429, 'slow-down', { 'retry-after': '3600' });
    case 'down':
      return error(503, 'out-of-order');
    case 'gateway':
      return error(502, 'bad-gateway');
    case 'page':
      return void response.writeHead(500, { 'content-type': 'text/html' }).end(`<h1>Sorry</h1><pre>${quoted(token)}</pre>`);
    case 'shape':
      return json(200, { [token]: quoted(token) });
    case 'redirects':
      return void response.writeHead(307, { location: `/again?${encodeURIComponent(token)}` }).end(quoted(token));
    case 'resets':
      return void request.socket.resetAndDestroy();
  }
}

const platform = createServer((request, response) => request.resume().on('end', () => mirror(request, response)));
const lines: string[] = [];
const answers: string[] = [];
let dataDir: string;
let house: House;
let receiver: Receiver;
let owner: Visitor;
let workspaceId: string;
let url: string;
let webhookSecret: string;

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 100));
};

async function call(method: 'get' | 'post', path: string, body?: object) {
  const asked = house.http()[method](path).set({ ...owner.headers, 'Idempotency-Key': uuid() });
  const answer = await (body ? asked.send(body) : asked);
  answers.push(JSON.stringify(answer.headers), answer.text);
  return answer;
}

const account = (way: string) => ({ url, account: way, token: tokenOf(way) });

beforeAll(async () => {
  await new Promise<void>((resolve) => platform.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
  receiver = await openReceiver();
  receiver.answer = (request, response) => (request.path === '/refusing' ? refuse(500)(request, response) : void response.writeHead(204).end());
  dataDir = await mkdtemp(join(tmpdir(), 'postern-secrets-'));
  house = await openHouse({ ROLES: 'api,worker,watch', DATA_DIR: dataDir, ALLOW_HOSTS: '127.0.0.1', CONTROL_TARGETS: url });
  house.app.useLogger(new Log({ level: 'debug', readable: false, clock: new Clock(), correlation: correlationId, write: (line) => void lines.push(line) }));
  workspaceId = await house.workspace('Agency');
  owner = await house.member(workspaceId, 'owner');
});
afterAll(async () => {
  await house.close();
  await receiver.close();
  platform.closeAllConnections();
  platform.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Everything anybody could read, by where it stands. */
async function everything(): Promise<ReadonlyMap<string, string>> {
  const places = new Map<string, string>([['the log', lines.join('')], ['the answers', answers.join('\n')], ['the webhooks', receiver.received.map(({ headers, body }) => JSON.stringify(headers) + body).join('\n')]]);
  const tables: { name: string }[] = await house.database.query(`SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`);
  for (const { name } of tables) {
    const rows: { row: string }[] = await house.database.query(`SELECT t::text AS row FROM ${name} t`);
    places.set(`the table ${name}`, rows.map(({ row }) => row).join('\n'));
  }
  for (const file of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) places.set(`the file ${file.name}`, await readFile(join(file.parentPath, file.name), 'utf8'));
  }
  return places;
}

describe('A credential that the platform quotes in all it says', () => {
  it('stands in no log line, no answer, no row, no webhook, no notice and no file', async () => {
    const made = await call('post', '/api/v1/clients', { name: 'Bar Sport', zone: 'Europe/Rome' });
    const clientId = made.body.id as string;
    const first = await call('post', '/api/v1/webhooks', { url: `${receiver.url}/all` });
    webhookSecret = first.body.secret as string;
    answers.splice(-2); // the one answer that shows it
    await call('post', '/api/v1/webhooks', { url: `${receiver.url}/refusing` });
    answers.splice(-2);

    const channels = new Map<Way, string>();
    for (const way of ways) {
      const { status, body } = await call('post', '/api/v1/channels', { clientId, connectorId: 'sandbox-alpha', account: account(way) });
      expect({ way, status }).toEqual({ way, status: 201 });
      channels.set(way, body.id as string);
    }
    expect((await call('post', '/api/v1/channels', { clientId, connectorId: 'sandbox-alpha', account: account('stranger') })).body.code).toBe('account-refused');
    expect((await call('post', '/api/v1/channels', { clientId, connectorId: 'sandbox-alpha', account: { ...account('delivers'), url: tokenOf('delivers') } })).body.code).toBe('account-invalid');

    await house.database.query(`UPDATE clients SET day_from = '00:00', day_to = '00:00'`);
    const now = new Date().toISOString().slice(0, 19);
    const posts: string[] = [];
    for (const channelId of channels.values()) {
      const { status, body } = await call('post', '/api/v1/posts', { clientId, channelIds: [channelId], content: { parts: [{ text: `to ${channelId}` }] }, wallAt: now, zone: 'UTC' });
      expect(status).toBe(201);
      posts.push(body.id as string);
    }
    await until(async () => (await house.database.query(`SELECT count(DISTINCT delivery_id)::int AS n FROM attempts WHERE finished_at IS NOT NULL`))[0].n === ways.length);

    isDenying = true;
    const denied = channels.get('denies') ?? '';
    await house.app.get(ChannelLooksService, { strict: false }).lookAt([denied]);
    await house.app.get(ChannelStatesService, { strict: false }).markReconnect(denied, `it says ${quoted(tokenOf('denies'))}`);
    expect((await call('post', `/api/v1/channels/${denied}/look`)).body.healthy).toBe(false);
    expect((await call('post', `/api/v1/channels/${denied}/reconnect`, { version: 1, account: account('denies') })).body.code).toBe('account-refused');

    await until(async () => {
      const [row] = await house.database.query(`SELECT (SELECT count(*)::int FROM event_claims) AS claims, (SELECT count(*)::int FROM webhook_messages WHERE tries = 0 AND state = 'waiting') AS unsent, (SELECT count(*)::int FROM notices) AS notices`);
      return row.claims === 0 && row.unsent === 0 && row.notices >= 2;
    });
    for (const path of ['channels?limit=200', 'connectors', 'deliveries', 'notices', 'audit', 'posts', 'webhooks', ...posts.map((id) => `posts/${id}`), ...[...channels.values()].map((id) => `channels/${id}`)]) {
      expect({ path, status: (await call('get', `/api/v1/${path}`)).status }).toEqual({ path, status: 200 });
    }
    await call('get', '/metrics');
    await call('get', '/');

    const places = await everything();
    const leaks = [...tokens].flatMap(([way, token]) => [...places].flatMap(([place, text]) => (formsOf(token).some((form) => text.includes(form)) ? [`${way} in ${place}`] : [])));
    expect(leaks).toEqual([]);
    expect([...places].filter(([, text]) => text.includes(webhookSecret)).map(([place]) => place)).toEqual([]);
  });

  // Without this the test above might pass because nothing was ever quoted, logged or kept.
  it('was quoted, and what was quoted was kept without it', async () => {
    expect(quotes).toBeGreaterThan(2 * ways.length);
    expect(receiver.received.length).toBeGreaterThan(ways.length);
    expect(lines.length).toBeGreaterThan(0);
    const places = await everything();
    for (const place of ['the answers', 'the webhooks', 'the table public.notices', 'the table public.channels', 'the table public.parts']) {
      expect({ place, isStruckOut: places.get(place)?.includes('[struck out]') }).toEqual({ place, isStruckOut: true });
    }
    const evidence: { outcome: string }[] = await house.database.query(`SELECT DISTINCT body ->> 'outcome' AS outcome FROM evidence`);
    expect(evidence.map(({ outcome }) => outcome)).toEqual(expect.arrayContaining(['refused', 'unauthorized', 'throttled', 'unavailable', 'uncertain']));
  });
});
