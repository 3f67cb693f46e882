import { fill, type Language, type Sentence } from '../../infra/http/problem.js';
import type { Incident, IncidentComponent } from '../incidents/incidents.service.js';
import { type ListedPost, named, postLine } from './incident-words.js';

const unknownCause: Sentence = { en: 'The cause is not yet known.', it: 'La causa non è ancora nota.' };
const platformSays: Sentence = { en: 'The platform says: “{words}”', it: 'La piattaforma dice: «{words}»' };

const pictures: Sentence = { en: '{platform} (pictures and films)', it: '{platform} (immagini e video)' };
const maintenance: Sentence = { en: 'Maintenance is under way there.', it: 'È in corso una manutenzione.' };

/** What a client is told of the cause: that it is maintenance, and the platform's own words or nothing; never a guess of ours. */
export function causeWords({ kind, official }: Pick<Incident, 'kind' | 'official'>, language: Language): string {
  const words = official?.text.replace(/\s+/g, ' ').trim() ?? '';
  const said = words === '' ? null : platformSays[language].replace('{words}', () => words.slice(0, 300));
  return kind === 'maintenance' ? [maintenance[language], said ?? ''].join(' ').trim() : (said ?? unknownCause[language]);
}

/** A platform's name, and what of it does not work where text does. */
export function whatOf({ platform, onlyMedia }: Pick<IncidentComponent, 'platform' | 'onlyMedia'>, language: Language): string {
  return onlyMedia ? fill(pictures[language], { platform }) : platform;
}

/** “Mastodon”, or “Mastodon (pictures and films)” where text flows. What fails altogether is not also named in part. */
export function whatFails(components: readonly Pick<IncidentComponent, 'platform' | 'onlyMedia'>[], language: Language): string {
  const whole = new Set(components.filter(({ onlyMedia }) => !onlyMedia).map(({ platform }) => platform));
  return named(components.map((one) => (whole.has(one.platform) ? one.platform : whatOf(one, language))), language);
}

/** One post after the other: when, where, which, and what happens to it. */
export function listed(posts: readonly (ListedPost & { readonly outlook: string })[]): string {
  return posts.map((post) => `${postLine(post)}\n  ${post.outlook}`).join('\n');
}
