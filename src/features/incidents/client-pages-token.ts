import { timingSafeEqual } from 'node:crypto';
import { parse, validate } from 'uuid';
import type { Seal } from '../../infra/seal.js';

const ID_BYTES = 16;
const MAC_BYTES = 16;

/** What a private link names: the client, and a MAC that only this installation can make. 43 characters, base64url. */
export function tokenOf(seal: Seal, clientId: string, linkVersion: number): string {
  return Buffer.concat([parse(clientId), macOf(seal, clientId, linkVersion)]).toString('base64url');
}

/** The client a token claims to be of; null = none of ours. Says nothing yet about whether it is true: `isTokenOf`. */
export function clientOf(token: string): string | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== ID_BYTES + MAC_BYTES || bytes.toString('base64url') !== token) return null;
  const id = bytes.toString('hex', 0, ID_BYTES).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return validate(id) ? id : null;
}

export function isTokenOf(seal: Seal, token: string, clientId: string, linkVersion: number): boolean {
  const said = Buffer.from(token, 'base64url').subarray(ID_BYTES);
  return said.length === MAC_BYTES && timingSafeEqual(said, macOf(seal, clientId, linkVersion));
}

function macOf(seal: Seal, clientId: string, linkVersion: number): Buffer {
  return seal.fingerprint(`client page ${clientId} ${linkVersion}`).subarray(0, MAC_BYTES);
}
