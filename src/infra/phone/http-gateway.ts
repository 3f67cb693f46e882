import { z } from 'zod';
import type { Instant } from '../../core/instant.js';
import { retryAt } from '../../core/retry-after.js';
import { registerSecret } from '../scrub.js';
import type { PhoneGateway, PhoneProbe, PhoneResult, Sms } from './gateway.js';
import { detailOf, exchange, type PhoneAnswer, type PhoneSetback, type PhoneWay, strangeAnswer } from './phone-answer.js';

export interface HttpAccount {
  readonly url: string;
  /** Bearer token. */
  readonly token: string;
  /** E.164: the sender of an SMS that names none; null = the gateway's own. */
  readonly number: string | null;
}

/** A proxy's words for "it is not there": https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/ for those from 520 on. */
const isAway = (status: number): boolean => [502, 503, 504].includes(status) || status >= 520;

const Taken = z.object({ id: z.union([z.string().max(200), z.number()]).nullish() });
const Failure = z.object({ error: z.string().max(200).optional(), message: z.string().optional() });

/** A gateway of one's own, or a script before any other: a POST of JSON (docs/phone.md). It is not asked afterwards, and reads nothing aloud. */
export class HttpGateway implements PhoneGateway {
  readonly kind = 'http';
  readonly host: string;

  constructor(
    private readonly account: HttpAccount,
    private readonly way: PhoneWay,
    private readonly now: () => Instant,
  ) {
    registerSecret(account.token);
    this.host = new URL(account.url).host;
  }

  async send({ to, from, text, ref, deadlineAt }: Sms, signal: AbortSignal, ageMs?: () => number): Promise<PhoneResult> {
    const said = await exchange({
      way: this.way, url: this.account.url, method: 'POST', signal, ageMs,
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${this.account.token}`, 'idempotency-key': ref },
      body: JSON.stringify({ to, from: from ?? this.account.number, text, ref, validUntil: deadlineAt === null ? null : new Date(deadlineAt).toISOString() }),
    });
    if (said.kind !== 'answer') return said;
    if (said.status < 200 || said.status >= 300) return this.setback(said);
    if (said.text.trim() === '') return { kind: 'accepted', remoteId: null };
    const taken = Taken.safeParse(said.body);
    // A login page with 200 took nothing, a proxy's may stand before a gateway that did.
    if (!taken.success) return { kind: 'uncertain', detail: strangeAnswer(said) };
    const { id } = taken.data;
    return { kind: 'accepted', remoteId: id === null || id === undefined ? null : String(id) };
  }

  /** Without the token. It need not know HEAD: whatever it answers of its own, also 500 or 501, it is there. */
  async probe(signal: AbortSignal): Promise<PhoneProbe> {
    const said = await exchange({ way: this.way, url: this.account.url, method: 'HEAD', signal });
    if (said.kind !== 'answer') return { kind: said.kind === 'local' ? 'local' : 'failed', detail: said.detail };
    return !isAway(said.status) ? { kind: 'ok' } : { kind: 'failed', detail: `${this.host} answered ${said.status}` };
  }

  private setback(said: PhoneAnswer): PhoneSetback {
    const { status, headers } = said;
    const own = Failure.safeParse(said.body);
    const detail = own.success ? detailOf(`${status}: ${own.data.error ?? ''} ${own.data.message ?? ''}`.trim()) : strangeAnswer(said);
    if (own.success && own.data.error === 'opted-out') return { kind: 'opted-out', detail };
    if (status === 429) return { kind: 'throttled', until: retryAt(headers, this.now()), detail };
    if ([400, 409, 410, 413, 422].includes(status)) return { kind: 'refused', detail };
    if ([408, 425, 503].includes(status)) return { kind: 'unavailable', detail };
    if (status >= 500) return { kind: 'uncertain', detail };
    // 401, 403, 404, 405, 415 and redirects: the address or the token is not what it should be.
    return { kind: 'account', detail };
  }
}
