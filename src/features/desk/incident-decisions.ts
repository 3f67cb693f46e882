import { DateTime } from 'luxon';
import { isByHand } from '../../connectors/registry.js';
import { needsPerson } from '../../core/review.js';
import { type Html, html } from '../../infra/http/html.js';
import { fill, type Language } from '../../infra/http/problem.js';
import type { Decision } from '../incidents/decision.schema.js';
import { deskIn, type SayDesk } from './incident-words.js';

/** What a form on the page needs. */
export interface ActsView {
  /** Of the page: forms and links go there. */
  readonly here: string;
  readonly workspaceId: string;
}

export interface DecisionsView extends ActsView {
  readonly language: Language;
  readonly mayAct: boolean;
  /** The delivery whose further choices stand open. */
  readonly change: string | undefined;
  /** Each client's own page, by the client's id. */
  readonly clientLinks: ReadonlyMap<string, string>;
}

export interface Sorted {
  /** Go nowhere by themselves: a person decides. */
  readonly review: readonly Decision[];
  readonly coming: readonly Decision[];
  readonly done: readonly Decision[];
}

export function sortDecisions(decisions: readonly Decision[]): Sorted {
  const isComing = ({ state, outcome }: Decision): boolean => ['scheduled', 'held', 'sending', 'unconfirmed'].includes(state) || (state === 'rerouted' && outcome === 'waiting');
  return {
    review: decisions.filter(needsPerson),
    coming: decisions.filter((decision) => isComing(decision) && !needsPerson(decision)),
    done: decisions.filter((decision) => !isComing(decision) && !needsPerson(decision)),
  };
}

/** A table for each client, by hour; times as the client's clocks show them. */
export function decisionTables(decisions: readonly Decision[], view: DecisionsView): readonly Html[] {
  const say = deskIn(view.language);
  const columns = [say('planned'), say('channel'), say('post'), say('outlook'), ...(view.mayAct ? [say('acts')] : [])];
  const clientIds = [...new Set(decisions.map(({ clientId }) => clientId))];
  return clientIds.map((id) => decisions.filter(({ clientId }) => clientId === id)).map((own) => html`<h3>${own[0]?.clientName ?? ''} <small>(${own[0]?.zone ?? ''})${linkOf(view.clientLinks.get(own[0]?.clientId ?? ''), say)}</small></h3>
<table><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${own.map((decision) => rowOf(decision, view, say))}</tbody></table>`);
}

function linkOf(link: string | undefined, say: SayDesk): Html | null {
  return link === undefined ? null : html` · <a href="${link}">${say('clientPage')}</a>`;
}

function rowOf(decision: Decision, view: DecisionsView, say: SayDesk): Html {
  const { deliveryId, plannedAt, zone, platform, channelName, text, outlook, url } = decision;
  const link = url !== null && /^https?:\/\//.test(url) ? html` <a href="${url}" rel="noopener">${say('see')}</a>` : null;
  const isOpen = view.mayAct && view.change === deliveryId;
  return html`<tr id="d-${deliveryId}"><td data-name="${say('planned')}"><time datetime="${plannedAt}">${hourOf(plannedAt, zone, view.language)}</time></td>
<td data-name="${say('channel')}">${platform}<br><small>${channelName}</small></td><td data-name="${say('post')}">${text}</td><td data-name="${say('outlook')}">${outlook}${link}</td>
${view.mayAct ? html`<td class="acts">${actsOf(decision, view, say)}</td>` : null}</tr>${isOpen ? html`<tr class="more"><td colspan="5">${moreOf(decision, view, say)}</td></tr>` : null}`;
}

export function hourOf(at: string, zone: string, language: Language): string {
  return DateTime.fromISO(at, { zone }).setLocale(language).toFormat('ccc d LLL, HH:mm');
}

const mayDrop = ({ state }: Decision): boolean => state === 'held' || state === 'scheduled';
const mayMove = mayDrop;
const mayRelease = ({ state, holdReason }: Decision): boolean => state === 'held' && (holdReason === 'late' || holdReason === 'ask');
/** For what waits for a person; what waits for its platform has its hour still before it. */
const mayNextSlot = (decision: Decision): boolean => (decision.state === 'held' || decision.state === 'missed' || decision.state === 'failed') && needsPerson(decision);
/** As DeliveriesService.say takes it. */
const maySayByHand = ({ state }: Decision): boolean => ['held', 'missed', 'failed', 'unconfirmed'].includes(state);

/** What is a matter of one press, the likeliest first. To let it wait nothing is pressed at all. */
function actsOf(decision: Decision, view: DecisionsView, say: SayDesk): Html {
  const { deliveryId, platform } = decision;
  const hand = isByHand(decision.connectorId) && maySayByHand(decision)
    ? html`${stepForm('by-hand', say('byHand'), decision, view)}<a href="/desk/by-hand/${deliveryId}?workspaceId=${view.workspaceId}">${say('handPage')}</a>`
    : null;
  const settle = decision.asked && decision.state === 'rerouted' ? settleForms({ ...decision, where: platform }, view, say) : null;
  const release = mayRelease(decision) ? stepForm('release', say('release'), decision, view) : null;
  const slot = mayNextSlot(decision) ? stepForm('next-slot', say('nextSlot'), decision, view) : null;
  const drop = mayDrop(decision) ? html`<details><summary>${say('drop')}</summary>${stepForm('drop', say('dropSure'), decision, view)}</details>` : null;
  const reroute = mayDrop(decision) && decision.wayIds.length > 0
    ? html`<details><summary>${say('reroute')}</summary>${stepForm('reroute', fill(say('rerouteBy'), { ways: decision.ways.join(', ') }), decision, view, { channelIds: decision.wayIds.join(',') })}</details>`
    : null;
  const canMore = (maySayByHand(decision) || mayMove(decision)) && view.change !== deliveryId;
  const more = canMore ? html`<a href="${view.here}?workspaceId=${view.workspaceId}&change=${deliveryId}#d-${deliveryId}">${say(maySayByHand(decision) ? 'more' : 'moreMove')}</a>` : null;
  return html`${hand}${settle}${release}${slot}${reroute}${drop}${more}`;
}

interface On {
  readonly deliveryId: string;
  readonly version: number;
}

/** One button. */
export function stepForm(act: string, name: string, on: On, view: ActsView, more: Readonly<Record<string, string>> = {}): Html {
  const fields = Object.entries(more).map(([field, value]) => html`<input type="hidden" name="${field}" value="${value}">`);
  return html`<form method="post" action="${view.here}">${hidden(act, on, view)}${fields}<button>${name}</button></form>`;
}

/** Out elsewhere: does it go out where it was planned, too? `where`: the name of that. */
export function settleForms({ where, ...on }: On & { readonly where: string }, view: ActsView, say: SayDesk): readonly Html[] {
  const form = (how: string, word: 'settlePublish' | 'settleSlot' | 'settleSkip'): Html => stepForm('settle', fill(say(word), { where }), on, view, { how });
  return [form('skip', 'settleSkip'), form('next-slot', 'settleSlot'), html`<details><summary>${say('settleMore')}</summary>${form('publish', 'settlePublish')}</details>`];
}

/** What is written, not pressed: it stands on a page that does not refresh itself. */
function moreOf(decision: Decision, view: DecisionsView, say: SayDesk): Html {
  const { dueAt, zone } = decision;
  const byHand = maySayByHand(decision)
    ? html`<form method="post" action="${view.here}">${hidden('by-hand', decision, view)}<label>${say('link')}<input name="url" type="url" inputmode="url" placeholder="https://" maxlength="2000"></label><button>${say('byHand')}</button></form>`
    : null;
  const wall = DateTime.fromISO(dueAt, { zone }).toFormat("yyyy-MM-dd'T'HH:mm");
  const move = mayMove(decision)
    ? html`<form method="post" action="${view.here}">${hidden('move', decision, view)}<input type="hidden" name="postVersion" value="${decision.postVersion}"><label>${fill(say('moveTo'), { zone })}<input name="wallAt" type="datetime-local" required value="${wall}"></label><button>${say('move')}</button></form>`
    : null;
  return html`<div class="choices">${byHand}${move}</div><a href="${view.here}?workspaceId=${view.workspaceId}#d-${decision.deliveryId}">${say('leave')}</a>`;
}

function hidden(act: string, { deliveryId, version }: On, { workspaceId }: ActsView): Html {
  return html`<input type="hidden" name="act" value="${act}"><input type="hidden" name="workspaceId" value="${workspaceId}"><input type="hidden" name="deliveryId" value="${deliveryId}"><input type="hidden" name="version" value="${version}">`;
}
