import type { Chat, Message } from './answers.js';

/** `-1001234567890/45`, of an album `-1001234567890/45,46,47`: what it takes to answer a message, and to delete it. */
export function remoteIdOf(messages: readonly Message[]): string {
  return `${messages[0]?.chat.id ?? ''}/${messages.map(({ message_id: id }) => id).join(',')}`;
}

export function messageIdsOf(remoteId: string): readonly number[] {
  return (remoteId.split('/')[1] ?? '').split(',').map(Number);
}

/** An album is answered at its first picture. */
export function messageIdOf(remoteId: string): number {
  return messageIdsOf(remoteId)[0] ?? 0;
}

/** https://core.telegram.org/api/links: public by name; of a private channel or supergroup for its members only. */
export function urlOf(chat: Chat, messageId?: number): string | null {
  const end = messageId === undefined ? '' : `/${messageId}`;
  if (chat.username !== undefined) return `https://t.me/${chat.username}${end}`;
  const inner = /^-100(\d+)$/.exec(String(chat.id))?.[1];
  return inner === undefined ? null : `https://t.me/c/${inner}${end}`;
}
