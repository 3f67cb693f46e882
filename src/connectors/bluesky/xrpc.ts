import type { Setback } from '../../core/outcome.js';
import type { Dialect } from '../classify.js';
import type { World } from '../connector.js';
import { send, type Sending } from '../http.js';
import { dialect } from './answers.js';

/** An answer, and the platform's own code beside a setback: some codes are not the end of the matter. */
export interface Told<T> {
  readonly answer: T | Setback;
  readonly code: string | null;
}

/** One exchange (https://atproto.com/specs/xrpc); `send` of the kit, which never throws. */
async function call<T>(
  world: Pick<World, 'fetch' | 'now'>,
  url: URL,
  sending: Omit<Sending, 'dialect'>,
  read: (response: Response) => T | Promise<T>,
): Promise<Told<T>> {
  let code: string | null = null;
  const listening: Dialect = {
    ...dialect,
    meaning: (error, now) => {
      code = error.code;
      return dialect.meaning?.(error, now) ?? null;
    },
  };
  const answer = await send(world, url, { ...sending, dialect: listening }, read);
  return { answer, code };
}

/** `call`, with an account's secrets struck out of whatever the platform says of them. */
export type Ask = <T>(url: URL, sending: Omit<Sending, 'dialect'>, read: (response: Response) => T | Promise<T>) => Promise<Told<T>>;

export function asking(world: Pick<World, 'fetch' | 'now'>, secrets: readonly string[]): Ask {
  return (url, sending, read) => call(world, url, { ...sending, secrets }, read);
}

export function xrpcUrl(origin: string, method: string, params: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(`/xrpc/${method}`, origin);
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return url;
}

/** A procedure with a JSON body. */
export function procedure(body: unknown, token?: string): Omit<Sending, 'dialect'> {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  };
}
