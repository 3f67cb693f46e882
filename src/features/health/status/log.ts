import { BrokenBody } from './body.js';
import type { Reading, StatusIncident } from './report.js';
import { timeOf } from './times.js';
import { plainTitle, plainWords, webAddress } from './words.js';
import { type Feed, type FeedEntry, readFeed } from './xml.js';

const stages: Readonly<Record<string, 'open' | 'over' | 'maintenance'>> = {
  investigating: 'open', identified: 'open', monitoring: 'open', update: 'open', resolved: 'over', completed: 'over', postmortem: 'over',
  scheduled: 'maintenance', 'in progress': 'maintenance', verifying: 'maintenance',
};
const words = Object.keys(stages).join('|');
/** "Status: Resolved" (incident.io), else the newest update's "Resolved - …" (Statuspage), which stands first. */
const marks = [new RegExp(`\\bstatus:\\s*(${words})\\b`, 'i'), new RegExp(`\\b(${words})\\s*[-–—]\\s`, 'i')];

/**
 * Plain RSS and Atom: a log of what was told, in which nothing says how things are now, and nothing how bad they are.
 * So an entry still open supports a minor trouble at most (evidence.ts lets it do so for a day), and the rest is unknown.
 */
export function readLog(text: string, kind: Feed['kind']): Reading {
  const feed = readFeed(text);
  if (feed.kind !== kind) throw new BrokenBody(`${feed.kind === 'rss' ? 'RSS' : 'Atom'} instead of ${kind === 'rss' ? 'RSS' : 'Atom'}`);
  const read = feed.entries.map((entry) => ({ entry, stage: stageOf(entry) }));
  return {
    page: 'unknown',
    components: [],
    incidents: read.flatMap(({ entry, stage }) => (stage === 'maintenance' ? [] : [incidentOf(entry, stage)])),
    // The hours stand in the prose, if anywhere.
    maintenances: read.filter(({ stage }) => stage === 'maintenance').map(({ entry }) => ({ title: plainTitle(entry.title), from: null, to: null, isRunning: false, components: [], keys: [] })),
    doubts: ['a log of entries does not say how things are now'],
    listsComponents: false,
  };
}

export function incidentOf(entry: FeedEntry, stage: 'open' | 'over' | 'unknown'): StatusIncident {
  const [publishedAt, updatedAt] = [timeOf(entry.publishedAt), timeOf(entry.updatedAt)];
  const title = plainTitle(entry.title);
  return {
    id: plainTitle(entry.id || entry.link || entry.title),
    title,
    words: plainWords(entry.content) || title,
    severity: stage === 'open' ? 'minor' : stage === 'over' ? 'none' : 'unknown',
    isOpen: stage !== 'over',
    components: [],
    keys: [],
    regions: [],
    startedAt: publishedAt,
    updatedAt: updatedAt ?? publishedAt,
    endedAt: stage === 'over' ? (updatedAt ?? publishedAt) : null,
    url: webAddress(entry.link.trim()),
  };
}

function stageOf({ content, title }: FeedEntry): 'open' | 'over' | 'maintenance' | 'unknown' {
  const plain = `${plainWords(title)}\n${plainWords(content)}`;
  for (const mark of marks) {
    const word = mark.exec(plain)?.[1]?.toLowerCase();
    if (word !== undefined) return stages[word] ?? 'unknown';
  }
  return 'unknown';
}
