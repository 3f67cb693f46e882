import { contactLinks } from '../../infra/http/contact-links.js';
import { type Html, html } from '../../infra/http/html.js';
import type { Language } from '../../infra/http/problem.js';
import type { IncidentCommitment } from './incident-commitment.schema.js';
import { reportIn } from './report-words.js';

/** What the client promised outside posts and the incident touches, in plain words. Where only pictures and films fail, messages and ads go on: nothing is said. */
export function commitmentsSection(commitments: readonly IncidentCommitment[], language: Language): Html | null {
  const say = reportIn(language);
  const told = commitments.filter(({ onlyMedia }) => !onlyMedia);
  if (told.length === 0) return null;
  return html`<section><h3>${say('promised')}</h3><ul>${told.map(({ title, words, say: telling, contact, isBack }) => html`<li><strong>${title}</strong>: ${words}.
${isBack || telling === '' ? null : html`<br>${say('telling')}: “${telling}”`}${isBack || contact === null ? null : html`<br>${say('sending')}: ${contactLinks(contact)}`}</li>`)}</ul></section>`;
}
