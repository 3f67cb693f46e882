import type { PageState } from './report.js';

const phrases: Readonly<Record<string, PageState>> = {
  'no known issues': 'operational', 'no known issue': 'operational',
  'low disruption': 'minor', 'low disruptions': 'minor', 'some disruption': 'minor', 'some disruptions': 'minor',
  'medium disruption': 'minor', 'medium disruptions': 'minor',
  'high disruption': 'major', 'high disruptions': 'major', 'major disruption': 'major', 'major disruptions': 'major', 'major outage': 'major',
};

/** Meta's status is prose. What is resolved comes first ("Resolved: Major outage"); a phrase that is not known is unknown. */
export function metaState(words: string): PageState {
  const plain = words.trim().toLowerCase().replace(/\s+/g, ' ').replace(/\.$/, '');
  if (/^resolved\b/.test(plain)) return 'operational';
  return Object.hasOwn(phrases, plain) ? (phrases[plain] ?? 'unknown') : 'unknown';
}

export function strangeWords(what: string, words: string): string {
  return `${what.slice(0, 60)} says “${words.replace(/[^\p{L}\p{N}_ :,.-]/gu, '?').slice(0, 60)}”, which is not known`;
}
