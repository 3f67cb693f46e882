import { z } from 'zod';
import type { SandboxClock } from './clock.js';
import { type Behaviour, type Call, type FaultBoard } from './faults.js';
import { maxText } from './limits.js';
import { keyWindowMs, type Profile } from './profiles.js';
import { type Asked, failure, json, parsedJson, type Reply } from './reply.js';
import type { Store, StoredPost } from './store.js';

/** What can be told to all platforms at once (`PUT /control/terms`). */
export const Terms = z.object({
  /** How long an idempotency key is remembered, ms. */
  keyWindowMs: z.number().int().min(0).default(keyWindowMs),
  /** As Mastodon before 2026: a key counts only once its post is there; a repeat while that is on its way makes a second one. */
  finishedKeysOnly: z.boolean().default(false),
  /** How long a picture is chewed, ms. */
  chewMs: z.number().int().min(0).default(2_000),
  /** Every answer waits this long, ms. */
  delayMs: z.number().int().min(0).default(0),
  /** Answer posts at once and keep nothing: for measuring the sender. */
  sink: z.boolean().default(false),
  /** 429 for more posts within any window of time than the platform allows an app. */
  keepLimits: z.boolean().default(false),
});
export type Terms = z.output<typeof Terms>;

export interface Ground {
  readonly store: Store;
  readonly faults: FaultBoard;
  readonly clock: SandboxClock;
  readonly terms: () => Terms;
  /** When the posts of the last such window arrived, by platform. */
  readonly recent: Map<string, number[]>;
  /** Where people look at the timelines. */
  readonly origin: () => string;
}

const NewPost = z.object({
  text: z.string(),
  language: z.string().nullish(),
  replyTo: z.string().nullish(),
  media: z.array(z.object({ id: z.string().nullable(), alt: z.string() })).default([]),
});

const pageSize = 100;

/** Answers a request under `/<platform>/api`, misbehaving as told. */
export async function answer(profile: Profile, asked: Asked, ground: Ground): Promise<Reply> {
  const [kind, account = null, noun, id] = asked.path;
  const call = callOf(asked.method, kind, noun, id);
  if (call === null) return failure(404, 'not-found', 'There is no such call');
  if (call === 'post' && ground.terms().keepLimits && isTooMany(profile, ground)) return failure(429, 'too-many-requests', 'Slow down', { 'retry-after': '1' });

  const behaviours = ground.faults.hitting(call, { platform: profile.id, account, world: worldOf(asked) });
  for (const behaviour of behaviours) if (behaviour.kind === 'slow') await ground.clock.sleep(ground.faults.between(behaviour));
  const mishap = behaviours.find(({ kind: name }) => name !== 'slow' && name !== 'lag');
  const act = (visibleInMs: number | null = 0): Reply => perform({ profile, asked, ground, call, account: account ?? '', id: id ?? '', visibleInMs, behaviours });
  return mishap === undefined ? act() : misbehave(mishap, act, ground);
}

const worldOf = ({ headers }: Asked): string => String(headers.host ?? '').replace(/:\d+$/, '').toLowerCase();

function isTooMany({ id, appLimit }: Profile, { recent, clock }: Ground): boolean {
  if (appLimit === undefined) return false;
  const now = clock.now();
  const last = (recent.get(id) ?? []).filter((at) => at > now - appLimit.perMs);
  const isOver = last.length >= appLimit.posts;
  recent.set(id, isOver ? last : [...last, now]);
  return isOver;
}

function callOf(method: string, kind: string | undefined, noun: string | undefined, id: string | undefined): Call | null {
  if (kind === undefined) return method === 'GET' ? 'probe' : null;
  if (kind === 'shadow') return method === 'POST' ? 'shadow' : null;
  if (kind !== 'accounts') return null;
  if (method === 'GET' && noun === 'me') return 'me';
  if (method === 'GET' && noun === 'posts' && id === undefined) return 'read';
  if (method === 'POST' && noun === 'posts') return 'post';
  if (method === 'DELETE' && noun === 'posts' && id !== undefined) return 'delete';
  if ((method === 'POST' || (method === 'GET' && id !== undefined)) && noun === 'media') return 'media';
  return null;
}

const page = '<!doctype html><title>Sorry</title><h1>Something went wrong</h1><p>Our engineers are looking into it.</p>';

/** As that network writes them: core/edge.ts knows them by these. */
const marks = { cloudflare: { server: 'cloudflare', 'cf-ray': '8f0e1a2b3c4d5e6f-FRA' } } as const;

function misbehave(mishap: Behaviour, act: (visibleInMs?: number | null) => Reply, { faults, clock }: Ground): Reply {
  if ('taken' in mishap && mishap.taken) act();
  const headers = 'edge' in mishap && mishap.edge ? marks[mishap.edge] : {};
  switch (mishap.kind) {
    case 'status':
      return mishap.html ? { kind: 'page', status: mishap.status, html: page, headers } : failure(mishap.status, 'out-of-order', 'The sandbox was told to answer this', headers);
    case 'html':
      return { kind: 'page', status: 200, html: page, headers };
    case 'shape':
      return json(200, { yes: 'but no' });
    case 'hang':
      return { kind: 'silence' };
    case 'reset':
      return { kind: 'reset' };
    case 'lose':
      return act(null);
    case 'late':
      act(faults.between(mishap));
      return { kind: 'silence' };
    case 'throttle':
      return failure(429, 'too-many-requests', 'Slow down', mishap.retryAfterMs === null ? {} : retryHeaders(mishap.says, mishap.retryAfterMs, clock.now()));
    case 'unauthorized':
      return failure(401, 'token-invalid', 'The token is not valid any more');
    case 'suspended':
      return failure(403, 'suspended', 'This account is suspended');
    case 'refuse':
      return failure(422, 'refused', mishap.message);
    case 'huge':
      return { kind: 'flood', bytes: mishap.bytes };
    case 'endless':
      return { kind: 'flood', bytes: null };
    case 'slow':
    case 'lag':
      return act();
  }
}

function retryHeaders(says: 'seconds' | 'date' | 'iso' | 'epoch', afterMs: number, now: number): Record<string, string> {
  const at = now + afterMs;
  switch (says) {
    case 'seconds':
      return { 'retry-after': String(Math.ceil(afterMs / 1000)) };
    case 'date':
      return { 'retry-after': new Date(Math.ceil(at / 1000) * 1000).toUTCString() };
    case 'iso':
      return { 'x-ratelimit-reset': new Date(at).toISOString() };
    case 'epoch':
      return { 'x-rate-limit-reset': String(Math.ceil(at / 1000)) };
  }
}

interface Performance {
  readonly profile: Profile;
  readonly asked: Asked;
  readonly ground: Ground;
  readonly call: Call;
  readonly account: string;
  readonly id: string;
  readonly visibleInMs: number | null;
  readonly behaviours: readonly Behaviour[];
}

function perform(performance: Performance): Reply {
  const { profile, asked, ground, call, account, id } = performance;
  if (call === 'probe') return json(200, { platform: profile.id, name: profile.name, idempotent: profile.idempotent, readBack: profile.readBack });
  if (call === 'shadow') return shadow(performance);
  const token = /^Bearer (.+)$/.exec(String(asked.headers.authorization ?? ''))?.[1];
  if (token === undefined || token.startsWith('revoked')) return failure(401, 'token-invalid', 'The token is not valid any more');
  switch (call) {
    case 'me':
      return json(200, { account, url: `${ground.origin()}/${profile.id}/${account}` });
    case 'read':
      return profile.readBack ? read(performance) : failure(404, 'no-read-back', `${profile.name} shows no posts by API`);
    case 'post':
      return post(performance);
    case 'delete': {
      const own = ground.store.get(id);
      if (own?.account !== account || own.platform !== profile.id || !ground.store.delete(id)) return failure(404, 'not-found', 'There is no such post');
      return json(200, { id });
    }
    case 'media':
      return profile.media ? media(performance) : failure(404, 'no-media', `${profile.name} takes no pictures`);
  }
}

/** Goes the way of a post down to the file, and is shown and counted nowhere. */
function shadow({ profile, asked, ground }: Performance): Reply {
  if (!profile.shadow) return failure(404, 'no-shadow', `${profile.name} takes no trial`);
  if (!z.object({ text: z.string().min(1) }).safeParse(parsedJson(asked.body)).success) return failure(400, 'bad-request', 'This is not a trial');
  return json(201, { shadow: ground.store.takeShadow(profile.id) });
}

function read({ profile, account, asked, ground }: Performance): Reply {
  const since = Number(asked.query.get('since') ?? 0) || 0;
  const before = Number(asked.query.get('before') ?? Infinity) || Infinity;
  const { posts, next } = ground.store.page({ platform: profile.id, account, since, before, limit: pageSize });
  return json(200, { posts: posts.map((one) => shown(one, ground)), next: next === null ? null : String(next) });
}

function shown(one: StoredPost, { origin }: Ground) {
  const { id, platform, account, text, key, replyTo, visibleAt } = one;
  return { id, url: `${origin()}/${platform}/${account}/${id}`, text, key, replyTo, createdAt: visibleAt };
}

function post({ profile, account, asked, ground, visibleInMs, behaviours }: Performance): Reply {
  const { store, terms, faults, clock } = ground;
  const parsed = NewPost.safeParse(parsedJson(asked.body));
  if (!parsed.success) return failure(400, 'bad-request', 'This is not a post');
  const { text, replyTo = null, media: pictures } = parsed.data;
  if (text.trim() === '' && pictures.length === 0) return failure(422, 'text-empty', 'There is nothing to say');
  if (Array.from(text).length > maxText) return failure(422, 'text-too-long', `A post holds ${maxText} characters at most`);
  if (replyTo !== null && store.get(replyTo) === undefined) return failure(422, 'reply-to-nothing', 'The post to answer is not there');

  const media: string[] = [];
  for (const { id } of pictures) {
    const picture = id === null ? undefined : store.picture(id);
    if (!picture) return failure(422, 'media-unknown', 'A picture is not there');
    if (picture.readyAt > clock.now()) return failure(422, 'media-not-ready', 'A picture is still being chewed');
    media.push(picture.digest);
  }

  const key = profile.idempotent ? String(asked.headers['idempotency-key'] ?? '') || null : null;
  const known = key === null ? undefined : store.ofKey(profile.id, account, key, terms().keyWindowMs);
  const isUnderWay = known !== undefined && known.visibleAt !== null && !store.isVisible(known);
  const before = terms().finishedKeysOnly && isUnderWay ? undefined : known;
  if (before) store.hurry(before);
  const lag = behaviours.find(({ kind }) => kind === 'lag');
  const lagMs = lag?.kind === 'lag' ? faults.between(lag) : 0;
  const stored = before ?? store.take({ platform: profile.id, account, text, replyTo, media, key }, { visibleInMs, lagMs });
  return json(before ? 200 : 201, shown(stored, ground));
}

function media({ id, asked, ground }: Performance): Reply {
  const { store, terms, clock } = ground;
  const picture = asked.method === 'POST' ? store.keepPicture(asked.body, terms().chewMs) : store.picture(id);
  if (!picture) return failure(404, 'media-unknown', 'A picture is not there');
  const isReady = picture.readyAt <= clock.now();
  const status = asked.method === 'POST' ? (isReady ? 201 : 202) : isReady ? 200 : 206;
  return json(status, { id: picture.id, state: isReady ? 'ready' : 'chewing', readyAt: picture.readyAt });
}
