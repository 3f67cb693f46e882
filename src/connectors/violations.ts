import type { PartContent, PartMedia } from '../core/part.js';
import type { Limits, Violation } from './connector.js';

/** Rules that every platform has in some measure. Pure; shared with the composer. */

/** A part that says nothing: no text, no media. */
export function emptyViolations(content: PartContent): readonly Violation[] {
  return content.text.trim() === '' && content.media.length === 0 ? [{ code: 'text-empty', params: {} }] : [];
}

export function lengthViolations(count: number, max: number): readonly Violation[] {
  return count > max ? [{ code: 'text-too-long', params: { count, max } }] : [];
}

/** Number, type, size and description of the media; `maxAlt` in code points, 0 = no rule. */
export function mediaViolations(
  media: readonly PartMedia[],
  limits: Pick<Limits, 'maxMedia' | 'mediaTypes'> & { readonly maxAlt: number },
): readonly Violation[] {
  const violations: Violation[] = [];
  if (media.length > limits.maxMedia) violations.push({ code: 'too-many-media', params: { count: media.length, max: limits.maxMedia } });
  for (const one of media) {
    violations.push(...mediumViolations(one, limits.mediaTypes));
    const count = Array.from(one.alt).length;
    if (limits.maxAlt > 0 && count > limits.maxAlt) {
      violations.push({ code: 'alt-too-long', params: { mediaId: one.mediaId, count, max: limits.maxAlt } });
    }
  }
  return violations;
}

/** Type and size of one medium; `types` gives the most bytes of each accepted type. */
export function mediumViolations(medium: PartMedia, types: Limits['mediaTypes']): readonly Violation[] {
  const max = types[medium.mime];
  if (max === undefined) return [{ code: 'media-type', params: { mediaId: medium.mediaId, mime: medium.mime } }];
  return medium.bytes > max ? [{ code: 'media-too-large', params: { mediaId: medium.mediaId, bytes: medium.bytes, max } }] : [];
}
