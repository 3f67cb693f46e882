import { z } from 'zod';
import type { PartContent } from '../../core/part.js';
import type { Limits, Violation } from '../connector.js';
import { textWithLink } from '../text.js';
import { emptyViolations, lengthViolations, mediaViolations } from '../violations.js';

/** What only Telegram knows of a message. */
export const Options = z.object({
  /** Arrives without a sound. */
  silent: z.boolean().optional(),
  /** Cannot be forwarded or saved. */
  protect: z.boolean().optional(),
  /** No preview of the address. */
  noPreview: z.boolean().optional(),
  /** Pictures and films as files, as they are, not shrunk. */
  asFiles: z.boolean().optional(),
});
export type Options = z.output<typeof Options>;

// https://core.telegram.org/bots/api#sendmessage, #sendphoto, #sendmediagroup
const MAX_TEXT = 4_096;
const MAX_CAPTION = 1_024;
const MAX_MEDIA = 10;
const MAX_PHOTO_BYTES = 10_000_000;
/** The API takes 50 MB; but a file goes up within the one visible request, which has some 20 s. */
const MAX_FILE_BYTES = 20_000_000;
/** Enough for any thread a person reads; Telegram sets no bound. */
const MAX_PARTS = 50;

const photos = ['image/jpeg', 'image/png', 'image/webp'];
const films = ['video/mp4'];
/** Plays by itself, without sound; not in an album. */
const ANIMATION = 'image/gif';

const mediaTypes: Readonly<Record<string, number>> = {
  ...Object.fromEntries(photos.map((mime) => [mime, MAX_PHOTO_BYTES])),
  ...Object.fromEntries([...films, ANIMATION].map((mime) => [mime, MAX_FILE_BYTES])),
};

/** The same for every channel. */
export const limits: Limits = {
  maxText: MAX_TEXT,
  measure, // addresses count in full
  maxMedia: MAX_MEDIA,
  mediaTypes,
  maxParts: MAX_PARTS,
  check: (content) => [
    ...(content.link === null ? emptyViolations(content) : []),
    ...lengthViolations(measure(textWithLink(content)), content.media.length === 0 ? MAX_TEXT : MAX_CAPTION),
    ...mediaViolations(content.media, { maxMedia: MAX_MEDIA, mediaTypes, maxAlt: 0 }),
    ...mixViolations(content),
    ...(Options.safeParse(content.options).success ? [] : [{ code: 'option-invalid' as const, params: { option: 'telegram' } }]),
  ],
};

/** UTF-16 units, as offsets in Telegram's texts are counted. */
function measure(text: string): number {
  return text.length;
}

/** An album holds pictures and films; an animation goes alone. As files all of them are the same. */
function mixViolations({ media, options }: PartContent): readonly Violation[] {
  const asFiles = Options.safeParse(options).data?.asFiles === true;
  const mixed = media.length > 1 && !asFiles && media.some(({ mime }) => mime === ANIMATION);
  return mixed ? [{ code: 'media-mixed', params: {} }] : [];
}
