import type { LinkCard, PartContent } from '../core/part.js';
import { escapeHtml, textOfHtml } from './html.js';
import { countGraphemes, findWebAddresses, squeezeSpace } from './text.js';

/** What blogs have in common: a part as an article with a title, in HTML. Pure; shared with the composer. */

/** A first line up to here is taken for a title. */
const TITLE_LINE = 120;
/** A title cut out of a longer line. */
const TITLE_CUT = 80;
/** Of a longer line no more is looked at: a segmenter hands out the whole of its input with each grapheme. */
const LOOKED_AT = 1_000;

export interface Headed {
  readonly title: string;
  /** What stands below the title; empty where the title says it all. */
  readonly body: string;
}

/**
 * The title of a text: the one the author gave; else its first line; else, where that is a paragraph, its first words,
 * and the paragraph stays whole below. A part without any words takes the name of its link, or of its first picture.
 */
export function headed({ text, link, media }: Pick<PartContent, 'text' | 'link' | 'media'>, given = ''): Headed {
  const whole = text.trim();
  if (given.trim() !== '') return { title: squeezeSpace(given), body: whole };
  if (whole === '') return { title: squeezeSpace(link?.title || media[0]?.alt || ''), body: '' };
  const [first = '', ...rest] = whole.split('\n');
  const line = squeezeSpace(first.slice(0, LOOKED_AT));
  if (first.length <= LOOKED_AT && countGraphemes(line) <= TITLE_LINE) return { title: line, body: rest.join('\n').trim() };
  return { title: `${firstWords(line)}…`, body: whole };
}

function firstWords(line: string): string {
  const cut = [...new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(line)].slice(0, TITLE_CUT).map(({ segment }) => segment).join('');
  return cut.slice(0, cut.lastIndexOf(' ') > 20 ? cut.lastIndexOf(' ') : cut.length).replace(/[\s,;:–-]+$/u, '');
}

/** Paragraphs, breaks and links, where `mark` says where they lead; everything else is text. A square bracket is written so that no shortcode can run. */
export function paragraphs(text: string, mark: (url: string) => string = (url) => url): string {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => `<p>${linked(paragraph, mark).replace(/\n/g, '<br>')}</p>`)
    .join('\n');
}

/** The link of a part as a paragraph of its own, unless its text says the address already. */
export function linkParagraph(text: string, link: LinkCard | null): string {
  if (link === null || text.includes(link.url)) return '';
  return `<p>${anchor(link.url, link.title.trim() === '' ? link.url : link.title)}</p>`;
}

export interface Figure {
  readonly url: string;
  readonly mime: string;
  readonly alt: string;
}

export function figure({ url, mime, alt }: Figure): string {
  const src = escapeHtml(url);
  const label = safe(alt);
  return mime.startsWith('video/') ? `<figure><video controls src="${src}" title="${label}"></video></figure>` : `<figure><img src="${src}" alt="${label}"></figure>`;
}

/** Title and words, to compare an article with one that is read back. Pictures are left aside. */
export function wordsOf(title: string, html: string): string {
  return squeezeSpace(`${textOfHtml(title)}\n${textOfHtml(html)}`);
}

function linked(text: string, mark: (url: string) => string): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { start, end, text: url } of findWebAddresses(text)) {
    pieces.push(safe(text.slice(at, start)), anchor(mark(url), url));
    at = end;
  }
  return [...pieces, safe(text.slice(at))].join('');
}

function anchor(url: string, words: string): string {
  return `<a href="${safe(url)}">${safe(words)}</a>`;
}

function safe(text: string): string {
  return escapeHtml(text).replaceAll('[', '&#91;').replaceAll(']', '&#93;');
}
