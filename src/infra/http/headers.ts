import type { NextFunction, Request, Response } from 'express';

/** For what holds other people's content (public pages, media): no script, no form, an origin of its own. */
export const SANDBOX_POLICY = "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

/** For public pages with a form: it comes back to us, and the page runs nothing all the same. Its posts say `Origin: null`. */
export const SANDBOX_FORM_POLICY = SANDBOX_POLICY.replace("form-action 'none'", "form-action 'self'").replace(/sandbox$/, 'sandbox allow-forms');

/** For our own server-made pages: no script either, but their forms come back to us. */
export const PAGE_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** For the page of the API's documentation, which is a program. */
const DOCS_POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** On every answer; the strictest policy stands unless an endpoint sets its own, so that a forgotten one is shut. */
export function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // Not `no-referrer`: with that a browser sends `Origin: null` with our own forms, and checkOrigin has nothing to go by.
  response.setHeader('Referrer-Policy', 'same-origin');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Content-Security-Policy', /^\/api\/docs(\/|$)/.test(request.path) ? DOCS_POLICY : SANDBOX_POLICY);
  // Answers hold a workspace's own rows: no shared cache may keep them. Media set their own.
  response.setHeader('Cache-Control', 'no-store');
  next();
}
