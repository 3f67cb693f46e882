import { type Html, html } from '../../infra/http/html.js';
import type { PageOwner } from './client-pages.service.js';
import type { Decision, Tally } from './decision.schema.js';
import type { IncidentCommitment } from './incident-commitment.schema.js';
import { type Incident, spanOf } from './incident-rows.js';
import { commitmentsSection } from './public-commitments.js';
import { shortWall, wallText } from './public-words.js';
import { causeOf, headlineOf, isBack, nextWord, platformsOf, postsTable, type Reader } from './report-parts.js';
import type { Agency } from './report-reads.service.js';
import { reportIn, type SayReport, tallyLines } from './report-words.js';
import { fill } from '../../infra/http/problem.js';

/** An incident, and what of this client's it touches. */
interface Told {
  readonly incident: Incident;
  readonly decisions: readonly Decision[];
  readonly commitments: readonly IncidentCommitment[];
}

export interface ClientView {
  readonly owner: PageOwner;
  readonly agency: Agency;
  /** `/public/c/<token>` */
  readonly home: string;
  readonly open: readonly Told[];
  readonly past: readonly { readonly incident: Incident; readonly tally: Tally }[];
  readonly now: Date;
}

/** The client's own page: what is down and touches it, each post of it and what happens to it; below, what was. */
export function clientPage({ owner, agency, home, open, past, now }: ClientView): Html {
  const reader: Reader = { language: owner.client.language, zone: owner.client.zone };
  const say = reportIn(reader.language);
  return html`${letterhead(agency, owner, home)}
<h1>${say('status')}</h1>
${open.length === 0 ? html`<p class="note">${say('fine')}</p>` : open.map((told) => openSection({ ...told, now, home }, reader, say))}
<section><h2>${say('earlier')}</h2>
${past.length === 0 ? html`<p>${say('none')}</p>` : html`<ul>${past.map((each) => pastLine(each, home, reader))}</ul>`}</section>
<p><small>${fill(say('zone'), { zone: reader.zone })}</small></p>
${open.length === 0 ? null : html`<nav><a href="${home}">${say('again')}</a></nav>`}`;
}

/** Whose page it is: the agency's logo or name, and the client's. */
export function letterhead(agency: Agency, { client }: PageOwner, home: string): Html {
  const whose = agency.logoMediaId === null ? html`<p>${agency.name}</p>` : html`<img src="${home}/logo" alt="${agency.name}">`;
  return html`<header>${whose}<p><strong>${client.name}</strong></p></header>`;
}

interface OpenOne extends Told {
  readonly now: Date;
  readonly home: string;
}

function openSection({ incident, decisions, commitments, now, home }: OpenOne, reader: Reader, say: SayReport): Html {
  return html`<section><h2>${headlineOf(incident, reader.language)}</h2>
<dl><dt>${say('since')}</dt><dd>${wallText(spanOf(incident).from, reader.zone, reader.language)}</dd><dt>${say('cause')}</dt><dd>${causeOf(incident, reader)}</dd>
<dt>${say('nextWord')}</dt><dd>${nextWord(now, decisions, reader)}</dd></dl>
${isBack(incident) ? html`<p>${say('recoveringText')}</p>` : null}
${decisions.length === 0 ? html`<p>${say('untouched')}</p>` : postsTable(decisions, reader, false)}
${commitmentsSection(commitments, reader.language)}
<nav><a href="${home}/incidents/${incident.id}">${say('soFar')}</a></nav></section>`;
}

function pastLine({ incident, tally }: { readonly incident: Incident; readonly tally: Tally }, home: string, { language, zone }: Reader): Html {
  const lines = tally.planned === 0 ? reportIn(language)('untouchedOver') : tallyLines(tally, language).join(' · ');
  return html`<li><a href="${home}/incidents/${incident.id}">${shortWall(spanOf(incident).from, zone, language)}: ${platformsOf(incident)}</a><br><small>${lines}</small></li>`;
}

export function pageGone(language: 'en' | 'it', why: 'gone' | 'absent'): { readonly title: string; readonly body: Html } {
  const say = reportIn(language);
  return { title: say(why), body: html`<h1>${say(why)}</h1>${why === 'gone' ? html`<p>${say('goneText')}</p>` : null}` };
}
