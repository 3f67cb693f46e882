import type { DeliveryState, HoldReason } from './delivery.js';
import { type Instant, MINUTE_MS } from './instant.js';
import { doesNotWait, lateEnding, type Reader, type Rule, timeIn, whileDown } from './promise.js';
import { sentence, type StoredReason } from './reason.js';

/** A delivery an incident touched, as it stands at `now`. Instants in ms. */
export interface Touched extends Rule {
  readonly state: DeliveryState;
  readonly holdReason: HoldReason | null;
  readonly reason: StoredReason | null;
  /** As it was planned when the incident first saw it. */
  readonly plannedAt: Instant;
  readonly dueAt: Instant;
  readonly deadlineAt: Instant;
  /** When its turn comes, where that is known; null = nobody can tell. */
  readonly readyAt: Instant | null;
  /** When it went out; null = it is not out, or nobody knows when. */
  readonly outAt: Instant | null;
  /** What it went elsewhere for came to; null = it was not sent elsewhere. */
  readonly elsewhere: 'under-way' | 'out' | 'nowhere' | null;
  /** It went out more than a moment after `plannedAt`. */
  readonly late: boolean;
  readonly released: boolean;
  readonly approved: boolean;
  /** The incident is closed: nothing is in its way any more. */
  readonly isOver: boolean;
}

const en = {
  held: 'It waits. {while}',
  planned: 'Planned for {due}. If the platform is down then, it waits. {while}',
  plannedElsewhere: 'Planned for {due}. If the platform is down then, it does not wait. {while}',
  moved: 'Moved to {due}.',
  due: 'It goes out on {due}.',
  approval: 'It waits for approval.',
  soon: 'It goes out as soon as the platform takes it.',
  turn: 'Late posts go out one after the other. This one is among the next, until {limit}.',
  turnAt: 'Late posts go out one after the other, {day}. This one not before {ready}, until {limit}; {then}.',
  released: 'It goes out as soon as the platform is back, however late.',
  late: 'It could not go out in time. We look at it before anything is posted.',
  looked: 'It waits until we have looked at it.',
  sending: 'It is being sent right now.',
  unconfirmed: 'The platform gave no clear answer. We look whether it is out before anything else happens to it.',
  published: 'Published on {out}.',
  publishedLate: 'Published late, on {out}.',
  publishedSometime: 'Published.',
  byHand: 'Posted by hand.',
  hand: 'We post it by hand.',
  underWay: 'It is on its way by {ways}.',
  rerouted: 'It went out elsewhere instead.',
  missed: 'Not posted: the platform was not back by {deadline}.',
  missedOtherwise: 'Not posted: it could not go out by {deadline}.',
  failed: 'Not posted. We look at it.',
  dropped: 'Not posted, as decided.',
} as const;

const it: Readonly<Record<keyof typeof en, string>> = {
  held: 'Aspetta. {while}',
  planned: 'Previsto per {due}. Se a quell’ora la piattaforma non funziona, aspetta. {while}',
  plannedElsewhere: 'Previsto per {due}. Se a quell’ora la piattaforma non funziona, non aspetta. {while}',
  moved: 'Spostato a {due}.',
  due: 'Esce {due}.',
  approval: 'In attesa di approvazione.',
  soon: 'Esce appena la piattaforma lo accetta.',
  turn: 'I post in ritardo escono uno alla volta. Questo è tra i prossimi, fino a {limit}.',
  turnAt: 'I post in ritardo escono uno alla volta, {day}. Questo non prima di {ready}, fino a {limit}; {then}.',
  released: 'Esce appena la piattaforma torna, anche in ritardo.',
  late: 'Non è potuto uscire in tempo. Lo riguardiamo prima di pubblicare qualcosa.',
  looked: 'Aspetta che lo abbiamo riguardato.',
  sending: 'È in invio in questo momento.',
  unconfirmed: 'La piattaforma non ha risposto in modo chiaro. Prima di ogni altra cosa verifichiamo se è uscito.',
  published: 'Pubblicato {out}.',
  publishedLate: 'Pubblicato in ritardo, {out}.',
  publishedSometime: 'Pubblicato.',
  byHand: 'Pubblicato a mano.',
  hand: 'Lo pubblichiamo noi a mano.',
  underWay: 'È in uscita con {ways}.',
  rerouted: 'È uscito altrove.',
  missed: 'Non pubblicato: la piattaforma non è tornata entro {deadline}.',
  missedOtherwise: 'Non pubblicato: non è potuto uscire entro {deadline}.',
  failed: 'Non pubblicato. Lo riguardiamo.',
  dropped: 'Non pubblicato, come deciso.',
};

/** A turn within this time is one of the next: its hour changes from minute to minute. */
const SOON_MS = 15 * MINUTE_MS;

const words = { en, it };

/** What will happen to a delivery, or happened, in one sentence or two. True to `decide` in failover.ts: what that does is what this says. */
export function outlook(of: Touched, reader: Reader, now: Instant): string {
  const time = (at: Instant): string => timeIn(at, reader);
  if (reader.who === 'team' && of.reason && speaksForItself(of, now)) return sentence(of.reason, reader.language);
  // What was tried and did not do is promised to nobody again.
  const rule = isOutOfWays(of) ? { ...of, ways: [], unwritten: [] } : of;
  if (reader.who === 'team' && of.reason && rule !== of) return `${sentence(of.reason, reader.language)} ${whileDown(rule, reader)}`;
  const ending = lateEnding(rule, reader);
  const values: Readonly<Record<string, () => string>> = {
    while: () => whileDown(rule, reader), due: () => time(of.dueAt), deadline: () => time(of.deadlineAt), ready: () => time(of.readyAt ?? now), out: () => time(of.outAt ?? of.dueAt),
    ways: () => of.ways.join(', '), day: () => ending.day, limit: () => ending.limit, then: () => ending.then,
  };
  return words[reader.language][nameOf(rule, now)].replace(/\{(\w+)\}/g, (whole, name: string) => values[name]?.() ?? whole);
}

/** It waits for its own platform again: no other way was open, or nothing came of it there. */
function isOutOfWays({ state, holdReason, reason, released }: Touched): boolean {
  return state === 'held' && holdReason === 'outage' && !released && (reason?.code === 'no-way-out' || reason?.code === 'other-ways-failed');
}

/** To the team the reason of its state says more than any sentence here: whose act, the platform's words, what to press. */
function speaksForItself({ state, holdReason, reason, elsewhere, dueAt }: Touched, now: Instant): boolean {
  switch (state) {
    case 'held':
      return !(holdReason === 'outage' || holdReason === 'pace') || reason?.code === 'we-are-offline';
    case 'scheduled':
      return dueAt <= now;
    case 'missed':
      return reason?.code !== 'platform-not-back';
    case 'published':
      return reason?.code === 'said-by-hand';
    case 'unconfirmed':
    case 'failed':
    case 'skipped':
    case 'cancelled':
      return true;
    case 'rerouted':
      return elsewhere === 'out';
    case 'sending':
      return false;
  }
}

function nameOf(of: Touched, now: Instant): keyof typeof en {
  switch (of.state) {
    case 'scheduled':
      if (!of.approved) return 'approval';
      if (of.dueAt <= now) return 'soon';
      if (of.dueAt !== of.plannedAt) return 'moved';
      if (of.isOver) return 'due';
      return doesNotWait(of) ? 'plannedElsewhere' : 'planned';
    case 'held':
      if (of.holdReason === 'late') return 'late';
      if (of.holdReason === 'suspect' || of.holdReason === 'pace') return (of.readyAt ?? now) > now + SOON_MS ? 'turnAt' : 'turn';
      if (of.reason?.code === 'by-hand' || of.reason?.code === 'not-now') return 'hand';
      if (of.holdReason !== 'outage') return 'looked';
      if (of.released) return 'released';
      return 'held';
    case 'published':
      if (of.reason?.code === 'said-by-hand') return 'byHand';
      if (of.outAt === null) return 'publishedSometime';
      return of.late ? 'publishedLate' : 'published';
    case 'missed':
      return of.reason?.code === 'platform-not-back' ? 'missed' : 'missedOtherwise';
    case 'sending':
    case 'unconfirmed':
    case 'failed':
      return of.state;
    case 'rerouted':
      return of.elsewhere === 'under-way' ? 'underWay' : of.elsewhere === 'nowhere' ? 'dropped' : 'rerouted';
    case 'skipped':
    case 'cancelled':
      return 'dropped';
  }
}
