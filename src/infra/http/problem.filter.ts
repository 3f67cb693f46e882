import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Response } from 'express';
import type { WithContext } from './correlation.js';
import type { Language, Sentence } from './problem.js';
import { type Described, problemOf } from './problem-of.js';

/** Turns whatever is thrown into one answer of one shape, application/problem+json (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<WithContext>();
    const described = problemOf(error);
    this.log(error, described, request);
    answerProblem(request, http.getResponse<Response>(), described);
  }

  private log(error: unknown, { status, code }: Described, request: WithContext): void {
    // The route, not the address: that may hold a one-time token.
    const line = `${request.method} ${request.route ? (request.route as { path: string }).path : '(no route)'} answered ${status} ${code}`;
    if (status < 500) this.logger.debug(line);
    else if (status === 503) this.logger.warn(`${line}: ${error instanceof Error ? error.message : 'unavailable'}`);
    else this.logger.error(line, error instanceof Error ? error.stack : String(error));
  }
}

/** Also for what is answered outside Nest's routes. A half-sent answer is cut off: it must not look whole. */
export function answerProblem(request: WithContext, response: Response, described: Described): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (described.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="postern"');
  if (described.status === 503) response.setHeader('Retry-After', '10');
  const { retryAfterSeconds } = described.facts;
  if (typeof retryAfterSeconds === 'number') response.setHeader('Retry-After', String(retryAfterSeconds));
  response.removeHeader('Content-Disposition');
  response.status(described.status).type('application/problem+json').send(JSON.stringify(problemBody(described, request)));
}

/** The body of a problem, in the caller's language; facts cannot overwrite its own members. */
export function problemBody({ code, status, sentence, errors, facts }: Described, request: WithContext): Record<string, unknown> {
  const language = request.postern?.language ?? 'en';
  return {
    ...facts,
    type: `urn:postern:problem:${code}`,
    title: titleOf(status)[language],
    status,
    code,
    detail: sentence[language],
    instance: request.originalUrl.split('?')[0],
    correlationId: request.postern?.id ?? '',
    ...(errors ? { errors } : {}),
  };
}

const titles: Readonly<Record<number, Sentence>> = {
  400: { en: 'Not valid', it: 'Non valido' },
  401: { en: 'Sign-in needed', it: 'Accesso necessario' },
  403: { en: 'Not allowed', it: 'Non consentito' },
  404: { en: 'Not found', it: 'Non trovato' },
  409: { en: 'Conflict', it: 'Conflitto' },
  410: { en: 'Gone', it: 'Non più disponibile' },
  413: { en: 'Too large', it: 'Troppo grande' },
  415: { en: 'Type not supported', it: 'Tipo non supportato' },
  421: { en: 'Wrong address', it: 'Indirizzo sbagliato' },
  422: { en: 'Not possible', it: 'Non possibile' },
  429: { en: 'Too often', it: 'Troppo spesso' },
  500: { en: 'Our fault', it: 'Errore nostro' },
  503: { en: 'Not available now', it: 'Non disponibile ora' },
};

function titleOf(status: number): Record<Language, string> {
  return titles[status] ?? { en: `Status ${status}`, it: `Stato ${status}` };
}
