import type { Language, Sentence } from '../../infra/http/problem.js';
import type { DecisionOutcome, Tally } from './decision.schema.js';

/** What the client's own pages say. */
const words = {
  status: { en: 'Your posts and the platforms', it: 'I vostri post e le piattaforme' },
  fine: { en: 'As far as we know all of your platforms work. Nothing of yours waits for one.', it: 'Per quanto ne sappiamo tutte le vostre piattaforme funzionano. Nessun vostro post ne attende una.' },
  down: { en: 'No posts can be published on {platforms}', it: 'Non si può pubblicare su {platforms}' },
  downMedia: { en: 'No pictures and films can be published on {platforms}', it: 'Non si possono pubblicare immagini e video su {platforms}' },
  maintenance: { en: 'Maintenance on {platforms}', it: 'Manutenzione su {platforms}' },
  recovering: { en: '{platforms}: working again', it: '{platforms}: funziona di nuovo' },
  recoveringMedia: { en: '{platforms}: takes pictures and films again', it: '{platforms}: accetta di nuovo immagini e video' },
  recoveringText: { en: 'What waited goes out one after the other, at a safe pace.', it: 'Ciò che attendeva esce un po’ alla volta, a un ritmo sicuro.' },
  since: { en: 'Since', it: 'Da' },
  from: { en: 'Began', it: 'Inizio' },
  to: { en: 'Ended', it: 'Fine' },
  ongoing: { en: 'not over yet', it: 'ancora in corso' },
  lasted: { en: 'Lasted', it: 'Durata' },
  cause: { en: 'Cause', it: 'Causa' },
  causeUnknown: { en: 'The cause is not yet known.', it: 'La causa non è ancora nota.' },
  causeNever: { en: 'The platform has not told the cause.', it: 'La piattaforma non ha comunicato la causa.' },
  platformSays: { en: 'The platform says', it: 'La piattaforma dice' },
  source: { en: 'Source', it: 'Fonte' },
  falseAlarm: { en: 'It turned out that nothing was wrong with the platform.', it: 'Si è visto poi che la piattaforma non aveva problemi.' },
  nextWord: { en: 'Next word', it: 'Prossimo aggiornamento' },
  nextWordText: { en: 'here, by {at}. As of {now}.', it: 'qui, entro le {at}. Aggiornato alle {now}.' },
  untouched: { en: 'None of your posts is touched so far.', it: 'Finora nessun vostro post è coinvolto.' },
  untouchedOver: { en: 'None of your posts was touched.', it: 'Nessun vostro post è stato coinvolto.' },
  promised: { en: 'Beside your posts', it: 'Oltre ai post' },
  telling: { en: 'What we tell people', it: 'Che cosa diciamo alle persone' },
  sending: { en: 'Where we send them', it: 'Dove le indirizziamo' },
  planned: { en: 'Planned for', it: 'Previsto per' },
  where: { en: 'Where', it: 'Dove' },
  post: { en: 'Post', it: 'Post' },
  happens: { en: 'What happens to it', it: 'Che cosa ne sarà' },
  happened: { en: 'What happened', it: 'Che cosa è successo' },
  see: { en: 'See the post', it: 'Vedi il post' },
  earlier: { en: 'Earlier', it: 'In precedenza' },
  none: { en: 'No outage has touched your posts yet.', it: 'Finora nessun disservizio ha coinvolto i vostri post.' },
  report: { en: 'Report', it: 'Resoconto' },
  soFar: { en: 'Report so far', it: 'Resoconto finora' },
  lost: { en: 'What was lost', it: 'Che cosa è andato perso' },
  nothingLost: { en: 'Nothing was lost.', it: 'Nulla è andato perso.' },
  nothingLostYet: { en: 'Nothing is lost so far.', it: 'Finora nulla è andato perso.' },
  done: { en: 'What was done', it: 'Che cosa è stato fatto' },
  held: { en: 'Posting was held back while the platform was down, so that nothing went out twice or in pieces.', it: 'La pubblicazione è stata trattenuta mentre la piattaforma non funzionava, perché nulla uscisse due volte o a metà.' },
  heldMedia: { en: 'Posts with pictures or films were held back while the platform did not take any, so that nothing went out twice or in pieces.', it: 'I post con immagini o video sono stati trattenuti mentre la piattaforma non ne accettava, perché nulla uscisse due volte o a metà.' },
  nothingDone: { en: 'Nothing had to be done: every post went out as planned.', it: 'Non è servito fare nulla: ogni post è uscito come previsto.' },
  all: { en: 'Every post', it: 'Tutti i post' },
  csv: { en: 'The same as a table (CSV)', it: 'Gli stessi dati in tabella (CSV)' },
  back: { en: 'Back to the overview', it: 'Torna al riepilogo' },
  zone: { en: 'All times: {zone}', it: 'Tutti gli orari: {zone}' },
  again: { en: 'See how it stands now', it: 'Vedi a che punto siamo ora' },
  gone: { en: 'This link opens nothing', it: 'Questo link non apre nulla' },
  goneText: { en: 'It was replaced by a new one, or never was. Ask your agency for the link that is good today.', it: 'È stato sostituito da uno nuovo, o non è mai esistito. Chiedi alla tua agenzia il link valido oggi.' },
  absent: { en: 'There is no such report', it: 'Questo resoconto non esiste' },
} as const satisfies Record<string, Sentence>;

export type ReportWord = keyof typeof words;
export type SayReport = (word: ReportWord) => string;
export const reportIn = (language: Language): SayReport => (word) => words[word][language];

interface Counted {
  readonly one: Sentence;
  readonly other: Sentence;
}

const counted = {
  planned: { one: { en: '1 post was planned', it: '1 post era previsto' }, other: { en: '{n} posts were planned', it: '{n} post erano previsti' } },
  published: { one: { en: '1 went out on time', it: '1 è uscito in orario' }, other: { en: '{n} went out on time', it: '{n} sono usciti in orario' } },
  publishedLate: { one: { en: '1 went out later than planned', it: '1 è uscito in ritardo' }, other: { en: '{n} went out later than planned', it: '{n} sono usciti in ritardo' } },
  byHand: { one: { en: '1 was posted by hand', it: '1 è stato pubblicato a mano' }, other: { en: '{n} were posted by hand', it: '{n} sono stati pubblicati a mano' } },
  rerouted: { one: { en: '1 went out another way', it: '1 è uscito per un’altra via' }, other: { en: '{n} went out another way', it: '{n} sono usciti per un’altra via' } },
  moved: { one: { en: '1 was moved to another time', it: '1 è stato spostato a un altro orario' }, other: { en: '{n} were moved to another time', it: '{n} sono stati spostati a un altro orario' } },
  waiting: { one: { en: '1 still waits', it: '1 è ancora in attesa' }, other: { en: '{n} still wait', it: '{n} sono ancora in attesa' } },
  dropped: { one: { en: '1 was left out, as decided', it: '1 non è uscito, per scelta' }, other: { en: '{n} were left out, as decided', it: '{n} non sono usciti, per scelta' } },
  missed: { one: { en: '1 missed its time', it: '1 ha mancato la sua ora' }, other: { en: '{n} missed their time', it: '{n} hanno mancato la loro ora' } },
  failed: { one: { en: '1 was not accepted by the platform', it: '1 non è stato accettato dalla piattaforma' }, other: { en: '{n} were not accepted by the platform', it: '{n} non sono stati accettati dalla piattaforma' } },
} as const satisfies Readonly<Record<keyof Tally, Counted>>;

/** One sentence for each number that is not 0. */
export function tallyLines(tally: Tally, language: Language, which: readonly (keyof Tally)[] = Object.keys(counted) as (keyof Tally)[]): readonly string[] {
  return which.filter((name) => tally[name] > 0).map((name) => counted[name][tally[name] === 1 ? 'one' : 'other'][language].replace('{n}', String(tally[name])));
}

/** What a reader calls lost: it was to be out, and is not and will not be, without anybody having chosen so. */
export const lostOutcomes: readonly DecisionOutcome[] = ['missed', 'failed'];
