import { createHmac } from 'node:crypto';
import type { FetchInit } from '../../../src/core/transport.js';
import type { MakePeer, Peer } from '../contract.js';
import { ghostCheck } from '../official.js';

const check = ghostCheck();
const keyId = 'a1b2c3d4e5f60718293a4b5c';
const secret = '0123456789abcdef'.repeat(4);
const deadSecret = 'fedcba9876543210'.repeat(4);
const TOKEN_LIVES_MS = 300_000;

type Body = Record<string, unknown>;
interface Article {
  readonly id: string;
  readonly given: Body;
  readonly slug: string;
  status: string;
  title: string;
  html: string;
  publishedAt: number | null;
  updatedAt: number;
}

/** A site on Ghost, as far as the connector sees its Admin API. Tokens are really verified, by the site's own clock. */
export class FakeGhost {
  clock = Date.UTC(2026, 10, 22, 12);
  /** ms by which the site's clock is ahead of the world's. */
  ahead = 0;
  readonly articles: Article[] = [];
  readonly uploads: { readonly path: string; readonly name: string; readonly ref: unknown }[] = [];
  readonly requests: { readonly method: string; readonly path: string; readonly query: URLSearchParams; readonly body: Body | null }[] = [];
  #next = 1;

  constructor(readonly site = 'https://brand.example') {}

  async answer(url: URL, init: FetchInit): Promise<Response> {
    const root = `${this.site}/ghost/api/admin`;
    if (!url.href.startsWith(root)) throw new Error(`asked elsewhere: ${url.href}`);
    const path = url.href.slice(root.length).split('?')[0] ?? '';
    const request = new Request(url, { method: init.method ?? 'GET', headers: { ...init.headers }, body: (init.body as RequestInit['body']) ?? null });
    const body = request.headers.get('content-type')?.startsWith('application/json') ? ((await request.clone().json()) as Body) : null;
    this.requests.push({ method: request.method, path, query: url.searchParams, body });
    if (path === '/site/') return this.#json(200, { site: { title: 'The Brand', description: '', logo: null, url: `${this.site}/`, version: '6.65' } });
    return this.#refusal(request.headers.get('authorization') ?? '') ?? this.#known(path, request, body);
  }

  error(status: number, type: string, message: string, over: { readonly code?: string; readonly context?: string; readonly headers?: Record<string, string> } = {}): Response {
    return this.#json(status, { errors: [{ message, context: over.context ?? null, type, details: null, property: null, help: null, code: over.code ?? null, id: '5f1c…', ghostErrorCode: null }] }, over.headers);
  }

  byHand(title: string, html: string): Article {
    return this.#store({ title, html, slug: title.toLowerCase().replace(/\W+/g, '-'), status: 'published' });
  }

  /** Somebody writes the draft while we are at it. */
  touch(article: Article): void {
    article.updatedAt += 1_000;
  }

  /** https://ghost.org/docs/admin-api/#token-authentication: signature, key, age. */
  #refusal(authorization: string): Response | null {
    const [scheme, token = ''] = authorization.split(' ');
    if (scheme !== 'Ghost') return this.error(401, 'UnauthorizedError', 'Authorization header format is "Authorization: Ghost [token]"', { code: 'INVALID_AUTH_HEADER' });
    const [head = '', claims = '', signature] = token.split('.');
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
    if (kid !== keyId) return this.error(401, 'UnauthorizedError', 'Unknown Admin API Key', { code: 'UNKNOWN_ADMIN_API_KEY' });
    const mine = createHmac('sha256', Buffer.from(secret, 'hex')).update(`${head}.${claims}`).digest('base64url');
    if (signature !== mine) return this.error(400, 'BadRequestError', 'Invalid token: invalid signature', { code: 'INVALID_JWT' });
    const { iat, exp, aud } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iat: number; exp: number; aud: string };
    const now = this.clock + this.ahead;
    if (aud !== '/admin/' || exp - iat > 300) return this.error(400, 'BadRequestError', 'Invalid token', { code: 'INVALID_JWT' });
    return exp * 1_000 < now || iat * 1_000 + TOKEN_LIVES_MS < now ? this.error(401, 'UnauthorizedError', 'Invalid token: jwt expired', { code: 'INVALID_JWT', headers: { date: new Date(now).toUTCString() } }) : null;
  }

  async #known(path: string, request: Request, body: Body | null): Promise<Response> {
    const query = new URL(request.url).searchParams;
    if (/^\/(images|media)\/upload\/$/.test(path)) return this.#upload(path, await request.formData());
    if (path === '/posts/') return request.method === 'POST' ? this.#create(body ?? {}, query) : this.#browse(query);
    const id = /^\/posts\/([^/]+)\/$/.exec(path)?.[1];
    if (id === undefined) return this.error(406, 'RequestNotAcceptableError', 'Request could not be served, the endpoint was not found.', { code: 'UPDATE_CLIENT' });
    const at = this.articles.findIndex((one) => one.id === id);
    const article = this.articles[at];
    if (article === undefined) return this.error(404, 'NotFoundError', 'Resource not found error, cannot read post.', { context: 'Post not found.' });
    if (request.method === 'DELETE') {
      this.articles.splice(at, 1);
      return new Response(null, { status: 204 });
    }
    return request.method === 'PUT' ? this.#edit(article, body ?? {}) : this.#json(200, { posts: [this.#shown(article)] });
  }

  #create(body: Body, query: URLSearchParams): Response {
    check?.('posts-add', body);
    const [given = {}] = body['posts'] as Body[];
    if (query.get('source') !== 'html') throw new Error('html without source=html is dropped');
    if (wordsIn(given['title']).length > 255) return this.error(422, 'ValidationError', 'Validation error, cannot save post.', { context: 'Title cannot be longer than 255 characters.' });
    return this.#json(201, { posts: [this.#shown(this.#store(given))] });
  }

  #store(given: Body): Article {
    const wanted = wordsIn(given['slug']);
    const article: Article = {
      id: `${String(this.#next++).padStart(24, '0')}`, given, slug: this.articles.some(({ slug }) => slug === wanted) ? `${wanted}-2` : wanted, status: wordsIn(given['status']), title: wordsIn(given['title']),
      html: wordsIn(given['html']), publishedAt: given['status'] === 'published' ? this.clock : null, updatedAt: this.clock,
    };
    this.articles.unshift(article);
    return article;
  }

  /** A stale `updated_at` is a collision only where it changes something. */
  #edit(article: Article, body: Body): Response {
    check?.('posts-edit', body);
    const [given = {}] = body['posts'] as Body[];
    const { title = article.title, html = article.html, status = article.status } = given;
    const changes = title !== article.title || html !== article.html || status !== article.status;
    if (!changes) return this.#json(200, { posts: [this.#shown(article)] });
    if (Date.parse(wordsIn(given['updated_at'])) !== article.updatedAt) {
      return this.error(409, 'UpdateCollisionError', 'Saving failed! Someone else is editing this post.', { code: 'UPDATE_COLLISION' });
    }
    if (status === 'published' && article.status !== 'published') article.publishedAt = this.clock;
    Object.assign(article, { title, html, status, updatedAt: article.updatedAt + 1_000 });
    return this.#json(200, { posts: [this.#shown(article)] });
  }

  #upload(path: string, form: FormData): Response {
    const file = form.get('file');
    if (path.startsWith('/images')) check?.('images-upload', { ref: form.get('ref') });
    if (!(file instanceof File)) return this.error(422, 'ValidationError', 'Please select an image.');
    if (path.startsWith('/images') && !file.type.startsWith('image/')) return this.error(415, 'UnsupportedMediaTypeError', 'Please select a valid image.');
    this.uploads.push({ path, name: file.name, ref: form.get('ref') });
    const one = { url: `${this.site}/content/${path.split('/')[1]}/2026/11/${file.name}`, ref: form.get('ref') };
    return this.#json(201, path.startsWith('/images') ? { images: [one] } : { media: [{ ...one, thumbnail_url: null }] });
  }

  #browse(query: URLSearchParams): Response {
    const [slug, page, most] = [/^slug:'(.+)'$/.exec(query.get('filter') ?? '')?.[1], Number(query.get('page') ?? 1), Number(query.get('limit') ?? 15)];
    const all = this.articles.filter((one) => (slug === undefined || one.slug === slug) && (query.get('filter') !== 'status:published' || one.status === 'published'));
    const posts = all.toSorted((one, other) => (other.publishedAt ?? 0) - (one.publishedAt ?? 0)).slice((page - 1) * most, page * most);
    return this.#json(200, { posts: posts.map((one) => this.#shown(one)), meta: { pagination: { page, limit: most, pages: Math.ceil(all.length / most), total: all.length, next: null, prev: null } } });
  }

  #shown({ id, slug, status, title, html, publishedAt, updatedAt }: Article): Body {
    const url = status === 'published' ? `${this.site}/${slug}/` : `${this.site}/p/0c0c0c0c/`;
    return { id, uuid: '0c0c0c0c', slug, status, title, html, url, published_at: publishedAt === null ? null : new Date(publishedAt).toISOString(), updated_at: new Date(updatedAt).toISOString() };
  }

  #json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json; charset=utf-8', 'content-version': 'v6.65', ...headers } });
  }
}

const wordsIn = (value: unknown): string => (typeof value === 'string' ? value : '');

export const goodAccount = { site: 'https://brand.example', adminKey: `${keyId}:${secret}` };

export const makePeer: MakePeer = async () => peerOf(new FakeGhost());

export function peerOf(fake: FakeGhost): Peer {
  return {
    account: { ...goodAccount, site: fake.site },
    revoked: { site: fake.site, adminKey: `${keyId}:${deadSecret}` },
    secrets: [secret, deadSecret],
    fetch: (url, init = {}) => fake.answer(new URL(url), init),
    isCommit: (url, init) => init.method === 'PUT' && /\/posts\/\w+\/$/.test(url.pathname) && wordsIn(init.body).includes('"status":"published"'),
    own: {
      refused: () => fake.error(422, 'ValidationError', 'Validation error, cannot edit post.', { context: 'Title cannot be longer than 255 characters.' }),
      unauthorized: () => fake.error(403, 'NoPermissionError', 'You do not have permission to perform this action'),
      throttled: (until) => fake.error(429, 'TooManyRequestsError', 'Too many attempts.', { headers: until === null ? {} : { 'retry-after': new Date(until).toUTCString() } }),
      unavailable: () => fake.error(503, 'MaintenanceError', 'Site is currently undergoing maintenance, please wait a moment then retry.'),
    },
    posts: async () => fake.articles.filter(({ status }) => status === 'published').map(({ id, title }) => ({ remoteId: id, text: title })),
    now: () => fake.clock,
  };
}
