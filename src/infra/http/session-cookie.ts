import { parse } from 'cookie';
import type { Request, Response } from 'express';
import type { Config } from '../config.js';

const name = 'postern_session';
/** How long a session lives after it was last used; the cookie as long as the row. */
export const SESSION_DAYS = 30;

export function readSessionCookie(request: Request): string | null {
  return parse(request.headers.cookie ?? '')[name] ?? null;
}

/** Secure when people reach us by https; SameSite=Lax is the second wall behind checkOrigin. */
const attributes = (config: Config) =>
  ({ httpOnly: true, sameSite: 'lax', path: '/', secure: config.PUBLIC_URL?.startsWith('https:') ?? false }) as const;

export function setSessionCookie(response: Response, token: string, config: Config): void {
  response.cookie(name, token, { ...attributes(config), maxAge: SESSION_DAYS * 86_400_000 });
}

export function clearSessionCookie(response: Response, config: Config): void {
  response.clearCookie(name, attributes(config));
}
