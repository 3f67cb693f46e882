import { z } from 'zod';
import { headed } from '../article.js';
import type { Limits } from '../connector.js';
import { lengthViolations, mediaViolations } from '../violations.js';

/** What only WordPress knows of a part. */
export const Options = z.object({
  /** Left out: the first line of the text. */
  title: z.string().trim().max(200).optional(),
  excerpt: z.string().trim().max(1_000).optional(),
  /** The first picture: the cover alone, in the article too, or in the article alone. */
  cover: z.enum(['only', 'also', 'none']).default('only'),
  /** Numbers of categories and tags of the site. */
  categories: z.array(z.int().positive()).max(50).optional(),
  tags: z.array(z.int().positive()).max(50).optional(),
});
export type Options = z.output<typeof Options>;

/** WordPress sets no bound; this is a book. */
const MAX_TEXT = 100_000;
const MAX_MEDIA = 30;
/** What a site takes is its own affair (`upload_max_filesize`, often 2 to 64 MB); above this none is asked. */
const MAX_IMAGE_BYTES = 20_000_000;
const MAX_VIDEO_BYTES = 100_000_000;

/** Types that every site since 5.8 takes, unless it forbids them. */
const mediaTypes: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['image/jpeg', 'image/png', 'image/gif', 'image/webp'].map((mime) => [mime, MAX_IMAGE_BYTES])),
  ...Object.fromEntries(['video/mp4', 'video/quicktime', 'video/webm'].map((mime) => [mime, MAX_VIDEO_BYTES])),
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
      ...(options.success ? [] : [{ code: 'option-invalid' as const, params: { option: options.error.issues[0]?.path.join('.') ?? '' } }]),
    ];
  },
};

function measure(text: string): number {
  return text.length;
}
