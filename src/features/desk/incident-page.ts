import { DateTime } from 'luxon';
import { type Html, html } from '../../infra/http/html.js';
import { fill, type Language } from '../../infra/http/problem.js';
import type { Decision, Tally } from '../incidents/decision.schema.js';
import type { IncidentDetail, IncidentItem, Note } from '../incidents/incident.schema.js';
import type { Ask } from '../notifications/ask.schema.js';
import { clientNoticeRules, clientNoticesSection, type ClientNoticesView } from './incident-client-notices.js';
import { commitmentRules, commitmentsSection, type CommitmentsView } from './incident-commitments.js';
import { decisionTables, type DecisionsView, hourOf, sortDecisions } from './incident-decisions.js';
import { reviewsSection, type ReviewsView } from './incident-reviews.js';
import { storyOf } from './incident-story.js';
import { causeNames, deskIn, type SayDesk, stateName, tallyText } from './incident-words.js';

export interface Membership {
  readonly workspaceId: string;
  readonly name: string;
}

export interface IncidentView extends DecisionsView, Pick<ClientNoticesView, 'clientNotices' | 'mayDecide'>, Pick<CommitmentsView, 'commitments' | 'packs'>, Pick<ReviewsView, 'reviews'> {
  readonly incident: IncidentItem;
  readonly events: IncidentDetail['events'];
  readonly decisions: readonly Decision[];
  readonly tally: Tally;
  readonly asks: readonly Ask[];
  readonly notes: readonly Note[];
  /** In which the incident's own times are said: most clients' of the workspace. */
  readonly zone: string;
  readonly memberships: readonly Membership[];
  readonly message: { readonly kind: 'done' | 'error'; readonly text: string } | null;
  readonly isStill: boolean;
}

/** The team's page of an incident: what is down, what happens to each post, who takes care of it. */
export function incidentPage(view: IncidentView): Html {
  const { language, incident, decisions, asks, here, workspaceId, tally, message } = view;
  const say = deskIn(language);
  const { review, coming, done } = sortDecisions(decisions);
  return html`${pageNav(view, here, say)}
<h1>${titleOf(incident, language)}</h1>
${message && (message.kind === 'error' ? html`<p class="error" role="alert">${message.text}</p>` : html`<p class="note" role="status">${message.text}</p>`)}
${factsOf(view, say)}
${incident.kind === 'own-downtime' ? null : html`<section><h2>${say('whose')}</h2>${asksOf(asks, view, say)}</section>`}
${clientNoticesSection(view)}
${review.length === 0 ? null : html`<section id="review"><h2>${say('review')} (${review.length})</h2><p>${say('reviewText')}</p>${decisionTables(review, view)}</section>`}
${reviewsSection(view)}
${commitmentsSection(view)}
<section><h2>${say('decisions')}</h2>${coming.length === 0 ? html`<p>${decisions.length === 0 ? say('nothingTouched') : '–'}</p>` : html`<p>${say('decisionsText')}</p>${decisionTables(coming, view)}`}</section>
<section><h2>${say(incident.state === 'closed' ? 'tallyOver' : 'tally')}</h2><p>${tallyText(tally, language)}</p>
${done.length === 0 ? null : html`<details><summary>${say('done')} (${done.length})</summary>${decisionTables(done, { ...view, mayAct: false })}</details>`}</section>
${view.events.length === 0 ? null : html`<section><details><summary>${say('story')} (${view.events.length})</summary><ul>${storyOf({ events: view.events, components: incident.components }, view.zone, language)}</ul></details></section>`}
<section><h2>${say('notes')}</h2>${notesOf(view, say)}</section>
<nav>${decisions.length === 0 ? null : html`<a href="${here}/deliveries.csv?workspaceId=${workspaceId}">${say('csv')}</a>`}<a href="/desk/incidents?workspaceId=${workspaceId}">${say('goBack')}</a></nav>`;
}

/** “Facebook, Instagram (pictures and films): down” */
export function titleOf(incident: IncidentItem, language: Language): string {
  const say = deskIn(language);
  const { kind, components } = incident;
  if (kind === 'own-downtime') return say('ownDowntime');
  const name = ({ platform, onlyMedia }: IncidentItem['components'][number]): string => (onlyMedia ? fill(say('onlyMediaOn'), { platforms: platform }) : platform);
  const down = components.filter(({ backAt }) => backAt === null);
  const platforms = [...new Set((down.length > 0 ? down : components).map(name))].join(', ');
  const state = say(stateOf(incident));
  return kind === 'maintenance' ? `${say('maintenance')}: ${platforms} (${state})` : `${platforms}: ${state}`;
}

/** What it is for this workspace: what is still down of it may be another's. */
function stateOf({ state, components }: IncidentItem): IncidentItem['state'] {
  return state === 'open' && components.length > 0 && components.every(({ backAt }) => backAt !== null) ? 'recovering' : state;
}

/** Every page of these: where else to go, and whose workspace this is. */
export function pageNav({ workspaceId, memberships, isStill, language }: Pick<IncidentView, 'workspaceId' | 'memberships' | 'isStill' | 'language'>, here: string, say: SayDesk = deskIn(language)): Html {
  const query = `?workspaceId=${workspaceId}`;
  const switches = memberships.length < 2 ? null : html`<nav aria-label="${say('workspace')}">${say('workspace')}: ${memberships.map((one) => (one.workspaceId === workspaceId ? html`<strong>${one.name}</strong>` : html`<a href="/desk/incidents?workspaceId=${one.workspaceId}">${one.name}</a>`))}</nav>`;
  return html`<nav><a href="/">${say('home')}</a><a href="/desk/incidents${query}">${say('incidents')}</a><a href="/sign-in/welcome">${say('account')}</a>
${isStill ? html`<a href="${here}${query}">${say('moving')}</a>` : html`<a href="${here}${query}&still=1">${say('still')}</a>`}</nav>${switches}`;
}

function factsOf({ incident, language, zone }: IncidentView, say: SayDesk): Html {
  const { beganAt, endedAt, closedAt, cause, confidence, official, falseAlarm, components } = incident;
  const at = (iso: string): string => `${hourOf(iso, zone, language)} (${zone})`;
  const end = endedAt ?? closedAt;
  const source = official?.url && /^https?:\/\//.test(official.url) ? html` <a href="${official.url}" rel="noopener">${official.url}</a>` : null;
  const rows = components.map((one) => html`<tr><td data-name="${say('platform')}">${one.platform} <small>${one.host}</small></td><td data-name="${say('state')}">${stateName(one.state, language)}${one.onlyMedia && one.backAt === null ? ` (${say('onlyMedia')})` : ''}</td>
<td data-name="${say('since')}">${hourOf(one.fellAt, zone, language)}</td><td data-name="${say('back')}">${one.backAt === null ? say('notBack') : hourOf(one.backAt, zone, language)}</td></tr>`);
  return html`<dl><dt>${say('state')}</dt><dd>${say(stateOf(incident))}</dd><dt>${say('since')}</dt><dd>${at(beganAt)}</dd>${end ? html`<dt>${say('until')}</dt><dd>${at(end)}</dd>` : null}
${falseAlarm ? html`<dt>${say('falseAlarm')}</dt><dd>${falseAlarm.reason} (${falseAlarm.by})</dd>` : null}
${incident.kind === 'own-downtime' ? null : html`<dt>${say('cause')}</dt><dd>${causeNames[cause][language]}${cause === 'unknown' ? '' : `, ${fill(say('sure'), { percent: Math.round(confidence * 100) })}`}</dd>
<dt>${say('official')}</dt><dd>${official ? html`“${official.text}” (${hourOf(official.at, zone, language)})${source}` : say('officialNone')}</dd>`}</dl>
${rows.length === 0 ? null : html`<table><thead><tr><th scope="col">${say('platform')}</th><th scope="col">${say('state')}</th><th scope="col">${say('since')}</th><th scope="col">${say('back')}</th></tr></thead><tbody>${rows}</tbody></table>`}`;
}

function asksOf(asks: readonly Ask[], { here, workspaceId, mayAct, zone }: IncidentView, say: SayDesk): Html {
  if (asks.length === 0) return html`<p>${say('nobodyAsked')}</p>`;
  const open = asks.filter(({ answeredBy }) => answeredBy === null);
  const take = (word: 'take' | 'takeAll', clientId: string | null): Html => html`<form method="post" action="${here}"><input type="hidden" name="act" value="answer"><input type="hidden" name="workspaceId" value="${workspaceId}">${clientId === null ? null : html`<input type="hidden" name="clientId" value="${clientId}">`}<button>${say(word)}</button></form>`;
  const items = asks.map(({ clientId, clientName, asked, nextAt, answeredBy }) => {
    const names = fill(say('asked'), { names: asked.map(({ name }) => name).join(', ') || '–' });
    const whose = answeredBy ? fill(say('takenBy'), { name: answeredBy.name }) : [say('nobodyYet'), names, ...(nextAt ? [fill(say('nextAt'), { at: DateTime.fromISO(nextAt, { zone }).toFormat('HH:mm') })] : [])].join('; ');
    return html`<li><strong>${clientName}</strong>: ${whose}${mayAct && !answeredBy ? take('take', clientId) : null}</li>`;
  });
  return html`<ul class="asks">${items}</ul>${mayAct && open.length > 1 ? take('takeAll', null) : null}`;
}

function notesOf({ notes, language, zone, mayAct, here, workspaceId, change }: IncidentView, say: SayDesk): Html {
  const items = notes.map(({ text, writtenBy, createdAt }) => html`<li><small>${hourOf(createdAt, zone, language)}, ${writtenBy}</small><br>${text}</li>`);
  const form = html`<form method="post" action="${here}"><input type="hidden" name="act" value="note"><input type="hidden" name="workspaceId" value="${workspaceId}">
<label>${say('write')}<textarea name="text" rows="4" maxlength="5000" required></textarea></label><button>${say('save')}</button></form>`;
  const write = change === 'note' ? form : html`<p><a id="note" href="${here}?workspaceId=${workspaceId}&change=note#note">${say('write')}</a></p>`;
  return html`<p><small>${say('notesText')}</small></p>${items.length === 0 ? html`<p>${say('noNotes')}</p>` : html`<ul class="notes">${items}</ul>`}${mayAct ? write : null}`;
}

export const incidentRules = `
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; } dd { margin: 0; overflow-wrap: anywhere; }
section { margin: 1.5rem 0; } h3 { margin: 1rem 0 .25rem; font-size: 1rem; } td { overflow-wrap: anywhere; } td:first-child { white-space: nowrap; } td:nth-child(2) { min-width: 8rem; } td:nth-child(3) { min-width: 9rem; }
form { justify-items: start; } form label { width: 100%; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dt { opacity: .7; } dd { margin-bottom: .5rem; } }
td form, li form, details form { margin: .25rem 0; } .acts { min-width: 12rem; } .acts button, .asks button { padding: .35rem .75rem; } summary { cursor: pointer; color: var(--accent); }
.choices { display: flex; flex-wrap: wrap; gap: 0 2rem; } .more td { white-space: normal; background: var(--soft); padding: .5rem 1rem; }
.notes { padding-left: 1rem; } .notes li { white-space: pre-line; margin: .5rem 0; }
textarea { font: inherit; padding: .5rem; border: 1px solid var(--line); border-radius: .25rem; width: 100%; }
${clientNoticeRules} ${commitmentRules}`;
