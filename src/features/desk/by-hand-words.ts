import type { Language, Sentence } from '../../infra/http/problem.js';

const words = {
  title: { en: '{client} on {platform}, by hand', it: '{client} su {platform}, a mano' },
  planned: { en: 'Planned', it: 'Previsto' },
  limit: { en: 'To be out by', it: 'Da pubblicare entro' },
  state: { en: 'State', it: 'Stato' },
  again: { en: 'Asked again', it: 'Richiesto di nuovo' },
  open: { en: 'Open {platform} to post it', it: 'Apri {platform} per pubblicarlo' },
  noPage: { en: 'The page of the platform cannot be read with the key in use. Ask the operator, or reconnect the channel.', it: 'La pagina della piattaforma non si può leggere con la chiave in uso. Chiedi all’operatore, oppure ricollega il canale.' },
  text: { en: 'Text', it: 'Testo' },
  part: { en: 'Text {n} of {count}', it: 'Testo {n} di {count}' },
  reply: { en: 'As a reply to the one before.', it: 'In risposta al precedente.' },
  select: { en: 'Select all of it and copy it.', it: 'Seleziona tutto e copialo.' },
  noText: { en: 'No text: pictures or films alone.', it: 'Nessun testo: solo immagini o video.' },
  link: { en: 'Link', it: 'Link' },
  media: { en: 'Pictures and films', it: 'Immagini e video' },
  film: { en: 'Film', it: 'Video' },
  picture: { en: 'Picture', it: 'Immagine' },
  save: { en: 'Save it', it: 'Salva' },
  alt: { en: 'What it shows (copy it as its description)', it: 'Che cosa mostra (da copiare come descrizione)' },
  noAlt: { en: 'It has no description.', it: 'Non ha una descrizione.' },
  acts: { en: 'When you are done', it: 'Quando hai fatto' },
  out: { en: 'It is out', it: 'È uscito' },
  where: { en: 'Link to the post (if you have it)', it: 'Link al post (se ce l’hai)' },
  notNow: { en: 'Not now', it: 'Non ora' },
  notNowText: { en: 'Then those on duty are asked again.', it: 'Allora verrà chiesto di nuovo a chi è di turno.' },
  later30: { en: 'Not now: ask again in 30 minutes', it: 'Non ora: richiedilo tra 30 minuti' },
  later120: { en: 'Not now: ask again in 2 hours', it: 'Non ora: richiedilo tra 2 ore' },
  viewer: { en: 'You may look at this. Editors say that it is out.', it: 'Tu puoi guardare. Che è uscito lo dicono gli editor.' },
  early: { en: 'Its hour has not come: you are asked then, and can say here that it is out.', it: 'La sua ora non è ancora arrivata: allora te lo chiederemo, e qui potrai dire che è uscito.' },
  done: { en: 'It is out: {name} said so, {at} ({zone}).', it: 'È uscito: l’ha detto {name}, {at} ({zone}).' },
  doneSomehow: { en: 'It is out since {at} ({zone}).', it: 'È uscito da {at} ({zone}).' },
  see: { en: 'See the post', it: 'Vedi il post' },
  over: { en: 'There is nothing left to post here: {state}.', it: 'Qui non c’è più nulla da pubblicare: {state}.' },
  home: { en: 'Home', it: 'Pagina iniziale' },
  incidents: { en: 'Incidents', it: 'Incidenti' },
} as const satisfies Record<string, Sentence>;

export type HandWord = keyof typeof words;
export type SayHand = (word: HandWord) => string;
export const handIn = (language: Language): SayHand => (word) => words[word][language];
