import { newsletterReasons } from '../broadcast/told.schema.js';
import { callReasons } from './call.schema.js';

/**
 * Why SMS wait, or did not go. `{detail}` = the gateway's words, `{count}` = how many went without, `{until}` = when they leave,
 * by the clocks of `{zone}`; `{limit}` = money as English readers write it, `{limitIt}` = as Italian ones do.
 */
export const smsReasons = {
  'no-gateway': { en: 'There is no gateway for them to leave by: set one up, and let the message go on.', it: 'Non c’è un gateway da cui partire: configuralo e riattiva l’invio.' },
  'not-public': { en: 'Postern has no public https address: set PUBLIC_URL, and let the message go on.', it: 'Postern non ha un indirizzo https pubblico: imposta PUBLIC_URL e riattiva l’invio.' },
  account: { en: 'The gateway does not let us in ({detail}): look at its account, and let the message go on.', it: 'Il gateway non ci lascia entrare ({detail}): controlla il suo account e riattiva l’invio.' },
  refusals: { en: 'The gateway refuses too many of them ({detail}): look at the text and the gateway, and let the message go on.', it: 'Il gateway ne rifiuta troppi ({detail}): controlla il testo e il gateway e riattiva l’invio.' },
  silence: { en: 'The gateway left three in a row without an answer ({detail}): look at it, and let the message go on.', it: 'Il gateway ne ha lasciati tre di fila senza risposta ({detail}): controllalo e riattiva l’invio.' },
  'over-cap': { en: 'This month’s limit is used up, so {count} people did not get the message: raise it for the next one.', it: 'Il limite di questo mese è esaurito, quindi {count} persone non hanno ricevuto il messaggio: alzalo per il prossimo.' },
  'passed-over': {
    en: 'A post could not leave by SMS: it would cost more than what is left of this month’s limit of {limit}. It leaves by {detail} instead, and so does what comes after it today. Raise the limit, if SMS are to go.',
    it: 'Un post non è potuto partire via SMS: costerebbe più di quanto resta del limite di questo mese, {limitIt}. Esce invece con {detail}, e così quello che segue oggi. Alza il limite, se gli SMS devono partire.',
  },
  'no-way-left': {
    en: 'A post could not leave by SMS: it would cost more than what is left of this month’s limit of {limit}, and no other way is open to it. It waits: for its platform, for another way, or for you. Raise the limit, if SMS are to go.',
    it: 'Un post non è potuto partire via SMS: costerebbe più di quanto resta del limite di questo mese, {limitIt}, e non ha altre vie aperte. Aspetta: la sua piattaforma, un’altra via, o te. Alza il limite, se gli SMS devono partire.',
  },
  'no-way-left-missed': {
    en: 'A post could not leave by SMS: it would have cost more than what is left of this month’s limit of {limit}, and no other way was open to it. Its hour has passed, so it did not go out. Raise the limit, if SMS are to go.',
    it: 'Un post non è potuto partire via SMS: sarebbe costato più di quanto resta del limite di questo mese, {limitIt}, e non aveva altre vie aperte. La sua ora è passata, quindi non è uscito. Alza il limite, se gli SMS devono partire.',
  },
  'too-late': { en: 'It became too late: {count} people did not get the message.', it: 'Si è fatto troppo tardi: {count} persone non hanno ricevuto il messaggio.' },
  currency: { en: 'The gateway counts in another currency now than when it was reckoned, so {count} people did not get the message: set the limit in that one.', it: 'Il gateway ora conta in un’altra valuta rispetto a quando è stato calcolato, quindi {count} persone non hanno ricevuto il messaggio: imposta il limite in quella.' },
  archived: { en: 'Its client or its channel was archived, so {count} people did not get the message.', it: 'Il suo cliente o il suo canale è stato archiviato, quindi {count} persone non hanno ricevuto il messaggio.' },
  'dropped-after-pause': { en: 'A pause held it, and what it held was to be dropped at its end: {count} people did not get the message.', it: 'Lo tratteneva una pausa, e ciò che tratteneva andava scartato alla fine: {count} persone non hanno ricevuto il messaggio.' },
  'pause-over': { en: 'The pause that held it is over: let the message go on, or stop it.', it: 'La pausa che lo tratteneva è finita: riattiva l’invio o fermalo.' },
  nobody: {
    en: 'None of {count} people got it: {today} had an SMS today already, {unwanted} want no more, {refused} numbers were refused by the gateway.',
    it: 'Non l’ha ricevuto nessuno di {count}: {today} avevano già avuto un SMS oggi, {unwanted} non ne vogliono più, {refused} numeri sono stati rifiutati dal gateway.',
  },
  night: { en: 'It is not an hour for SMS there: the next one begins at {until} ({zone}).', it: 'Lì non è un orario da SMS: il prossimo comincia alle {until} ({zone}).' },
  later: { en: 'The gateway takes them only slowly ({detail}).', it: 'Il gateway li prende solo lentamente ({detail}).' },
  away: { en: 'The gateway takes none of them ({detail}).', it: 'Il gateway non ne prende nessuno ({detail}).' },
  unsure: {
    en: '{count} people may have got it or not: the gateway never said, and nobody can look it up any more. They are not written to again by themselves.',
    it: '{count} persone potrebbero averlo ricevuto oppure no: il gateway non l’ha mai detto e non si può più verificare. Nessuno scrive loro di nuovo da solo.',
  },
} as const;
export type SmsReason = keyof typeof smsReasons;

/** By the code of a fact's reason. */
export const whyTold: ReadonlyMap<string, { readonly en: string; readonly it: string }> = new Map(
  Object.entries({ newsletter: newsletterReasons, call: callReasons, sms: smsReasons }).flatMap(([what, all]) => Object.entries<{ readonly en: string; readonly it: string }>(all).map(([code, said]) => [`${what}-${code}`, said])));
