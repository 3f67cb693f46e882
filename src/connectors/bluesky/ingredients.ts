import { HOUR_MS, MINUTE_MS } from '../../core/instant.js';
import type { Setback } from '../../core/outcome.js';
import type { Part, PartMedia, RemoteRef } from '../../core/part.js';
import type { World } from '../connector.js';
import { readJson } from '../http.js';
import type { Account } from './account.js';
import { Blob, Resolved, StrongRef, Uploaded } from './answers.js';
import { findMarks } from './facets.js';
import { hasCard, textOf } from './limits.js';
import type { Ingredients } from './record.js';
import { withSession } from './session.js';
import { asking, xrpcUrl } from './xrpc.js';

/** A server drops what no record refers to after an hour or so (https://atproto.com/specs/blob#blob-lifecycle). */
const BLOB_KEPT_MS = 50 * MINUTE_MS;
/** Longer than any resend: the record has to be the same each time. */
const REFERENCE_KEPT_MS = 48 * HOUR_MS;
const NOBODY = 'nobody';

/**
 * Everything a record refers to, each stored before the next step: uploads, the DIDs behind mentions, the parts it
 * answers. All repeatable and invisible. `afresh`: upload again, since the server has dropped what it had.
 */
export async function gather(part: Part, account: Account, world: World, afresh = false): Promise<{ readonly kind: 'gathered'; readonly ingredients: Ingredients } | Setback> {
  const blobs = new Map<string, Blob>();
  for (const medium of mediaOf(part)) {
    const uploaded = await upload(medium, account, world, afresh);
    if (uploaded.kind !== 'uploaded') return uploaded;
    blobs.set(medium.mediaId, uploaded.blob);
  }

  const dids = new Map<string, string | null>();
  for (const handle of handlesOf(part)) {
    const resolved = await resolve(handle, account, world);
    if (resolved.kind !== 'resolved') return resolved;
    dids.set(handle, resolved.did);
  }

  if (part.parent === null) return { kind: 'gathered', ingredients: { blobs, dids, reply: null } };
  const parent = await reference(part.parent, world, account);
  if (parent.kind !== 'reference') return parent;
  const root = await reference(part.root ?? part.parent, world, account);
  if (root.kind !== 'reference') return root;
  return { kind: 'gathered', ingredients: { blobs, dids, reply: { root: root.ref, parent: parent.ref } } };
}

function mediaOf({ content }: Part): readonly PartMedia[] {
  if (!hasCard(content)) return content.media;
  return content.link.thumb === null ? [] : [content.link.thumb];
}

function handlesOf({ content }: Part): ReadonlySet<string> {
  return new Set(findMarks(textOf(content)).flatMap((mark) => (mark.kind === 'mention' ? [mark.handle] : [])));
}

/** https://docs.bsky.app/docs/api/com-atproto-repo-upload-blob; the same bytes give the same reference. */
async function upload(medium: PartMedia, account: Account, world: World, afresh: boolean): Promise<{ readonly kind: 'uploaded'; readonly blob: Blob } | Setback> {
  const name = `blob-${medium.mediaId}`;
  const kept = world.kept(name);
  if (kept !== null && !afresh) return { kind: 'uploaded', blob: Blob.parse(JSON.parse(kept)) };
  const body = await world.open(medium);
  const { answer } = await withSession(account, world, ({ accessJwt, pds }, ask) => {
    const headers = { authorization: `Bearer ${accessJwt}`, 'content-type': medium.mime };
    return ask(xrpcUrl(pds, 'com.atproto.repo.uploadBlob'), { method: 'POST', visible: false, headers, body }, async (response) =>
      ({ kind: 'uploaded' as const, blob: (await readJson(response, Uploaded)).blob }));
  });
  if (answer.kind === 'uploaded') await world.keep(name, JSON.stringify(answer.blob), world.now() + BLOB_KEPT_MS);
  return answer;
}

/**
 * The DID behind a handle; a handle that leads nowhere stays plain text, as in Bluesky's own app.
 * https://docs.bsky.app/docs/api/com-atproto-identity-resolve-handle (no credential needed)
 */
async function resolve(handle: string, account: Account, world: World): Promise<{ readonly kind: 'resolved'; readonly did: string | null } | Setback> {
  const name = `did-${handle}`;
  const kept = world.kept(name);
  if (kept !== null) return { kind: 'resolved', did: kept === NOBODY ? null : kept };
  const url = xrpcUrl(account.service, 'com.atproto.identity.resolveHandle', { handle });
  const { answer } = await asking(world, [account.appPassword])(url, {}, async (response) => ({ kind: 'resolved' as const, did: (await readJson(response, Resolved)).did }));
  if (answer.kind !== 'resolved' && answer.kind !== 'refused') return answer;
  const did = answer.kind === 'resolved' ? answer.did : null;
  await world.keep(name, did ?? NOBODY, world.now() + REFERENCE_KEPT_MS);
  return { kind: 'resolved', did };
}

/** A part that is out, as a reply names it: its address, and the hash of its content. */
async function reference({ remoteId }: RemoteRef, world: World, account: Account): Promise<{ readonly kind: 'reference'; readonly ref: StrongRef } | Setback> {
  const name = `cid-${remoteId}`;
  const kept = world.kept(name);
  if (kept !== null) return { kind: 'reference', ref: { uri: remoteId, cid: kept } };
  const { answer } = await withSession(account, world, ({ pds }, ask) =>
    ask(recordUrl(pds, remoteId), {}, async (response) => ({ kind: 'reference' as const, ref: await readJson(response, StrongRef) })));
  if (answer.kind === 'reference') await world.keep(name, answer.ref.cid, world.now() + REFERENCE_KEPT_MS);
  return answer;
}

/** Of `at://did/collection/rkey`. https://docs.bsky.app/docs/api/com-atproto-repo-get-record (no credential needed) */
export function recordUrl(pds: string, uri: string): URL {
  return xrpcUrl(pds, 'com.atproto.repo.getRecord', partsOf(uri));
}

export function partsOf(uri: string): { readonly repo: string; readonly collection: string; readonly rkey: string } {
  const [repo = '', collection = '', rkey = ''] = uri.replace(/^at:\/\//, '').split('/');
  return { repo, collection, rkey };
}
