import { createHash } from 'node:crypto';
import type { FetchInit } from '../../../src/core/transport.js';
import type { MakePeer, Peer } from '../contract.js';
import { lexiconCheck } from '../lexicon.js';

const entryway = 'https://bsky.example';
const home = 'https://pds-7.example';
const did = 'did:plc:brandbrandbrandbrandbrand';
const password = 'good-pass-1234';
const check = lexiconCheck();
const ACCESS_MS = 2 * 3_600_000;

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
}

/** The entryway and one server of the AT Protocol with one account, as far as the connector sees them. */
export class FakeBluesky {
  clock = Date.UTC(2026, 10, 22, 12);
  readonly records = new Map<string, { readonly cid: string; readonly value: Record<string, unknown> }>();
  readonly blobs = new Set<string>();
  readonly handles: Record<string, string> = { 'brand.bsky.example': did, 'ada.example.com': 'did:plc:ada' };
  readonly asked: Asked[] = [];
  active = true;
  /** Where the account's DID document says that it lives. */
  endpoint: unknown = home;
  #sessions = 0;
  readonly #access = new Map<string, number>();
  readonly #refresh = new Set<string>();

  async answer(url: URL, init: FetchInit): Promise<Response> {
    const request = new Request(url, { method: init.method ?? 'GET', headers: { ...init.headers }, body: (init.body as RequestInit['body']) ?? null });
    const method = url.pathname.replace('/xrpc/', '');
    this.asked.push({ method, url, headers: request.headers });
    const token = request.headers.get('authorization')?.replace('Bearer ', '');
    const body = async () => (await request.json()) as Record<string, unknown>;

    switch (method) {
      case 'com.atproto.server.describeServer':
        return this.#json({ did: 'did:web:bsky.example', availableUserDomains: ['.bsky.example'] }, method);
      case 'com.atproto.server.createSession':
        return this.#logIn(await body());
      case 'com.atproto.server.refreshSession':
        if (token === undefined || !this.#refresh.delete(token)) return this.error(400, 'ExpiredToken', 'Token has been revoked');
        return this.#session(method);
      case 'com.atproto.identity.resolveHandle': {
        const found = this.handles[url.searchParams.get('handle') ?? ''];
        return found === undefined ? this.error(400, 'InvalidRequest', 'Unable to resolve handle') : this.#json({ did: found }, method);
      }
      case 'com.atproto.repo.getRecord':
        return this.#get(url.searchParams);
      case 'com.atproto.repo.listRecords':
        return this.#list(url.searchParams);
    }
    if (url.origin !== home) return this.error(501, 'MethodNotImplemented', 'Method Not Implemented');
    const until = token === undefined ? null : this.#access.get(token);
    if (until === null) return this.error(401, 'AuthMissing', 'Authentication Required');
    if (until === undefined) return this.error(400, 'InvalidToken', 'Token could not be verified');
    if (until <= this.clock) return this.error(400, 'ExpiredToken', 'Token has expired');
    switch (method) {
      case 'com.atproto.server.getSession':
        return this.#json({ did, handle: 'brand.bsky.example', active: this.active, ...(!this.active && { status: 'deactivated' }) }, method);
      case 'com.atproto.repo.uploadBlob':
        return this.#upload(request);
      case 'com.atproto.repo.putRecord':
        return this.#put(await body());
      case 'com.atproto.repo.deleteRecord':
        return this.#delete(await body());
      default:
        return this.error(501, 'MethodNotImplemented', 'Method Not Implemented');
    }
  }

  error(status: number, error: string, message: string, headers: Record<string, string> = {}): Response {
    return new Response(JSON.stringify({ error, message }), { status, headers: { 'content-type': 'application/json', ...headers } });
  }

  times(method: string): number {
    return this.asked.filter((one) => one.method === `com.atproto.${method}`).length;
  }

  /** The access tokens hold no longer, before their time. */
  forgetAccess(): void {
    this.#access.clear();
  }

  forgetRefresh(): void {
    this.#refresh.clear();
  }

  #logIn({ identifier, password: given }: Record<string, unknown>): Response {
    if (given !== password || this.handles[String(identifier)] !== did) return this.error(401, 'AuthenticationRequired', 'Invalid identifier or password');
    return this.#session('com.atproto.server.createSession');
  }

  #session(method: string): Response {
    this.#sessions += 1;
    const until = this.clock + ACCESS_MS;
    const claims = Buffer.from(JSON.stringify({ exp: until / 1_000, jti: this.#sessions })).toString('base64url');
    const [accessJwt, refreshJwt] = [`head.${claims}.access-${this.#sessions}`, `head.${claims}.refresh-${this.#sessions}`];
    this.#access.set(accessJwt, until);
    this.#refresh.add(refreshJwt);
    const didDoc = { id: did, service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: this.endpoint }] };
    return this.#json({ accessJwt, refreshJwt, did, handle: 'brand.bsky.example', didDoc, active: true }, method);
  }

  async #upload(request: Request): Promise<Response> {
    const bytes = Buffer.from(await request.arrayBuffer());
    const $link = `bafkrei${createHash('sha256').update(bytes).digest('hex').replace(/[0189]/g, 'z')}`;
    this.blobs.add($link);
    const blob = { $type: 'blob', ref: { $link }, mimeType: request.headers.get('content-type') ?? '*/*', size: bytes.length };
    return this.#json({ blob }, 'com.atproto.repo.uploadBlob');
  }

  #put(body: Record<string, unknown>): Response {
    check?.('com.atproto.repo.putRecord#input', body);
    const { collection, rkey, swapRecord, record } = body as { collection: string; rkey: string; swapRecord?: string | null; record: Record<string, unknown> };
    if (!/^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$/.test(rkey)) return this.error(400, 'InvalidRequest', 'Invalid TID string');
    if (String(record['text']).length > 300) return this.error(400, 'InvalidRequest', 'grapheme too big (maximum 300, got 301)');
    check?.('app.bsky.feed.post', record);
    const missing = JSON.stringify(record).match(/bafkrei[a-z2-7]+/g)?.find((cid) => !this.blobs.has(cid));
    if (missing !== undefined) return this.error(400, 'BlobNotFound', `Could not find blob: ${missing}`);
    const uri = `at://${did}/${collection}/${rkey}`;
    const cid = `bafyrei${createHash('sha256').update(JSON.stringify(record)).digest('hex').replace(/[0189]/g, 'z')}`;
    const current = this.records.get(uri);
    if (current?.cid === cid) return this.#json({ uri, cid, validationStatus: 'valid' }, 'com.atproto.repo.putRecord');
    if (current && swapRecord === null) return this.error(400, 'InvalidSwap', 'Record was at a different cid');
    this.records.set(uri, { cid, value: record });
    return this.#json({ uri, cid, commit: { cid, rev: rkey }, validationStatus: 'valid' }, 'com.atproto.repo.putRecord');
  }

  #get(query: URLSearchParams): Response {
    const uri = `at://${query.get('repo')}/${query.get('collection')}/${query.get('rkey')}`;
    const record = this.records.get(uri);
    return record ? this.#json({ uri, cid: record.cid, value: record.value }, 'com.atproto.repo.getRecord') : this.error(400, 'RecordNotFound', `Could not locate record: ${uri}`);
  }

  /** Newest key first. */
  #list(query: URLSearchParams): Response {
    const home = `at://${query.get('repo')}/${query.get('collection')}/`;
    const before = query.get('cursor');
    const all = [...this.records].filter(([uri]) => uri.startsWith(home)).map(([uri, record]) => ({ uri, rkey: uri.slice(home.length), ...record }));
    const after = all.filter(({ rkey }) => before === null || rkey < before).toSorted((one, other) => (one.rkey < other.rkey ? 1 : -1));
    const page = after.slice(0, Number(query.get('limit') ?? 50));
    const last = page.at(-1);
    return this.#json({ records: page.map(({ uri, cid, value }) => ({ uri, cid, value })), ...(last && { cursor: last.rkey }) }, 'com.atproto.repo.listRecords');
  }

  #delete(body: Record<string, unknown>): Response {
    check?.('com.atproto.repo.deleteRecord#input', body);
    this.records.delete(`at://${String(body['repo'])}/${String(body['collection'])}/${String(body['rkey'])}`);
    return this.#json({}, 'com.atproto.repo.deleteRecord');
  }

  #json(body: unknown, method: string): Response {
    check?.(`${method}#output`, body);
    return new Response(JSON.stringify(body), { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } });
  }
}

export const goodAccount = { identifier: 'brand.bsky.example', appPassword: password, service: entryway };
export const ids = { entryway, home, did };

export const makePeer: MakePeer = async () => peerOf(new FakeBluesky());

export function peerOf(fake: FakeBluesky): Peer {
  return {
    account: goodAccount,
    revoked: { ...goodAccount, appPassword: 'dead-pass-5678' },
    secrets: [password, 'dead-pass-5678'],
    fetch: (url, init = {}) => fake.answer(new URL(url), init),
    isCommit: (url) => url.pathname.endsWith('com.atproto.repo.putRecord'),
    own: {
      refused: () => fake.error(400, 'InvalidRequest', 'Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301)'),
      unauthorized: () => fake.error(401, 'AccountTakedown', 'Account has been taken down'),
      throttled: (until) => fake.error(429, 'RateLimitExceeded', 'Rate Limit Exceeded', until === null ? {} : { 'ratelimit-reset': String(Math.ceil(until / 1_000)), 'ratelimit-policy': '3000;w=300' }),
      unavailable: () => fake.error(503, 'UpstreamFailure', 'Upstream Failure'),
    },
    posts: async () => [...fake.records].map(([remoteId, { value }]) => ({ remoteId, text: String(value['text']) })),
    now: () => fake.clock,
  };
}
