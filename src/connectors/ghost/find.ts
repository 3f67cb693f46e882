import type { Found } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import { headed, linkParagraph, paragraphs, wordsOf } from '../article.js';
import type { FindWindow, World } from '../connector.js';
import { readJson, unknownOf } from '../http.js';
import { slugOf } from '../mark.js';
import type { Account } from './account.js';
import { ListedPosts, type Post } from './answers.js';
import { ask, urlOf } from './api.js';
import { isOut, keptId, type Read, readById, readBySlug } from './draft.js';
import { Options } from './limits.js';

const PAGE = 50;
/** Nobody publishes more in the window; then nothing is concluded. */
const MAX_PAGES = 10;

type Looking = World & { readonly window: FindWindow };

/** By the number of its draft, else by the address it was given; where others may have published it, also by its words. */
export async function findPost(part: Part, account: Account, world: Looking): Promise<Found> {
  const id = keptId(part, world);
  const kept: Read = id === null ? { kind: 'post', post: null } : await readById(id, account, world);
  if (kept.kind !== 'post') return unknownOf(kept);
  const { title } = headed(part.content, Options.safeParse(part.content.options).data?.title);
  const read = kept.post === null ? await readBySlug(slugOf(title, part.key), account, world) : kept;
  if (read.kind !== 'post') return unknownOf(read);
  if (read.post !== null && isOut(read.post) && !world.window.taken.has(read.post.id)) return found(read.post);
  return world.window.byOthers === true ? findByWords(part, account, world) : { kind: 'absent' };
}

/** Published by hand, or by an older life of this installation: the same title and words, in the window. Newest first. */
async function findByWords(part: Part, account: Account, world: Looking): Promise<Found> {
  const { title, body } = headed(part.content, Options.safeParse(part.content.options).data?.title);
  const said = wordsOf(title, `${paragraphs(body)}\n${linkParagraph(part.content.text, part.content.link)}`);
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const query = { filter: 'status:published', order: 'published_at desc', limit: String(PAGE), page: String(page), formats: 'html' };
    const { answer: read } = await ask(account, world, urlOf(account, '/posts/', query), {}, async (response) =>
      ({ kind: 'page' as const, posts: (await readJson(response, ListedPosts)).posts }));
    if (read.kind !== 'page') return unknownOf(read);
    const recent = read.posts.filter(({ published_at: at }) => at !== null && Date.parse(at) >= world.window.since);
    const post = recent.find((one) => !world.window.taken.has(one.id) && wordsOf(one.title, one.html) === said);
    if (post !== undefined) return found(post);
    if (recent.length < PAGE) return { kind: 'absent' };
  }
  return { kind: 'unknown', detail: `more than ${MAX_PAGES} pages of articles in the window` };
}

function found({ id, url }: Post): Found {
  return { kind: 'found', remoteId: id, url };
}
