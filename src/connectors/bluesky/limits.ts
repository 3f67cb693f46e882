import { z } from 'zod';
import type { Limits, Violation } from '../connector.js';
import type { LinkCard, PartContent } from '../../core/part.js';
import { countBytes, countGraphemes, textWithLink } from '../text.js';
import { emptyViolations, lengthViolations, mediaViolations, mediumViolations } from '../violations.js';

/** What only Bluesky knows of a post: the author's own warnings (com.atproto.label.defs#selfLabels). */
export const Options = z.object({
  labels: z.array(z.enum(['sexual', 'nudity', 'porn', 'graphic-media'])).max(4).optional(),
});
export type Options = z.output<typeof Options>;

// https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json and embed/{images,external}.json
export const MAX_GRAPHEMES = 300;
export const MAX_BYTES = 3_000;
const MAX_IMAGE_BYTES = 2_000_000;
const MAX_THUMB_BYTES = 1_000_000;
/** Enough for any thread a person reads; the lexicon sets no bound. */
const MAX_PARTS = 50;

const types = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];
const imageTypes = sizes(MAX_IMAGE_BYTES);
const thumbTypes = sizes(MAX_THUMB_BYTES);
const rules = { maxMedia: 4, mediaTypes: imageTypes, maxAlt: 0 };

/** The same for every account: the lexicon says so, not the server. */
export const limits: Limits = {
  maxText: MAX_GRAPHEMES,
  measure: countGraphemes, // addresses count in full
  maxMedia: rules.maxMedia,
  mediaTypes: imageTypes,
  maxParts: MAX_PARTS,
  check: (content) => {
    const text = textOf(content);
    return [
      ...(content.link === null ? emptyViolations(content) : []),
      ...lengthViolations(countGraphemes(text), MAX_GRAPHEMES),
      ...byteViolations(text),
      ...mediaViolations(content.media, rules),
      ...(hasCard(content) && content.link.thumb !== null ? mediumViolations(content.link.thumb, thumbTypes) : []),
      ...(Options.safeParse(content.options).success ? [] : [{ code: 'option-invalid' as const, params: { option: 'labels' } }]),
    ];
  },
};

function byteViolations(text: string): readonly Violation[] {
  const count = countBytes(text);
  return count > MAX_BYTES ? [{ code: 'text-too-many-bytes', params: { count, max: MAX_BYTES } }] : [];
}

/** A post carries images or a link card, not both. */
export function hasCard(content: PartContent): content is PartContent & { readonly link: LinkCard } {
  return content.link !== null && content.media.length === 0;
}

/** With images in the card's place, the link's address stands below the text. */
export function textOf(content: PartContent): string {
  return hasCard(content) ? content.text : textWithLink(content);
}

function sizes(max: number): Readonly<Record<string, number>> {
  return Object.fromEntries(types.map((mime) => [mime, max]));
}
