import type { Instant } from '../../core/instant.js';
import type { Found } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import type { FindWindow, World } from '../connector.js';
import { readJson, unknownOf } from '../http.js';
import type { Account } from './account.js';
import { Listed, type ListedRecord, RecordRef } from './answers.js';
import { partsOf, recordUrl } from './ingredients.js';
import { textOf } from './limits.js';
import { delivered, uriOf } from './put.js';
import { COLLECTION } from './record.js';
import { recordKey, timeOfKey } from './record-key.js';
import { withSession } from './session.js';
import { xrpcUrl } from './xrpc.js';

const PAGE = 100;
/** Nobody posts more in the window; then nothing is concluded. */
const MAX_PAGES = 20;

type Searching = World & { readonly window: FindWindow };

/**
 * By our own key: an absence is certain as soon as nothing of ours is under way. Where others may have posted it, the
 * records back to `window.since` are gone through too: the same part under the key of another time (due, late, an older
 * life of the installation), else the same words, parent and number of images.
 */
export async function findPost(part: Part, account: Account, world: Searching): Promise<Found> {
  const own = await findByKey(part, account, world);
  return own.kind === 'absent' && world.window.byOthers ? findAmongAll(part, account, world) : own;
}

async function findByKey(part: Part, account: Account, world: World): Promise<Found> {
  const { answer, code } = await withSession(account, world, ({ did, pds }, ask) =>
    ask(recordUrl(pds, uriOf(part, did)), {}, async (response) => found((await readJson(response, RecordRef)).uri)));
  if (code === 'RecordNotFound') return { kind: 'absent' };
  return answer.kind === 'found' ? answer : unknownOf(answer);
}

async function findAmongAll(part: Part, account: Account, world: Searching): Promise<Found> {
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const read = await readPage(account, world, cursor);
    if (read.kind !== 'page') return unknownOf(read);
    const record = read.records.find((one) => isPart(one, part, world.window));
    if (record !== undefined) return found(record.uri);
    const last = read.records.at(-1);
    if (last === undefined || read.cursor === undefined || writtenAt(last) < world.window.since) return { kind: 'absent' };
    cursor = read.cursor;
  }
  return { kind: 'unknown', detail: `more than ${MAX_PAGES} pages of records in the window` };
}

/** Newest key first. https://docs.bsky.app/docs/api/com-atproto-repo-list-records (no credential needed) */
async function readPage(account: Account, world: World, cursor: string | null) {
  const { answer } = await withSession(account, world, ({ did, pds }, ask) => {
    const params = { repo: did, collection: COLLECTION, limit: String(PAGE), ...(cursor !== null && { cursor }) };
    return ask(xrpcUrl(pds, 'com.atproto.repo.listRecords', params), {}, async (response) => ({ kind: 'page' as const, ...(await readJson(response, Listed)) }));
  });
  return answer;
}

function isPart(record: ListedRecord, part: Part, window: FindWindow): boolean {
  const { uri, value } = record;
  if (window.taken.has(uri) || writtenAt(record) < window.since) return false;
  const stampAt = Date.parse(value.createdAt);
  return (Number.isFinite(stampAt) && partsOf(uri).rkey === recordKey(part.key, stampAt)) || saysTheSame(record, part);
}

function saysTheSame({ value }: ListedRecord, { content, parent }: Part): boolean {
  return (
    value.text.trim() === textOf(content).trim() &&
    (value.reply?.parent.uri ?? null) === (parent?.remoteId ?? null) &&
    (value.embed?.images?.length ?? 0) === content.media.length
  );
}

/** The key tells it, for the list goes by keys; `createdAt` may be any time its author liked. */
function writtenAt({ uri, value }: ListedRecord): Instant {
  return timeOfKey(partsOf(uri).rkey) ?? Date.parse(value.createdAt);
}

function found(uri: string): Extract<Found, { kind: 'found' }> {
  const { remoteId, url } = delivered(uri);
  return { kind: 'found', remoteId, url };
}
