import type { Cause } from '../../core/signal.js';
import type { VerdictState } from '../../core/verdict.js';
import type { Language, Sentence } from '../../infra/http/problem.js';
import type { Tally } from '../incidents/decision.schema.js';

const words = {
  incidents: { en: 'Incidents', it: 'Incidenti' },
  home: { en: 'Home', it: 'Pagina iniziale' },
  account: { en: 'Your account', it: 'Il tuo account' },
  still: { en: 'Stop refreshing', it: 'Ferma l’aggiornamento' },
  moving: { en: 'Refresh by itself', it: 'Aggiorna da solo' },
  workspace: { en: 'Workspace', it: 'Workspace' },
  noneOpen: { en: 'Nothing is down that this workspace posts to.', it: 'Nessuna piattaforma di questo workspace è fuori servizio.' },
  noneEver: { en: 'There was no incident yet.', it: 'Finora non c’è stato nessun incidente.' },
  now: { en: 'Now', it: 'Adesso' },
  earlier: { en: 'Earlier', it: 'In precedenza' },
  open: { en: 'down', it: 'fuori servizio' },
  recovering: { en: 'coming back', it: 'in ripresa' },
  closed: { en: 'over', it: 'concluso' },
  maintenance: { en: 'Maintenance', it: 'Manutenzione' },
  ownDowntime: { en: 'Postern itself was not running', it: 'Postern stesso non era in funzione' },
  state: { en: 'State', it: 'Stato' },
  since: { en: 'Since', it: 'Da' },
  until: { en: 'Until', it: 'Fino a' },
  cause: { en: 'Likely cause (for inside)', it: 'Causa probabile (solo interna)' },
  sure: { en: '{percent} % sure', it: 'sicuri al {percent} %' },
  official: { en: 'The platform says', it: 'La piattaforma dice' },
  officialNone: { en: 'nothing yet', it: 'ancora nulla' },
  falseAlarm: { en: 'False alarm', it: 'Falso allarme' },
  platform: { en: 'Platform', it: 'Piattaforma' },
  onlyMediaOn: { en: '{platforms} (pictures and films)', it: '{platforms} (immagini e video)' },
  back: { en: 'Back', it: 'Ripresa' },
  notBack: { en: 'not yet', it: 'non ancora' },
  whose: { en: 'Who takes care of it', it: 'Chi se ne occupa' },
  nobodyAsked: { en: 'Nobody had to be asked: no post of the next 24 hours is touched.', it: 'Non serviva chiedere a nessuno: nessun post delle prossime 24 ore è coinvolto.' },
  asked: { en: 'asked: {names}', it: 'chiesto a: {names}' },
  takenBy: { en: '{name} takes care of it', it: 'se ne occupa {name}' },
  nobodyYet: { en: 'nobody has answered yet', it: 'ancora nessuna risposta' },
  nextAt: { en: 'the next person is asked at {at}', it: 'la prossima persona viene avvisata alle {at}' },
  take: { en: 'I take care of it', it: 'Me ne occupo io' },
  takeAll: { en: 'I take care of all of them', it: 'Mi occupo io di tutti' },
  review: { en: 'For you to decide', it: 'Da decidere' },
  reviewText: { en: 'These do not go out by themselves any more.', it: 'Questi non escono più da soli.' },
  decisions: { en: 'What waits, and what is to come', it: 'Che cosa attende, e che cosa verrà' },
  decisionsText: { en: 'Without a word from you each does what stands beside it.', it: 'Se non fai nulla, ciascuno fa quel che c’è scritto accanto.' },
  nothingTouched: { en: 'No post of this workspace is touched.', it: 'Nessun post di questo workspace è coinvolto.' },
  planned: { en: 'Planned', it: 'Previsto' },
  channel: { en: 'Channel', it: 'Canale' },
  post: { en: 'Post', it: 'Post' },
  outlook: { en: 'What happens', it: 'Che cosa succede' },
  acts: { en: 'Change it', it: 'Cambia' },
  nextSlot: { en: 'In the next free slot', it: 'Nel prossimo slot libero' },
  settleSkip: { en: 'Leave it out on {where}', it: 'Non pubblicarlo su {where}' },
  settleSlot: { en: 'In the next free slot on {where} too', it: 'Anche su {where}, nel prossimo slot libero' },
  settleMore: { en: 'As it is, at once', it: 'Così com’è, subito' },
  settlePublish: { en: 'Yes, post it on {where} too, now', it: 'Sì, pubblicalo anche su {where}, adesso' },
  handPage: { en: 'Text and pictures for it', it: 'Testo e immagini' },
  others: { en: 'Also waiting for you', it: 'Ti aspettano anche' },
  othersText: { en: 'Posts of the same clients that this incident did not touch. They do not go out by themselves.', it: 'Post degli stessi clienti che questo incidente non ha toccato. Non escono da soli.' },
  reroute: { en: 'Another way', it: 'Per un’altra via' },
  rerouteBy: { en: 'Yes, send it by {ways} now, whatever the hour', it: 'Sì, invialo con {ways} adesso, a qualsiasi ora' },
  drop: { en: 'Don’t post', it: 'Non pubblicare' },
  dropSure: { en: 'Yes, don’t post it', it: 'Sì, non pubblicarlo' },
  release: { en: 'Post it, although late', it: 'Pubblica, anche se in ritardo' },
  more: { en: 'Posted by hand, or another time…', it: 'Pubblicato a mano, o altro orario…' },
  moreMove: { en: 'Another time…', it: 'Altro orario…' },
  byHand: { en: 'I posted it by hand', it: 'L’ho pubblicato a mano' },
  link: { en: 'Link to the post (if you have it)', it: 'Link al post (se ce l’hai)' },
  move: { en: 'Move it', it: 'Sposta' },
  moveTo: { en: 'To ({zone}), on all of its channels', it: 'A ({zone}), su tutti i suoi canali' },
  leave: { en: 'Leave it as it is', it: 'Lascia com’è' },
  tally: { en: 'So far', it: 'Finora' },
  tallyOver: { en: 'What became of the posts', it: 'Che ne è stato dei post' },
  done: { en: 'Done with', it: 'Conclusi' },
  see: { en: 'See the post', it: 'Vedi il post' },
  clientPage: { en: 'What the client reads', it: 'Che cosa legge il cliente' },
  csv: { en: 'Every post as a table (CSV)', it: 'Tutti i post in tabella (CSV)' },
  story: { en: 'What was seen', it: 'Che cosa si è visto' },
  onlyMedia: { en: 'pictures and films only', it: 'solo immagini e video' },
  seenPosts: { en: 'failed posts of yours: {n}, accounts: {accounts}', it: 'tuoi post non riusciti: {n}, account: {accounts}' },
  seenUpstream: { en: '{edge} answered in its place', it: 'al suo posto ha risposto {edge}' },
  seenProbes: { en: 'failed probes: {n}', it: 'verifiche non riuscite: {n}' },
  notes: { en: 'Notes', it: 'Note' },
  notesText: { en: 'Only your workspace reads them.', it: 'Le legge solo il tuo workspace.' },
  noNotes: { en: 'No note yet.', it: 'Ancora nessuna nota.' },
  write: { en: 'Write a note', it: 'Scrivi una nota' },
  save: { en: 'Save', it: 'Salva' },
  signIn: { en: 'Sign in', it: 'Accedi' },
  invalid: { en: 'Something you entered is not valid. Go back, correct it and send it again.', it: 'Qualcosa che hai inserito non è valido. Torna indietro, correggi e invia di nuovo.' },
  goBack: { en: 'All incidents', it: 'Tutti gli incidenti' },
} as const satisfies Record<string, Sentence>;

export type DeskWord = keyof typeof words;
export type SayDesk = (word: DeskWord) => string;
export const deskIn = (language: Language): SayDesk => (word) => words[word][language];

export const causeNames: Readonly<Record<Cause, Sentence>> = {
  'traffic-surge': { en: 'too much traffic there', it: 'troppo traffico da loro' },
  'technical-fault': { en: 'a technical fault there', it: 'un guasto tecnico da loro' },
  maintenance: { en: 'an update or maintenance', it: 'un aggiornamento o una manutenzione' },
  'shared-upstream': { en: 'a provider that several platforms share', it: 'un fornitore comune a più piattaforme' },
  attack: { en: 'an attack on it', it: 'un attacco' },
  'account-or-limits': { en: 'accounts or limits, for all who post there', it: 'account o limiti, per tutti quelli che pubblicano lì' },
  'own-network': { en: 'our own network', it: 'la nostra rete' },
  unknown: { en: 'not known', it: 'non nota' },
};

const stateNames: Readonly<Record<VerdictState, Sentence>> = {
  up: { en: 'works', it: 'funziona' },
  degraded: { en: 'works badly', it: 'funziona male' },
  suspect: { en: 'in doubt', it: 'in dubbio' },
  down: { en: 'down', it: 'fuori servizio' },
  recovering: { en: 'coming back', it: 'in ripresa' },
  maintenance: { en: 'maintenance', it: 'manutenzione' },
  unknown: { en: 'not known', it: 'non noto' },
};

/** A word a newer version wrote stays readable. */
export function stateName(state: string, language: Language): string {
  return Object.hasOwn(stateNames, state) ? stateNames[state as VerdictState][language] : state;
}

const eventNames: Readonly<Record<string, Sentence>> = {
  recovering: { en: 'everything is back', it: 'tutto è tornato' },
  closed: { en: 'it has stayed so: over', it: 'è rimasto così: concluso' },
  reopened: { en: 'fell again', it: 'di nuovo fuori servizio' },
  'false-alarm': { en: 'called a false alarm', it: 'dichiarato falso allarme' },
  'no-false-alarm': { en: 'not a false alarm after all', it: 'non era un falso allarme' },
};

export function eventName(kind: string, language: Language): string {
  return eventNames[kind]?.[language] ?? kind;
}

const dones: Readonly<Record<string, Sentence>> = {
  answer: { en: 'It is yours: nobody else is asked.', it: 'È tuo: non verrà chiesto ad altri.' },
  note: { en: 'The note is saved.', it: 'La nota è salvata.' },
  release: { en: 'It goes out as soon as the platform takes it.', it: 'Esce appena la piattaforma lo accetta.' },
  reroute: { en: 'It goes out another way now.', it: 'Ora esce per un’altra via.' },
  drop: { en: 'It is not posted.', it: 'Non viene pubblicato.' },
  'by-hand': { en: 'It counts as posted by hand.', it: 'Vale come pubblicato a mano.' },
  move: { en: 'The post is moved.', it: 'Il post è spostato.' },
  'next-slot': { en: 'It goes out in the next free slot.', it: 'Esce nel prossimo slot libero.' },
  settle: { en: 'It is decided.', it: 'È deciso.' },
  task: { en: 'It is noted.', it: 'È annotato.' },
  'notice-send': { en: 'It goes to the client now.', it: 'Parte subito verso il cliente.' },
  'notice-edit': { en: 'The notice is saved. It is not sent yet.', it: 'L’avviso è salvato. Non è ancora inviato.' },
  'notice-drop': { en: 'The client is not told.', it: 'Il cliente non viene avvisato.' },
};

/** What was just done, in a sentence; null for what is no act. */
export function doneText(act: string | undefined, language: Language): string | null {
  return act !== undefined && Object.hasOwn(dones, act) ? (dones[act]?.[language] ?? null) : null;
}

const counted: readonly (readonly [keyof Tally, Sentence])[] = [
  ['planned', { en: 'planned', it: 'previsti' }],
  ['waiting', { en: 'waiting', it: 'in attesa' }],
  ['published', { en: 'on time', it: 'in orario' }],
  ['publishedLate', { en: 'late', it: 'in ritardo' }],
  ['byHand', { en: 'by hand', it: 'a mano' }],
  ['rerouted', { en: 'elsewhere', it: 'altrove' }],
  ['moved', { en: 'moved', it: 'spostati' }],
  ['dropped', { en: 'dropped', it: 'scartati' }],
  ['missed', { en: 'missed', it: 'mancati' }],
  ['failed', { en: 'failed', it: 'non riusciti' }],
];

/** “12 planned · 9 waiting · 3 late” */
export function tallyText(tally: Tally, language: Language): string {
  return counted.filter(([name]) => name === 'planned' || tally[name] > 0).map(([name, word]) => `${tally[name]} ${word[language]}`).join(' · ');
}
