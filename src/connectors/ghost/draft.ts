import { z } from 'zod';
import type { Outcome, Setback } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import type { World } from '../connector.js';
import { readJson } from '../http.js';
import { markOf } from '../mark.js';
import type { Account } from './account.js';
import { OnePost, type Post, Posts } from './answers.js';
import { ask, json, urlOf } from './api.js';
import { type Article, articleOf } from './article.js';
import { Options } from './limits.js';
import { uploadMedia } from './media.js';

/** What of a draft is kept: its number, when it was last written, and what it says. */
const Kept = z.object({ id: z.string(), updatedAt: z.string(), content: z.string() });
type Kept = z.output<typeof Kept>;

/** `out`: the site has it, and shows it. */
export type Drafted = { readonly kind: 'draft'; readonly draft: Kept } | { readonly kind: 'out'; readonly post: Post } | Setback;
export type Read = { readonly kind: 'post'; readonly post: Post | null } | Setback;

const FIELDS = { fields: 'id,status,url,updated_at' };
/** What Ghost says of an article that is not there. */
const GONE = 'NotFoundError';
/** Somebody else wrote the article since it was read: then nothing was done. */
const COLLISION = 'UPDATE_COLLISION';

/** Everything nobody sees: pictures, and the article as a draft. What is there already is used again, also after a crash. */
export async function prepareDraft(part: Part, account: Account, world: World): Promise<Drafted> {
  const options = Options.safeParse(part.content.options);
  if (!options.success) return { kind: 'refused', detail: `options: ${options.error.issues[0]?.message ?? 'not as expected'}` };
  const uploaded = await uploadMedia(part, account, world);
  if (uploaded.kind !== 'uploaded') return uploaded;
  const article = articleOf(part.content, { options: options.data, media: uploaded.media, key: part.key });

  const kept = keptDraft(part, world);
  if (kept?.content === markOf(article)) return { kind: 'draft', draft: kept };
  // An answer may have been lost when it was made: the address it was given leads back to it. And one that changed is written over as it stands now.
  const known = kept === null ? await readBySlug(article.slug, account, world) : await readById(kept.id, account, world);
  if (known.kind !== 'post') return known;
  if (known.post !== null && isOut(known.post)) return { kind: 'out', post: known.post };
  return write(part, article, { known: known.post, account, world });
}

export function isOut({ status }: Pick<Post, 'status'>): boolean {
  return status === 'published' || status === 'sent';
}

/** The number of the article on the site, as it is kept; null = none was made yet. */
export function keptId(part: Part, world: World): string | null {
  return keptDraft(part, world)?.id ?? null;
}

/** The article with this address, whatever its state; `post` null = none. */
export async function readBySlug(slug: string, account: Account, world: World): Promise<Read> {
  const { answer } = await ask(account, world, urlOf(account, '/posts/', { filter: `slug:'${slug}'`, limit: '1', ...FIELDS }), {}, async (response): Promise<Read> =>
    ({ kind: 'post', post: (await readJson(response, Posts)).posts[0] ?? null }));
  return answer;
}

export async function readById(id: string, account: Account, world: World): Promise<Read> {
  const { answer, code } = await ask(account, world, urlOf(account, `/posts/${encodeURIComponent(id)}/`, FIELDS), {}, async (response): Promise<Read> =>
    ({ kind: 'post', post: (await readJson(response, OnePost)).posts[0] }));
  return code === GONE ? { kind: 'post', post: null } : answer;
}

/** https://ghost.org/docs/admin-api/#creating-a-post; `source=html`: Ghost makes its own format of it. */
async function write(part: Part, article: Article, { known, account, world }: { readonly known: Post | null; readonly account: Account; readonly world: World }): Promise<Drafted> {
  const sending = known === null ? json('POST', { posts: [{ ...article, status: 'draft' }] }) : json('PUT', { posts: [{ ...article, updated_at: known.updated_at }] });
  const url = urlOf(account, known === null ? '/posts/' : `/posts/${encodeURIComponent(known.id)}/`, { source: 'html' });
  const { answer } = await ask(account, world, url, { ...sending, visible: false }, async (response): Promise<Drafted> => {
    const { posts: [post] } = await readJson(response, OnePost);
    const draft = { id: post.id, updatedAt: post.updated_at, content: markOf(article) };
    await keepDraft(part, draft, world);
    return { kind: 'draft', draft };
  });
  return answer;
}

/**
 * The one visible request: the draft becomes public, by its number. Asked again it does nothing more, so a resend is
 * harmless for ever. Where somebody wrote the article meanwhile, it is read again and asked once more; one that somebody
 * deleted is made anew. No letter goes out: that takes `?newsletter=`, which is never sent.
 * https://ghost.org/docs/admin-api/#publishing-a-post
 */
export async function publish(part: Part, account: Account, world: World, again = false): Promise<Outcome> {
  const drafted = await prepareDraft(part, account, world);
  if (drafted.kind === 'out') return delivered(drafted.post);
  if (drafted.kind !== 'draft') return drafted;
  const { id, updatedAt } = drafted.draft;
  const { answer, code } = await ask(account, world, urlOf(account, `/posts/${encodeURIComponent(id)}/`), json('PUT', { posts: [{ updated_at: updatedAt, status: 'published' }] }), async (response): Promise<Outcome> => {
    const { posts: [post] } = await readJson(response, OnePost);
    if (post.id !== id) return { kind: 'uncertain', detail: `asked for ${id}, answered for ${post.id}` };
    return isOut(post) ? delivered(post) : { kind: 'refused', detail: `the site keeps it as "${post.status}"` };
  });
  if (again || (code !== GONE && code !== COLLISION)) return answer;
  const read = await readById(id, account, world);
  if (read.kind !== 'post') return read;
  if (read.post !== null && isOut(read.post)) return delivered(read.post);
  await keepDraft(part, read.post === null ? null : { ...drafted.draft, updatedAt: read.post.updated_at }, world);
  return publish(part, account, world, true);
}

export function delivered({ id, url }: Post): Extract<Outcome, { kind: 'delivered' }> {
  return { kind: 'delivered', remoteId: id, url };
}

function keptDraft(part: Part, world: World): Kept | null {
  const text = world.kept(keptName(part));
  return text === null || text === '' ? null : Kept.parse(JSON.parse(text));
}

function keepDraft(part: Part, draft: Kept | null, world: World): Promise<void> {
  return world.keep(keptName(part), draft === null ? '' : JSON.stringify(draft), null);
}

/** Of this arming: a post let go once more is another article. */
function keptName(part: Part): string {
  return `draft-${markOf(part.key)}`;
}
