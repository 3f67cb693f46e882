import { z } from 'zod';
import { OPTED_OUT } from './twilio-meanings.js';

/** A form of Twilio; of a field that stands in it more than once, the first. */
type Fields = Readonly<Record<string, unknown>>;

const Status = z.object({ MessageSid: z.string().max(64), MessageStatus: z.string(), To: z.string().optional(), ErrorCode: z.string().optional() });
const CallStatus = z.object({ CallSid: z.string().max(64), CallStatus: z.string() });
const Incoming = z.object({ MessageSid: z.string().min(1).max(64), From: z.string(), Body: z.string().default(''), OptOutType: z.string().optional() });

export interface TwilioTold {
  readonly remoteId: string;
  readonly state: 'taken' | 'arrived' | 'busy' | 'no-answer' | 'opted-out' | 'failed';
  readonly to: string | null;
  readonly detail: string | null;
}

/**
 * What became of a message (https://www.twilio.com/docs/messaging/guides/track-outbound-message-status) or of a call
 * (https://www.twilio.com/docs/voice/api/call-resource#statuscallback); null = none of the two.
 */
export function statusOf(fields: Fields): TwilioTold | null {
  const message = Status.safeParse(fields);
  if (message.success) {
    const { MessageSid: remoteId, MessageStatus: said, To: to = null, ErrorCode: code } = message.data;
    const detail = code === undefined ? null : `Twilio: error ${code}`;
    if (Number(code) === OPTED_OUT) return { remoteId, to, state: 'opted-out', detail };
    return { remoteId, to, detail, state: said === 'delivered' ? 'arrived' : ['undelivered', 'failed', 'canceled'].includes(said) ? 'failed' : 'taken' };
  }
  const call = CallStatus.safeParse(fields);
  if (!call.success) return null;
  const { CallSid: remoteId, CallStatus: said } = call.data;
  return { remoteId, to: null, detail: null, state: calls.get(said) ?? 'taken' };
}

const calls: ReadonlyMap<string, TwilioTold['state']> = new Map([
  ['completed', 'arrived'], ['busy', 'busy'], ['no-answer', 'no-answer'], ['failed', 'failed'], ['canceled', 'failed'],
]);

/** What somebody sent to our number: https://www.twilio.com/docs/messaging/guides/webhook-request */
export function incomingOf(fields: Fields): { readonly remoteId: string; readonly from: string; readonly text: string; readonly wish: 'stop' | 'start' | null } | null {
  const read = Incoming.safeParse(fields);
  if (!read.success) return null;
  const { MessageSid: remoteId, From: from, Body: text, OptOutType: type } = read.data;
  return { remoteId, from, text, wish: type === 'STOP' ? 'stop' : type === 'START' ? 'start' : null };
}
