import { contactLinks } from '../../infra/http/contact-links.js';
import { type Html, html } from '../../infra/http/html.js';
import { fill, type Language, type Sentence } from '../../infra/http/problem.js';
import type { IncidentCommitment, IncidentTask } from '../incidents/incident-commitment.schema.js';
import type { Pack } from '../library/pack.schema.js';
import { hourOf } from './incident-decisions.js';

export interface CommitmentsView {
  readonly language: Language;
  /** Of the page: forms go there. */
  readonly here: string;
  readonly workspaceId: string;
  readonly mayAct: boolean;
  /** In which it is said when something was ticked off. */
  readonly zone: string;
  readonly commitments: readonly IncidentCommitment[];
  /** Those that are proposed, by id. */
  readonly packs: ReadonlyMap<string, Pack>;
}

const words = {
  heading: { en: 'Promised outside posts', it: 'Promesso, oltre ai post' },
  about: { en: 'Nothing of this is said by itself: it is yours to tell people.', it: 'Niente di questo viene detto da solo: sta a te dirlo alle persone.' },
  say: { en: 'What to say', it: 'Che cosa dire' },
  contact: { en: 'Where to send people', it: 'Dove indirizzare le persone' },
  ends: { en: 'Ends on', it: 'Finisce' },
  pack: { en: 'Pack to propose', it: 'Pacchetto da proporre' },
  notOffered: { en: 'not approved, or expired', it: 'non approvato, o scaduto' },
  everywhere: { en: 'everywhere', it: 'ovunque' },
  onlyMedia: { en: 'Pictures and films alone cannot be posted there.', it: 'Lì non si possono pubblicare solo immagini e video.' },
  tasks: { en: 'To do, now that the platforms are back', it: 'Da fare, ora che le piattaforme sono tornate' },
  go: { en: 'Go there', it: 'Vai' },
  tick: { en: 'Done', it: 'Fatto' },
  undo: { en: 'Not done after all', it: 'Invece non è fatto' },
  doneBy: { en: 'done by {name}, {at} ({zone})', it: 'fatto da {name}, {at} ({zone})' },
} as const satisfies Record<string, Sentence>;

type Say = (word: keyof typeof words) => string;

/** Contests, care hours, ads and events that are touched; afterwards, with what is to be done for each. Nothing where none is. */
export function commitmentsSection(view: CommitmentsView): Html | null {
  const { commitments, language } = view;
  if (commitments.length === 0) return null;
  const say: Say = (word) => words[word][language];
  const isOn = commitments.some(({ isBack }) => !isBack);
  return html`<section id="promised"><h2>${say('heading')} (${commitments.length})</h2>${isOn ? html`<p>${say('about')}</p>` : null}${commitments.map((one) => articleOf(one, view, say))}</section>`;
}

function articleOf(one: IncidentCommitment, view: CommitmentsView, say: Say): Html {
  const { commitmentId, clientName, title, platforms, words: touched, untilAt, zone, say: telling, contact, pack, onlyMedia, isBack, tasks } = one;
  const entry = (name: keyof typeof words, text: Html | string | null): Html | null => (text === null || text === '' ? null : html`<dt>${say(name)}</dt><dd>${text}</dd>`);
  return html`<article id="c-${commitmentId}"><h3>${title} <small>(${clientName} · ${platforms.join(', ')})</small></h3><p>${capital(touched)}.${onlyMedia ? ` ${say('onlyMedia')}` : ''}</p>
<dl>${entry('ends', `${hourOf(untilAt, zone, view.language)} (${zone})`)}${isBack ? null : html`${entry('say', telling)}${entry('contact', contact && contactLinks(contact))}${entry('pack', pack && packOf(pack, view, say))}`}</dl>
${tasks.length === 0 ? null : html`<h4>${say('tasks')}</h4><ul class="tasks">${tasks.map((task) => taskOf(one, task, view, say))}</ul>`}</article>`;
}

/** What it says, to be copied, or planned through the library. */
function packOf({ id, title, offered }: NonNullable<IncidentCommitment['pack']>, { packs }: CommitmentsView, say: Say): Html {
  const pack = packs.get(id);
  const variants = pack?.variants.filter(({ draft }) => !draft) ?? [];
  const where = ({ for: of, channelName }: Pack['variants'][number]): string => (of.kind === 'all' ? say('everywhere') : of.kind === 'connector' ? of.connectorId : (channelName ?? ''));
  const texts = variants.map((variant) => html`<p class="letter"><small>${where(variant)}</small>
${variant.parts.map(({ text }) => text).join('\n\n')}</p>`);
  const name = html`${title}${offered ? null : html` (${say('notOffered')})`}`;
  return html`${texts.length === 0 ? name : html`<details><summary>${name}</summary>${pack?.useWhen ? html`<p>${pack.useWhen}</p>` : null}${texts}</details>`}`;
}

function taskOf(one: IncidentCommitment, task: IncidentTask, view: CommitmentsView, say: Say): Html {
  const { sentence, platform, url, done } = task;
  const { language, zone, mayAct } = view;
  const link = url !== null && /^https?:\/\//.test(url) ? html` <a href="${url}" rel="noopener">${say('go')}${platform === null ? '' : `: ${platform}`}</a>` : platform === null ? null : html` (${platform})`;
  const button = (word: 'tick' | 'undo'): Html | null => (mayAct ? html`<form method="post" action="${view.here}">${hidden(one, task, view)}<button${word === 'undo' ? html` class="quiet"` : null}>${say(word)}</button></form>` : null);
  if (done === null) return html`<li>☐ ${sentence}${link}${button('tick')}</li>`;
  return html`<li>☑ <s>${sentence}</s><br><small>${fill(say('doneBy'), { name: done.by, at: hourOf(done.at, zone, language), zone })}</small>${button('undo')}</li>`;
}

function hidden({ commitmentId }: IncidentCommitment, { code, connectorId, done }: IncidentTask, { workspaceId }: CommitmentsView): Html {
  return html`<input type="hidden" name="act" value="task"><input type="hidden" name="workspaceId" value="${workspaceId}"><input type="hidden" name="commitmentId" value="${commitmentId}"><input type="hidden" name="code" value="${code}"><input type="hidden" name="connectorId" value="${connectorId ?? ''}"><input type="hidden" name="done" value="${done === null ? 'yes' : 'no'}">`;
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

export const commitmentRules = 'h4 { margin: .75rem 0 .25rem; } .tasks { list-style: none; padding: 0; } .tasks li { margin: .5rem 0; overflow-wrap: anywhere; } .tasks button { padding: .35rem .75rem; } button.quiet { background: none; color: var(--accent); border: 1px solid var(--accent); }';
