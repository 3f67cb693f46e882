import type { Limits } from '../connector.js';
import { emptyViolations, lengthViolations, mediaViolations } from '../violations.js';

/** Ours to choose, and wide: what the platform takes is seen by the person who posts there. */
const MAX_TEXT = 100_000;
const MAX_PARTS = 50;
/** What the library takes: the most of a picture, and of a film. */
const MAX_IMAGE_BYTES = 100_000_000;
const MAX_VIDEO_BYTES = 1_000_000_000;
const mediaTypes = Object.fromEntries([
  ...['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif', 'image/heic'].map((mime) => [mime, MAX_IMAGE_BYTES] as const),
  ...['video/mp4', 'video/quicktime', 'video/webm'].map((mime) => [mime, MAX_VIDEO_BYTES] as const),
]);
const rules = { maxMedia: 50, mediaTypes, maxAlt: 0 };

/** The same on every platform that a person posts to. */
export const limits: Limits = {
  maxText: MAX_TEXT,
  measure: (text) => Array.from(text).length,
  maxMedia: rules.maxMedia,
  mediaTypes,
  maxParts: MAX_PARTS,
  check: (content) => [
    ...(content.link === null ? emptyViolations(content) : []),
    ...lengthViolations(Array.from(content.text).length, MAX_TEXT),
    ...mediaViolations(content.media, rules),
  ],
};
