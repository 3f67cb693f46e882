import { type Instant, MINUTE_MS } from '../../core/instant.js';
import type { Setback } from '../../core/outcome.js';
import type { Dialect } from '../classify.js';
import type { ProbeWorld } from '../connector.js';
import { type Sending, send } from '../http.js';
import { type Account, siteOfAccount } from './account.js';
import { dialect } from './answers.js';
import { tokenOf } from './token.js';

/** What the paths below are written for; Ghost answers others as long as it has the path. */
const VERSION = 'v5.0';
/** Clocks that differ by less are no reason for a token that does not hold. */
const SKEW_MS = MINUTE_MS;

/** @param path like `/posts/` */
export function apiUrl(site: string, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(`${site}/ghost/api/admin${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

export interface Told<T> {
  readonly answer: T | Setback;
  /** Of the platform's own error, if that is what it was. */
  readonly code: string | null;
}

/**
 * One exchange with a token made for it. Where the site says that the token has run out, or does not hold yet, and its
 * clock is another than ours, it is asked once more with a token by its own clock: nothing was done.
 */
export async function ask<T>(account: Account, world: Pick<ProbeWorld, 'fetch' | 'now'>, url: URL, sending: Omit<Sending, 'dialect'>, read: (response: Response) => T | Promise<T>): Promise<Told<T>> {
  const first = await exchange(world.now());
  const isSkewed = first.code === 'INVALID_JWT' && first.date !== null && Math.abs(first.date - world.now()) > SKEW_MS;
  return isSkewed && first.date !== null ? exchange(first.date) : first;

  async function exchange(now: Instant): Promise<Told<T> & { readonly date: Instant | null }> {
    let code: string | null = null;
    let date: Instant | null = null;
    const noting: Dialect = {
      ...dialect,
      meaning: (error, at) => {
        code = error.code;
        const said = Date.parse(error.headers.get('date') ?? '');
        date = Number.isNaN(said) ? null : said;
        return dialect.meaning?.(error, at) ?? null;
      },
    };
    const headers = { ...sending.headers, authorization: `Ghost ${tokenOf(account.adminKey, now)}`, 'accept-version': VERSION, accept: 'application/json' };
    const answer = await send(world, url, { ...sending, dialect: noting, secrets: [account.adminKey, account.adminKey.split(':')[1] ?? ''], headers }, read);
    return { answer, code, date };
  }
}

export function urlOf(account: Account, path: string, query: Readonly<Record<string, string>> = {}): URL {
  return apiUrl(siteOfAccount(account), path, query);
}

export function json(method: 'POST' | 'PUT', body: unknown): Omit<Sending, 'dialect'> {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
