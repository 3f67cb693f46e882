import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Response } from 'express';
import type { WithContext } from './correlation.js';
import { answerProblem } from './problem.filter.js';
import { bodyTooLarge } from './problem-of.js';

const MB = 1024 * 1024;
/** The largest body of each kind that is read here, in bytes. Of CSV: 10,000 rows with long texts; its endpoint counts the rows. */
const largest = { json: MB, csv: 16 * MB, form: 64 * 1024 } as const;

/** Reads bodies: JSON, CSV as text, and the forms of our own pages. Uploads are read by their endpoint. */
export function readBodies(app: NestExpressApplication): void {
  app.use(refuseLarge);
  app.useBodyParser('json', { limit: largest.json, ...checked });
  app.useBodyParser('text', { limit: largest.csv, type: isTable, ...checked });
  app.useBodyParser('urlencoded', { limit: largest.form, extended: false, type: isOwnForm, ...checked });
}

/** The parsers answer only when the last byte has come; by what is announced we can answer at the first. */
function refuseLarge(request: WithContext, response: Response, next: NextFunction): void {
  const kind = isStreamed(request) ? null : kindOf(request.headers['content-type'] ?? '');
  const length = Number(request.headers['content-length'] ?? 0);
  if (kind === null || length <= largest[kind]) return next();
  answerProblem(request, response, bodyTooLarge);
}

const kinds: ReadonlyMap<string, keyof typeof largest> = new Map([
  ['application/json', 'json'],
  ['text/csv', 'csv'],
  ['application/x-www-form-urlencoded', 'form'],
]);

/** null: not read here (an upload reads its own body, whatever its type). */
function kindOf(contentType: string): keyof typeof largest | null {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  return kinds.get(type) ?? null;
}

const isTable = (request: IncomingMessage): boolean => kindOf(request.headers['content-type'] ?? '') === 'csv' && !isStreamed(request);

/** A list of a million people is read by its endpoint, piece by piece. */
function isStreamed({ url = '' }: IncomingMessage): boolean {
  return /^\/api\/v1\/lists\/[^/?]+\/imports(\?|$)/i.test(url);
}

/** A form can be sent by any page anywhere, so only the pages that need one read it, and what Twilio tells us, which is signed. */
function isOwnForm(request: IncomingMessage): boolean {
  return /^\/(sign-in|sign-out|desk|public\/(join|confirm|p)|api\/v1\/phone\/callbacks)(\/|\?|$)/.test(request.url ?? '') && kindOf(request.headers['content-type'] ?? '') === 'form';
}

/** What a signature of ours or of a provider speaks of, byte for byte. */
export interface WithSignedBody {
  signedBody?: Buffer;
}

/** The parsers put a replacement character for each broken byte; a post must not go out with those. */
function verify(request: IncomingMessage & WithSignedBody, _response: ServerResponse, body: Buffer, encoding: string): void {
  if (request.headers['postern-signature'] !== undefined) request.signedBody = body;
  if (encoding.toLowerCase() !== 'utf-8') return;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw Object.assign(new Error('The body is not UTF-8.'), { status: 400, statusCode: 400, type: 'utf8.invalid' });
  }
}

/** Body-parser takes it, Nest's type does not name it. */
const checked = { verify };
