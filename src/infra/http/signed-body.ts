import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Instant, MINUTE_MS } from '../../core/instant.js';

const toleranceMs = 5 * MINUTE_MS;

/** What came, and how it says that it is from who knows the secret. */
export interface SignedRequest {
  /** `Postern-Signature` */
  readonly header: unknown;
  /** Byte for byte: `signedBody` of the request. */
  readonly body: Buffer | undefined;
  readonly now: Instant;
}

/** `t=<unix seconds>,v1=<hex HMAC-SHA-256 of "<t>.<body>">`, not older than five minutes: how others sign what they tell us. */
export function isSignedBody(secret: string, { header, body, now }: SignedRequest): boolean {
  const [, t = '', v1 = ''] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(typeof header === 'string' ? header : '') ?? [];
  if (t === '' || body === undefined || Math.abs(now - Number(t) * 1_000) > toleranceMs) return false;
  return timingSafeEqual(createHmac('sha256', secret).update(`${t}.`).update(body).digest(), Buffer.from(v1, 'hex'));
}
