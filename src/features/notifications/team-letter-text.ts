import { fill, type Language, type Sentence } from '../../infra/http/problem.js';
import type { Decision } from '../incidents/decisions.service.js';
import type { IncidentCommitment } from '../incidents/incident-commitments.service.js';
import type { Tally } from '../incidents/tally.service.js';
import { hourIn, momentIn, named, postLine, tallyParts } from './incident-words.js';
import { promisedParagraphs, taskParagraphs } from './team-letter-promises.js';

/** Further posts stand on the incident's page. */
const shownAtMost = 200;

interface About {
  readonly workspace: string;
  readonly platforms: readonly string[];
  readonly since: Date;
  /** The zone its times are said in. */
  readonly zone: string;
  /** Of the incident's page. */
  readonly link: string;
  readonly isMaintenance: boolean;
  /** What else was promised to these clients, and is touched. */
  readonly commitments: readonly IncidentCommitment[];
}

/** A post in a list. `rerouted` is one that is out elsewhere, and what becomes of it where it was planned is open. */
export type Listed = Pick<Decision, 'deliveryId' | 'clientId' | 'clientName' | 'zone' | 'dueAt' | 'platform' | 'channelName' | 'text' | 'outlook' | 'state'>;

export interface Opened extends About {
  readonly kind: 'opened' | 'handed-over';
  /** All that it names works again, while what others use of the incident does not. */
  readonly isBack: boolean;
  /** The platform's own words. */
  readonly official: string | null;
  readonly decisions: readonly Decision[];
  /** Those who were asked before and have not answered. */
  readonly silent: readonly string[];
  /** Then the next one is asked; null = nobody is left. */
  readonly minutes: number | null;
}

export interface Recovered extends About {
  readonly until: Date;
  readonly tally: Tally;
  /** What does not go out by itself. */
  readonly review: readonly Listed[];
  /** What else of these clients does not, though this incident did not touch it. */
  readonly others: readonly Listed[];
}

interface Written {
  readonly subject: string;
  readonly text: string;
}

/** What differs with work that was announced: nothing has failed. */
const matter = {
  outage: {
    subject: {
      none: { en: '{platforms} down: it touches what was promised', it: 'Guasto su {platforms}: tocca ciò che era promesso' },
      one: { en: '{platforms} down: {count} post in the next 24 hours', it: 'Guasto su {platforms}: {count} post nelle prossime 24 ore' },
      other: { en: '{platforms} down: {count} posts in the next 24 hours', it: 'Guasto su {platforms}: {count} post nelle prossime 24 ore' },
    },
    since: { en: '{platforms}: down since {since} ({zone}).', it: 'Guasto su {platforms} dalle {since} ({zone}).' },
    back: {
      en: '{platforms}: down since {since} ({zone}), working again; what waited goes out one post after the other, at a safe pace.',
      it: 'Guasto su {platforms} dalle {since} ({zone}): ora funziona di nuovo, e ciò che attendeva esce un po’ alla volta, a un ritmo sicuro.',
    },
    over: { en: '{platforms}: working again', it: 'Guasto su {platforms} finito' },
    lasted: { en: '{platforms}: down from {since} to {until} ({zone}), working again.', it: 'Guasto su {platforms} dalle {since} alle {until} ({zone}): ora è finito.' },
  },
  maintenance: {
    subject: {
      none: { en: 'Maintenance on {platforms}: it touches what was promised', it: 'Manutenzione su {platforms}: tocca ciò che era promesso' },
      one: { en: 'Maintenance on {platforms}: {count} post in the next 24 hours', it: 'Manutenzione su {platforms}: {count} post nelle prossime 24 ore' },
      other: { en: 'Maintenance on {platforms}: {count} posts in the next 24 hours', it: 'Manutenzione su {platforms}: {count} post nelle prossime 24 ore' },
    },
    since: { en: 'Maintenance on {platforms} since {since} ({zone}).', it: 'Manutenzione su {platforms} dalle {since} ({zone}).' },
    back: {
      en: 'Maintenance on {platforms} since {since} ({zone}), working again; what waited goes out one post after the other, at a safe pace.',
      it: 'Manutenzione su {platforms} dalle {since} ({zone}): ora funziona di nuovo, e ciò che attendeva esce un po’ alla volta, a un ritmo sicuro.',
    },
    over: { en: '{platforms}: maintenance over', it: 'Manutenzione su {platforms} finita' },
    lasted: { en: 'Maintenance on {platforms} from {since} to {until} ({zone}), now over.', it: 'Manutenzione su {platforms} dalle {since} alle {until} ({zone}): ora è finita.' },
  },
} as const;

const say = {
  subjectBack: {
    none: { en: '{platforms} works again', it: '{platforms} funziona di nuovo' },
    one: { en: '{platforms} works again: {count} post in the next 24 hours', it: '{platforms} funziona di nuovo: {count} post nelle prossime 24 ore' },
    other: { en: '{platforms} works again: {count} posts in the next 24 hours', it: '{platforms} funziona di nuovo: {count} post nelle prossime 24 ore' },
  },
  updated: { en: 'Updated: {subject}', it: 'Aggiornamento: {subject}' },
  handedOver: { en: 'Yours now too: {subject}', it: 'Ora tocca anche a te: {subject}' },
  official: { en: 'The platform says: “{words}”', it: 'La piattaforma dice: «{words}»' },
  silent: { en: 'Asked before you, no answer yet: {names}.', it: 'Interpellati prima di te, ancora nessuna risposta: {names}.' },
  list: {
    en: 'What is planned there in the next 24 hours, and what happens to it if you do nothing:',
    it: 'Che cosa è previsto lì nelle prossime 24 ore, e che cosa succede se non fai nulla:',
  },
  more: { en: '… and {count} more, on the page below.', it: '… e altri {count}, alla pagina qui sotto.' },
  act: {
    en: 'Say that you take care of it, or let it wait, move it, drop it or post it by hand; the list there is kept current:',
    it: 'Di’ che te ne occupi tu, oppure lascia aspettare, sposta, scarta o pubblica a mano; l’elenco lì è sempre aggiornato:',
  },
  next: { en: 'Unless somebody answers within {minutes} minutes, the next on duty is asked.', it: 'Se entro {minutes} minuti nessuno risponde, viene interpellata la prossima persona di turno.' },
  last: { en: 'Nobody is asked after you.', it: 'Dopo di te non viene interpellato nessun altro.' },
  became: { en: 'What became of the posts of your clients: {tally}.', it: 'Che ne è stato dei post dei tuoi clienti: {tally}.' },
  review: { en: 'For you to review; none of these goes out by itself:', it: 'Da rivedere; nessuno di questi esce da solo:' },
  others: { en: 'Also in your clients’ review lists, for other reasons:', it: 'Anche questi aspettano negli elenchi dei tuoi clienti, per altri motivi:' },
  elsewhere: { en: 'Does it go out on {platform} too? If nobody decides within two days, it is left out there.', it: 'Deve uscire anche su {platform}? Se per due giorni nessuno decide, lì non esce.' },
  decide: { en: 'Decide here: {link}', it: 'Decidi qui: {link}' },
  nothing: { en: 'There is nothing left for you to do.', it: 'Non ti resta nulla da fare.' },
  page: { en: 'All of it, with what you can do: {link}', it: 'Tutto quanto, con quel che puoi fare: {link}' },
} as const satisfies Record<string, Sentence | { readonly none?: Sentence; readonly one: Sentence; readonly other: Sentence }>;

/** The decision list: what of a person's clients is in danger, by client and hour, and what happens to it. */
export function openedLetter(about: Opened, language: Language): Written {
  const { decisions, silent, minutes, official } = about;
  const params = { ...paramsOf(about, language), count: decisions.length, minutes: minutes ?? 0, names: silent.join(', '), words: official ?? '' };
  const { subject: isOn, since, back } = matter[about.isMaintenance ? 'maintenance' : 'outage'];
  const howMany = decisions.length === 0 && about.commitments.length > 0 ? 'none' : decisions.length === 1 ? 'one' : 'other';
  const heading = fill((about.isBack ? say.subjectBack : isOn)[howMany][language], params);
  const again = silent.length > 0 ? say.handedOver : say.updated;
  const subject = about.kind === 'handed-over' ? fill(again[language], { subject: heading }) : heading;
  const words = (sentence: Sentence): string => fill(sentence[language], params);
  return {
    subject: `[${about.workspace}] ${subject}`,
    text: paragraphs([
      words(about.isBack ? back : since), official && words(say.official), silent.length > 0 && words(say.silent),
      ...(howMany === 'none' ? [] : [words(say.list), ...listOf(decisions, language)]), ...promisedParagraphs(about.commitments, language), words(say.act), about.link, words(minutes === null ? say.last : say.next),
    ]),
  };
}

/** It is over: the tally, and what a person has to look at. */
export function recoveredLetter(about: Recovered, language: Language): Written {
  const { review, others, tally, link } = about;
  const tasks = taskParagraphs(about.commitments, language);
  const { over, lasted } = matter[about.isMaintenance ? 'maintenance' : 'outage'];
  const params = { ...paramsOf(about, language), until: momentIn(about.until, about.zone, language), tally: tallyParts(tally, language).join(', '), link: about.link };
  const words = (sentence: Sentence): string => fill(sentence[language], params);
  return {
    subject: `[${about.workspace}] ${words(over)}`,
    text: paragraphs([
      words(lasted), words(say.became), ...(review.length > 0 ? [words(say.review), ...listOf(review, language, link)] : []),
      ...(others.length > 0 ? [words(say.others), ...listOf(others, language, link)] : []), ...tasks,
      review.length + others.length + tasks.length === 0 && words(say.nothing), words(say.page),
    ]),
  };
}

function paramsOf({ platforms, since, zone }: About, language: Language) {
  return { platforms: named(platforms, language), since: momentIn(since, zone, language), zone };
}

/** A paragraph per client: its name, then a post after the other; with a page, where on it they stand. */
function listOf(decisions: readonly Listed[], language: Language, page?: string): readonly string[] {
  const shown = decisions.slice(0, shownAtMost);
  const clients = [...new Set(shown.map(({ clientId }) => clientId))];
  const blocks = clients.map((id) => {
    const posts = shown.filter(({ clientId }) => clientId === id);
    const lines = posts.map((post) => `${postLine({ ...post, hour: hourIn(new Date(post.dueAt), post.zone, language) })}\n  ${post.outlook}${page !== undefined && post.state === 'rerouted' ? ` ${fill(say.elsewhere[language], post)}` : ''}`);
    const link = page === undefined ? [] : [fill(say.decide[language], { link: `${page}#d-${posts[0]?.deliveryId}` })];
    return [`${posts[0]?.clientName} (${posts[0]?.zone})`, ...lines, ...link].join('\n');
  });
  const left = decisions.length - shown.length;
  return left > 0 ? [...blocks, fill(say.more[language], { count: left })] : blocks;
}

function paragraphs(pieces: readonly (string | false | null)[]): string {
  return `${pieces.filter((piece) => typeof piece === 'string' && piece !== '').join('\n\n')}\n`;
}
