import { createHash } from 'node:crypto';
import type { Instant } from '../../core/instant.js';

const alphabet = '234567abcdefghijklmnopqrstuvwxyz';

/**
 * The record key of a part: a TID (https://atproto.com/specs/tid), the same for every resend of one intent.
 * A TID is 53 bits of microseconds and 10 bits that tell clocks apart. The milliseconds are the stamp's; the
 * microseconds below them and the ten bits come from the key's hash, so that two parts stamped in the same millisecond
 * differ (but for one chance in a million).
 * @param key `Part.key`, 32 hex digits: derived from (part, arming), never from the epoch
 * @param stampAt `Part.stampAt`
 */
export function recordKey(key: string, stampAt: Instant): string {
  const hash = createHash('sha256').update(key).digest();
  const micros = BigInt(stampAt) * 1_000n + BigInt(hash.readUInt32BE(0) % 1_000);
  const clock = BigInt(hash.readUInt32BE(4) & 0x3ff);
  let rest = ((micros & 0x1f_ffff_ffff_ffffn) << 10n) | clock;
  let tid = '';
  for (let digit = 0; digit < 13; digit += 1) {
    tid = alphabet.charAt(Number(rest & 31n)) + tid;
    rest >>= 5n;
  }
  return tid;
}

/** When a TID was made, ms; null where a key is none. */
export function timeOfKey(key: string): Instant | null {
  if (!/^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$/.test(key)) return null;
  let bits = 0n;
  for (const letter of key) bits = (bits << 5n) | BigInt(alphabet.indexOf(letter));
  return Number((bits >> 10n) / 1_000n);
}
