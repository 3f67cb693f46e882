import { randomBytes } from 'node:crypto';

/** 192 random bits for a public link: nobody guesses it. Of people there are millions, so none is struck out of logs; addresses of pages are in none. */
export function linkToken(): string {
  return randomBytes(24).toString('base64url');
}
