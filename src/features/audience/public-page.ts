import type { Response } from 'express';
import { SANDBOX_FORM_POLICY } from '../../infra/http/headers.js';
import { type Html, html, sendPage } from '../../infra/http/html.js';
import type { Language } from '../../infra/http/problem.js';
import { otherLanguage, type Say, sayIn } from './public-words.js';

export interface PublicPage {
  readonly status?: number;
  readonly language: Language;
  readonly title: string;
  readonly body: Html;
  /** Of this page, for its link into the other language; left out where it answers a form. */
  readonly path?: string;
}

/** A page for people outside: found by nobody who was not given its link, no script, and its form comes back to us. */
export function sendPublic(response: Response, { status = 200, language, title, body, path }: PublicPage): void {
  const other = otherLanguage(language);
  const turn = path === undefined ? null : html`<nav><a hreflang="${other}" lang="${other}" href="${path}?language=${other}">${sayIn(language)('other')}</a></nav>`;
  response.setHeader('X-Robots-Tag', 'noindex, nofollow, noarchive');
  sendPage(response, status, { language, title, body: html`<h1>${title}</h1>${body}${turn}`, policy: SANDBOX_FORM_POLICY, rules: '.consent { white-space: pre-line; } input[type=checkbox], input[type=radio] { width: auto; } fieldset { border: 1px solid var(--line); }' });
}

/** A link that leads nowhere any more. */
export function sendGone(response: Response, language: Language, why: 'confirmGone' | 'personGone'): void {
  const say: Say = sayIn(language);
  sendPublic(response, { status: 404, language, title: say('gone'), body: html`<p>${say(why)}</p>` });
}
