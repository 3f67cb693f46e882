import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { bluesky as connector } from '../../src/connectors/bluesky/index.js';
import type { Outcome } from '../../src/core/outcome.js';
import type { Pds } from './pds.js';
import { PeerWorld, type partOf } from './world.js';

/** The secret of the packages' own trial server, for tokens that have run out. */
const JWT_SECRET = 'jwt-secret';
const password = 'hunter2hunter2';

export interface Owner {
  readonly account: { readonly identifier: string; readonly appPassword: string; readonly service: string };
  readonly did: string;
  readonly accessJwt: string;
}

export function peerWorld(pds: Pds, timeoutMs?: number): PeerWorld {
  return new PeerWorld([new URL(pds.url).host], timeoutMs);
}

export async function createAccount(pds: Pds, handle: string): Promise<Owner> {
  const made = (await post(pds, 'com.atproto.server.createAccount', { email: `${handle}@example.com`, handle, password })) as { did: string; accessJwt: string };
  return { account: { identifier: handle, appPassword: password, service: pds.url }, ...made };
}

export function find(part: ReturnType<typeof partOf>, account: Owner['account'], { world }: PeerWorld) {
  return connector.find!(part, account, { ...world, window: { since: 0, taken: new Set() } });
}

export function delivered(outcome: Outcome): Extract<Outcome, { kind: 'delivered' }> {
  assert.equal(outcome.kind, 'delivered', JSON.stringify(outcome));
  return outcome as Extract<Outcome, { kind: 'delivered' }>;
}

interface Blob {
  readonly size: number;
}
export interface ReadBack {
  readonly cid: string;
  readonly value: {
    readonly text: string;
    readonly createdAt: string;
    readonly langs?: readonly string[];
    readonly facets?: readonly { index: { byteStart: number; byteEnd: number }; features: readonly { did?: string; uri?: string; tag?: string }[] }[];
    readonly embed?: { readonly images?: readonly { alt: string; image: Blob }[]; readonly external?: { uri: string; thumb?: Blob } };
    readonly reply?: { readonly root: { uri: string; cid: string }; readonly parent: { uri: string; cid: string } };
  };
}

export async function readBack(pds: Pds, { remoteId }: { readonly remoteId: string }): Promise<ReadBack> {
  const [repo = '', collection = '', rkey = ''] = remoteId.replace('at://', '').split('/');
  return (await get(pds, 'com.atproto.repo.getRecord', { repo, collection, rkey })) as ReadBack;
}

export async function count(pds: Pds, did: string): Promise<number> {
  const { records } = (await get(pds, 'com.atproto.repo.listRecords', { repo: did, collection: 'app.bsky.feed.post', limit: '100' })) as { records: unknown[] };
  return records.length;
}

/** The same token, signed anew, run out an hour ago. */
export function expired(jwt: string): string {
  const [head = '', claims = ''] = jwt.split('.');
  const past = { ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), exp: Math.floor(Date.now() / 1_000) - 3_600 };
  const body = `${head}.${Buffer.from(JSON.stringify(past)).toString('base64url')}`;
  return `${body}.${createHmac('sha256', JWT_SECRET).update(body).digest('base64url')}`;
}

async function get(pds: Pds, method: string, params: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${pds.url}/xrpc/${method}?${new URLSearchParams(params).toString()}`, { signal: AbortSignal.timeout(10_000) });
  assert.equal(response.status, 200, method);
  return response.json();
}

export async function post(pds: Pds, method: string, body: unknown, token?: string): Promise<unknown> {
  const headers = { ...(body !== undefined && { 'content-type': 'application/json' }), ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const response = await fetch(`${pds.url}/xrpc/${method}`, { method: 'POST', headers, body: body === undefined ? null : JSON.stringify(body), signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  assert.equal(response.status, 200, `${method}: ${text}`);
  return text === '' ? null : (JSON.parse(text) as unknown);
}
