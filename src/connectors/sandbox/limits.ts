import type { PartContent } from '../../core/part.js';
import type { Limits, Violation } from '../connector.js';

/** The most characters (code points) of a sandbox post. */
export const maxText = 500;
const pictureBytes = 5_000_000;
const mediaTypes = { 'image/png': pictureBytes, 'image/jpeg': pictureBytes, 'image/gif': pictureBytes, 'image/webp': pictureBytes };

const measure = (text: string): number => Array.from(text).length;

/** The sandbox counts code points: 500 of them, four pictures where it takes pictures at all, threads of up to ten. */
export function sandboxLimits(media: boolean): Limits {
  const maxMedia = media ? 4 : 0;
  return {
    maxText,
    measure,
    maxMedia,
    mediaTypes: media ? mediaTypes : {},
    maxParts: 10,
    check: (content) => [...textViolations(content), ...mediaViolations(content, maxMedia)],
  };
}

function textViolations({ text, media }: PartContent): Violation[] {
  const length = measure(text);
  if (length > maxText) return [{ code: 'text-too-long', params: { max: maxText, count: length } }];
  if (text.trim() === '' && media.length === 0) return [{ code: 'text-empty', params: {} }];
  return [];
}

function mediaViolations({ media }: PartContent, maxMedia: number): Violation[] {
  const violations: Violation[] = [];
  if (media.length > maxMedia) violations.push({ code: 'too-many-media', params: { max: maxMedia, count: media.length } });
  for (const { mime, bytes } of media) {
    if (!(mime in mediaTypes)) violations.push({ code: 'media-type', params: { mime } });
    else if (bytes > pictureBytes) violations.push({ code: 'media-too-large', params: { max: pictureBytes, bytes } });
  }
  return violations;
}
