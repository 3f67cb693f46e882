import { createHash, randomBytes } from 'node:crypto';
import { registerSecret } from '../../infra/scrub.js';

/** 256 random bits as base64url: 43 characters. From here on struck out of every log and stored answer. */
export function makeToken(): string {
  const token = randomBytes(32).toString('base64url');
  registerSecret(token);
  return token;
}

/** What the database keeps of a token. Nobody can guess 256 bits, so a plain hash does; a copy of the table opens nothing. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
