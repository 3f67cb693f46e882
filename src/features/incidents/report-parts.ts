import { DateTime } from 'luxon';
import { HOUR_MS, MINUTE_MS } from '../../core/instant.js';
import { type Html, html } from '../../infra/http/html.js';
import { fill, type Language } from '../../infra/http/problem.js';
import type { Decision } from './decision.schema.js';
import { type Incident, spanOf } from './incident-rows.js';
import { hostedName, shortWall } from './public-words.js';
import { reportIn, type ReportWord } from './report-words.js';

/** What the client's own page and its reports have in common. */

export interface Reader {
  readonly language: Language;
  /** Of the client. */
  readonly zone: string;
}

/** “Instagram, Threads”: each once. */
export function platformsOf({ components }: Pick<Incident, 'components'>): string {
  return [...new Set(components.map(({ connectorId, host }) => hostedName(connectorId, host)))].join(', ');
}

/** For this reader: all of it that is theirs is back, though a neighbour's may not be. */
export function isBack(incident: Incident): boolean {
  return spanOf(incident).to !== null;
}

/** “3 h 20 min”, the same in both languages. */
export function lengthText(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE_MS));
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

/** What does not work: “No posts can be published on Threads; No pictures and films can be published on Instagram”. Once all is back, that it is. */
export function headlineOf(incident: Incident, language: Language): string {
  const isOver = isBack(incident);
  const those = isOver ? incident.components : incident.components.filter(({ backAt }) => backAt === null);
  const line = (word: ReportWord, components: Incident['components']): readonly string[] => (components.length === 0 ? [] : [fill(reportIn(language)(word), { platforms: platformsOf({ components }) })]);
  if (!isOver && incident.kind === 'maintenance') return line('maintenance', those).join('');
  const [whole, media] = [those.filter(({ onlyMedia }) => !onlyMedia), those.filter(({ onlyMedia }) => onlyMedia)];
  return [...line(isOver ? 'recovering' : 'down', whole), ...line(isOver ? 'recoveringMedia' : 'downMedia', media)].join('; ');
}

/** Only the platform's own words, or that the cause is not known; never our guess. */
export function causeOf(incident: Incident, { language, zone }: Reader): Html {
  const say = reportIn(language);
  if (incident.falseAlarm) return html`${say('falseAlarm')}`;
  const { official } = incident;
  if (!official) return html`${say(incident.state === 'closed' ? 'causeNever' : 'causeUnknown')}`;
  const source = official.url !== null && /^https?:\/\//.test(official.url) ? html` <a href="${official.url}" rel="noopener">${say('source')}</a>` : null;
  return html`${say('platformSays')}: “${official.text}” (${shortWall(official.at, zone, language)})${source}`;
}

/** Each post, and what happens or happened to it. The zone stands above the table. */
export function postsTable(decisions: readonly Decision[], { language, zone }: Reader, isOver: boolean): Html {
  const say = reportIn(language);
  const last = say(isOver ? 'happened' : 'happens');
  const rows = decisions.map((decision) => html`<tr><td data-name="${say('planned')}"><time datetime="${decision.plannedAt}">${shortWall(decision.plannedAt, zone, language)}</time></td>
<td data-name="${say('where')}">${decision.platform}<br><small>${decision.channelName}</small></td><td data-name="${say('post')}">${decision.text}</td>
<td data-name="${last}">${decision.outlook}${linkTo(decision, say('see'))}</td></tr>`);
  return html`<table><thead><tr><th scope="col">${say('planned')}</th><th scope="col">${say('where')}</th><th scope="col">${say('post')}</th><th scope="col">${last}</th></tr></thead><tbody>${rows}</tbody></table>`;
}

/** The address comes from a platform or a person: only the web's own kinds become a link. */
export function linkTo({ url }: Pick<Decision, 'url'>, text: string): Html | null {
  return url !== null && /^https?:\/\//.test(url) ? html` <a class="out" href="${url}" rel="noopener">${text}</a>` : null;
}

/**
 * When the page says something new at the latest, as the opening notice promises: with the next post that is to go out,
 * if that is soon, else within the hour. The page is made anew whenever it is read.
 */
export function nextWord(now: Date, decisions: readonly Decision[], { language, zone }: Reader): string {
  const soon = decisions.filter(({ outcome }) => outcome === 'waiting').map(({ dueAt }) => Date.parse(dueAt)).filter((due) => due > now.getTime() && due <= now.getTime() + 2 * HOUR_MS);
  const by = Math.ceil(Math.min(...soon, ...(soon.length === 0 ? [now.getTime() + HOUR_MS] : [])) / (5 * MINUTE_MS)) * 5 * MINUTE_MS;
  const at = DateTime.fromMillis(by, { zone, locale: language }).toFormat(language === 'it' ? "HH:mm 'del' d LLLL" : "HH:mm 'on' d LLLL");
  return fill(reportIn(language)('nextWordText'), { at, now: DateTime.fromJSDate(now, { zone }).toFormat('HH:mm') });
}

/** Readable on a phone; on paper A4, light, without what is only for the screen. */
export const reportRules = `
header { display: flex; align-items: center; gap: 1rem; flex-wrap: wrap; border-bottom: 1px solid var(--line); padding-bottom: .5rem; }
header img { max-height: 3.5rem; max-width: 12rem; } header p { margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; } dd { margin: 0; overflow-wrap: anywhere; }
section { margin: 1.5rem 0; } td, li { overflow-wrap: anywhere; } td:first-child { white-space: nowrap; } td:nth-child(2) { min-width: 9rem; } td:nth-child(3) { min-width: 10rem; }
@media screen and (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dt { opacity: .7; } dd { margin-bottom: .5rem; } }
@page { size: A4; margin: 16mm 14mm; }
@media print {
  :root { color-scheme: light; --accent: #000; } body { font-size: 10pt; } main { max-width: none; padding: 0; } nav, .screen { display: none; }
  table { display: table; } thead { display: table-header-group; position: static; } tbody { display: table-row-group; }
  tr { display: table-row; break-inside: avoid; } th, td { display: table-cell; border-bottom: 1px solid #999; padding: 3pt 8pt 3pt 0; }
  td:nth-child(2) { min-width: 24mm; } td:nth-child(3) { min-width: 30mm; } td[data-name]::before { content: none; } h2 { break-after: avoid; } a.out::after { content: " (" attr(href) ")"; font-size: 8pt; overflow-wrap: anywhere; }
}`;
