import { stateNames } from '../../core/delivery.js';
import { mediaOf, type PartContent, type PartMedia, textToCopy } from '../../core/part.js';
import { sentence } from '../../core/reason.js';
import { type Html, html } from '../../infra/http/html.js';
import { fill, type Language } from '../../infra/http/problem.js';
import type { HandPost } from '../posts/hand-posts.service.js';
import { laterMinutes } from './by-hand.schema.js';
import { handIn, type SayHand } from './by-hand-words.js';
import { hourOf } from './incident-decisions.js';

export interface HandPage {
  readonly post: HandPost;
  readonly language: Language;
  /** Of the page: forms and media go there. */
  readonly here: string;
  readonly mayAct: boolean;
  readonly error: string | null;
}

/** As DeliveriesService.say and notNow take it. */
const maySay = ({ state }: HandPost): boolean => ['held', 'missed', 'failed', 'unconfirmed'].includes(state);
const mayPutOff = ({ state, holdReason, reason }: HandPost): boolean => state === 'held' && holdReason === 'ask' && (reason?.code === 'by-hand' || reason?.code === 'not-now');

export function handTitle({ clientName, platform }: HandPost, language: Language): string {
  return fill(handIn(language)('title'), { client: clientName, platform });
}

/** Everything to post something by hand: to be used with a thumb, and with a keyboard. */
export function handPage(view: HandPage): Html {
  const { post, language, error } = view;
  const say = handIn(language);
  const { workspaceId, state, page, platform, instructions, parts } = post;
  const isOpen = maySay(post) || state === 'scheduled';
  return html`<nav><a href="/">${say('home')}</a><a href="/desk/incidents?workspaceId=${workspaceId}">${say('incidents')}</a></nav>
<h1>${handTitle(post, language)}</h1>
${error === null ? null : html`<p class="error" role="alert">${error}</p>`}
${state === 'published' ? html`<p class="note" role="status">${doneText(view, say)} ${seeLink(post, say)}</p>` : null}
${!isOpen && state !== 'published' ? html`<p class="note" role="status">${fill(say('over'), { state: stateNames[state][language] })}</p>` : null}
${factsOf(view, say)}
${!isOpen ? null : page === null ? html`<p class="error">${say('noPage')}</p>` : html`<p><a class="go" href="${page}" target="_blank" rel="noopener noreferrer">${fill(say('open'), { platform })}</a></p>`}
${instructions === null ? null : html`<p class="how">${instructions}</p>`}
${parts.map((part, i) => partOf(part, i, view, say))}
${mediaSection(view, say)}
${isOpen ? actsOf(view, say) : null}`;
}

function doneText({ post: { reason, endedAt, zone }, language }: HandPage, say: SayHand): string {
  const at = endedAt === null ? '–' : hourOf(endedAt.toISOString(), zone, language);
  return reason?.code === 'said-by-hand' && reason.detail !== undefined ? fill(say('done'), { name: reason.detail, at, zone }) : fill(say('doneSomehow'), { at, zone });
}

function seeLink({ url }: HandPost, say: SayHand): Html | null {
  return url !== null && /^https?:\/\//.test(url) ? html`<a href="${url}" rel="noopener noreferrer">${say('see')}</a>` : null;
}

function factsOf({ post, language }: HandPage, say: SayHand): Html {
  const { state, reason, dueAt, deadlineAt, readyAt, zone } = post;
  const at = (moment: Date): string => `${hourOf(moment.toISOString(), zone, language)} (${zone})`;
  const isLive = state === 'held' || state === 'scheduled';
  return html`<dl><dt>${say('planned')}</dt><dd><time datetime="${dueAt.toISOString()}">${at(dueAt)}</time></dd>
${isLive && deadlineAt !== null ? html`<dt>${say('limit')}</dt><dd>${at(deadlineAt)}</dd>` : null}
${reason !== null && state !== 'published' ? html`<dt>${say('state')}</dt><dd>${sentence(reason, language)}</dd>` : null}
${state === 'held' && reason?.code === 'not-now' && readyAt !== null ? html`<dt>${say('again')}</dt><dd>${at(readyAt)}</dd>` : null}</dl>`;
}

function partOf(part: PartContent, i: number, { post: { parts } }: HandPage, say: SayHand): Html {
  const text = textToCopy(part);
  const name = parts.length === 1 ? say('text') : fill(say('part'), { n: i + 1, count: parts.length });
  const link = part.link === null ? null : html`<p>${say('link')}: <a href="${/^https?:\/\//.test(part.link.url) ? part.link.url : '#'}" rel="noopener noreferrer">${part.link.url}</a></p>`;
  if (text === '') return html`<section><h2>${name}</h2><p>${say('noText')}</p></section>`;
  return html`<section><h2 id="t${i}">${name}</h2>${i > 0 ? html`<p>${say('reply')}</p>` : null}
<textarea readonly aria-labelledby="t${i}" aria-describedby="s${i}" rows="${Math.min(16, Math.max(4, Math.ceil(text.length / 40) + text.split('\n').length))}">
${text}</textarea><p id="s${i}"><small>${say('select')}</small></p>${link}</section>`;
}

function mediaSection({ post: { parts, workspaceId }, here }: HandPage, say: SayHand): Html | null {
  const media = parts.flatMap((part) => mediaOf(part));
  if (media.length === 0) return null;
  return html`<section><h2>${say('media')}</h2>${media.map((medium, i) => mediumOf(medium, { href: `${here}/media/${medium.mediaId}?workspaceId=${workspaceId}`, nr: i + 1 }, say))}</section>`;
}

function mediumOf({ mime, alt }: PartMedia, { href, nr }: { readonly href: string; readonly nr: number }, say: SayHand): Html {
  const isPicture = mime.startsWith('image/');
  const name = `${say(isPicture ? 'picture' : 'film')} ${nr}`;
  const described = alt === '' ? html`<p>${say('noAlt')}</p>` : html`<label>${say('alt')}<textarea readonly rows="3">
${alt}</textarea></label>`;
  return html`<figure>${isPicture ? html`<img src="${href}" alt="${alt || name}" loading="lazy">` : null}
<figcaption><p><a href="${href}&save=1" download aria-label="${say('save')}: ${name}">${say('save')}</a> <small>${name} (${mime})</small></p>${described}</figcaption></figure>`;
}

function actsOf(view: HandPage, say: SayHand): Html {
  const { post, mayAct } = view;
  if (!mayAct) return html`<p class="note">${say('viewer')}</p>`;
  if (!maySay(post)) return html`<p class="note">${say('early')}</p>`;
  const out = html`<form method="post" action="${view.here}">${hidden('out', view)}<label>${say('where')}<input name="url" type="url" inputmode="url" placeholder="https://" maxlength="2000"></label><button>${say('out')}</button></form>`;
  const later = mayPutOff(post)
    ? html`<h3>${say('notNow')}</h3><p>${say('notNowText')}</p><form method="post" action="${view.here}">${hidden('not-now', view)}${laterMinutes.map((minutes) => html`<button class="later" name="minutes" value="${minutes}">${say(`later${minutes}`)}</button>`)}</form>`
    : null;
  return html`<section><h2>${say('acts')}</h2>${out}${later}</section>`;
}

function hidden(act: string, { post: { workspaceId, version } }: HandPage): Html {
  return html`<input type="hidden" name="act" value="${act}"><input type="hidden" name="workspaceId" value="${workspaceId}"><input type="hidden" name="version" value="${version}">`;
}

export const handRules = `
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dt { opacity: .7; } dd { margin-bottom: .5rem; } }
section { margin: 1.5rem 0; } .how { white-space: pre-line; overflow-wrap: anywhere; } section p { overflow-wrap: anywhere; }
textarea { font: inherit; padding: .5rem; border: 1px solid var(--line); border-radius: .25rem; width: 100%; }
.go { display: inline-block; padding: .8rem 1.2rem; border-radius: .25rem; background: var(--accent); color: Canvas; font-size: 1.1rem; text-decoration: none; overflow-wrap: anywhere; }
figure { margin: 1rem 0; max-width: 24rem; } img { max-width: 100%; height: auto; border: 1px solid var(--line); }
form button { padding: .9rem 1rem; } .later { background: none; color: var(--accent); border: 1px solid var(--accent); }
`;
