import { z } from 'zod';
import type { Instant } from '../../core/instant.js';
import { registerSecret } from '../scrub.js';
import type { Call, PhoneFound, PhoneGateway, PhoneProbe, PhoneResult, Sms } from './gateway.js';
import { exchange, type PhoneAnswer, type PhoneSetback, type PhoneWay, strangeAnswer } from './phone-answer.js';
import { meaningOf } from './twilio-meanings.js';
import { twimlOf } from './twiml.js';

export interface TwilioAccount {
  /** AC and 32 hex digits. */
  readonly accountSid: string;
  /** Lets in, and signs what Twilio tells us. */
  readonly authToken: string;
  /** MG and 32 hex digits: the sender of an SMS that names none. null = `number` is. */
  readonly messagingServiceSid: string | null;
  /** E.164; null = it cannot call. */
  readonly number: string | null;
}

export interface TwilioSurroundings {
  readonly way: PhoneWay;
  readonly now: () => Instant;
  /** Where Twilio tells what became of it; null = our address cannot be reached from outside. */
  readonly statusUrl: (ref: string) => string | null;
}

const HOST = 'api.twilio.com';
/** Seconds it rings; then it was in vain. */
const RING_SECONDS = 30;
/** The longest a message may wait in Twilio's queue, in seconds. */
const MOST_WAIT = 36_000;
/** Sent to one number within the time we look back: few. */
const PAGE = 50;

const Failure = z.object({ code: z.number().nullish(), message: z.string(), status: z.number().optional() });
const Taken = z.object({ sid: z.string().min(1) });
const Messages = z.object({
  messages: z.array(z.object({ sid: z.string(), body: z.string().nullish(), direction: z.string().nullish(), date_created: z.string().nullish() })),
});

/** Twilio: SMS and calls. Facts: https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/voice/api/call-resource */
export class TwilioGateway implements PhoneGateway {
  readonly kind = 'twilio';
  readonly host = HOST;
  /** Absent without a number to call from. */
  readonly call?: (call: Call, signal: AbortSignal, ageMs?: () => number) => Promise<PhoneResult>;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly root: string;

  constructor(
    private readonly account: TwilioAccount,
    private readonly around: TwilioSurroundings,
  ) {
    registerSecret(account.authToken);
    const basic = Buffer.from(`${account.accountSid}:${account.authToken}`).toString('base64');
    this.headers = { authorization: `Basic ${basic}`, accept: 'application/json' };
    this.root = `https://${HOST}/2010-04-01/Accounts/${account.accountSid}`;
    const { number } = account;
    if (number !== null) this.call = (call, signal, ageMs) => this.ring(number, call, { signal, ageMs });
  }

  async send(sms: Sms, signal: AbortSignal, ageMs?: () => number): Promise<PhoneResult> {
    const form = new URLSearchParams({ To: sms.to, Body: sms.text, ...this.senderOf(sms), ...this.callback(sms.ref) });
    if (sms.deadlineAt !== null) form.set('ValidityPeriod', String(Math.min(MOST_WAIT, Math.max(1, Math.floor((sms.deadlineAt - this.around.now()) / 1_000)))));
    return this.ask('Messages', form, { signal, ageMs });
  }

  /** By its text: whoever waits in Twilio's queue has no date of sending yet, so the newest of that number are read. */
  async find({ to, text }: Sms, since: Instant, signal: AbortSignal): Promise<PhoneFound> {
    const query = new URLSearchParams({ To: to, PageSize: String(PAGE) });
    const said = await exchange({ way: this.around.way, url: `${this.root}/Messages.json?${query.toString()}`, headers: this.headers, signal });
    if (said.kind !== 'answer') return { kind: 'unknown', detail: said.detail };
    const read = said.status === 200 ? Messages.safeParse(said.body) : null;
    if (!read?.success) return { kind: 'unknown', detail: this.setback(said).detail };
    const second = Math.floor(since / 1_000) * 1_000; // Twilio's dates have no finer grain
    const later = read.data.messages.filter(({ direction, date_created: at }) => direction !== 'inbound' && (at === null || at === undefined || !(Date.parse(at) < second)));
    // A trial account puts words of its own before ours.
    const found = later.find(({ body }) => body?.endsWith(text) === true);
    if (found) return { kind: 'found', remoteId: found.sid };
    // It may be ours in other words: a messaging service may put others for some letters, and shorten links.
    return later.length > 0 ? { kind: 'unclear', detail: 'Something else was sent to this number since, which may be ours in other words.' } : { kind: 'absent' };
  }

  /** Without credentials: its own word for "who are you?" is good. */
  async probe(signal: AbortSignal): Promise<PhoneProbe> {
    const said = await exchange({ way: this.around.way, url: `https://${HOST}/2010-04-01/Accounts.json`, headers: { accept: 'application/json' }, signal });
    if (said.kind !== 'answer') return { kind: said.kind === 'local' ? 'local' : 'failed', detail: said.detail };
    return said.status < 500 && Failure.safeParse(said.body).success ? { kind: 'ok' } : { kind: 'failed', detail: strangeAnswer(said) };
  }

  private async ring(from: string, call: Call, terms: Terms): Promise<PhoneResult> {
    const twiml = twimlOf(call);
    if (twiml === null) return { kind: 'refused', detail: 'The text is too long to be read aloud twice.' };
    return this.ask('Calls', new URLSearchParams({ To: call.to, From: from, Twiml: twiml, Timeout: String(RING_SECONDS), ...this.callback(call.ref) }), terms);
  }

  private async ask(what: 'Messages' | 'Calls', body: URLSearchParams, { signal, ageMs }: Terms): Promise<PhoneResult> {
    const said = await exchange({ way: this.around.way, url: `${this.root}/${what}.json`, method: 'POST', headers: this.headers, body, signal, ageMs });
    if (said.kind !== 'answer') return said;
    const taken = said.status >= 200 && said.status < 300 ? Taken.safeParse(said.body) : null;
    return taken?.success ? { kind: 'accepted', remoteId: taken.data.sid } : this.setback(said);
  }

  /** Only what is in its own format is believed to come from Twilio. */
  private setback(said: PhoneAnswer): PhoneSetback {
    const { status, headers, body } = said;
    const own = status >= 400 ? Failure.safeParse(body) : null;
    if (own?.success) return meaningOf({ status, headers, code: own.data.code ?? null, message: own.data.message }, this.around.now());
    // 2xx, a redirect or a 5xx of a stranger may hide that it went through; a 4xx never reached Twilio.
    return { kind: status >= 400 && status < 500 ? 'unavailable' : 'uncertain', detail: strangeAnswer(said) };
  }

  private senderOf({ from }: Sms): Record<string, string> {
    const { messagingServiceSid, number } = this.account;
    if (from === null && messagingServiceSid !== null) return { MessagingServiceSid: messagingServiceSid };
    return { From: from ?? number ?? '' };
  }

  private callback(ref: string): Record<string, string> {
    const url = this.around.statusUrl(ref);
    return url === null ? {} : { StatusCallback: url };
  }
}

interface Terms {
  readonly signal: AbortSignal;
  readonly ageMs: (() => number) | undefined;
}
