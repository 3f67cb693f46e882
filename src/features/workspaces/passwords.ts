import { hash, verify } from '@node-rs/argon2';
import { makeToken } from './tokens.js';

/**
 * Argon2id with 19 MiB, 2 passes, 1 thread.
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
 */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Stands in for the hash of who has none, so that the answer takes as long. */
const nobody = hash(makeToken(), cost);

export function hashPassword(password: string): Promise<string> {
  return hash(normal(password), cost);
}

/** Takes as long for a user who does not exist (`null`) as for one who does, and then is always false. */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const right = await verify(stored ?? (await nobody), normal(password));
  return right && stored !== null;
}

/** One and the same password, however the keyboard composes its accents. */
function normal(password: string): string {
  return password.normalize('NFKC');
}
