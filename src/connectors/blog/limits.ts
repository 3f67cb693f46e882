import { z } from 'zod';
import type { Limits } from '../connector.js';
import { emptyViolations, lengthViolations, mediaViolations } from '../violations.js';

/** What only the blog knows of a post. */
export const Options = z.strictObject({
  title: z.string().trim().min(1).max(200).optional().meta({ title: 'Title', description: 'Left out: the beginning of the text.' }),
  tags: z.array(z.string().trim().min(1).max(40)).max(10).optional().meta({ title: 'Tags' }),
});

/** A long read has 30,000 characters; ours to choose. */
const MAX_TEXT = 100_000;
const MAX_PARTS = 50;
/** What every browser shows. A reader on a phone has to load it. */
const MAX_IMAGE_BYTES = 20_000_000;
const mediaTypes = Object.fromEntries(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'].map((mime) => [mime, MAX_IMAGE_BYTES]));
const rules = { maxMedia: 20, mediaTypes, maxAlt: 0 };

/** The same for every blog of ours. */
export const limits: Limits = {
  maxText: MAX_TEXT,
  measure: (text) => Array.from(text).length,
  maxMedia: rules.maxMedia,
  mediaTypes,
  maxParts: MAX_PARTS,
  check: (content) => {
    const options = Options.safeParse(content.options);
    return [
      ...(content.link === null ? emptyViolations(content) : []),
      ...lengthViolations(Array.from(content.text).length, MAX_TEXT),
      ...mediaViolations([...content.media, ...(content.link?.thumb ? [content.link.thumb] : [])], { ...rules, maxMedia: rules.maxMedia + (content.link?.thumb ? 1 : 0) }),
      ...(options.success ? [] : [{ code: 'option-invalid' as const, params: { option: String(options.error.issues[0]?.path[0] ?? '') } }]),
    ];
  },
};
