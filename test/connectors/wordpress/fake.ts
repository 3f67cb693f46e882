import type { FetchInit } from '../../../src/core/transport.js';
import type { MakePeer, Peer } from '../contract.js';
import { wordpressCheck } from '../official.js';

const check = wordpressCheck();
const password = 'abcd EFGH 1234 ijkl';
const deadPassword = 'dead DEAD 5678 dead';

type Body = Record<string, unknown>;
export interface Article {
  readonly id: number;
  slug: string;
  status: string;
  title: string;
  content: string;
  at: number;
  readonly given: Body;
}

/** A site on WordPress with one author, as far as the connector sees it, with the ways WordPress has. */
export class FakeWordpress {
  clock = Date.UTC(2026, 10, 22, 12);
  readonly articles: Article[] = [];
  readonly uploads: { readonly id: number; readonly name: string; readonly type: string; readonly alt: string }[] = [];
  readonly requests: { readonly method: string; readonly route: string; readonly body: Body | null }[] = [];
  capabilities: Body = { publish_posts: true, upload_files: true };
  /** Plain permalinks: below /wp-json there is only the front page. */
  permalinks: 'pretty' | 'plain' = 'pretty';
  /** The index is shown to nobody, as some plug-ins will have it. */
  hidden = false;
  maintenance = false;
  /** What a plug-in makes of every article that is to be published. */
  publishedAs = 'publish';
  home: string | null = null;
  #next = 4;

  constructor(readonly site = 'https://brand.example') {}

  async answer(url: URL, init: FetchInit): Promise<Response> {
    if (!url.href.startsWith(this.site)) throw new Error(`asked elsewhere: ${url.href}`);
    const below = url.href.slice(this.site.length).split('?')[0] ?? '';
    const route = url.searchParams.get('rest_route') ?? (this.permalinks === 'pretty' && below.startsWith('/wp-json') ? below.slice('/wp-json'.length) : null);
    if (route === null) return new Response('<!doctype html><title>The brand</title>', { status: 200, headers: { 'content-type': 'text/html' } });
    const request = new Request(url, { method: init.method ?? 'GET', headers: { ...init.headers }, body: (init.body as RequestInit['body']) ?? null });
    const body = request.headers.get('content-type')?.startsWith('application/json') ? ((await request.clone().json()) as Body) : null;
    this.requests.push({ method: request.method, route, body });
    if (this.maintenance) return this.error(503, 'wp_die', 'Briefly unavailable for scheduled maintenance. Check back in a minute.', { 'retry-after': '600' });
    const isKnown = request.headers.get('authorization') === `Basic ${Buffer.from(`editor:${password}`).toString('base64')}`;
    if (route === '/') return this.hidden && !isKnown ? this.error(401, 'rest_login_required', 'REST API restricted to authenticated users.') : this.#json(200, this.#index());
    if (!isKnown && url.searchParams.get('status') === 'any') return this.error(400, 'rest_invalid_param', 'Invalid parameter(s): status');
    if (!isKnown) return this.error(401, route.includes('/users/') ? 'rest_not_logged_in' : 'rest_cannot_create', 'Sorry, you are not allowed to do that.');
    return this.#known(route, request, body);
  }

  error(status: number, code: string, message: string, headers: Record<string, string> = {}): Response {
    return this.#json(status, { code, message, data: { status } }, headers);
  }

  /** Somebody publishes by hand, in the block editor. */
  byHand(title: string, content: string): Article {
    return this.#store({ title, content: `<!-- wp:paragraph -->\n${content}\n<!-- /wp:paragraph -->`, slug: title.toLowerCase().replace(/\W+/g, '-'), status: 'publish' });
  }

  async #known(route: string, request: Request, body: Body | null): Promise<Response> {
    const id = Number(/^\/wp\/v2\/posts\/(\d+)$/.exec(route)?.[1] ?? 0);
    const query = new URL(request.url).searchParams;
    if (route === '/wp/v2/users/me') return this.#json(200, { name: 'Brand Editor', capabilities: this.capabilities });
    if (route === '/wp/v2/media' && request.method === 'POST') return this.#upload(await request.formData());
    if (route === '/wp/v2/posts' && request.method === 'GET') return this.#list(query);
    if (route === '/wp/v2/posts') return this.#create(body ?? {});
    const article = this.articles.find((one) => one.id === id);
    if (article === undefined) return this.error(404, 'rest_post_invalid_id', 'Invalid post ID.');
    if (request.method === 'GET') return this.#post(200, article);
    if (request.method === 'DELETE') return this.#trash(article);
    return this.#edit(article, body ?? {});
  }

  #create(body: Body): Response {
    check?.('posts', body);
    if ([body['title'], body['content'], body['excerpt']].every((one) => one === undefined || one === '')) return this.error(400, 'empty_content', 'Content, title, and excerpt are empty.');
    return this.#post(201, this.#store(body));
  }

  #store(body: Body): Article {
    const wanted = wordsIn(body['slug']);
    const slug = this.articles.some((one) => one.slug === wanted) ? `${wanted}-2` : wanted;
    const article: Article = { id: this.#next++, slug, status: wordsIn(body['status']), title: wordsIn(body['title']), content: wordsIn(body['content']), at: this.clock, given: body };
    this.articles.unshift(article);
    return article;
  }

  #edit(article: Article, body: Body): Response {
    check?.('posts', body);
    if (body['status'] === 'publish') {
      if (this.capabilities['publish_posts'] !== true) return this.error(403, 'rest_cannot_publish', 'Sorry, you are not allowed to publish posts in this post type.');
      if (article.status !== 'publish') article.at = this.clock;
      article.status = this.publishedAs;
    }
    if (typeof body['title'] === 'string') article.title = body['title'];
    if (typeof body['content'] === 'string') article.content = body['content'];
    return this.#post(200, article);
  }

  #trash(article: Article): Response {
    if (article.status === 'trash') return this.error(410, 'rest_already_trashed', 'The post has already been deleted.');
    article.status = 'trash';
    return this.#json(200, { id: article.id, status: 'trash', link: this.#link(article) });
  }

  #upload(form: FormData): Response {
    const file = form.get('file');
    const alt = form.get('alt_text');
    check?.('media', Object.fromEntries([...form].filter(([name]) => name !== 'file')));
    if (!(file instanceof File)) return this.error(400, 'rest_upload_no_data', 'No data supplied.');
    if (!/\.(png|jpe?g|gif|webp|mp4|mov|webm)$/.test(file.name)) return this.error(500, 'rest_upload_unknown_error', 'Sorry, you are not allowed to upload this file type.');
    const id = this.#next++;
    this.uploads.push({ id, name: file.name, type: file.type, alt: typeof alt === 'string' ? alt : '' });
    const answer = { id, source_url: `${this.site}/wp-content/uploads/2026/11/${file.name}` };
    check?.('media#answer', answer);
    return this.#json(201, answer);
  }

  #list(query: URLSearchParams): Response {
    const [slug, status, page, most] = [query.get('slug'), query.get('status') ?? 'publish', Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 10)];
    const all = this.articles.filter((one) => (slug === null || one.slug === slug) && (status === 'any' ? one.status !== 'trash' : one.status === status));
    if (page > 1 && (page - 1) * most >= all.length) return this.error(400, 'rest_post_invalid_page_number', 'The page number requested is larger than the number of pages available.');
    return this.#json(200, all.toSorted((one, other) => other.at - one.at).slice((page - 1) * most, page * most).map((one) => this.#shown(one)));
  }

  #shown(article: Article): Body {
    const answer = {
      id: article.id, status: article.status, link: this.#link(article), slug: article.slug, title: { raw: article.title, rendered: article.title }, content: { raw: article.content, rendered: article.content },
      date_gmt: article.status === 'draft' ? null : new Date(article.at).toISOString().slice(0, 19),
    };
    if (article.status !== 'trash') check?.('posts#answer', answer);
    return answer;
  }

  #post(status: number, article: Article): Response {
    return this.#json(status, this.#shown(article));
  }

  #link({ id, slug, status }: Article): string {
    return status === 'publish' && this.permalinks === 'pretty' ? `${this.site}/${slug}/` : `${this.site}/?p=${id}`;
  }

  #index(): Body {
    return { name: 'The brand', description: '', url: this.home ?? this.site, home: this.home ?? this.site, gmt_offset: '0', timezone_string: '', namespaces: ['oembed/1.0', 'wp/v2'], authentication: {}, routes: {} };
  }

  #json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json; charset=UTF-8', ...headers } });
  }
}

const wordsIn = (value: unknown): string => (typeof value === 'string' ? value : '');

export const goodAccount = { site: 'https://brand.example', username: 'editor', applicationPassword: password };

export const makePeer: MakePeer = async () => peerOf(new FakeWordpress());

export function isPublish(url: URL, init: FetchInit): boolean {
  return init.method === 'POST' && /\/wp\/v2\/posts\/\d+/.test(decodeURIComponent(url.href)) && init.body === '{"status":"publish"}';
}

export function peerOf(fake: FakeWordpress): Peer {
  return {
    account: { ...goodAccount, site: fake.site },
    revoked: { ...goodAccount, site: fake.site, applicationPassword: deadPassword },
    secrets: [password, deadPassword],
    fetch: (url, init = {}) => fake.answer(new URL(url), init),
    isCommit: isPublish,
    own: {
      refused: () => fake.error(400, 'rest_invalid_param', 'Invalid parameter(s): status'),
      unauthorized: () => fake.error(401, 'rest_cannot_edit', 'Sorry, you are not allowed to edit this post.'),
      throttled: (until) => fake.error(429, 'too_many_requests', 'Too many requests.', until === null ? {} : { 'retry-after': new Date(until).toUTCString() }),
      unavailable: () => fake.error(503, 'wp_die', 'Briefly unavailable for scheduled maintenance. Check back in a minute.', { 'retry-after': '600' }),
    },
    posts: async () => fake.articles.filter(({ status }) => status === 'publish').map(({ id, title }) => ({ remoteId: String(id), text: title })),
    now: () => fake.clock,
  };
}
