import { countBytes, countGraphemes, findWebAddresses } from '../text.js';
import type { Span } from '../text.js';

/** A stretch of the text that means something, before handles are resolved. Offsets are UTF-16. */
export type Mark =
  | { readonly kind: 'link'; readonly span: Span; readonly uri: string }
  | { readonly kind: 'mention'; readonly span: Span; readonly handle: string }
  | { readonly kind: 'tag'; readonly span: Span; readonly tag: string };

/** app.bsky.richtext.facet: offsets in UTF-8 bytes, end exclusive. */
export interface Facet {
  readonly index: { readonly byteStart: number; readonly byteEnd: number };
  readonly features: readonly (
    | { readonly $type: 'app.bsky.richtext.facet#link'; readonly uri: string }
    | { readonly $type: 'app.bsky.richtext.facet#mention'; readonly did: string }
    | { readonly $type: 'app.bsky.richtext.facet#tag'; readonly tag: string }
  )[];
}

// https://atproto.com/specs/handle: dotted labels, the last one not starting with a digit.
const mention = /(?<=^|[\s(])@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)(?![\p{L}\p{N}_-])/giu;
// Invisible characters end a tag; a variation selector after the sign makes it a keycap emoji.
const tag = /(?<=^|\s)[#＃](?!\ufe0f)([^\s\p{Cf}]+)/gu;
const MAX_TAG_GRAPHEMES = 64;
const MAX_TAG_BYTES = 640;

/** Addresses, mentions and tags of a text, in order and without overlap. */
export function findMarks(text: string): readonly Mark[] {
  const marks: Mark[] = findWebAddresses(text).map((span) => ({ kind: 'link', span, uri: span.text }));
  const add = (mark: Mark): void => {
    if (marks.every(({ span }) => mark.span.end <= span.start || mark.span.start >= span.end)) marks.push(mark);
  };
  for (const match of text.matchAll(mention)) {
    add({ kind: 'mention', span: spanOf(match.index, match[0]), handle: (match[1] ?? '').toLowerCase() });
  }
  for (const match of text.matchAll(tag)) {
    const name = (match[1] ?? '').replace(/\p{P}+$/u, '');
    // Digits and punctuation alone (`#1`) are no tag.
    if (!/[^\p{N}\p{P}]/u.test(name) || countGraphemes(name) > MAX_TAG_GRAPHEMES || countBytes(name) > MAX_TAG_BYTES) continue;
    add({ kind: 'tag', span: spanOf(match.index, match[0].slice(0, 1 + name.length)), tag: name });
  }
  return marks.sort((a, b) => a.span.start - b.span.start);
}

/** Facets of the marks. `didOf` gives the DID behind a handle; null leaves the mention as plain text. */
export function facetsOf(text: string, marks: readonly Mark[], didOf: (handle: string) => string | null): readonly Facet[] {
  const facets: Facet[] = [];
  for (const mark of marks) {
    const feature = featureOf(mark, didOf);
    if (feature === null) continue;
    const byteStart = countBytes(text.slice(0, mark.span.start));
    facets.push({ index: { byteStart, byteEnd: byteStart + countBytes(mark.span.text) }, features: [feature] });
  }
  return facets;
}

function featureOf(mark: Mark, didOf: (handle: string) => string | null): Facet['features'][number] | null {
  switch (mark.kind) {
    case 'link':
      return { $type: 'app.bsky.richtext.facet#link', uri: mark.uri };
    case 'tag':
      return { $type: 'app.bsky.richtext.facet#tag', tag: mark.tag };
    case 'mention': {
      const did = didOf(mark.handle);
      return did === null ? null : { $type: 'app.bsky.richtext.facet#mention', did };
    }
  }
}

function spanOf(start: number, text: string): Span {
  return { start, end: start + text.length, text };
}
