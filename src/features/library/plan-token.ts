import { timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';
import type { Seal } from '../../infra/seal.js';

const ID_BYTES = 16;
const MAC_BYTES = 16;

/** What the private link of a plan names: the client, and a MAC that only this installation can make. 43 characters, base64url. */
export function planToken(seal: Seal, clientId: string, linkVersion: number): string {
  return Buffer.concat([parse(clientId), macOf(seal, clientId, linkVersion)]).toString('base64url');
}

/** The client a token claims to be of; null = none of ours. Says nothing yet about whether it is true: `isPlanToken`. */
export function claimedClient(token: string): string | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== ID_BYTES + MAC_BYTES || bytes.toString('base64url') !== token) return null;
  try {
    return stringify(bytes.subarray(0, ID_BYTES));
  } catch {
    return null;
  }
}

export function isPlanToken(seal: Seal, token: string, { clientId, linkVersion }: { readonly clientId: string; readonly linkVersion: number }): boolean {
  return timingSafeEqual(Buffer.from(token, 'base64url').subarray(ID_BYTES), macOf(seal, clientId, linkVersion));
}

function macOf(seal: Seal, clientId: string, linkVersion: number): Buffer {
  return seal.fingerprint(`plan ${clientId} ${linkVersion}`).subarray(0, MAC_BYTES);
}
