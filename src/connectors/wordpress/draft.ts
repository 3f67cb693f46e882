import { z } from 'zod';
import type { Outcome, Setback } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import type { Dialect } from '../classify.js';
import type { World } from '../connector.js';
import { readJson, send } from '../http.js';
import { markOf } from '../mark.js';
import { type Account, authorized } from './account.js';
import { type Article, articleOf } from './article.js';
import { dialect, Post } from './answers.js';
import { Options } from './limits.js';
import { uploadMedia } from './media.js';
import { openRest, type Rest, restUrl } from './rest.js';

/** `out`: the site has it, and shows it. */
export type Drafted = { readonly kind: 'draft'; readonly id: number; readonly rest: Rest } | { readonly kind: 'out'; readonly post: Post } | Setback;

interface Site {
  readonly account: Account;
  readonly rest: Rest;
}
const FIELDS = { _fields: 'id,status,link' };

/** Everything nobody sees: pictures, and the article as a draft. What is there already is used again, also after a crash. */
export async function prepareDraft(part: Part, account: Account, world: World): Promise<Drafted> {
  const options = Options.safeParse(part.content.options);
  if (!options.success) return { kind: 'refused', detail: `options: ${options.error.issues[0]?.message ?? 'not as expected'}` };
  const opened = await openRest(account, world);
  if (opened.kind !== 'rest') return opened;
  const site: Site = { account, rest: opened.rest };
  const uploaded = await uploadMedia(part, site, world);
  if (uploaded.kind !== 'uploaded') return uploaded;
  const article = articleOf(part.content, { options: options.data, media: uploaded.media, key: part.key });

  const kept = keptDraft(part, world);
  if (kept?.content === markOf(article)) return { kind: 'draft', id: kept.id, rest: site.rest };
  // An answer may have been lost when it was made: the address it was given leads back to it.
  const known = kept === null ? await readBySlug(article.slug, site, world) : { kind: 'post' as const, post: null };
  if (known.kind !== 'post') return known;
  if (known.post !== null && isOut(known.post)) return { kind: 'out', post: known.post };
  return write(part, { article, id: kept?.id ?? known.post?.id ?? null }, { site, world });
}

export function isOut({ status }: Pick<Post, 'status'>): boolean {
  return status === 'publish' || status === 'private';
}

/** The number of the article on the site, as it is kept; null = none was made yet. */
export function keptId(part: Part, world: World): number | null {
  return keptDraft(part, world)?.id ?? null;
}

/**
 * The article with this address, whatever its state; `post` null = none. To whom it shows no drafts, WordPress answers as
 * if the question were wrong, and looks at the password later.
 */
export async function readBySlug(slug: string, { account, rest }: Site, world: World): Promise<{ readonly kind: 'post'; readonly post: Post | null } | Setback> {
  const asking: Dialect = {
    ...dialect,
    meaning: (error, now) => (error.code === 'rest_invalid_param' ? { kind: 'unauthorized', detail: `${error.status}: ${error.message}: drafts are not shown to this user` } : (dialect.meaning?.(error, now) ?? null)),
  };
  return send(world, restUrl(rest.service, '/wp/v2/posts', { slug, status: 'any', context: 'edit', ...FIELDS }), { ...authorized(account), dialect: asking }, async (response) =>
    ({ kind: 'post' as const, post: (await readJson(response, z.array(Post)))[0] ?? null }));
}

/**
 * Makes the draft, or brings the one there is up to date. One that somebody deleted meanwhile is made anew.
 * https://developer.wordpress.org/rest-api/reference/posts/#create-a-post
 */
async function write(part: Part, { article, id }: { readonly article: Article; readonly id: number | null }, { site, world }: { readonly site: Site; readonly world: World }): Promise<Drafted> {
  const { headers, secrets } = authorized(site.account);
  const missing = notingMissing();
  const route = id === null ? '/wp/v2/posts' : `/wp/v2/posts/${id}`;
  const sending = {
    dialect: missing.dialect, secrets, method: 'POST', visible: false,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ ...article, ...(id === null && { status: 'draft' }) }), // a known one keeps its state: never taken back from the public
  };
  const drafted = await send(world, restUrl(site.rest.service, route, FIELDS), sending, async (response): Promise<Drafted> => {
    const post = await readJson(response, Post);
    await world.keep(keptName(part), JSON.stringify({ id: post.id, content: markOf(article) }), null);
    return { kind: 'draft', id: post.id, rest: site.rest };
  });
  return missing.isMissing() && id !== null ? write(part, { article, id: null }, { site, world }) : drafted;
}

/**
 * The one visible request: the draft becomes public, by its number. Asked again it does nothing more, so a resend is
 * harmless for ever. A draft that somebody deleted is made anew, once.
 */
export async function publish(part: Part, account: Account, world: World, anew = false): Promise<Outcome> {
  const drafted = await prepareDraft(part, account, world);
  if (drafted.kind === 'out') return delivered(drafted.post);
  if (drafted.kind !== 'draft') return drafted;
  const { headers, secrets } = authorized(account);
  const missing = notingMissing();
  const sending = { dialect: missing.dialect, secrets, method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify({ status: 'publish' }) };
  const outcome = await send(world, restUrl(drafted.rest.service, `/wp/v2/posts/${drafted.id}`, FIELDS), sending, async (response): Promise<Outcome> => {
    const post = await readJson(response, Post);
    if (post.id !== drafted.id) return { kind: 'uncertain', detail: `asked for ${drafted.id}, answered for ${post.id}` };
    return isOut(post) ? delivered(post) : { kind: 'refused', detail: `the site keeps it as "${post.status}": its user may not publish, or a plug-in holds articles back` };
  });
  if (!missing.isMissing() || anew) return outcome;
  await world.keep(keptName(part), '', null);
  return publish(part, account, world, true);
}

export function delivered({ id, link }: Post): Extract<Outcome, { kind: 'delivered' }> {
  return { kind: 'delivered', remoteId: String(id), url: link };
}

/** Hears whether the article is not there any more: then nothing was done. @param too another code that says so */
export function notingMissing(too?: string): { readonly dialect: Dialect; readonly isMissing: () => boolean } {
  let isMissing = false;
  const noting: Dialect = {
    ...dialect,
    meaning: (error, now) => {
      isMissing = error.code === 'rest_post_invalid_id' || (too !== undefined && error.code === too);
      return dialect.meaning?.(error, now) ?? null;
    },
  };
  return { dialect: noting, isMissing: () => isMissing };
}

const Kept = z.object({ id: z.int(), content: z.string() });

function keptDraft(part: Part, world: World): z.output<typeof Kept> | null {
  const text = world.kept(keptName(part));
  return text === null || text === '' ? null : Kept.parse(JSON.parse(text));
}

/** Of this arming: a post let go once more is another article. */
function keptName(part: Part): string {
  return `draft-${markOf(part.key)}`;
}
