import type { Limits } from '../connector.js';
import { textWithLink } from '../text.js';
import { emptyViolations, lengthViolations, mediaViolations } from '../violations.js';

/** The most characters (code points) of a sandbox post. */
export const maxText = 500;
const pictureBytes = 5_000_000;
const pictureTypes = { 'image/png': pictureBytes, 'image/jpeg': pictureBytes, 'image/gif': pictureBytes, 'image/webp': pictureBytes };

const measure = (text: string): number => Array.from(text).length;

/** The sandbox counts code points: 500 of them, four pictures where it takes pictures at all, threads of up to ten. */
export function sandboxLimits(media: boolean): Limits {
  const maxMedia = media ? 4 : 0;
  const mediaTypes = media ? pictureTypes : {};
  return {
    maxText,
    measure,
    maxMedia,
    mediaTypes,
    maxParts: 10,
    check: (content) => [
      ...emptyViolations(content),
      ...lengthViolations(measure(textWithLink(content)), maxText),
      ...mediaViolations(content.media, { maxMedia, mediaTypes, maxAlt: 0 }),
    ],
  };
}
