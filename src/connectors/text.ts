/** Counting and finding in texts, as platforms do it. Pure; shared with the composer. */

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });
const utf8 = new TextEncoder();

/** The segmenter hands out a copy of its whole input with each grapheme: a long text goes to it by the piece. */
const WINDOW = 1_000;

/** Characters as a person counts them: one family emoji is one (UAX 29). */
export function countGraphemes(text: string): number {
  // Most texts are plain ASCII without CR LF, where each unit is a grapheme.
  if (/^[\n\x20-\x7e]*$/.test(text)) return text.length;
  let count = 0;
  for (let at = 0, window = WINDOW; at < text.length; ) {
    const end = at + window - (/[\ud800-\udbff]/.test(text.charAt(at + window - 1)) ? 1 : 0);
    const segments = [...segmenter.segment(text.slice(at, end))];
    if (end >= text.length) return count + segments.length;
    // The last one may go on beyond the window: it is looked at again, from its beginning.
    const last = segments.at(-1)?.index ?? 0;
    if (last === 0) window *= 2;
    else {
      count += segments.length - 1;
      at += last;
      window = WINDOW;
    }
  }
  return count;
}

export function countBytes(text: string): number {
  return utf8.encode(text).length;
}

/** A stretch of a text: UTF-16 offsets, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const webAddress = /https?:\/\/[^\s<>"`\u3001\u3002\uff0c\uff01\uff1f]+/giu;
// A dotted name that ends in a word: `localhost` and `1.2` are no addresses for the platforms.
const label = '[\\p{L}\\p{N}_](?:[\\p{L}\\p{N}_-]{0,61}[\\p{L}\\p{N}_])?';
const publicHost = new RegExp(`^https?://(?:[^/?#@\\s]{0,200}@)?(?:${label}\\.){1,40}\\p{L}[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}](?::\\d{1,5})?(?=[/?#]|$)`, 'iu');

/**
 * The http(s) addresses of a text, without the punctuation of the sentence around them: `(see https://a.example/b).`
 * gives `https://a.example/b`, and a bracket is kept where the address itself opened it.
 */
export function findWebAddresses(text: string): readonly Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(webAddress)) {
    const before = text.charAt(match.index - 1);
    if (/[A-Za-z0-9@#$＠＃]/u.test(before)) continue; // `xhttps://…` is a word
    const address = trimSentence(match[0]);
    if (publicHost.test(address)) spans.push({ start: match.index, end: match.index + address.length, text: address });
  }
  return spans;
}

const openings: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

function trimSentence(address: string): string {
  const surplus: Record<string, number> = {};
  for (const [closing, opening] of Object.entries(openings)) surplus[closing] = count(address, closing) - count(address, opening);
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address.charAt(end - 1);
    const over = surplus[last];
    if (over === undefined ? !/[.,;:!?*_~'’”»…]/u.test(last) : over <= 0) break;
    if (over !== undefined) surplus[last] = over - 1;
  }
  return address.slice(0, end);
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** Puts `replace(span)` in the place of each span. Spans are in order and do not overlap. */
export function replaceSpans(text: string, spans: readonly Span[], replace: (span: Span) => string): string {
  let result = '';
  let at = 0;
  for (const span of spans) {
    result += text.slice(at, span.start) + replace(span);
    at = span.end;
  }
  return result + text.slice(at);
}

/** The text, with the address of its link below it where it does not say it: for platforms that draw the card from the text. */
export function textWithLink({ text, link }: { readonly text: string; readonly link: { readonly url: string } | null }): string {
  return link === null || text.includes(link.url) ? text : `${text}\n\n${link.url}`.trim();
}

/** For comparing what was sent with what is read back: NFC, every run of white space one blank, none at the ends. */
export function squeezeSpace(text: string): string {
  return text.normalize('NFC').replace(/[\s\u200b\ufeff]+/gu, ' ').trim();
}
