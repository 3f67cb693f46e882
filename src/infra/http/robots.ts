import type { NextFunction, Request, Response } from 'express';

/**
 * What search engines may read: public pages, of which those for one reader alone say `noindex` themselves. It names none:
 * whose pages stand here is nobody's business (https://www.rfc-editor.org/rfc/rfc9309).
 */
const rules = 'User-agent: *\nAllow: /public/\nDisallow: /\n';

/** Of every origin, so that it needs no door. */
export function robots(request: Request, response: Response, next: NextFunction): void {
  if (request.path !== '/robots.txt' || !['GET', 'HEAD'].includes(request.method)) return next();
  response.setHeader('Cache-Control', 'public, max-age=3600');
  response.type('text/plain').send(rules);
}
