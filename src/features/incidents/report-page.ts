import { type Html, html } from '../../infra/http/html.js';
import { fill } from '../../infra/http/problem.js';
import type { PageOwner } from './client-pages.service.js';
import type { Decision, Tally } from './decision.schema.js';
import type { IncidentCommitment } from './incident-commitment.schema.js';
import { type Incident, spanOf } from './incident-rows.js';
import { letterhead } from './public-client-page.js';
import { commitmentsSection } from './public-commitments.js';
import { shortWall, wallText } from './public-words.js';
import { causeOf, lengthText, linkTo, platformsOf, postsTable, type Reader } from './report-parts.js';
import type { Agency } from './report-reads.service.js';
import { lostOutcomes, reportIn, type SayReport, tallyLines } from './report-words.js';

export interface ReportView {
  readonly owner: PageOwner;
  readonly agency: Agency;
  readonly home: string;
  readonly incident: Incident;
  readonly decisions: readonly Decision[];
  readonly commitments: readonly IncidentCommitment[];
  readonly tally: Tally;
  readonly now: Date;
}

/** One outage for one client, made to print: when, every post and what happened to it, what was lost, what was done. */
export function reportPage({ owner, agency, home, incident, decisions, commitments, tally, now }: ReportView): Html {
  const reader: Reader = { language: owner.client.language, zone: owner.client.zone };
  const say = reportIn(reader.language);
  const isOver = incident.state === 'closed';
  const here = `${home}/incidents/${incident.id}`;
  return html`${letterhead(agency, owner, home)}
<h1>${say(isOver ? 'report' : 'soFar')}: ${platformsOf(incident)}</h1>
<dl>${whenOf(incident, reader, now)}<dt>${say('cause')}</dt><dd>${causeOf(incident, reader)}</dd></dl>
${decisions.length === 0 ? html`<p>${say(isOver ? 'untouchedOver' : 'untouched')}</p>` : html`<ul>${tallyLines(tally, reader.language).map((line) => html`<li>${line}</li>`)}</ul>
<section><h2>${say('lost')}</h2>${lostOf(decisions, reader, say, isOver && tally.waiting === 0)}</section>
<section><h2>${say('done')}</h2>${doneOf({ incident, tally }, reader, say)}</section>
<section><h2>${say('all')}</h2>${postsTable(decisions, reader, isOver)}</section>`}
${commitmentsSection(commitments, reader.language)}
<p><small>${fill(say('zone'), { zone: reader.zone })} · ${shortWall(now, reader.zone, reader.language)}</small></p>
<nav><a href="${here}/deliveries.csv">${say('csv')}</a><a href="${home}">${say('back')}</a></nav>`;
}

function whenOf(incident: Incident, { language, zone }: Reader, now: Date): Html {
  const say = reportIn(language);
  const { from, to } = spanOf(incident);
  return html`<dt>${say('from')}</dt><dd>${wallText(from, zone, language)}</dd><dt>${say('to')}</dt><dd>${to ? wallText(to, zone, language) : say('ongoing')}</dd>
<dt>${say('lasted')}</dt><dd>${lengthText((to ?? now).getTime() - from.getTime())}</dd>`;
}

function doneOf({ incident, tally }: Pick<ReportView, 'incident' | 'tally'>, { language }: Reader, say: SayReport): Html {
  if (tally.published === tally.planned) return html`<p>${say('nothingDone')}</p>`;
  const lines = tallyLines(tally, language, ['publishedLate', 'byHand', 'rerouted', 'moved', 'dropped']);
  const held = say(incident.components.some(({ onlyMedia }) => !onlyMedia) ? 'held' : 'heldMedia');
  return html`<p>${held}</p>${lines.length === 0 ? null : html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`}`;
}

function lostOf(decisions: readonly Decision[], { language, zone }: Reader, say: SayReport, isSettled: boolean): Html {
  const lost = decisions.filter(({ outcome }) => lostOutcomes.includes(outcome));
  if (lost.length === 0) return html`<p>${say(isSettled ? 'nothingLost' : 'nothingLostYet')}</p>`;
  return html`<ul>${lost.map((each) => html`<li>${shortWall(each.plannedAt, zone, language)}, ${each.platform}: ${each.text} – ${each.outlook}${linkTo(each, say('see'))}</li>`)}</ul>`;
}
