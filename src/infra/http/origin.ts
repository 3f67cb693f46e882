import type { Request } from 'express';
import type { Config } from '../config.js';
import { problems } from './problem.js';
import { hostOf } from './host-check.js';

const fail = problems({
  'origin-foreign': {
    status: 403,
    en: 'A change made with the session cookie must come from a page of Postern itself. Programs use an API key instead, or send the header Origin with the address of Postern.',
    it: 'Una modifica fatta con il cookie di sessione deve provenire da una pagina di Postern. I programmi usano una chiave API, oppure inviano l’intestazione Origin con l’indirizzo di Postern.',
  },
});

/** What the browser says of where a request comes from; `unsaid` for programs and very old browsers. */
function originOf(request: Request, config: Config): 'own' | 'foreign' | 'unsaid' {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'own' : 'foreign';
  const { origin } = request.headers;
  if (origin === undefined) return 'unsaid';
  if (!URL.canParse(origin)) return 'foreign'; // "null": a sandboxed page
  const own = [hostOf(request.headers, config), config.PUBLIC_URL ? new URL(config.PUBLIC_URL).host : null];
  return own.includes(new URL(origin).host) ? 'own' : 'foreign';
}

/**
 * The wall against forged requests: the browser attaches the cookie also to what another site sends, but it says so
 * in Sec-Fetch-Site (or Origin, on plain http), which no page can change. Reads pass: nothing is changed by a GET.
 * @param strict a cookie speaks for the caller: then an unsaid origin is refused too
 */
export function checkOrigin(request: Request, config: Config, strict: boolean): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return;
  const origin = originOf(request, config);
  if (origin === 'foreign' || (strict && origin === 'unsaid')) throw fail('origin-foreign');
}
