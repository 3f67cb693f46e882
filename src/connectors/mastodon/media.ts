import { createHash } from 'node:crypto';
import { HOUR_MS, SECOND_MS } from '../../core/instant.js';
import type { Setback } from '../../core/outcome.js';
import type { Part, PartMedia } from '../../core/part.js';
import type { Dialect } from '../classify.js';
import type { Prepared, World } from '../connector.js';
import { readJson, send } from '../http.js';
import { type Account, authorized } from './account.js';
import { Attachment, dialect } from './answers.js';

/** An instance drops what no post uses after a day. */
const KEPT_MS = 23 * HOUR_MS;
const ASK_AGAIN_MS = 5 * SECOND_MS;

type State = { readonly kind: 'ready' } | { readonly kind: 'processing' } | { readonly kind: 'gone' } | Setback;

/** Uploads what is not there yet, and waits until the instance has processed all of it. */
export async function prepareMedia(part: Part, account: Account, world: World): Promise<Prepared> {
  let waiting = false;
  for (const medium of part.content.media) {
    const id = world.kept(keptName(medium));
    const known: State = id === null ? { kind: 'gone' } : await readState(id, account, world);
    const state = known.kind === 'gone' ? await upload(medium, account, world) : known;
    if (state.kind === 'processing') waiting = true;
    else if (state.kind !== 'ready') return state;
  }
  return waiting ? { kind: 'wait', at: world.now() + ASK_AGAIN_MS } : { kind: 'ready' };
}

/** The ids of a part's attachments, in order; null while one is missing. */
export function attachmentIds(part: Part, world: World): readonly string[] | null {
  const ids = part.content.media.map((medium) => world.kept(keptName(medium)));
  return ids.every((id) => id !== null) ? ids : null;
}

/**
 * Why a post with media was refused, seen from its attachments, since the words of a 422 are in the instance's language:
 * unfinished ones mean "not yet", vanished ones hang on a post already, perhaps on an earlier try of this one.
 */
export async function excuse(part: Part, account: Account, world: World): Promise<Setback | null> {
  for (const id of attachmentIds(part, world) ?? []) {
    const state = await readState(id, account, world);
    if (state.kind === 'processing') return { kind: 'unavailable', detail: `attachment ${id} is still being processed` };
    if (state.kind === 'gone') return { kind: 'uncertain', detail: `attachment ${id} is gone or on a post already` };
  }
  return null;
}

/** https://docs.joinmastodon.org/methods/media/#v2: 200 = processed, 202 = being processed. */
async function upload(medium: PartMedia, account: Account, world: World): Promise<Exclude<State, { kind: 'gone' }>> {
  const form = new FormData();
  form.append('file', await world.open(medium), `media.${medium.mime.split('/')[1] ?? 'bin'}`);
  if (medium.alt !== '') form.append('description', medium.alt);
  const sending = { ...authorized(account), method: 'POST', visible: false, body: form };
  return send(world, new URL('/api/v2/media', account.instance), sending, async (response) => {
    const { id } = await readJson(response, Attachment);
    await world.keep(keptName(medium), id, world.now() + KEPT_MS);
    return { kind: response.status === 202 ? 'processing' : 'ready' };
  });
}

/** https://docs.joinmastodon.org/methods/media/#get: 206 = being processed; 404 once a post uses it; 422 = cannot be processed. */
async function readState(id: string, account: Account, world: World): Promise<State> {
  const { headers } = authorized(account);
  let gone = false;
  const noting: Dialect = {
    ...dialect,
    meaning: (error, now) => {
      gone = error.status === 404;
      return dialect.meaning?.(error, now) ?? null;
    },
  };
  const url = new URL(`/api/v1/media/${encodeURIComponent(id)}`, account.instance);
  const state = await send(world, url, { dialect: noting, headers }, ({ status }): State => ({ kind: status === 206 ? 'processing' : 'ready' }));
  return gone ? { kind: 'gone' } : state;
}

/** Another description makes another attachment. */
function keptName(medium: PartMedia): string {
  return `media-${medium.mediaId}-${createHash('sha256').update(medium.alt).digest('hex').slice(0, 8)}`;
}
