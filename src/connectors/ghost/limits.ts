import { z } from 'zod';
import type { PartContent } from '../../core/part.js';
import { headed } from '../article.js';
import type { Limits, Violation } from '../connector.js';
import { lengthViolations, mediaViolations } from '../violations.js';

/** What Ghost's database takes of a title. */
const MAX_TITLE = 255;

/** What only Ghost knows of a part. */
export const Options = z.object({
  /** Left out: the first line of the text. */
  title: z.string().trim().max(MAX_TITLE).optional(),
  excerpt: z.string().trim().max(300).optional(),
  /** The first picture: the cover alone, in the article too, or in the article alone. */
  cover: z.enum(['only', 'also', 'none']).default('only'),
  /** By name; those that are not there yet are made. */
  tags: z.array(z.string().trim().min(1).max(191)).max(30).optional(),
  /** Who may read it. */
  visibility: z.enum(['public', 'members', 'paid']).optional(),
});
export type Options = z.output<typeof Options>;

/** Ghost takes 1,000,000,000 characters of HTML; this is a book. */
const MAX_TEXT = 100_000;
const MAX_MEDIA = 30;
/** A cover's description; those inside the article have no bound. */
const MAX_COVER_ALT = 191;
/** What a site takes is its own affair; above this none is asked. */
const MAX_IMAGE_BYTES = 20_000_000;
const MAX_VIDEO_BYTES = 100_000_000;

const mediaTypes: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['image/jpeg', 'image/png', 'image/gif', 'image/webp'].map((mime) => [mime, MAX_IMAGE_BYTES])),
  ...Object.fromEntries(['video/mp4', 'video/webm'].map((mime) => [mime, MAX_VIDEO_BYTES])),
};

/** The same for every site. */
export const limits: Limits = {
  maxText: MAX_TEXT,
  measure,
  maxMedia: MAX_MEDIA,
  mediaTypes,
  maxParts: 1, // an article has no thread
  check: (content) => {
    const options = Options.safeParse(content.options);
    return [
      ...(headed(content, options.data?.title).title === '' ? [{ code: 'text-empty' as const, params: {} }] : []),
      ...lengthViolations(measure(content.text), MAX_TEXT),
      ...mediaViolations(content.media, { maxMedia: MAX_MEDIA, mediaTypes, maxAlt: 0 }),
      ...(options.success ? coverViolations(content, options.data) : [{ code: 'option-invalid' as const, params: { option: options.error.issues[0]?.path.join('.') ?? '' } }]),
    ];
  },
};

/** A film is no cover. */
export function coverOf({ media: [first] }: PartContent, { cover }: Options): PartContent['media'][number] | null {
  return cover !== 'none' && first?.mime.startsWith('image/') === true ? first : null;
}

function coverViolations(content: PartContent, options: Options): readonly Violation[] {
  const cover = coverOf(content, options);
  const count = Array.from(cover?.alt ?? '').length;
  return cover !== null && count > MAX_COVER_ALT ? [{ code: 'alt-too-long', params: { mediaId: cover.mediaId, count, max: MAX_COVER_ALT } }] : [];
}

function measure(text: string): number {
  return text.length;
}
