import { timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';
import type { Seal } from './seal.js';

const ID_BYTES = 16;
const MAC_BYTES = 16;

export interface PrivateLink {
  /** Which kind of page it opens: a link to one opens no other. Part of links that were given: never changed. */
  readonly page: 'client page' | 'plan';
  readonly clientId: string;
  /** Raised to make every earlier link worthless. */
  readonly linkVersion: number;
}

/** What a private link names: the client, and a MAC that only this installation can make. 43 characters, base64url. */
export function linkToken(seal: Seal, link: PrivateLink): string {
  return Buffer.concat([parse(link.clientId), macOf(seal, link)]).toString('base64url');
}

/** The client a token claims to be of; null = none of ours. Says nothing yet about whether it is true: `isLinkToken`. */
export function claimedClient(token: string): string | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== ID_BYTES + MAC_BYTES || bytes.toString('base64url') !== token) return null;
  try {
    return stringify(bytes.subarray(0, ID_BYTES));
  } catch {
    return null;
  }
}

export function isLinkToken(seal: Seal, token: string, link: PrivateLink): boolean {
  return claimedClient(token) === link.clientId.toLowerCase() && timingSafeEqual(Buffer.from(token, 'base64url').subarray(ID_BYTES), macOf(seal, link));
}

function macOf(seal: Seal, { page, clientId, linkVersion }: PrivateLink): Buffer {
  return seal.fingerprint(`${page} ${clientId} ${linkVersion}`).subarray(0, MAC_BYTES);
}
