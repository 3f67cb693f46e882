import type { Outcome } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import type { World } from '../connector.js';
import { readJson } from '../http.js';
import type { Account } from './account.js';
import { RecordRef } from './answers.js';
import { gather, partsOf } from './ingredients.js';
import { Options } from './limits.js';
import { COLLECTION, recordOf } from './record.js';
import { recordKey } from './record-key.js';
import { withSession } from './session.js';
import { procedure, xrpcUrl } from './xrpc.js';

/**
 * Writes the record under our own key, if there is none yet. A server that has dropped an upload meanwhile says so before
 * it writes: then everything is uploaded again and written once more.
 */
export async function putPost(part: Part, account: Account, world: World, afresh = false): Promise<Outcome> {
  const options = Options.safeParse(part.content.options);
  if (!options.success) return { kind: 'refused', detail: `options: ${options.error.issues[0]?.message ?? 'not as expected'}` };
  const gathered = await gather(part, account, world, afresh);
  if (gathered.kind !== 'gathered') return gathered;
  const record = recordOf(part, options.data, gathered.ingredients);

  let uri = '';
  const { answer, code } = await withSession(account, world, ({ did, pds, accessJwt }, ask) => {
    uri = uriOf(part, did);
    // https://docs.bsky.app/docs/api/com-atproto-repo-put-record; `swapRecord: null`: a resend never undoes an edit by hand.
    const body = { ...partsOf(uri), record, swapRecord: null };
    return ask(xrpcUrl(pds, 'com.atproto.repo.putRecord'), procedure(body, accessJwt), async (response) =>
      delivered((await readJson(response, RecordRef)).uri));
  });
  if (code === 'InvalidSwap') return delivered(uri); // an earlier try went through
  if (code === 'BlobNotFound' && !afresh) return putPost(part, account, world, true);
  return answer;
}

export async function deletePost(remoteId: string, account: Account, world: World): Promise<Outcome> {
  const { answer } = await withSession(account, world, ({ pds, accessJwt }, ask) =>
    ask(xrpcUrl(pds, 'com.atproto.repo.deleteRecord'), procedure(partsOf(remoteId), accessJwt), (): Outcome => ({ kind: 'delivered', remoteId, url: null })));
  return answer;
}

export function uriOf(part: Part, did: string): string {
  return `at://${did}/${COLLECTION}/${recordKey(part.key, part.stampAt)}`;
}

/** `uri` of a record, as what is out. */
export function delivered(uri: string): Extract<Outcome, { kind: 'delivered' }> {
  const { repo, rkey } = partsOf(uri);
  return { kind: 'delivered', remoteId: uri, url: `https://bsky.app/profile/${repo}/post/${rkey}` };
}
