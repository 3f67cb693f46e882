import { fill, type Language, type Sentence } from '../../infra/http/problem.js';

const words = {
  link: { en: 'Read on', it: 'Continua a leggere' },
  why: { en: 'You get this because you are on the list “{list}” of {brand}.', it: 'Ricevi questa e-mail perché sei nella lista «{list}» di {brand}.' },
  unsubscribe: { en: 'Unsubscribe', it: 'Annulla l’iscrizione' },
  preferences: { en: 'What you get', it: 'Le tue preferenze' },
  web: { en: 'Read it in the browser', it: 'Leggila nel browser' },
  test: { en: 'This is a trial: it went to you alone.', it: 'Questa è una prova: è arrivata solo a te.' },
} as const satisfies Record<string, Sentence>;

export const sayIn = (language: Language) => (word: keyof typeof words, params: Readonly<Record<string, string>> = {}): string => fill(words[word][language], params);
