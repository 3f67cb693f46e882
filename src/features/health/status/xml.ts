import { SaxesParser } from 'saxes';
import { BrokenBody } from './body.js';

export interface FeedEntry {
  readonly id: string;
  readonly title: string;
  /** As the feed has it: mostly HTML. */
  readonly content: string;
  readonly publishedAt: string;
  readonly updatedAt: string;
  readonly link: string;
}

export interface Feed {
  readonly kind: 'rss' | 'atom';
  readonly entries: readonly FeedEntry[];
  /** More stand in it than were read. */
  readonly isLonger: boolean;
}

/** Newest come first in every feed seen. */
const maxEntries = 200;
const maxDepth = 60;
/** Elements, attributes and pieces of text: each costs microseconds, and a feed has some thousands. */
const maxPieces = 200_000;
/** What is kept of one field. */
const maxField = 20_000;
const chunk = 65_536;

/** Elements of an entry, RSS and Atom, by the field they fill; the first that is not empty counts. */
const fields: Readonly<Record<string, keyof FeedEntry>> = {
  guid: 'id', id: 'id', title: 'title', description: 'content', 'content:encoded': 'content', summary: 'content', content: 'content',
  pubDate: 'publishedAt', published: 'publishedAt', 'dc:date': 'publishedAt', updated: 'updatedAt', link: 'link',
};

/**
 * An RSS 2.0 or Atom feed. Strict: what is not well formed, or cut off, is not read at all. A document type is refused,
 * so nothing can be declared and nothing expands.
 * @throws BrokenBody
 */
export function readFeed(text: string): Feed {
  const entries: FeedEntry[] = [];
  const path: string[] = [];
  let entry: Record<keyof FeedEntry, string> | null = null;
  let isLonger = false;
  let hasChannel = false;
  let pieces = 0;
  let kind: Feed['kind'] | null = null;

  const count = (): void => {
    pieces += 1;
    if (pieces > maxPieces) refuse('XML of too many pieces');
  };
  const collect = (words: string): void => {
    count();
    const field = entry === null ? undefined : fields[path[entryDepth(kind)] ?? ''];
    if (entry !== null && field !== undefined && entry[field].length < maxField) entry[field] += words.slice(0, maxField);
  };
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  parser.on('doctype', () => refuse('XML with a document type'));
  parser.on('attribute', count);
  parser.on('opentag', ({ name, attributes }) => {
    count();
    if (path.length === 0) kind = kindOf(name);
    if (path.length >= maxDepth) refuse('XML nested too deeply');
    path.push(name);
    if (path.length === 2 && name === 'channel') hasChannel = true;
    if (path.length === entryDepth(kind) && name === (kind === 'atom' ? 'entry' : 'item')) {
      if (entries.length < maxEntries) entry = { id: '', title: '', content: '', publishedAt: '', updatedAt: '', link: '' };
      else isLonger = true;
    }
    const isAlternate = attributes['rel'] === undefined || attributes['rel'] === 'alternate';
    if (entry !== null && name === 'link' && entry.link === '' && isAlternate) entry.link = attributes['href']?.slice(0, maxField) ?? '';
  });
  parser.on('text', collect);
  parser.on('cdata', collect);
  parser.on('closetag', () => {
    if (path.length === entryDepth(kind) && entry !== null) {
      entries.push(entry);
      entry = null;
    }
    path.pop();
  });
  try {
    for (let at = 0; at < text.length; at += chunk) parser.write(text.slice(at, at + chunk));
    parser.close();
  } catch (error) {
    if (error instanceof BrokenBody) throw error;
    throw new BrokenBody(notXml(text));
  }
  if (kind === null) throw new BrokenBody(notXml(text));
  if (kind === 'rss' && !hasChannel) throw new BrokenBody('RSS without a channel');
  return { kind, entries, isLonger };
}

/** rss > channel > item, feed > entry. */
function entryDepth(kind: Feed['kind'] | null): number {
  return kind === 'atom' ? 2 : 3;
}

function kindOf(root: string): Feed['kind'] {
  if (root === 'rss') return 'rss';
  if (root === 'feed') return 'atom';
  return refuse(root.toLowerCase() === 'html' ? 'a web page instead of a feed' : 'XML of another shape');
}

function refuse(what: string): never {
  throw new BrokenBody(what);
}

function notXml(text: string): string {
  if (text.trim() === '') return 'an empty body';
  if (text.includes('\u0000') || text.startsWith('\ufffd')) return 'text in another encoding';
  if (/^\ufeff?\s*<(?:!doctype\s+)?html\b/i.test(text)) return 'a web page instead of a feed';
  return /^\ufeff?\s*</.test(text) ? 'XML that is not well formed, or cut off' : 'not XML';
}
