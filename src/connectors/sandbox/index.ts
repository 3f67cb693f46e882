import { z } from 'zod';
import type { Found, Setback } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import type { Dialect } from '../classify.js';
import { type Connector, defineConnector, type FindWindow, type Prepared, type ProbeWorld, type World } from '../connector.js';
import { probeJson, readJson, send, shadowJson, unknownOf } from '../http.js';
import { textWithLink } from '../text.js';
import { sandboxLimits } from './limits.js';
import { builtInUrl, keyWindowMs, type Profile, profiles } from './profiles.js';

const Account = z.object({
  url: z.url({ protocol: /^https?$/ }).default(builtInUrl).meta({ title: 'Server', description: 'Leave as it is for the sandbox inside Postern.' }),
  account: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/).meta({ title: 'Account' }),
  token: z.string().min(1).meta({ title: 'Token', description: 'Any word; one that starts with "revoked" is refused.', secret: true }),
  app: z.string().regex(/^[a-z0-9-]{1,40}$/).optional().meta({ title: 'App', description: 'Accounts that name the same one work through one credential, and fall with it. Leave it empty.' }),
});
type Account = z.output<typeof Account>;

const Post = z.object({ id: z.string().min(1), url: z.string().nullable(), text: z.string(), key: z.string().nullable(), replyTo: z.string().nullable() });
const Posted = Post.pick({ id: true, url: true });
const Page = z.object({ posts: z.array(Post), next: z.string().nullable() });
const Me = z.object({ account: z.string(), url: z.string() });
const Picture = z.object({ id: z.string().min(1), state: z.enum(['chewing', 'ready']), readyAt: z.number() });
const Self = z.object({ platform: z.string() });
const Trial = z.object({ shadow: z.number() });
const OwnError = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

const dialect: Dialect = {
  own: (body) => OwnError.safeParse(body).data?.error ?? null,
  meaning: ({ code, message }) => (code === 'suspended' ? { kind: 'unauthorized', detail: `suspended: ${message}` } : null),
};

/** How many pages of an account's posts are read before a look gives up. */
const maxPages = 20;

/** A connector to one platform of the sandbox server (README.md beside this file). */
function sandbox(profile: Profile): Connector {
  return defineConnector<Account>({
    id: profile.id,
    name: profile.name,
    infraGroup: profile.infraGroup,
    account: Account,
    options: z.strictObject({}),
    capabilities: profile.media ? ['auth', 'text', 'media', 'publish', 'read'] : ['auth', 'text', 'publish', 'read'],
    host: (account) => new URL(account.url).host,
    app: (account) => account.app ?? null,
    ...(profile.appLimit && { appLimit: profile.appLimit }),
    limits: () => sandboxLimits(profile.media),
    leadMs: profile.media ? 60_000 : 0,
    resendWindowMs: profile.idempotent ? keyWindowMs : null,
    settleMs: 120_000,

    commit: (part, account, world) =>
      send(world, `${home(profile, account)}/posts`, posting(profile, part, account, world), async (response) => {
        const { id, url } = await readJson(response, Posted);
        return { kind: 'delivered', remoteId: id, url };
      }),

    look: (account, world) =>
      send(world, `${home(profile, account)}/me`, reading(account), async (response) => {
        const me = await readJson(response, Me);
        return { kind: 'ok', accountName: me.account, url: me.url };
      }),

    probe: (host, world) =>
      probeJson(world, `http://${host}/${profile.id}/api`, (body) => Self.safeParse(body).data?.platform === profile.id),

    delete: (remoteId, account, world) =>
      send(world, `${home(profile, account)}/posts/${encodeURIComponent(remoteId)}`, { ...reading(account), method: 'DELETE' }, () => ({ kind: 'delivered', remoteId, url: null })),

    ...(profile.shadow && {
      shadow: (host: string, world: ProbeWorld) =>
        shadowJson(world, `http://${host}/${profile.id}/api/shadow`, { dialect, body: { text: 'Is anybody there?' } }, (body) => Trial.safeParse(body).success),
    }),
    ...(profile.readBack && { find: (part: Part, account: Account, world: World & { readonly window: FindWindow }) => find(profile, part, account, world) }),
    ...(profile.media && { prepare: (part: Part, account: Account, world: World) => prepare(profile, part, account, world) }),
  });
}

function home(profile: Profile, { url, account }: Account): string {
  return `${new URL(url).origin}/${profile.id}/api/accounts/${account}`;
}

const reading = ({ token }: Account) => ({ dialect, headers: { authorization: `Bearer ${token}` } });

function posting(profile: Profile, part: Part, { token }: Account, world: World) {
  const { language, media } = part.content;
  return {
    dialect,
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...(profile.idempotent && { 'idempotency-key': part.key }) },
    body: JSON.stringify({
      text: textWithLink(part.content),
      language,
      replyTo: part.parent?.remoteId ?? null,
      media: media.map(({ mediaId, alt }) => ({ id: world.kept(mediaId), alt })),
    }),
  };
}

/** By key where the platform keeps one, else by what was said among the recent posts that are not ours yet. */
async function find(profile: Profile, part: Part, account: Account, world: World & { readonly window: FindWindow }): Promise<Found> {
  const said = textWithLink(part.content);
  const isThisPart = (post: z.output<typeof Post>): boolean =>
    profile.idempotent ? post.key === part.key : post.text === said && post.replyTo === (part.parent?.remoteId ?? null) && !world.window.taken.has(post.id);

  let cursor = '';
  for (let page = 0; page < maxPages; page += 1) {
    const url = `${home(profile, account)}/posts?since=${world.window.since}${cursor}`;
    const read = await send(world, url, reading(account), async (response) => ({ kind: 'read' as const, ...(await readJson(response, Page)) }));
    if (read.kind !== 'read') return unknownOf(read);
    const post = read.posts.find(isThisPart);
    if (post) return { kind: 'found', remoteId: post.id, url: post.url };
    if (read.next === null) return { kind: 'absent' };
    cursor = `&before=${encodeURIComponent(read.next)}`;
  }
  return { kind: 'unknown', detail: `more than ${maxPages} pages of posts in the window` };
}

/** Uploads what is not uploaded yet, then waits until the platform has chewed it. */
async function prepare(profile: Profile, part: Part, account: Account, world: World): Promise<Prepared> {
  let waitUntil = 0;
  for (const media of part.content.media) {
    const known = world.kept(media.mediaId);
    const picture = known === null ? await upload(profile, account, world, media) : await state(profile, account, world, known);
    if (picture.kind !== 'picture') return picture;
    if (picture.state === 'chewing') waitUntil = Math.max(waitUntil, picture.readyAt);
  }
  return waitUntil === 0 ? { kind: 'ready' } : { kind: 'wait', at: waitUntil };
}

type Chewed = ({ readonly kind: 'picture' } & z.output<typeof Picture>) | Setback;

async function upload(profile: Profile, account: Account, world: World, media: Part['content']['media'][number]): Promise<Chewed> {
  const init = { ...reading(account), method: 'POST', visible: false, body: await world.open(media) };
  const headers = { ...init.headers, 'content-type': media.mime };
  const picture = await send(world, `${home(profile, account)}/media`, { ...init, headers }, async (response) => ({ kind: 'picture' as const, ...(await readJson(response, Picture)) }));
  if (picture.kind === 'picture') await world.keep(media.mediaId, picture.id, world.now() + 24 * keyWindowMs);
  return picture;
}

function state(profile: Profile, account: Account, world: World, id: string): Promise<Chewed> {
  return send(world, `${home(profile, account)}/media/${encodeURIComponent(id)}`, reading(account), async (response) => ({ kind: 'picture' as const, ...(await readJson(response, Picture)) }));
}

export const sandboxes: readonly Connector[] = profiles.map(sandbox);
