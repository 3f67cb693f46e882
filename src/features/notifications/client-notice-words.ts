import type { Language, Sentence } from '../../infra/http/problem.js';
import { type ListedPost, postLine } from './incident-words.js';

const unknownCause: Sentence = { en: 'The cause is not yet known.', it: 'La causa non è ancora nota.' };
const platformSays: Sentence = { en: 'The platform says: “{words}”', it: 'La piattaforma dice: «{words}»' };

/** What a client is told of the cause: the platform's own words or nothing, never a guess of ours. */
export function causeWords(official: { readonly text: string } | null, language: Language): string {
  const words = official?.text.replace(/\s+/g, ' ').trim() ?? '';
  return words === '' ? unknownCause[language] : platformSays[language].replace('{words}', () => words.slice(0, 300));
}

/** One post after the other: when, where, which, and what happens to it. */
export function listed(posts: readonly (ListedPost & { readonly outlook: string })[]): string {
  return posts.map((post) => `${postLine(post)}\n  ${post.outlook}`).join('\n');
}
