import { fill, type Language } from '../../infra/http/problem.js';
import type { StoredStep } from './drill.schema.js';

const words = {
  staged: { en: 'The stage is set: {clients} clients, {channels} channels, {people} people on lists, {posts} posts planned.', it: 'La scena è pronta: {clients} clienti, {channels} canali, {people} persone nelle liste, {posts} post programmati.' },
  warm: { en: 'All platforms answer; {posts} posts went out as usual.', it: 'Tutte le piattaforme rispondono; {posts} post sono usciti come al solito.' },
  outage: { en: '{platforms} answer nothing but errors any more.', it: '{platforms} rispondono soltanto errori.' },
  component: { en: '{platform} is judged {state}.', it: '{platform} è giudicata: {state}.' },
  'incident-opened': { en: 'An incident is open; its decision list names {posts} posts.', it: 'C’è un incidente aperto; la lista delle decisioni contiene {posts} post.' },
  'incident-closed': { en: 'The incident is over.', it: 'L’incidente è finito.' },
  letter: { en: '{to} is told: {subject}', it: '{to} viene avvisato: {subject}' },
  held: { en: '{client}: {count} wait.', it: '{client}: {count} in attesa.' },
  rerouted: { en: '{client}: {count} go out elsewhere.', it: '{client}: {count} escono altrove.' },
  published: { en: '{client}: {count} are out.', it: '{client}: {count} usciti.' },
  other: { en: '{client}: {count} are {state}.', it: '{client}: {count} ora {state}.' },
  mailed: { en: '{client}: a newsletter to {people} people.', it: '{client}: una newsletter a {people} persone.' },
  joined: { en: '{client}: one more post joins the page of that newsletter; no mail.', it: '{client}: un altro post si aggiunge alla pagina di quella newsletter; nessuna mail.' },
  article: { en: '{client}: on its blog, “{title}”.', it: '{client}: sul suo blog, «{title}».' },
  texted: { en: '{client}: an SMS to {people} people.', it: '{client}: un SMS a {people} persone.' },
  'by-hand': { en: '{client}: somebody posts {count} by hand, with the platform’s own app.', it: '{client}: qualcuno ne pubblica {count} a mano, con l’app della piattaforma.' },
  back: { en: 'The platforms answer again.', it: 'Le piattaforme rispondono di nuovo.' },
  recovered: { en: 'All of them count as back.', it: 'Tutte risultano di nuovo in funzione.' },
  broken: { en: 'On purpose, so that the tally has something to find: {what}.', it: 'Di proposito, perché il conteggio trovi qualcosa: {what}.' },
  over: { en: 'The drill is over.', it: 'La prova è finita.' },
  'cut-short': { en: 'The drill ended before its time: {why}', it: 'La prova è finita prima del tempo: {why}' },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, string>>>>;

export type StepCode = keyof typeof words;

const isCode = (code: string): code is StepCode => Object.hasOwn(words, code);

/** What happened, for a person. */
export function sayStep({ code, params }: Pick<StoredStep, 'code' | 'params'>, language: Language): string {
  return isCode(code) ? fill(words[code][language], params) : code;
}
