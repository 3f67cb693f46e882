import type { Language, Sentence } from '../../infra/http/problem.js';
import type { Incident, IncidentComponent } from '../incidents/incidents.service.js';
import { type ListedPost, named, partNames, postLine } from './incident-words.js';

const unknownCause: Sentence = { en: 'The cause is not yet known.', it: 'La causa non è ancora nota.' };
const platformSays: Sentence = { en: 'The platform says: “{words}”', it: 'La piattaforma dice: «{words}»' };

const maintenance: Sentence = { en: 'Maintenance is under way there.', it: 'È in corso una manutenzione.' };

/** What a client is told of the cause: that it is maintenance, and the platform's own words or nothing; never a guess of ours. */
export function causeWords({ kind, official }: Pick<Incident, 'kind' | 'official'>, language: Language): string {
  const words = official?.text.replace(/\s+/g, ' ').trim() ?? '';
  const said = words === '' ? null : platformSays[language].replace('{words}', () => words.slice(0, 300));
  return kind === 'maintenance' ? [maintenance[language], said ?? ''].join(' ').trim() : (said ?? unknownCause[language]);
}

/** “Bluesky and Mastodon (pictures and films)” */
export function whatFails(components: readonly Pick<IncidentComponent, 'platform' | 'onlyMedia'>[], language: Language): string {
  return named(partNames(components, language), language);
}

/** One post after the other: when, where, which, and what happens to it. */
export function listed(posts: readonly (ListedPost & { readonly outlook: string })[]): string {
  return posts.map((post) => `${postLine(post)}\n  ${post.outlook}`).join('\n');
}
