import type { FetchInit } from '../../../src/core/transport.js';
import type { MakePeer, Peer } from '../contract.js';
import { telegramCheck } from '../official.js';

const check = telegramCheck();
const goodToken = '123456789:AAEgoodgoodgoodgoodgoodgoodgoodgood';
const deadToken = '987654321:AAEdeaddeaddeaddeaddeaddeaddeaddead';
export const CHANNEL = -1001234567890;

type Arguments = Record<string, unknown>;
interface Kept {
  readonly id: number;
  readonly method: string;
  readonly text: string;
  readonly given: Arguments;
}

/** Telegram's bot API with one bot and one channel, as far as the connector sees it. Checks all against its description. */
export class FakeTelegram {
  clock = Date.UTC(2026, 10, 22, 12);
  readonly messages: Kept[] = [];
  readonly requests: { readonly method: string; readonly given: Arguments }[] = [];
  /** null = it is no administrator. */
  rights: Arguments | null = { can_post_messages: true };
  type: 'channel' | 'supergroup' | 'group' = 'channel';
  username: string | undefined = 'brandnews';
  /** The group became a supergroup, with a number of its own. */
  movedTo: number | null = null;
  chatId = CHANNEL;
  #next = 41;

  async answer(url: URL, init: FetchInit): Promise<Response> {
    const [, bot = '', method = ''] = url.pathname.split('/');
    const token = bot.replace(/^bot/, '');
    if (url.host !== 'api.telegram.org') throw new Error(`not Telegram: ${url.host}`);
    if (token.startsWith('0')) return this.error(401, 'Unauthorized: invalid token specified');
    if (token !== goodToken) return this.error(401, 'Unauthorized');
    const given = await argumentsOf(init);
    this.requests.push({ method, given });
    check?.(method, given);
    const chat = String(given['chat_id']);
    if (this.movedTo !== null && chat !== String(this.movedTo)) {
      return this.error(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: this.movedTo });
    }
    if (chat !== String(this.movedTo ?? this.chatId) && chat !== `@${this.username}`) return this.error(400, 'Bad Request: chat not found');
    switch (method) {
      case 'getChat': return this.#ok(method, { ...this.#chat(), accent_color_id: 1, max_reaction_count: 11, accepted_gift_types: gifts });
      case 'getChatMember': return this.#ok(method, this.rights === null ? { status: 'left', user: bot0 } : { ...administrator, ...this.rights });
      case 'deleteMessages': return this.#delete(given);
      default: return this.#send(method, given);
    }
  }

  error(status: number, description: string, parameters?: Arguments): Response {
    return json(status, { ok: false, error_code: status, description, ...(parameters && { parameters }) });
  }

  #send(method: string, given: Arguments): Response {
    if (this.rights === null) return this.error(403, 'Forbidden: bot is not a member of the channel chat');
    if (this.rights['can_post_messages'] !== true) return this.error(400, 'Bad Request: not enough rights to send text messages to the chat');
    const album = (given['media'] as Arguments[] | undefined) ?? null;
    const said = given['text'] ?? given['caption'] ?? album?.[0]?.['caption'];
    const text = typeof said === 'string' ? said : '';
    if (method === 'sendMessage' && text.trim() === '') return this.error(400, 'Bad Request: message text is empty');
    if (text.length > (method === 'sendMessage' ? 4_096 : 1_024)) return this.error(400, 'Bad Request: message is too long');
    const parent = (given['reply_parameters'] as { message_id: number } | undefined)?.message_id;
    if (parent !== undefined && !this.messages.some(({ id }) => id === parent)) return this.error(400, 'Bad Request: message to be replied not found');
    const missing = attachments(given).find((name) => !(given[`#${name}`] instanceof Blob));
    if (missing !== undefined) return this.error(400, 'Bad Request: file must be non-empty');
    const made = (album ?? [given]).map((_, n) => {
      const id = this.#next++;
      if (n === 0) this.messages.push({ id, method, text, given });
      return { message_id: id, date: Math.floor(this.clock / 1_000), chat: this.#chat(), ...(n === 0 && (method === 'sendMessage' ? { text } : { caption: text })) };
    });
    return this.#ok(method, album === null ? made[0] : made);
  }

  #delete({ message_ids: ids }: Arguments): Response {
    for (const id of ids as number[]) {
      const at = this.messages.findIndex((message) => message.id === id);
      if (at >= 0) this.messages.splice(at, 1);
    }
    return this.#ok('deleteMessages', true);
  }

  #chat(): Arguments {
    return { id: this.movedTo ?? this.chatId, type: this.type, title: 'Brand news', ...(this.username !== undefined && { username: this.username }) };
  }

  #ok(method: string, result: unknown): Response {
    check?.(`${method}#result`, result);
    return json(200, { ok: true, result });
  }
}

const bot0 = { id: 123_456_789, is_bot: true, first_name: 'Postern' };
const gifts = { unlimited_gifts: true, limited_gifts: true, unique_gifts: true, premium_subscription: true, gifts_from_channels: true };
const administrator = {
  status: 'administrator', user: bot0, can_be_edited: false, is_anonymous: false, can_manage_chat: true, can_delete_messages: true, can_manage_video_chats: false,
  can_restrict_members: false, can_promote_members: false, can_change_info: false, can_invite_users: false, can_post_stories: false, can_edit_stories: false, can_delete_stories: false,
};

/** JSON, or a form whose values are JSON where they are not text. Files stand under `#name`, out of the check's sight. */
async function argumentsOf({ headers, body, method }: FetchInit): Promise<Arguments> {
  const request = new Request('https://api.telegram.org/', { method: method ?? 'GET', headers: { ...headers }, body: (body as RequestInit['body']) ?? null });
  if (request.headers.get('content-type')?.startsWith('application/json')) return (await request.json()) as Arguments;
  const given: Arguments = {};
  for (const [name, value] of await request.formData()) {
    if (typeof value !== 'string') Object.defineProperty(given, `#${name}`, { value, enumerable: false });
    else given[name] = /^(?:[[{]|true$|false$|-?\d+$)/.test(value) && !['caption', 'chat_id'].includes(name) ? (JSON.parse(value) as unknown) : value;
  }
  return given;
}

function attachments(given: Arguments): string[] {
  return [...JSON.stringify(given).matchAll(/attach:\/\/(\w+)/g)].map((match) => match[1] ?? '');
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

export const goodAccount = { botToken: goodToken, chat: String(CHANNEL) };

export const makePeer: MakePeer = async () => peerOf(new FakeTelegram());

export function peerOf(fake: FakeTelegram): Peer {
  return {
    account: goodAccount,
    revoked: { ...goodAccount, botToken: deadToken },
    secrets: [goodToken, deadToken],
    fetch: (url, init = {}) => fake.answer(new URL(url), init),
    isCommit: (url) => /\/send[A-Z]\w+$/.test(url.pathname),
    own: {
      refused: () => fake.error(400, 'Bad Request: message is too long'),
      unauthorized: () => fake.error(403, 'Forbidden: bot was kicked from the channel chat'),
      throttled: (until) => fake.error(429, 'Too Many Requests: retry later', until === null ? undefined : { retry_after: Math.ceil((until - fake.clock) / 1_000) }),
      unavailable: () => fake.error(503, 'Service Unavailable'),
    },
    own5xxMayHideAPost: true,
    posts: async () => fake.messages.map(({ id, text }) => ({ remoteId: `${fake.movedTo ?? fake.chatId}/${id}`, text })),
    now: () => fake.clock,
  };
}
