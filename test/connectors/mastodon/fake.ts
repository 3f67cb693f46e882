import type { FetchInit } from '../../../src/core/transport.js';
import { mastodonCheck } from '../official.js';
import type { MakePeer, Peer } from '../contract.js';

const origin = 'https://social.example';
const check = mastodonCheck();
const KEY_LIVES_MS = 3_600_000;

interface Kept {
  readonly id: string;
  readonly at: number;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

interface Attachment {
  readonly id: string;
  readonly description: string;
  readonly type: string;
  readonly bytes: number;
  processedAt: number;
  used: boolean;
}

/** An instance of Mastodon with one account, as far as the connector sees it, with the faults that Mastodon has. */
export class FakeMastodon {
  clock = Date.UTC(2026, 10, 22, 12);
  readonly statuses: Kept[] = [];
  readonly attachments = new Map<string, Attachment>();
  /** What an instance tells of its limits. */
  maxCharacters = 500;
  processingMs = 0;
  /** The bug of https://github.com/mastodon/mastodon/issues/40399. */
  failsOnRepeatedKey = false;
  readonly requests: { readonly method: string; readonly path: string; readonly headers: Headers; readonly body: unknown }[] = [];
  readonly #keys = new Map<string, { readonly id: string; readonly at: number }>();
  #next = 1;

  async answer(url: URL, init: FetchInit): Promise<Response> {
    const request = new Request(url, { method: init.method ?? 'GET', headers: { ...init.headers }, body: (init.body as RequestInit['body']) ?? null });
    const path = url.pathname;
    const body = request.headers.get('content-type')?.startsWith('application/json') ? ((await request.clone().json()) as unknown) : null;
    this.requests.push({ method: request.method, path, headers: request.headers, body });

    if (request.method === 'GET' && path === '/api/v2/instance') return this.#json(200, this.#instance(), '/components/schemas/Instance');
    const token = request.headers.get('authorization')?.replace('Bearer ', '') ?? '';
    if (token !== 'good-token-1234') return this.error(401, token === '' ? 'The access token is invalid' : 'The access token was revoked');
    if (request.method === 'POST' && path === '/api/v1/statuses') return this.#post(request, body as Record<string, unknown>);
    if (request.method === 'POST' && path === '/api/v2/media') return this.#upload(await request.formData());
    if (path.startsWith('/api/v1/media/')) return this.#attachment(path.split('/').at(-1) ?? '');
    if (path === '/api/v1/accounts/verify_credentials') return this.#json(200, credentials, '/components/schemas/CredentialAccount');
    if (path === `/api/v1/accounts/${account.id}/statuses`) return this.#list(url.searchParams);
    if (request.method === 'DELETE') return this.#delete(path.split('/').at(-1) ?? '');
    return this.error(404, 'Record not found');
  }

  error(status: number, error: string, headers: Record<string, string> = {}): Response {
    return this.#json(status, { error }, '/components/schemas/Error', headers);
  }

  /** Somebody posts by hand. */
  byHand(text: string, over: Record<string, unknown> = {}): string {
    return this.#store({ status: text, ...over }).id;
  }

  #post(request: Request, body: Record<string, unknown>): Response {
    check?.('/paths/~1api~1v1~1statuses/post/requestBody/content/application~1json/schema', body);
    const key = request.headers.get('idempotency-key') ?? '';
    const known = this.#keys.get(key);
    if (known && this.clock - known.at < KEY_LIVES_MS) {
      if (this.failsOnRepeatedKey) return this.error(500, 'Internal Server Error');
      const kept = this.statuses.find(({ id }) => id === known.id);
      return kept ? this.#json(200, kept.json, '/components/schemas/Status') : this.error(404, 'Record not found');
    }
    const ids = (body['media_ids'] as string[] | undefined) ?? [];
    const attached = ids.map((id) => this.attachments.get(id));
    if (attached.some((one) => one === undefined || one.used)) return this.error(422, `Media ${ids.join(', ')} not found or already attached to another post`);
    if (attached.some((one) => one !== undefined && one.processedAt > this.clock)) return this.error(422, 'Le file non sono ancora pronti. Riprova!');
    const text = wordsOf(body['status']);
    if (text.length > this.maxCharacters) return this.error(422, `Validation failed: Text character limit of ${this.maxCharacters} exceeded`);
    const parent = body['in_reply_to_id'];
    if (parent !== undefined && !this.statuses.some(({ id }) => id === parent)) return this.error(404, 'The post you are trying to reply to does not appear to exist');
    for (const one of attached) if (one) one.used = true;
    const kept = this.#store(body);
    if (key !== '') this.#keys.set(key, { id: kept.id, at: this.clock });
    return this.#json(200, kept.json, '/components/schemas/Status');
  }

  #store(body: Record<string, unknown>): Kept {
    const id = String(113_000_000_000_000_000n + BigInt(this.#next++));
    const warning = wordsOf(body['spoiler_text']).trim();
    const given = wordsOf(body['status']).trim();
    const text = given === '' ? warning : given;
    const media = ((body['media_ids'] as string[] | undefined) ?? []).map((one) => ({ id: one, type: 'image', url: `${origin}/media/${one}.png`, preview_url: null, remote_url: null, blurhash: null }));
    const json = {
      id, uri: `${origin}/users/brand/statuses/${id}`, url: `${origin}/@brand/${id}`, account, content: htmlOf(text), created_at: new Date(this.clock).toISOString(),
      emojis: [], favourites_count: 0, media_attachments: media, mentions: [], reblogs_count: 0, replies_count: 0, tags: [],
      sensitive: body['sensitive'] === true || warning !== '', spoiler_text: given === '' ? '' : warning, visibility: body['visibility'] ?? 'public',
      language: body['language'] ?? 'en', in_reply_to_id: body['in_reply_to_id'] ?? null,
    };
    const kept = { id, at: this.clock, text, json };
    this.statuses.unshift(kept);
    return kept;
  }

  #upload(form: FormData): Response {
    const file = form.get('file');
    if (!(file instanceof Blob)) return this.error(422, "Validation failed: File can't be blank");
    if (file.type === 'image/x-broken') return this.error(422, 'File type of uploaded media could not be verified');
    const description = form.get('description');
    const one: Attachment = { id: String(this.#next++), description: typeof description === 'string' ? description : '', type: file.type, bytes: file.size, processedAt: this.clock + this.processingMs, used: false };
    this.attachments.set(one.id, one);
    return this.#media(one, this.processingMs > 0 ? 202 : 200);
  }

  #attachment(id: string): Response {
    const one = this.attachments.get(id);
    if (!one || one.used) return this.error(404, 'Record not found');
    return this.#media(one, one.processedAt > this.clock ? 206 : 200);
  }

  #media(one: Attachment, status: number): Response {
    const url = status === 200 ? `${origin}/media/${one.id}.png` : null;
    return this.#json(status, { id: one.id, type: 'image', url, preview_url: url, remote_url: null, blurhash: null, description: one.description }, '/components/schemas/MediaAttachment');
  }

  #list(query: URLSearchParams): Response {
    const before = query.get('max_id');
    const page = this.statuses.filter(({ id }) => before === null || BigInt(id) < BigInt(before)).slice(0, Math.min(Number(query.get('limit') ?? 20), 40));
    return this.#json(200, page.map(({ json }) => json), '/paths/~1api~1v1~1accounts~1%7Bid%7D~1statuses/get/responses/200/content/application~1json/schema');
  }

  #delete(id: string): Response {
    const at = this.statuses.findIndex((status) => status.id === id);
    if (at < 0) return this.error(404, 'Record not found');
    const [kept] = this.statuses.splice(at, 1);
    return this.#json(200, kept!.json, '/components/schemas/Status');
  }

  #instance(): Record<string, unknown> {
    return {
      domain: 'social.example', title: 'Social', version: '4.6.0', source_url: 'https://github.com/mastodon/mastodon', description: '', api_versions: { mastodon: 8 }, icon: [], languages: ['it'], rules: [],
      usage: { users: { active_month: 3 } }, thumbnail: { url: `${origin}/thumb.png` }, contact: { email: 'staff@social.example', account: null },
      registrations: { enabled: false, approval_required: false, reason_required: null, message: null, min_age: null, url: null },
      configuration: {
        accounts: { max_featured_tags: 10, max_pinned_statuses: 5 }, polls: { max_options: 4, max_characters_per_option: 50, min_expiration: 300, max_expiration: 2_629_746 }, translation: { enabled: false }, urls: { streaming: null },
        statuses: { max_characters: this.maxCharacters, max_media_attachments: 6, characters_reserved_per_url: 24 },
        media_attachments: { supported_mime_types: ['image/png', 'video/mp4'], image_size_limit: 1_000_000, image_matrix_limit: 1, video_size_limit: 9_000_000, video_frame_rate_limit: 60, video_matrix_limit: 1, description_limit: 700 },
      },
    };
  }

  #json(status: number, body: unknown, pointer: string, headers: Record<string, string> = {}): Response {
    check?.(pointer, body);
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers } });
  }
}

const account = {
  id: '42', username: 'brand', acct: 'brand', display_name: 'Brand', locked: false, bot: false, group: false, indexable: true, created_at: '2020-01-01T00:00:00.000Z', note: '', url: `${origin}/@brand`, uri: `${origin}/users/brand`,
  avatar: `${origin}/a.png`, avatar_static: `${origin}/a.png`, header: `${origin}/h.png`, header_static: `${origin}/h.png`, followers_count: 0, following_count: 0, statuses_count: 0, emojis: [], fields: [],
};
const credentials = {
  ...account,
  source: { note: '', fields: [], privacy: 'public', sensitive: false, language: 'it', follow_requests_count: 0, indexable: true },
  role: { id: '-99', name: '', permissions: '65536', color: '', highlighted: false },
};

/** As Mastodon writes it: paragraphs, breaks, addresses cut by invisible spans, mentions without a host. */
function htmlOf(text: string): string {
  const escaped = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&#39;');
  const linked = escaped
    .replace(/(https?:\/\/)(\S{1,30})(\S*)/g, '<a href="$1$2$3" rel="nofollow noopener" target="_blank"><span class="invisible">$1</span><span class="ellipsis">$2</span><span class="invisible">$3</span></a>')
    .replace(/(?<=^|\s)@(\w+)@[\w.]+/g, '<span class="h-card"><a href="https://b.example/@$1" class="u-url mention">@<span>$1</span></a></span>');
  return `<p>${linked.replace(/\n\n+/g, '</p><p>').replace(/\n/g, '<br />')}</p>`;
}

const wordsOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const goodAccount = { instance: origin, accessToken: 'good-token-1234' };

export const makePeer: MakePeer = async () => peerOf(new FakeMastodon());

export function peerOf(fake: FakeMastodon): Peer {
  return {
    account: goodAccount,
    revoked: { instance: origin, accessToken: 'dead-token-5678' },
    secrets: ['good-token-1234', 'dead-token-5678'],
    fetch: (url, init = {}) => fake.answer(new URL(url), init),
    isCommit: (url, init) => init.method === 'POST' && url.pathname === '/api/v1/statuses',
    own: {
      refused: () => fake.error(422, 'Validation failed: Text character limit of 500 exceeded'),
      unauthorized: () => fake.error(401, 'The access token was revoked'),
      throttled: (until) => fake.error(429, 'Too many requests', until === null ? {} : { 'x-ratelimit-reset': new Date(until).toISOString() }),
      unavailable: () => fake.error(503, 'There was a temporary problem serving your request, please try again'),
    },
    own5xxMayHideAPost: true,
    posts: async () => fake.statuses.map(({ id, text }) => ({ remoteId: id, text })),
    now: () => fake.clock,
  };
}
