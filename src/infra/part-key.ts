import { createHash } from 'node:crypto';
import type { PartContent } from '../core/part.js';

/** Under which a platform is asked to take a part. From (part, arming), never from the epoch (DESIGN §6.5): every resend of the same intent carries the same key. 32 hex digits. */
export function partKey(partId: string, arming: number): string {
  return createHash('sha256').update(`${partId}/${arming}`).digest('hex').slice(0, 32);
}

/** SHA-256 of the content as it was sent, hex. */
export function contentHashOf(content: PartContent): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
