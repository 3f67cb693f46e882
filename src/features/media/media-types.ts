import { fileTypeFromBuffer } from 'file-type';

/** What a file is, as its own bytes say; names and declared types are not asked. */
export interface MediaType {
  readonly mime: string;
  readonly extension: string;
  readonly maxBytes: number;
}

/** Enough of a file's beginning to tell every type we take. */
export const HEAD_BYTES = 4_100;

/**
 * Above what any platform takes (8 to 20 MB for a picture), for agencies upload originals; a connector's limits say what fits.
 * A picture this large is still read from disk by the piece, never whole into memory.
 */
export const MAX_IMAGE_BYTES = 100_000_000;
/** The most a short film may have on the platforms we know (Instagram reels and LinkedIn's posts: 1 GB and below). */
export const MAX_VIDEO_BYTES = 1_000_000_000;

const image = (mime: string, extension: string): MediaType => ({ mime, extension, maxBytes: MAX_IMAGE_BYTES });
const video = (mime: string, extension: string): MediaType => ({ mime, extension, maxBytes: MAX_VIDEO_BYTES });

/** What is found → what it is kept as. SVG, HTML and PDF are left out: they can hold script. */
const taken: Readonly<Record<string, MediaType>> = {
  'image/png': image('image/png', 'png'),
  'image/apng': image('image/png', 'png'), // an animated PNG is a PNG
  'image/jpeg': image('image/jpeg', 'jpg'),
  'image/gif': image('image/gif', 'gif'),
  'image/webp': image('image/webp', 'webp'),
  'image/avif': image('image/avif', 'avif'),
  'image/heic': image('image/heic', 'heic'),
  'video/mp4': video('video/mp4', 'mp4'),
  'video/x-m4v': video('video/mp4', 'mp4'),
  'video/quicktime': video('video/quicktime', 'mov'),
  'video/webm': video('video/webm', 'webm'),
};

export const takenTypes: readonly string[] = [...new Set(Object.values(taken).map(({ mime }) => mime))];

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Null for everything we do not take, text of any kind included. */
export async function typeOf(head: Uint8Array): Promise<MediaType | null> {
  // The library walks a PNG's chunks to tell an animated one, and gives up where a colour profile outgrows the head.
  if (pngSignature.equals(head.subarray(0, 8))) return taken['image/png'] ?? null;
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  return found ? (taken[found.mime] ?? null) : null;
}
