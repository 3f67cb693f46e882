import { connectors } from '../../connectors/registry.js';
import { stateNames } from '../../core/delivery.js';
import { fill, type Language, type Sentence } from '../../infra/http/problem.js';
import type { StoredStep } from './drill.schema.js';

const words = {
  staged: { en: 'The stage is set. Clients: {clients}; channels: {channels}; addresses on lists: {people}; posts planned: {posts}.', it: 'La scena è pronta. Clienti: {clients}; canali: {channels}; indirizzi nelle liste: {people}; post programmati: {posts}.' },
  warm: { en: 'All platforms answer; {posts} posts beside those planned went out as usual.', it: 'Tutte le piattaforme rispondono; {posts} post oltre a quelli programmati sono usciti come al solito.' },
  outage: { en: '{platforms} answer nothing but errors any more.', it: '{platforms} rispondono soltanto errori.' },
  client: {
    en: '{client} lives in {zone}, where its day is {from} to {to}. Its posts for the outage: {posts}; counted by channel, as below: {count}.',
    it: '{client} vive in {zone}, dove la sua giornata va dalle {from} alle {to}. I suoi post per il guasto: {posts}; contati per canale, come sotto: {count}.',
  },
  idle: {
    en: '{platform} has not been used for a while, so nothing is known of it now. Nothing is wrong.',
    it: '{platform} non viene usata da un po’, perciò ora non se ne sa nulla. Non c’è niente che non vada.',
  },
  component: { en: '{platform} is judged {state}.', it: '{platform} è giudicata: {state}.' },
  'incident-opened': { en: 'An incident is open; its decision list names {posts} posts.', it: 'C’è un incidente aperto; la lista delle decisioni contiene {posts} post.' },
  'incident-closed': { en: 'The incident is over.', it: 'L’incidente è finito.' },
  letter: { en: '{to} is told: {subject}', it: '{to} viene avvisato: {subject}' },
  held: { one: { en: '1 post of {client} waits.', it: '1 post di {client} è in attesa.' }, other: { en: '{count} posts of {client} wait.', it: '{count} post di {client} sono in attesa.' } },
  rerouted: { one: { en: '1 post of {client} goes out elsewhere.', it: '1 post di {client} esce altrove.' }, other: { en: '{count} posts of {client} go out elsewhere.', it: '{count} post di {client} escono altrove.' } },
  published: { one: { en: '1 post of {client} is out.', it: '1 post di {client} è uscito.' }, other: { en: '{count} posts of {client} are out.', it: '{count} post di {client} sono usciti.' } },
  other: { one: { en: '1 post of {client} is {state}.', it: '1 post di {client} è nello stato {state}.' }, other: { en: '{count} posts of {client} are {state}.', it: '{count} post di {client} sono nello stato {state}.' } },
  mailed: { en: '{client}: a newsletter to {people} people.', it: '{client}: una newsletter a {people} persone.' },
  joined: { en: '{client}: one more post joins the page of that newsletter; no mail.', it: '{client}: un altro post si aggiunge alla pagina di quella newsletter; nessuna mail.' },
  article: { en: '{client} has it on its blog: “{title}”', it: '{client} lo ha sul suo blog: «{title}»' },
  texted: { en: '{client}: an SMS to {people} people.', it: '{client}: un SMS a {people} persone.' },
  'by-hand': { en: '{client}: somebody posts {count} by hand, with the platform’s own app.', it: '{client}: qualcuno ne pubblica {count} a mano, con l’app della piattaforma.' },
  back: { en: 'The platforms answer again.', it: 'Le piattaforme rispondono di nuovo.' },
  recovered: { en: 'All of them count as back.', it: 'Tutte risultano di nuovo in funzione.' },
  'broken-lose': {
    en: 'On purpose, so that the tally has something to find: {platform} says that it has a post, and forgets it.',
    it: 'Di proposito, perché il conteggio trovi qualcosa: {platform} dice di avere un post, e lo dimentica.',
  },
  'broken-twice': {
    en: 'On purpose, so that the tally has something to find: somebody posts on {platform} once more what of {client} is out already.',
    it: 'Di proposito, perché il conteggio trovi qualcosa: qualcuno pubblica di nuovo su {platform} ciò che di {client} è già uscito.',
  },
  over: { en: 'The drill is over.', it: 'La prova è finita.' },
  'cut-short': { en: 'The drill ended before its time: {why}', it: 'La prova è finita prima del tempo: {why}' },
} as const satisfies Readonly<Record<string, Sentence | { readonly one: Sentence; readonly other: Sentence }>>;

export type StepCode = keyof typeof words;

/** Of posts and of platforms. */
const states: Readonly<Record<string, Sentence>> = {
  ...stateNames,
  up: { en: 'up', it: 'in funzione' },
  suspect: { en: 'suspect', it: 'sospetta' },
  down: { en: 'down', it: 'ferma' },
  degraded: { en: 'degraded', it: 'in difficoltà' },
  recovering: { en: 'recovering', it: 'in ripresa' },
  maintenance: { en: 'under maintenance', it: 'in manutenzione' },
};

const isCode = (code: string): code is StepCode => Object.hasOwn(words, code);

/** A platform as people know it. */
export const named = (connectorId: string): string => connectors.find(({ id }) => id === connectorId)?.name ?? connectorId;

/** What happened, for a person. */
export function sayStep({ code, params }: Pick<StoredStep, 'code' | 'params'>, language: Language): string {
  if (!isCode(code)) return code;
  const said = words[code];
  const sentence: Sentence = 'one' in said ? said[params['count'] === 1 ? 'one' : 'other'] : said;
  const { state = '' } = params;
  return fill(sentence[language], { ...params, state: states[state]?.[language] ?? state });
}
