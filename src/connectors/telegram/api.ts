import type { z } from 'zod';
import { DAY_MS, type Instant, SECOND_MS } from '../../core/instant.js';
import type { Outcome, Setback } from '../../core/outcome.js';
import type { Dialect } from '../classify.js';
import type { World } from '../connector.js';
import { readJson, send } from '../http.js';
import type { Account } from './account.js';
import { Failure } from './answers.js';

export const HOST = 'api.telegram.org';

/** A call's arguments: JSON, or a form where files go along. */
export type Arguments = FormData | Readonly<Record<string, unknown>>;

export interface Call<T> {
  readonly method: string;
  readonly arguments: (chatId: string) => Arguments;
  readonly answer: z.ZodType<T>;
  /** People see what it does. */
  readonly visible: boolean;
}

export type Told<T> = { readonly kind: 'told'; readonly answer: T } | Setback;

/**
 * One call of the bot API (https://core.telegram.org/bots/api#making-requests). A group that became a supergroup answers
 * with its new number before anything is done: then the call is made once more, there.
 */
export async function call<T>(account: Account, world: Pick<World, 'fetch' | 'now'>, asked: Call<T>): Promise<Told<T>> {
  const first = await exchange(account, world, { ...asked, chatId: account.chat });
  if (first.movedTo === null) return first.told;
  return (await exchange(account, world, { ...asked, chatId: first.movedTo })).told;
}

async function exchange<T>({ botToken }: Account, world: Pick<World, 'fetch' | 'now'>, { chatId, ...asked }: Call<T> & { readonly chatId: string }) {
  const given = asked.arguments(chatId);
  const { dialect, movedTo } = listening();
  const sending = {
    dialect,
    method: 'POST',
    visible: asked.visible,
    secrets: [botToken, botToken.split(':').at(-1) ?? ''],
    ...(given instanceof FormData ? { body: given } : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(given) }),
  };
  const told = await send(world, `https://${HOST}/bot${botToken}/${asked.method}`, sending, async (response): Promise<Told<T>> =>
    ({ kind: 'told', answer: await readJson(response, asked.answer) }));
  return { told, movedTo: movedTo() };
}

/** The bot, or the channel's opinion of it, is at fault and not what it was to say. */
const ofTheAccount = /chat not found|not enough rights|have no rights|administrator rights|CHAT_WRITE_FORBIDDEN|CHAT_ADMIN_REQUIRED|CHANNEL_PRIVATE|not a member|was kicked|deactivated/i;

/**
 * `{ ok: false, error_code, description, parameters? }`, always in English. No code says more than the status, so a few
 * well-known words are read. After a post was sent any 5xx leaves it open: "Internal Server Error: restart" is said to
 * whatever is at work while a server closes, and nothing can be read back here.
 */
function listening(): { readonly dialect: Dialect; readonly movedTo: () => string | null } {
  let failure: Failure | null = null;
  const dialect: Dialect = {
    own: (body) => {
      failure = Failure.safeParse(body).data ?? null;
      return failure === null ? null : { code: null, message: failure.description };
    },
    meaning: ({ status, message }, now): Exclude<Outcome, { kind: 'delivered' }> | null => {
      const detail = `${status}: ${message}`;
      if (status >= 500) return { kind: 'uncertain', detail };
      if (status === 429) return { kind: 'throttled', until: until(failure?.parameters?.retry_after, now), scope: 'account', detail };
      // The address is made of the token: 404 is a token that nobody has.
      if (status === 404 || (status === 400 && ofTheAccount.test(message))) return { kind: 'unauthorized', detail };
      return null;
    },
  };
  return { dialect, movedTo: () => failure?.parameters?.migrate_to_chat_id?.toString() ?? null };
}

function until(retryAfter: number | undefined, now: Instant): Instant | null {
  return retryAfter === undefined ? null : now + Math.min(Math.max(Math.ceil(retryAfter), 1) * SECOND_MS, DAY_MS);
}
