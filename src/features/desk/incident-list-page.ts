import { type Html, html } from '../../infra/http/html.js';
import type { Language } from '../../infra/http/problem.js';
import type { IncidentItem } from '../incidents/incident.schema.js';
import { hourOf } from './incident-decisions.js';
import { type Membership, pageNav, titleOf } from './incident-page.js';
import { deskIn } from './incident-words.js';

export interface IncidentListView {
  readonly language: Language;
  readonly workspaceId: string;
  readonly memberships: readonly Membership[];
  readonly incidents: readonly IncidentItem[];
  readonly zone: string;
  readonly isStill: boolean;
}

/** Incidents that touch the workspace: those of now, and the last ones that are over. */
export function incidentListPage(view: IncidentListView): Html {
  const { language, workspaceId, incidents, zone } = view;
  const say = deskIn(language);
  const lines = (some: readonly IncidentItem[]): Html => html`<ul>${some.map((incident) => html`<li><a href="/desk/incidents/${incident.id}?workspaceId=${workspaceId}">${titleOf(incident, language)}</a><br>
<small>${hourOf(incident.beganAt, zone, language)} – ${incident.endedAt ? hourOf(incident.endedAt, zone, language) : '…'} (${zone})${incident.falseAlarm ? ` · ${say('falseAlarm')}` : ''}</small></li>`)}</ul>`;
  const open = incidents.filter(({ state }) => state !== 'closed');
  const over = incidents.filter(({ state }) => state === 'closed');
  return html`${pageNav(view, '/desk/incidents')}<h1>${say('incidents')}</h1>
<section><h2>${say('now')}</h2>${open.length === 0 ? html`<p class="note">${say('noneOpen')}</p>` : lines(open)}</section>
<section><h2>${say('earlier')}</h2>${over.length === 0 ? html`<p>${say('noneEver')}</p>` : lines(over)}</section>`;
}
