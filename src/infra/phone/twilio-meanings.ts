import type { Instant } from '../../core/instant.js';
import { retryAt } from '../../core/retry-after.js';
import { detailOf, type PhoneSetback } from './phone-answer.js';

/** How Twilio says that it did not do what it was asked: https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions */
export interface TwilioError {
  readonly status: number;
  readonly code: number | null;
  readonly message: string;
  readonly headers: Headers;
}

// Each code: https://www.twilio.com/docs/api/errors/CODE

/** The person wrote STOP to this sender. */
export const OPTED_OUT = 21_610;

/** About this number or this text alone. */
const refusals = new Set([
  21_201, 21_211, 21_214, 21_217, 21_266, 21_604, 21_614, 13_223, 13_224, // no number, or none that takes this
  21_215, 21_408, 13_225, 13_226, 13_227, // that country or that kind of number is not opened in the account
  21_216, 21_612, // not to be reached from this sender
  21_219, 21_608, // a trial account reaches verified numbers only
  21_602, 21_605, 21_617, // no text, or too long
]);

/** About our account or our sender: nothing goes until a person has mended it. */
const ofAccount = new Set([20_003, 20_005, 20_404, 21_210, 21_212, 21_213, 21_603, 21_606, 21_659, 21_660, 21_661, 21_703, 21_705]);

/** Too many at once, the sender's queue is full (four hours of messages), or the day's cap: none of them took it. */
const tooMuch = new Set([20_429, 21_611, 63_038, 10_004]);

/** By its own code first, by the status second. 429 was never processed. */
export function meaningOf({ status, code, message, headers }: TwilioError, now: Instant): PhoneSetback {
  const detail = detailOf(`${status}: ${code === null ? '' : `${code}: `}${message}`);
  const isIn = (codes: ReadonlySet<number>): boolean => code !== null && codes.has(code);
  if (code === OPTED_OUT) return { kind: 'opted-out', detail };
  if (status === 429 || isIn(tooMuch)) return { kind: 'throttled', until: retryAt(headers, now), detail };
  if (isIn(refusals)) return { kind: 'refused', detail };
  if (isIn(ofAccount) || [401, 402, 403, 404].includes(status)) return { kind: 'account', detail };
  if (status === 503) return { kind: 'unavailable', detail };
  // 20500 may come after the message was put into the queue: it is looked for before anything else happens to it.
  if (status >= 500) return { kind: 'uncertain', detail };
  return { kind: 'refused', detail };
}
