import { stateNames } from '../../core/delivery.js';
import { type Html, html } from '../../infra/http/html.js';
import type { Language } from '../../infra/http/problem.js';
import type { Review } from '../posts/review.schema.js';
import { type ActsView, hourOf, settleForms, stepForm } from './incident-decisions.js';
import { deskIn, type SayDesk } from './incident-words.js';

export interface ReviewsView extends ActsView {
  readonly language: Language;
  readonly mayAct: boolean;
  /** What else of the touched clients waits for a person. */
  readonly reviews: readonly Review[];
  /** In which its times are said. */
  readonly zone: string;
}

/** What waits for a person besides what this incident touched: one list per client, once it recovers. Nothing where nothing waits. */
export function reviewsSection(view: ReviewsView): Html | null {
  const { reviews, language, zone } = view;
  if (reviews.length === 0) return null;
  const say = deskIn(language);
  const columns = [say('planned'), say('channel'), say('post'), say('state'), ...(view.mayAct ? [say('acts')] : [])];
  const clientIds = [...new Set(reviews.map(({ clientId }) => clientId))];
  return html`<section id="reviews"><h2>${say('others')} (${reviews.length})</h2><p>${say('othersText')}</p>${clientIds.map((id) => {
    const own = reviews.filter(({ clientId }) => clientId === id);
    return html`<h3>${own[0]?.clientName ?? ''} <small>(${zone})</small></h3>
<table><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${own.map((review) => rowOf(review, view, say))}</tbody></table>`;
  })}</section>`;
}

function rowOf(review: Review, view: ReviewsView, say: SayDesk): Html {
  const { id, dueAt, channelName, text, reason, state, timeWord } = review;
  return html`<tr id="d-${id}"><td data-name="${say('planned')}"><time datetime="${dueAt}">${hourOf(dueAt, view.zone, view.language)}</time></td><td data-name="${say('channel')}">${channelName}</td>
<td data-name="${say('post')}">${text}${timeWord === null ? null : html` <small>(“${timeWord}”)</small>`}</td><td data-name="${say('state')}">${reason?.sentence ?? stateNames[state][view.language]}</td>
${view.mayAct ? html`<td class="acts">${actsOf(review, view, say)}</td>` : null}</tr>`;
}

/** Of what it can, in its order, what is a matter of one press; the rest the API does. */
function actsOf({ id: deliveryId, version, channelName, can }: Review, view: ReviewsView, say: SayDesk): readonly Html[] {
  const on = { deliveryId, version };
  return can.flatMap((act) => {
    switch (act) {
      case 'say-out':
        return [stepForm('by-hand', say('byHand'), on, view)];
      case 'release':
      case 'next-slot':
        return [stepForm(act, say(act === 'release' ? 'release' : 'nextSlot'), on, view)];
      case 'drop':
        return [html`<details><summary>${say('drop')}</summary>${stepForm('drop', say('dropSure'), on, view)}</details>`];
      case 'settle':
        return settleForms({ ...on, where: channelName }, view, say);
      case 'edit':
      case 'retry':
      case 'say-absent':
      case 'end':
        return [];
    }
  });
}
