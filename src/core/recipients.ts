import type { RecipientState } from './broadcast.js';

interface Sentence {
  readonly en: string;
  readonly it: string;
}

/** What is written beside a recipient by us and by no server, in the words of people. */
const ends = {
  'too late': { en: 'It became too late: they got nothing.', it: 'Si è fatto troppo tardi: non ha ricevuto nulla.' },
  'too-late': { en: 'It became too late: they got nothing.', it: 'Si è fatto troppo tardi: non ha ricevuto nulla.' },
  'taken back': { en: 'Its post was taken back before it was their turn: they got nothing.', it: 'Il post è stato ritirato prima del suo turno: non ha ricevuto nulla.' },
  'had one today': { en: 'They had an SMS today already: they got no second one.', it: 'Aveva già ricevuto un SMS oggi: non ne ha ricevuto un secondo.' },
  'over-cap': { en: 'The month’s limit was used up: they got nothing.', it: 'Il limite del mese era esaurito: non ha ricevuto nulla.' },
  currency: { en: 'The gateway counted in another currency than the limit: they got nothing.', it: 'Il gateway contava in un’altra valuta rispetto al limite: non ha ricevuto nulla.' },
  archived: { en: 'The client or the channel was archived before it was their turn: they got nothing.', it: 'Il cliente o il canale è stato archiviato prima del suo turno: non ha ricevuto nulla.' },
} as const satisfies Readonly<Record<string, Sentence>>;
const stopped: Sentence = { en: 'It was stopped before it was their turn: they got nothing.', it: 'È stato fermato prima del suo turno: non ha ricevuto nulla.' };
const stoppedBy = (who: string): Sentence => ({ en: `${who} stopped it before it was their turn: they got nothing.`, it: `${who} l’ha fermato prima del suo turno: non ha ricevuto nulla.` });

/** The same of what is no end by our own will. */
const ours = {
  caught: { en: 'It was caught here: nothing leaves a demo.', it: 'È stato trattenuto qui: da una demo non esce nulla.' },
  'the gateway never had it': { en: 'The gateway never had it: they got nothing.', it: 'Il gateway non l’ha mai avuto: non ha ricevuto nulla.' },
  'the process that sent it ended before it was told what became of it': {
    en: 'Postern stopped while it was being sent: they may have got it or not. It is not sent to them again by itself.',
    it: 'Postern si è fermato durante l’invio: potrebbe averlo ricevuto oppure no. Non gli viene inviato di nuovo da solo.',
  },
} as const satisfies Readonly<Record<string, Sentence>>;
const ourWords = (detail: string | null): Sentence | null => Object.entries<Sentence>(ours).find(([code]) => code === detail)?.[1] ?? null;
/** That nobody answered is no server's word: the sentence says it. */
const isSilence = (detail: string | null): boolean => /^no answer within \d+ s$/.test(detail ?? '');

const words = {
  mail: {
    waiting: { en: 'It waits for its turn.', it: 'Aspetta il suo turno.' },
    again: { en: 'The mail server did not take it yet; it is tried again by itself.', it: 'Il server di posta non l’ha ancora preso; si riprova da solo.' },
    reserved: { en: 'It is about to leave.', it: 'Sta per partire.' },
    sending: { en: 'It is being sent just now.', it: 'Viene inviato in questo momento.' },
    sent: { en: 'The mail server took it.', it: 'Il server di posta l’ha preso.' },
    unconfirmed: { en: 'They may have got it or not: the mail server never said. It is not sent to them again by itself.', it: 'Potrebbe averlo ricevuto oppure no: il server di posta non l’ha mai detto. Non gli viene inviato di nuovo da solo.' },
    failed: { en: 'The mail server refused it.', it: 'Il server di posta l’ha rifiutato.' },
    bounced: { en: 'It came back.', it: 'È tornato indietro.' },
    suppressed: { en: 'They may not be written to any more: they got nothing.', it: 'Non gli si può più scrivere: non ha ricevuto nulla.' },
  },
  sms: {
    waiting: { en: 'It waits for its turn.', it: 'Aspetta il suo turno.' },
    again: { en: 'The gateway did not take it yet; it is tried again by itself.', it: 'Il gateway non l’ha ancora preso; si riprova da solo.' },
    reserved: { en: 'It is about to leave.', it: 'Sta per partire.' },
    sending: { en: 'It is being sent just now.', it: 'Viene inviato in questo momento.' },
    sent: { en: 'The gateway took it.', it: 'Il gateway l’ha preso.' },
    unconfirmed: { en: 'They may have got it or not: the gateway never said. It is not sent to them again by itself.', it: 'Potrebbe averlo ricevuto oppure no: il gateway non l’ha mai detto. Non gli viene inviato di nuovo da solo.' },
    failed: { en: 'The gateway refused it, or could not deliver it.', it: 'Il gateway l’ha rifiutato, o non ha potuto consegnarlo.' },
    bounced: { en: 'It came back.', it: 'È tornato indietro.' },
    suppressed: { en: 'They want no more of them: they got nothing, or nothing more.', it: 'Non ne vuole più: non ha ricevuto nulla, o nient’altro.' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Exclude<RecipientState, 'expired'> | 'again', Sentence>>>>;

export interface RecipientSaid {
  /** What became of it. */
  readonly why: Sentence;
  /** What the server or the gateway said of it, in its own words; null = nothing. */
  readonly detail: string | null;
}

/** @param detail as it stands in the row: a server's words, or one of ours */
export function recipientSaid(by: keyof typeof words, { state, detail }: { readonly state: RecipientState; readonly detail: string | null }): RecipientSaid {
  if (state !== 'expired') {
    const own = state === 'waiting' ? null : ourWords(detail);
    return own ? { why: own, detail: null } : { why: words[by][state === 'waiting' && detail !== null ? 'again' : state], detail: isSilence(detail) ? null : detail };
  }
  const who = detail?.startsWith('stopped by ') ? detail.slice('stopped by '.length) : null;
  if (who !== null) return { why: stoppedBy(who), detail: null };
  return { why: Object.entries<Sentence>(ends).find(([code]) => code === detail)?.[1] ?? stopped, detail: null };
}
