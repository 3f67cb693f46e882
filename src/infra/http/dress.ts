import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import type { Config } from '../config.js';
import { readBodies } from './bodies.js';
import { correlate } from './correlation.js';
import { serveDocs } from './docs.js';
import { securityHeaders } from './headers.js';
import { healthOnly } from './health-only.js';
import { hostCheck } from './host-check.js';
import { answerProblem } from './problem.filter.js';
import { routeUnknown } from './problem-of.js';
import { robots } from './robots.js';
import { siteCheck } from './site.js';

/** Addresses that stand outside /api/v1: pages, and what machines ask by custom at the root. */
const outside = ['/', 'sign-in', 'sign-in/*path', 'sign-out', 'demo', 'desk/*path', 'health/*path', 'metrics', 'public/*path'];

/** A short address, for people who type it. The page itself stands under /desk: Nest tells routes by their pattern, and the API's `incidents` has the same. */
function shortAddress(request: Request, response: Response, next: NextFunction): void {
  if (request.method === 'GET' && /^\/incidents(\/|$)/.test(request.path)) response.redirect(302, `/desk${request.url}`);
  else next();
}

/**
 * Gives the application its skin, the same in main.ts and in every test: names, headers, bodies, documentation. Made
 * with `{ bodyParser: false }` or not. Initialises the app, because the answer to unknown addresses has to come last;
 * `app.listen()` comes after.
 */
export async function dressApp(app: NestExpressApplication, config: Config): Promise<void> {
  app.setGlobalPrefix('api/v1', { exclude: outside });
  app.set('trust proxy', config.TRUST_PROXY ? 1 : false);
  app.set('query parser', 'simple');
  app.disable('x-powered-by');
  app.use(correlate, securityHeaders, hostCheck(config), robots, siteCheck(config));
  if (!config.ROLES.includes('api')) app.use(healthOnly(app));
  app.use(shortAddress);
  readBodies(app);
  serveDocs(app);
  await app.init();
  app.use((request: Request, response: Response) => answerProblem(request, response, routeUnknown));
}
