import { z } from 'zod';
import type { Found } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import type { FindWindow, World } from '../connector.js';
import { textOfHtml } from '../html.js';
import { readJson, send, unknownOf } from '../http.js';
import { textWithLink } from '../text.js';
import { type Account, authorized } from './account.js';
import { Credentials, ListedStatus } from './answers.js';
import { Options } from './limits.js';
import { comparable } from './status-text.js';

const PAGE = 40;
/** 20 pages of 40: nobody posts more in the window; then nothing is concluded. */
const MAX_PAGES = 20;

/**
 * Looks for a part among the account's own statuses, back to `window.since`: same words, same warning, same parent,
 * as many attachments, and not known as another part of ours. The instance keeps no key of ours that could be read.
 * https://docs.joinmastodon.org/methods/accounts/#statuses
 */
export async function findStatus(part: Part, account: Account, world: World & { readonly window: FindWindow }): Promise<Found> {
  const me = await send(world, new URL('/api/v1/accounts/verify_credentials', account.instance), authorized(account), async (response) =>
    ({ kind: 'me' as const, ...(await readJson(response, Credentials)) }));
  if (me.kind !== 'me') return unknownOf(me);

  let before: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const read = await readPage(account, world, me.id, before);
    if (read.kind !== 'page') return unknownOf(read);
    const status = read.statuses.find((one) => isPart(one, part, world.window));
    if (status !== undefined) return { kind: 'found', remoteId: status.id, url: status.url };
    const last = read.statuses.at(-1);
    if (last === undefined || Date.parse(last.created_at) < world.window.since) return { kind: 'absent' };
    before = last.id;
  }
  return { kind: 'unknown', detail: `more than ${MAX_PAGES} pages of statuses in the window` };
}

function readPage(account: Account, world: World, accountId: string, before: string | null) {
  const url = new URL(`/api/v1/accounts/${encodeURIComponent(accountId)}/statuses`, account.instance);
  url.searchParams.set('exclude_reblogs', 'true');
  url.searchParams.set('limit', String(PAGE));
  if (before !== null) url.searchParams.set('max_id', before);
  return send(world, url, authorized(account), async (response) => ({ kind: 'page' as const, statuses: await readJson(response, z.array(ListedStatus)) }));
}

function isPart(status: ListedStatus, part: Part, window: FindWindow): boolean {
  const said = wordsOf(part);
  return (
    !window.taken.has(status.id) &&
    Date.parse(status.created_at) >= window.since &&
    (status.in_reply_to_id ?? null) === (part.parent?.remoteId ?? null) &&
    status.media_attachments.length === part.content.media.length &&
    comparable(textOfHtml(status.content)) === comparable(said.text) &&
    comparable(status.spoiler_text) === comparable(said.warning)
  );
}

/** A warning without a text becomes the text. */
function wordsOf({ content }: Part): { readonly text: string; readonly warning: string } {
  const warning = Options.safeParse(content.options).data?.contentWarning ?? '';
  const text = textWithLink(content);
  return text.trim() === '' ? { text: warning, warning: '' } : { text, warning };
}
