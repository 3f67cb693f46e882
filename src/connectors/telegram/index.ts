import type { Outcome } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import { defineConnector, type Look, type World } from '../connector.js';
import { probeJson } from '../http.js';
import { Account } from './account.js';
import { Done, Failure, Member, Sent, TheChat } from './answers.js';
import { call, HOST } from './api.js';
import { limits, Options } from './limits.js';
import { compose } from './message.js';
import { messageIdsOf, remoteIdOf, urlOf } from './remote-id.js';

/** Telegram channels and groups, by a bot. Facts and their sources: README.md beside this file. */
export const telegram = defineConnector<Account>({
  id: 'telegram',
  name: 'Telegram',
  infraGroup: null,
  account: Account,
  options: Options,
  capabilities: ['auth', 'text', 'media', 'publish'],
  host: () => HOST,
  limits: () => limits,
  leadMs: 0, // a bot cannot upload without posting
  resendWindowMs: null, // and has no key
  settleMs: 120_000,
  commit: sendPart,
  // No `find`: a bot cannot read what its channel says (README.md), so after a lost answer a person is asked.
  look,

  // A token that cannot be one (it begins with 0) is refused at the door, in the API's own format.
  probe: (_host, world) => probeJson(world, `https://${HOST}/bot0:postern/getMe`, (body) => Failure.safeParse(body).success),

  // https://core.telegram.org/bots/api#deletemessages: what is gone already is skipped.
  delete: async (remoteId, account, world) => {
    const told = await call(account, world, {
      method: 'deleteMessages', answer: Done, visible: true, arguments: (chatId) => ({ chat_id: chatId, message_ids: messageIdsOf(remoteId) }),
    });
    return told.kind === 'told' ? { kind: 'delivered', remoteId, url: null } : told;
  },
});

/** https://core.telegram.org/bots/api#sendmessage and its kin */
async function sendPart(part: Part, account: Account, world: World): Promise<Outcome> {
  const options = Options.safeParse(part.content.options);
  if (!options.success) return { kind: 'refused', detail: `options: ${options.error.issues[0]?.message ?? 'not as expected'}` };
  const told = await call(account, world, { ...(await compose(part, options.data, world)), answer: Sent, visible: true });
  if (told.kind !== 'told') return told;
  const messages = [told.answer.result].flat();
  const [first] = messages;
  // A large film may be taken to be sent later, and then has no number yet.
  if (first === undefined || messages.some(({ message_id: id }) => id === 0)) return { kind: 'uncertain', detail: 'Telegram took it to send it later, and gave it no number' };
  return { kind: 'delivered', remoteId: remoteIdOf(messages), url: urlOf(first.chat, first.message_id) };
}

/** Anybody can read a public channel, so what counts is whether the bot may post there. */
async function look(account: Account, world: World): Promise<Look> {
  const found = await call(account, world, { method: 'getChat', answer: TheChat, visible: false, arguments: (chatId) => ({ chat_id: chatId }) });
  if (found.kind !== 'told') return found;
  const chat = found.answer.result;
  const botId = Number(account.botToken.split(':')[0]);
  const member = await call(account, world, { method: 'getChatMember', answer: Member, visible: false, arguments: (chatId) => ({ chat_id: chatId, user_id: botId }) });
  if (member.kind !== 'told') return member;
  const { status, can_post_messages: mayPost, can_send_messages: maySend } = member.answer.result;
  const may = chat.type === 'channel' ? status === 'administrator' && mayPost === true : !['left', 'kicked'].includes(status) && maySend !== false;
  if (!may) return { kind: 'unauthorized', detail: `the bot is ${status} there and may not post: make it an administrator who may post messages` };
  return { kind: 'ok', accountName: chat.title ?? (chat.username === undefined ? String(chat.id) : `@${chat.username}`), url: urlOf(chat) };
}
