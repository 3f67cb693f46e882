import { BrokenBody } from './body.js';
import { incidentOf } from './log.js';
import { metaState, strangeWords } from './meta-words.js';
import type { Reading, StatusIncident } from './report.js';
import { plainTitle, plainWords } from './words.js';
import { readFeed } from './xml.js';

/**
 * metastatus.com/outage-events-feed-PRODUCT.rss: unlike other feeds it holds what is open, and nothing else. How an
 * entry says how bad it is nobody has written down: a known phrase in its title or words counts, else it is unknown.
 */
export function readMetaRss(text: string): Reading {
  const feed = readFeed(text);
  if (feed.kind !== 'rss') throw new BrokenBody('Atom instead of RSS');
  const doubts = feed.isLonger ? ['more entries than are read'] : [];
  const incidents = feed.entries.map((entry): StatusIncident => {
    const lines = [plainTitle(entry.title), ...plainWords(entry.content).split('\n')].flatMap((line) => [line, ...line.split(/\s*[:–—]\s*|\s+-\s+/)]);
    const state = lines.map(metaState).find((one) => one !== 'unknown') ?? 'unknown';
    if (state === 'unknown') doubts.push(strangeWords('an entry', entry.title));
    const incident = incidentOf(entry, state === 'operational' ? 'over' : 'unknown');
    return state === 'operational' ? incident : { ...incident, severity: state };
  });
  return { page: 'operational', components: [], incidents, maintenances: [], doubts, listsComponents: false };
}
