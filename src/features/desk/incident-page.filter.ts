import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import type { WithContext } from '../../infra/http/correlation.js';
import { html, sendPage } from '../../infra/http/html.js';
import { InvalidInput } from '../../infra/http/invalid-input.js';
import { DomainError } from '../../infra/http/problem.js';
import { answerProblem } from '../../infra/http/problem.filter.js';
import { problemOf } from '../../infra/http/problem-of.js';
import { deskIn } from './incident-words.js';

/** People get a page, and who has to sign in first is led there and back; programs get the problem. */
@Catch(DomainError, InvalidInput)
export class IncidentPageFilter implements ExceptionFilter<DomainError | InvalidInput> {
  catch(error: DomainError | InvalidInput, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<WithContext>();
    const response = host.switchToHttp().getResponse<Response>();
    const described = problemOf(error);
    if (!(request.headers.accept ?? '').includes('text/html')) return answerProblem(request, response, described);
    if (described.code === 'sign-in-needed') {
      const next = request.method === 'GET' ? request.originalUrl : request.originalUrl.split('?')[0];
      return response.redirect(303, `/sign-in?next=${encodeURIComponent(next ?? '')}`);
    }
    const language = request.postern?.language ?? 'en';
    const say = deskIn(language);
    const sentence = error instanceof InvalidInput ? say('invalid') : described.sentence[language];
    const errors = (described.errors ?? []).map(({ field, message }) => html`<li>${field}: ${message}</li>`);
    const body = html`<h1>Postern</h1><p class="error" role="alert">${sentence}</p>${errors.length === 0 ? null : html`<ul>${errors}</ul>`}
<nav><a href="/desk/incidents">${say('goBack')}</a><a href="/sign-in">${say('signIn')}</a></nav>`;
    sendPage(response, described.status, { language, title: 'Postern', body });
  }
}
