import { excerpt } from '../../core/excerpt.js';
import { TransportError, type Fetch, type FetchInit } from '../../core/transport.js';
import { scrub } from '../scrub.js';
import type { PhoneResult } from './gateway.js';

/** The way out, bound to terms: `Outgoing` in the application. */
export interface PhoneWay {
  fetch(terms: { readonly signal: AbortSignal; readonly timeoutMs: number; readonly maxBytes: number; readonly ageMs?: () => number }): Fetch;
}

export type PhoneSetback = Exclude<PhoneResult, { kind: 'accepted' }>;

/** A whole answer, whatever its status. */
export interface PhoneAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Headers;
  /** As it came; may be HTML. */
  readonly text: string;
  /** undefined = it is not JSON. */
  readonly body: unknown;
}

interface Asked extends FetchInit {
  readonly way: PhoneWay;
  readonly url: string;
  readonly signal: AbortSignal;
  /** How old the claim is under which it goes; over 20 s nothing is sent. */
  readonly ageMs?: (() => number) | undefined;
}

/** Of one request; a sender's lease is more than twice that. */
const REQUEST_MS = 15_000;
/** A page of fifty messages, with room. */
const MOST_BYTES = 2_000_000;

/** One exchange. Never throws: what broke before the first byte was certainly not taken, after it nobody knows. */
export async function exchange({ way, url, signal, ageMs, ...init }: Asked): Promise<PhoneAnswer | PhoneSetback> {
  try {
    const response = await way.fetch({ signal, timeoutMs: REQUEST_MS, maxBytes: MOST_BYTES, ...(ageMs && { ageMs }) })(url, init);
    const text = await response.text();
    return { kind: 'answer', status: response.status, headers: response.headers, text, body: parsed(text) };
  } catch (error) {
    return { kind: meaningOf(error), detail: detailOf(error instanceof Error ? error.message : String(error)) };
  }
}

function meaningOf(error: unknown): 'uncertain' | 'unavailable' | 'local' | 'account' {
  if (!(error instanceof TransportError) || error.sent) return 'uncertain';
  switch (error.kind) {
    case 'guard': // until a person corrects its address, or the operator allows it
      return 'account';
    case 'claim-too-old':
    case 'offline':
    case 'aborted':
      return 'local';
    case 'connect':
    case 'dns':
    case 'tls':
    case 'timeout':
    case 'reset':
    case 'too-large':
      return 'unavailable';
  }
}

/** For people and tables: short, and without any secret of ours that the other side repeats. */
export function detailOf(text: string): string {
  return scrub(text).slice(0, 500);
}

/** What stands in the place of an answer we understand: a login page, a proxy's word, nothing. */
export function strangeAnswer({ status, text }: PhoneAnswer): string {
  return detailOf(`${status}, and not in the gateway's own format: ${excerpt(text)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
