import { DateTime } from 'luxon';
import type { Language, Sentence } from '../../infra/http/problem.js';

const words = {
  empty: { en: 'Nothing has been published here yet.', it: 'Qui non è ancora stato pubblicato nulla.' },
  emptyTag: { en: 'There is nothing under this word.', it: 'Non c’è nulla sotto questa parola.' },
  newer: { en: 'Newer', it: 'Più recenti' },
  older: { en: 'Older', it: 'Meno recenti' },
  pages: { en: 'Pages', it: 'Pagine' },
  page: { en: 'page', it: 'pagina' },
  neighbours: { en: 'Before and after this', it: 'Prima e dopo questo' },
  about: { en: 'About', it: 'A proposito di' },
  tags: { en: 'Under', it: 'In' },
  more: { en: 'Read on', it: 'Continua a leggere' },
  edited: { en: 'Changed', it: 'Modificato' },
  planned: { en: 'First planned for', it: 'Programmato in origine per' },
  on: { en: 'on', it: 'su' },
  and: { en: 'and', it: 'e' },
  all: { en: 'All articles', it: 'Tutti gli articoli' },
  follow: { en: 'Follow this blog', it: 'Segui questo blog' },
  pictureGone: { en: 'This picture is not here any more.', it: 'Questa immagine non c’è più.' },
  pictureShowed: { en: 'It showed:', it: 'Mostrava:' },
  unknownBlog: { en: 'There is no such page', it: 'Questa pagina non esiste' },
  unknownBlogText: { en: 'Check the address, or ask whoever gave it to you.', it: 'Controlla l’indirizzo, o chiedi a chi te l’ha dato.' },
  unknownArticle: { en: 'This article is not here', it: 'Questo articolo non c’è' },
  unknownArticleText: { en: 'It may have been taken down, or its address is not quite right.', it: 'Forse è stato tolto, o l’indirizzo non è del tutto giusto.' },
} as const satisfies Record<string, Sentence>;

export type BlogWord = keyof typeof words;
export type Say = (word: BlogWord) => string;

export const saysIn = (language: Language): Say => (word) => words[word][language];

/** As the client's clock shows it; a time of day says nothing without its zone. */
export function timeText(at: Date, zone: string, language: Language): string {
  return `${DateTime.fromJSDate(at, { zone }).setLocale(language).toFormat('d LLLL yyyy, HH:mm')} (${zone})`;
}

/** “Instagram, Threads and Facebook” */
export function listText(names: readonly string[], say: Say): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ${say('and')} ${last}`;
}
