import { mediaOf, type PartContent, textToCopy } from '../../core/part.js';
import { fill, type Language, type Sentence } from '../../infra/http/problem.js';
import { hourIn } from './incident-words.js';

export interface HandLetter {
  readonly workspace: string;
  readonly clientName: string;
  readonly zone: string;
  readonly platform: string;
  readonly page: string | null;
  readonly instructions: string | null;
  readonly dueAt: Date;
  readonly deadlineAt: Date | null;
  readonly parts: readonly PartContent[];
  /** Of its page on the desk. */
  readonly link: string;
  readonly linkOfMedium: (mediaId: string) => string;
  /** Names of those who were asked before and have not answered. */
  readonly silent: readonly string[];
  /** Then the next one is asked; null = nobody is left. */
  readonly minutes: number | null;
}

const say = {
  subject: { en: '[{workspace}] Please post by hand: {client} on {platform}, {hour}', it: '[{workspace}] Da pubblicare a mano: {client} su {platform}, {hour}' },
  what: { en: '{client}: please post this by hand on {platform}. It was planned for {hour} ({zone}).', it: '{client}: da pubblicare a mano su {platform}. Era previsto per {hour} ({zone}).' },
  silent: { en: 'Asked before you, no answer yet: {names}.', it: 'Interpellati prima di te, ancora nessuna risposta: {names}.' },
  limit: { en: 'If nobody has said by {limit} ({zone}) that it is out, it counts as not posted in time.', it: 'Se entro {limit} ({zone}) nessuno dice che è uscito, vale come non pubblicato in tempo.' },
  page: { en: 'Where to post it: {page}', it: 'Dove pubblicarlo: {page}' },
  part: { en: 'Post {n} of {count}, as a reply to the one before:', it: 'Post {n} di {count}, in risposta al precedente:' },
  first: { en: 'The text, post 1 of {count}:', it: 'Il testo, post 1 di {count}:' },
  text: { en: 'The text:', it: 'Il testo:' },
  media: { en: 'Pictures and films, with what they show:', it: 'Immagini e video, con la loro descrizione:' },
  noAlt: { en: '(no description)', it: '(senza descrizione)' },
  act: {
    en: 'Everything on one page, easy to copy. There you also say “it is out” or “not now”; opening it changes nothing:',
    it: 'Tutto in una pagina, facile da copiare. Lì dici anche “è uscito” o “non ora”; aprirla non cambia nulla:',
  },
  next: { en: 'Unless somebody says “it is out” or “not now” within {minutes} minutes, the next on duty is asked.', it: 'Se entro {minutes} minuti nessuno dice “è uscito” o “non ora”, viene interpellata la prossima persona di turno.' },
  last: { en: 'Nobody is asked after you.', it: 'Dopo di te non viene interpellato nessun altro.' },
} as const satisfies Record<string, Sentence>;

/** Asks somebody to post: all of it in the letter, so that it can be done from a phone. */
export function handLetter(about: HandLetter, language: Language): { readonly subject: string; readonly text: string } {
  const { parts, page, instructions, silent, minutes, deadlineAt, dueAt, zone } = about;
  const params = {
    workspace: about.workspace, client: about.clientName, platform: about.platform, zone, page: page ?? '', names: silent.join(', '), minutes: minutes ?? 0, count: parts.length,
    hour: hourIn(dueAt, zone, language), limit: deadlineAt ? hourIn(deadlineAt, zone, language) : '',
  };
  const words = (sentence: Sentence, more: Readonly<Record<string, string | number>> = {}): string => fill(sentence[language], { ...params, ...more });
  const media = parts.flatMap((part) => mediaOf(part)).map(({ mediaId, alt }) => `- ${alt || words(say.noAlt)}\n  ${about.linkOfMedium(mediaId)}`);
  const text = [
    words(say.what), silent.length > 0 && words(say.silent), deadlineAt !== null && words(say.limit), page !== null && words(say.page), instructions,
    ...parts.flatMap((part, i) => [parts.length === 1 ? words(say.text) : words(i === 0 ? say.first : say.part, { n: i + 1 }), textToCopy(part)]),
    media.length > 0 && `${words(say.media)}\n${media.join('\n')}`, words(say.act), about.link, words(minutes === null ? say.last : say.next),
  ].filter((line) => typeof line === 'string' && line !== '');
  return { subject: words(say.subject), text: `${text.join('\n\n')}\n` };
}
