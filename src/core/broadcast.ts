import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from './instant.js';

/** States of a broadcast, and what each may become (DESIGN §8). Approval binds to what was approved: an edit makes it `drafted` again. */
export const broadcastTransitions = {
  drafted: ['approved', 'frozen', 'stopped'],
  approved: ['drafted', 'frozen', 'stopped'],
  frozen: ['sending', 'paused', 'sent', 'stopped'],
  sending: ['paused', 'sent', 'stopped'],
  paused: ['sending', 'stopped'],
  sent: [], // only what stands in another one's mail, or on its page, is stopped with that one if it reaches nobody
  stopped: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type BroadcastState = keyof typeof broadcastTransitions;
export const broadcastStates = Object.keys(broadcastTransitions) as readonly BroadcastState[];

/** Of one mail to one person. `reserved` means nothing and is freely retaken; `sending` has its intent on the disk; `unconfirmed` is never resent by itself. */
export const recipientTransitions = {
  waiting: ['reserved', 'suppressed', 'expired'],
  reserved: ['waiting', 'sending', 'suppressed', 'expired'],
  sending: ['sent', 'waiting', 'failed', 'unconfirmed'],
  sent: ['bounced'],
  unconfirmed: ['sent', 'bounced'],
  failed: ['bounced'],
  bounced: [],
  suppressed: [],
  expired: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type RecipientState = keyof typeof recipientTransitions;
export const recipientStates = Object.keys(recipientTransitions) as readonly RecipientState[];

export function mayBroadcastBecome(from: BroadcastState, to: BroadcastState): boolean {
  return (broadcastTransitions[from] as readonly BroadcastState[]).includes(to);
}

/** What a mail server's behaviour towards one mail to one person tells. */
export interface MailSigns {
  /** The text of the mail began to be sent: from there on only an answer tells whether it was taken. */
  readonly begun: boolean;
  /** Of the server's answer to this mail; null = it gave none. */
  readonly code: number | null;
  /** The answer was about us (greeting, sign-in), not about this mail. */
  readonly ours: boolean;
}

/** `refused`: never. `later`: not now. `away`: the server took nothing. `unsure`: it may have taken it. */
export type MailOutcome = 'sent' | 'refused' | 'later' | 'away' | 'unsure';

/** Of a mail that was not accepted. An answer of 4xx or 5xx says that it was not taken, also after its text was sent (RFC 5321 §4.2.5). */
export function mailOutcome({ begun, code, ours }: MailSigns): Exclude<MailOutcome, 'sent'> {
  if (code !== null && code >= 400) {
    if (ours || code === 421) return 'away';
    return code >= 500 ? 'refused' : 'later';
  }
  return begun ? 'unsure' : 'away';
}

/** ms until a mail that was put off is tried again, after so many tries; null = given up. Greylisting asks for minutes, full boxes for hours. */
export function nextMailTryMs(tries: number): number | null {
  return [5 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS][tries - 1] ?? null;
}

/** How many outcomes are looked at, how many there must be, and which share of them may be bad. */
export const errorRate = { of: 200, least: 30, most: 0.1, unsureInARow: 3 } as const;

/**
 * Whether to stop sending until a person has looked. `refusals`: so many are refused that the list or the sender is at fault, and
 * going on would ruin its name. `silence`: the server takes mails and does not answer; each more would be one more nobody knows of.
 * @param recent the last outcomes, oldest first; `later` and `away` are no fault of ours and left out
 */
export function whyPause(recent: readonly ('sent' | 'refused' | 'unsure')[]): 'refusals' | 'silence' | null {
  const tail = recent.slice(-errorRate.unsureInARow);
  if (tail.length === errorRate.unsureInARow && tail.every((outcome) => outcome === 'unsure')) return 'silence';
  const seen = recent.slice(-errorRate.of);
  const bad = seen.filter((outcome) => outcome !== 'sent').length;
  return seen.length >= errorRate.least && bad / seen.length > errorRate.most ? 'refusals' : null;
}

/** Days after which a sender is warm, and the mails of its first day; each day twice as many. */
export const warmUp = { days: 12, first: 200 } as const;

/**
 * Mails a sender may send today. Providers distrust an address that suddenly writes to thousands.
 * @param firstAt its first mail; null = it has not sent any
 */
export function dailyCap({ isWarm, firstAt }: { readonly isWarm: boolean; readonly firstAt: Instant | null }, now: Instant): number {
  if (isWarm) return Infinity;
  const day = firstAt === null ? 0 : Math.floor((now - firstAt) / DAY_MS);
  return day >= warmUp.days ? Infinity : warmUp.first * 2 ** day;
}

/** How many may be taken up now, so that the pace is kept and consent is asked again at most `aheadS` before each goes. */
export function batchSize({ ratePerSecond, left, most }: { readonly ratePerSecond: number | null; readonly left: number; readonly most: number }, aheadS = 5): number {
  const byRate = ratePerSecond === null ? most : Math.max(1, Math.ceil(ratePerSecond * aheadS));
  return Math.max(0, Math.min(most, byRate, left));
}

/** How long a newsletter takes until everybody has it: composed and frozen first, then so many mails a second. */
export function newsletterNeedsMs(people: number, ratePerSecond: number): number {
  return MINUTE_MS + (people * SECOND_MS) / ratePerSecond;
}

/** Storm guard: hard bounces within an hour, beyond which they say something of us and not of the addresses. */
export function isBounceStorm({ bounced, sent }: { readonly bounced: number; readonly sent: number }): boolean {
  return bounced > Math.max(20, sent * 0.05);
}

/** `hard`: there is no such mailbox, and never will be. By the enhanced status code (RFC 3463): a refusal for policy or content says nothing of the address. */
export function bounceKind(status: string): 'hard' | 'soft' {
  return /^5\.1\.(0|1|2|3|6|10)$/.test(status) ? 'hard' : 'soft';
}
