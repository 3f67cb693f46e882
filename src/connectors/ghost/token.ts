import { createHmac } from 'node:crypto';
import { type Instant, SECOND_MS } from '../../core/instant.js';

/** The most Ghost allows. */
const LIVES_S = 300;

/**
 * A token for one request, made of an Admin API key `id:secret`: a JWT, signed with HS256. There is no log-in.
 * https://ghost.org/docs/admin-api/#token-authentication
 */
export function tokenOf(adminKey: string, now: Instant): string {
  const [id = '', secret = ''] = adminKey.split(':');
  const iat = Math.floor(now / SECOND_MS);
  const signed = [{ alg: 'HS256', typ: 'JWT', kid: id }, { iat, exp: iat + LIVES_S, aud: '/admin/' }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', Buffer.from(secret, 'hex')).update(signed).digest('base64url')}`;
}
