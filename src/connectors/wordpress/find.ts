import { z } from 'zod';
import type { Found, Setback } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import { headed, linkParagraph, paragraphs, wordsOf } from '../article.js';
import type { FindWindow, World } from '../connector.js';
import { readJson, send, unknownOf } from '../http.js';
import { slugOf } from '../mark.js';
import { type Account, authorized } from './account.js';
import { ListedPost, Post } from './answers.js';
import { isOut, keptId, notingMissing, readBySlug } from './draft.js';
import { Options } from './limits.js';
import { openRest, type Rest, restUrl } from './rest.js';

const PAGE = 50;
/** Nobody publishes more in the window; then nothing is concluded. */
const MAX_PAGES = 10;

type Looking = World & { readonly window: FindWindow };
type Read = { readonly kind: 'post'; readonly post: Post | null } | Setback;

/** By the number of its draft, else by the address it was given; where others may have published it, also by its words. */
export async function findPost(part: Part, account: Account, world: Looking): Promise<Found> {
  const opened = await openRest(account, world);
  if (opened.kind !== 'rest') return unknownOf(opened);
  const { rest } = opened;
  const title = headed(part.content, Options.safeParse(part.content.options).data?.title).title;

  const id = keptId(part, world);
  const kept: Read = id === null ? { kind: 'post', post: null } : await readById(id, { account, rest }, world);
  if (kept.kind !== 'post') return unknownOf(kept);
  const read = kept.post === null ? await readBySlug(slugOf(title, part.key), { account, rest }, world) : kept;
  if (read.kind !== 'post') return unknownOf(read);
  if (read.post !== null && isOut(read.post) && !world.window.taken.has(String(read.post.id))) return found(read.post);
  return world.window.byOthers === true ? findByWords(part, { account, rest }, world) : { kind: 'absent' };
}

async function readById(id: number, { account, rest }: { readonly account: Account; readonly rest: Rest }, world: World): Promise<Read> {
  const { headers, secrets } = authorized(account);
  const missing = notingMissing();
  const read = await send(world, restUrl(rest.service, `/wp/v2/posts/${id}`, { context: 'edit', _fields: 'id,status,link' }), { dialect: missing.dialect, headers, secrets }, async (response): Promise<Read> =>
    ({ kind: 'post', post: await readJson(response, Post.extend({ id: z.literal(id) })) }));
  return missing.isMissing() ? { kind: 'post', post: null } : read;
}

/** Published by hand, or by an older life of this installation: the same title and words, in the window. Newest first. */
async function findByWords(part: Part, { account, rest }: { readonly account: Account; readonly rest: Rest }, world: Looking): Promise<Found> {
  const { title, body } = headed(part.content, Options.safeParse(part.content.options).data?.title);
  const said = wordsOf(title, `${paragraphs(body)}\n${linkParagraph(part.content.text, part.content.link)}`);
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const query = { status: 'publish', context: 'edit', orderby: 'date', order: 'desc', per_page: String(PAGE), page: String(page), _fields: 'id,status,link,date_gmt,title,content' };
    const end = notingMissing('rest_post_invalid_page_number');
    const read = await send(world, restUrl(rest.service, '/wp/v2/posts', query), { ...authorized(account), dialect: end.dialect }, async (response) =>
      ({ kind: 'page' as const, posts: await readJson(response, z.array(ListedPost)) }));
    if (end.isMissing()) return { kind: 'absent' };
    if (read.kind !== 'page') return unknownOf(read);
    const recent = read.posts.filter(({ date_gmt: at }) => Date.parse(`${at}Z`) >= world.window.since);
    const post = recent.find((one) => !world.window.taken.has(String(one.id)) && wordsOf(one.title.raw, one.content.raw) === said);
    if (post !== undefined) return found(post);
    if (recent.length < PAGE) return { kind: 'absent' };
  }
  return { kind: 'unknown', detail: `more than ${MAX_PAGES} pages of articles in the window` };
}

function found({ id, link }: Post): Found {
  return { kind: 'found', remoteId: String(id), url: link };
}
