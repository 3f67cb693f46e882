import { isIP } from 'node:net';
import type { IncomingHttpHeaders } from 'node:http';
import type { NextFunction, Response } from 'express';
import type { Config } from '../config.js';
import type { WithContext } from './correlation.js';
import { problems } from './problem.js';
import { answerProblem } from './problem.filter.js';

const fail = problems({
  'host-unknown': {
    status: 421,
    en: 'Postern does not answer under this name. If it should, set PUBLIC_URL (or TRUST_PROXY behind a proxy) and start it again.',
    it: 'Postern non risponde a questo nome. Se dovrebbe, imposta PUBLIC_URL (o TRUST_PROXY dietro un proxy) e riavvialo.',
  },
});

const loopback = ['localhost', '127.0.0.1', '::1'];
const everywhere = ['0.0.0.0', '::'];

/** The host the caller asked for: X-Forwarded-Host counts only behind a proxy that is trusted to set it. */
export function hostOf(headers: IncomingHttpHeaders, config: Config): string {
  const forwarded = config.TRUST_PROXY ? headers['x-forwarded-host'] : undefined;
  const said = Array.isArray(forwarded) ? forwarded[0] : forwarded?.split(',')[0]?.trim();
  return (said ?? headers.host ?? '').toLowerCase();
}

/** The name or address in a Host header, without port, brackets and the dot at its end; null if it is none. */
export function nameOf(host: string): string | null {
  if (host === '' || !/^[a-z0-9.:[\]_-]+$/.test(host) || !URL.canParse(`http://${host}`)) return null;
  return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/**
 * Is this one of our names? Otherwise a page elsewhere could point its own name at this machine and read what only
 * this machine may (DNS rebinding). Ports are not looked at. Bound to every address, an address as such is ours too.
 */
export function isOurHost(host: string, config: Config): boolean {
  const name = nameOf(host);
  if (name === null) return false;
  const bound = config.HOST.toLowerCase();
  const named = [config.PUBLIC_URL, config.PUBLIC_SITE_URL].flatMap((url) => (url ? [nameOf(new URL(url).host)] : []));
  if (name === bound || named.includes(name)) return true;
  if (everywhere.includes(bound)) return loopback.includes(name) || isIP(name) !== 0;
  return loopback.includes(bound) && loopback.includes(name);
}

export function hostCheck(config: Config) {
  return (request: WithContext, response: Response, next: NextFunction): void => {
    if (isOurHost(hostOf(request.headers, config), config)) return next();
    answerProblem(request, response, fail('host-unknown'));
  };
}
