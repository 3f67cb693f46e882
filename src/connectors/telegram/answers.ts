import { z } from 'zod';

/** Answers of the bot API, as far as they are needed: `{ ok: true, result }`. */

const Chat = z.object({
  id: z.int(),
  type: z.enum(['private', 'group', 'supergroup', 'channel']),
  title: z.string().optional(),
  username: z.string().optional(),
});
export type Chat = z.output<typeof Chat>;

const Message = z.object({ message_id: z.int(), chat: Chat });
export type Message = z.output<typeof Message>;

/** https://core.telegram.org/bots/api#chatmember; `can_post_messages` is told of channels only. */
const ChatMember = z.object({ status: z.string(), can_post_messages: z.boolean().optional(), can_send_messages: z.boolean().optional() });

export const Sent = z.object({ ok: z.literal(true), result: z.union([Message, z.array(Message).min(1)]) });
export const TheChat = z.object({ ok: z.literal(true), result: Chat });
export const Member = z.object({ ok: z.literal(true), result: ChatMember });
export const Done = z.object({ ok: z.literal(true), result: z.literal(true) });

/** https://core.telegram.org/bots/api#making-requests and #responseparameters */
export const Failure = z.object({
  ok: z.literal(false),
  error_code: z.int(),
  description: z.string(),
  parameters: z.object({ migrate_to_chat_id: z.int().optional(), retry_after: z.number().nonnegative().optional() }).optional(),
});
export type Failure = z.output<typeof Failure>;
