import { z } from 'zod';
import type { PartContent } from '../../core/part.js';
import type { Limits, Violation } from '../connector.js';
import { countGraphemes, findWebAddresses, replaceSpans, textWithLink } from '../text.js';
import type { Span } from '../text.js';
import { emptyViolations, lengthViolations, mediaViolations } from '../violations.js';

/** What only Mastodon knows of a post. */
export const Options = z.object({
  /** Left out: the account's own preset. */
  visibility: z.enum(['public', 'unlisted', 'private', 'direct']).optional(),
  /** Text the reader sees first, and has to open the post from (`spoiler_text`); counts towards the length. */
  contentWarning: z.string().optional(),
  /** Hides the media behind a click; a content warning does so anyway. */
  sensitive: z.boolean().optional(),
});
export type Options = z.output<typeof Options>;

/** What an instance says of its limits (`/api/v2/instance`, `configuration`); presets are those of Mastodon 4.6. */
export const Learned = z.object({
  maxCharacters: z.int().positive().default(500),
  maxMedia: z.int().nonnegative().default(4),
  charactersPerUrl: z.int().nonnegative().default(23),
  mimeTypes: z.array(z.string()).default(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'video/mp4', 'video/webm', 'video/quicktime']),
  imageBytes: z.int().positive().default(16_777_216),
  videoBytes: z.int().positive().default(103_809_024),
  maxAlt: z.int().positive().default(1_500),
});
export type Learned = z.infer<typeof Learned>;

/** Enough for any thread a person reads; Mastodon itself sets no bound. */
const MAX_PARTS = 50;

/** @param learned what `look` told last; anything else counts as the presets */
export function limits(learned?: unknown): Limits {
  const parsed = Learned.safeParse(learned ?? {});
  const known = parsed.success ? parsed.data : Learned.parse({});
  const measure = (text: string): number => countGraphemes(shorten(text, known.charactersPerUrl));
  const mediaTypes = Object.fromEntries(known.mimeTypes.map((mime) => [mime, mime.startsWith('image/') ? known.imageBytes : known.videoBytes]));
  const rules = { maxMedia: known.maxMedia, mediaTypes, maxAlt: known.maxAlt };
  return {
    maxText: known.maxCharacters,
    measure,
    maxMedia: known.maxMedia,
    mediaTypes,
    maxParts: MAX_PARTS,
    check: (content) => {
      const options = Options.safeParse(content.options);
      // The warning is joined to the text as it stands: its addresses are not shortened.
      const warning = options.success ? (options.data.contentWarning ?? '').trim() : '';
      const text = textWithLink(content);
      return [
        ...emptyViolations({ ...content, text: `${warning}${text}` }),
        ...lengthViolations(countGraphemes(warning) + measure(text), known.maxCharacters),
        ...mediaViolations(content.media, rules),
        ...mixViolations(content),
        ...(options.success ? [] : [optionViolation(options.error)]),
      ];
    },
  };
}

/** Either images, or one film, or one sound. */
function mixViolations(content: PartContent): readonly Violation[] {
  const mixed = content.media.length > 1 && content.media.some((medium) => !medium.mime.startsWith('image/'));
  return mixed ? [{ code: 'media-mixed', params: {} }] : [];
}

function optionViolation(error: z.ZodError): Violation {
  return { code: 'option-invalid', params: { option: error.issues[0]?.path.join('.') ?? '' } };
}

// The host part of `@user@host` is not counted, nor shown.
const farMention = /(?<![=/\p{L}\p{N}_])@([a-z0-9_]+(?:[a-z0-9_.-]*[a-z0-9_])?)@[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?(?::\d+)?/giu;

/** The text as Mastodon counts it: an address as so many characters as the instance says, `@user@host` as `@user`. */
function shorten(text: string, charactersPerUrl: number): string {
  const addresses = findWebAddresses(text);
  const spans: Span[] = [...addresses];
  for (const match of text.matchAll(farMention)) {
    const span = { start: match.index, end: match.index + match[0].length, text: `@${match[1] ?? ''}` };
    if (addresses.every((address) => span.end <= address.start || span.start >= address.end)) spans.push(span);
  }
  spans.sort((a, b) => a.start - b.start);
  return replaceSpans(text, spans, (span) => (span.text.startsWith('@') ? span.text : 'x'.repeat(charactersPerUrl)));
}

/** Mentions as the reader sees them, for comparing what was sent with what is read back. */
export function dropMentionHosts(text: string): string {
  return text.replace(farMention, (_, user: string) => `@${user}`);
}
