import { fill, type Language, type Params, type Sentence } from '../../infra/http/problem.js';

const words = {
  signUpTitle: { en: 'Sign up: {list}', it: 'Iscriviti: {list}' },
  from: { en: 'From {brand}', it: 'Da {brand}' },
  almost: { en: 'Look into your mailbox', it: 'Guarda nella tua casella di posta' },
  almostText: {
    en: 'If this address can be signed up, a letter is on its way to it. Press the button on the page it leads to; only then are you on the list. If nothing comes within some minutes, look among the unwanted mail.',
    it: 'Se questo indirizzo può essere iscritto, un messaggio è in arrivo. Premi il pulsante sulla pagina a cui porta: solo allora farai parte della lista. Se dopo qualche minuto non arriva nulla, guarda nella posta indesiderata.',
  },
  done: { en: 'Thank you', it: 'Grazie' },
  doneText: {
    en: 'Your sign-up was taken. If this address had unsubscribed before, a letter asks it to confirm.',
    it: 'La tua iscrizione è stata accolta. Se questo indirizzo si era cancellato in passato, un messaggio ne chiede la conferma.',
  },
  confirmTitle: { en: 'Do you want to get “{list}”?', it: 'Vuoi ricevere “{list}”?' },
  confirmText: { en: 'This address was signed up: {address}. Press the button if that was you.', it: 'È stato iscritto questo indirizzo: {address}. Premi il pulsante se sei stato tu.' },
  confirmButton: { en: 'Yes, sign me up', it: 'Sì, iscrivimi' },
  confirmed: { en: 'You are signed up', it: 'L’iscrizione è confermata' },
  confirmedText: { en: 'From now on you get “{list}” of {brand}. Every mail has a link by which you leave again.', it: 'D’ora in poi riceverai “{list}” di {brand}. Ogni messaggio contiene un link per cancellarti.' },
  agreed: { en: 'What you agree to:', it: 'A cosa acconsenti:' },
  gone: { en: 'This link leads nowhere any more', it: 'Questo link non porta più da nessuna parte' },
  confirmGone: { en: 'It has run out, or you left the list since. Sign up again if you want to.', it: 'È scaduto, oppure nel frattempo hai lasciato la lista. Iscriviti di nuovo, se vuoi.' },
  personGone: { en: 'By it nothing is sent to anybody any more: there is nothing left to do.', it: 'Con questo link non viene più inviato nulla a nessuno: non devi fare altro.' },
  leaveTitle: { en: 'Unsubscribe', it: 'Annulla l’iscrizione' },
  leaveAll: { en: '{address} gets nothing more from {brand}.', it: '{address} non riceverà più nulla da {brand}.' },
  leaveList: { en: '{address} gets no more “{list}” from {brand}.', it: '{address} non riceverà più “{list}” da {brand}.' },
  leaveAsk: { en: 'Press the button, and:', it: 'Premi il pulsante, e:' },
  leaveButton: { en: 'Unsubscribe', it: 'Annulla l’iscrizione' },
  left: { en: 'Done', it: 'Fatto' },
  preferences: { en: 'Choose what you get', it: 'Scegli cosa ricevere' },
  preferencesText: { en: 'What {brand} sends to {address}:', it: 'Cosa invia {brand} a {address}:' },
  language: { en: 'Language of what you get', it: 'Lingua di ciò che ricevi' },
  save: { en: 'Save', it: 'Salva' },
  saved: { en: 'Saved.', it: 'Salvato.' },
  nothingElse: { en: 'If you leave all boxes empty, {brand} sends you nothing more.', it: 'Se lasci vuote tutte le caselle, {brand} non ti invierà più nulla.' },
  agreeBox: { en: 'By ticking a box you agree to what stands beneath it.', it: 'Spuntando una casella acconsenti a ciò che è scritto sotto.' },
  barred: { en: 'At the moment {brand} sends nothing to this address, whatever is chosen here. Ask {brand} itself.', it: 'Al momento {brand} non invia nulla a questo indirizzo, qualunque cosa sia scelta qui. Chiedi direttamente a {brand}.' },
  eraseTitle: { en: 'Erase me', it: 'Cancella i miei dati' },
  eraseText: {
    en: 'Everything {brand} knows here of {address} is deleted: address, name, what you agreed to. What stays is a code that cannot be turned back into your address, so that nobody puts you on a list again by mistake. This cannot be undone.',
    it: 'Viene cancellato tutto ciò che {brand} sa qui di {address}: indirizzo, nome, consensi. Resta solo un codice da cui non si può risalire al tuo indirizzo, perché nessuno ti iscriva di nuovo per errore. Non si può annullare.',
  },
  eraseButton: { en: 'Erase everything of me', it: 'Cancella tutti i miei dati' },
  erased: { en: 'You are erased', it: 'I tuoi dati sono stati cancellati' },
  erasedText: { en: '{brand} knows nothing of you here any more, and sends you nothing.', it: 'Qui {brand} non sa più nulla di te, e non ti invierà nulla.' },
  other: { en: 'In italiano', it: 'In English' },
} as const satisfies Record<string, Sentence>;

export type Word = keyof typeof words;
export type Say = (word: Word, params?: Params) => string;
export const sayIn = (language: Language): Say => (word, params = {}) => fill(words[word][language], params);

/** Both languages, where a program is answered. */
export const sentenceOf = (word: Word): Sentence => words[word];
export const otherLanguage = (language: Language): Language => (language === 'en' ? 'it' : 'en');
