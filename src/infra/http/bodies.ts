import type { NestExpressApplication } from '@nestjs/platform-express';
import type { IncomingMessage, ServerResponse } from 'node:http';

const MB = 1024 * 1024;
/** A CSV of 10,000 rows with long texts; the importing endpoint counts the rows. */
const largestCsv = 16 * MB;

/** Reads bodies: JSON (1 MB), CSV as text, and the forms of the sign-in pages. Uploads are read by their endpoint. */
export function readBodies(app: NestExpressApplication): void {
  app.useBodyParser('json', { limit: MB, ...checked });
  app.useBodyParser('text', { limit: largestCsv, type: 'text/csv', ...checked });
  app.useBodyParser('urlencoded', { limit: 16 * 1024, extended: false, type: isSignInForm, ...checked });
}

/** Body-parser takes it, Nest's type does not name it. */
const checked = { verify };

/** A form can be sent by any page anywhere, so only the pages that need one read it. */
function isSignInForm(request: IncomingMessage): boolean {
  return /^\/sign-(in|out)(\/|\?|$)/.test(request.url ?? '') && /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '');
}

/** The parsers put a replacement character for each broken byte; a post must not go out with those. */
function verify(_request: IncomingMessage, _response: ServerResponse, body: Buffer, encoding: string): void {
  if (encoding.toLowerCase() !== 'utf-8') return;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw Object.assign(new Error('The body is not UTF-8.'), { status: 400, statusCode: 400, type: 'utf8.invalid' });
  }
}
