import type { NextFunction, Response } from 'express';
import type { Config } from '../config.js';
import type { WithContext } from './correlation.js';
import { hostOf, nameOf } from './host-check.js';
import { problems } from './problem.js';
import { answerProblem } from './problem.filter.js';

const fail = problems({
  'site-only-public': {
    status: 404,
    en: 'Only public pages and media are to be had at this address. Postern itself is at {address}.',
    it: 'A questo indirizzo ci sono solo pagine e media pubblici. Postern si trova su {address}.',
  },
  'site-elsewhere': {
    status: 404,
    en: 'Public pages and media are not to be had at this address, but at {address}.',
    it: 'Le pagine e i media pubblici non si trovano a questo indirizzo, ma su {address}.',
  },
});

/** Where public pages and media stand, as in `@Controller('public/…')`: outside `/api/v1`, each under a link of its own. */
const SITE = '/public';

type Addresses = Pick<Config, 'PUBLIC_URL' | 'HOST' | 'PORT'>;

/** Where Postern is found, without a slash at the end. */
export function deskUrl({ PUBLIC_URL, HOST, PORT }: Addresses): string {
  if (PUBLIC_URL) return PUBLIC_URL.replace(/\/+$/, '');
  const host = ['0.0.0.0', '::'].includes(HOST) ? 'localhost' : HOST.includes(':') ? `[${HOST}]` : HOST;
  return `http://${host}:${PORT}`;
}

/** The link under which everybody finds a public page or medium. `path`: beneath `/public`, e.g. `/media/<token>`. */
export function siteLink(config: Addresses & Pick<Config, 'PUBLIC_SITE_URL'>, path: `/${string}`): string {
  return `${config.PUBLIC_SITE_URL?.replace(/\/+$/, '') ?? deskUrl(config)}${SITE}${path}`;
}

/**
 * Keeps other people's content on an origin of its own, once PUBLIC_SITE_URL names one: what is public answers there
 * and nowhere else, and nothing else answers there. By the path, before any route: a new address is shut there by itself.
 */
export function siteCheck(config: Config) {
  const { PUBLIC_SITE_URL: site } = config;
  return (request: WithContext, response: Response, next: NextFunction): void => {
    if (site === undefined) return next();
    const isAtSite = nameOf(hostOf(request.headers, config)) === nameOf(new URL(site).host);
    const isPublic = request.path.startsWith(`${SITE}/`);
    if (isAtSite === isPublic) return next();
    answerProblem(request, response, isAtSite ? fail('site-only-public', { address: deskUrl(config) }) : fail('site-elsewhere', { address: site }));
  };
}
