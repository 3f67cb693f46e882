/** Reads `length` bytes at `offset`; fewer at the end of the file. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

export interface Dimensions {
  readonly width: number;
  readonly height: number;
}

/** `unknown`: a type whose size we do not read. `broken`: the file does not keep what its first bytes promise. */
export type Measured = Dimensions | 'unknown' | 'broken';

/** Width and height as a person sees the picture, in pixels, from its header; the picture itself is not decoded. */
export async function measure(mime: string, read: ReadAt): Promise<Measured> {
  switch (mime) {
    case 'image/png':
      return png(await read(0, 24));
    case 'image/gif':
      return gif(await read(0, 10));
    case 'image/webp':
      return webp(await read(0, 30));
    case 'image/jpeg':
      return jpeg(read);
    default:
      return 'unknown';
  }
}

function sized(width: number, height: number): Measured {
  return width > 0 && height > 0 ? { width, height } : 'broken';
}

function png(head: Buffer): Measured {
  if (head.length < 24 || head.toString('latin1', 12, 16) !== 'IHDR') return 'broken';
  return sized(head.readUInt32BE(16), head.readUInt32BE(20));
}

function gif(head: Buffer): Measured {
  return head.length < 10 ? 'broken' : sized(head.readUInt16LE(6), head.readUInt16LE(8));
}

// https://developers.google.com/speed/webp/docs/riff_container
function webp(head: Buffer): Measured {
  if (head.length < 30) return 'broken';
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return sized(head.readUInt16LE(26) & 0x3fff, head.readUInt16LE(28) & 0x3fff);
    case 'VP8L': {
      const bits = head.readUInt32LE(21);
      return sized((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
    }
    case 'VP8X':
      return sized(head.readUIntLE(24, 3) + 1, head.readUIntLE(27, 3) + 1);
    default:
      return 'broken';
  }
}

const MAX_SEGMENTS = 500;

/** Walks the segments up to the frame header; profiles and previews before it may be large. */
async function jpeg(read: ReadAt): Promise<Measured> {
  let at = 2;
  let isTurned = false;
  for (let segment = 0; segment < MAX_SEGMENTS; segment++) {
    const head = await read(at, 9);
    if (head.length < 9 || head[0] !== 0xff) return 'broken';
    const marker = head[1] ?? 0;
    if (marker === 0xff) {
      at += 1; // a fill byte
      continue;
    }
    if (isFrameHeader(marker)) {
      const height = head.readUInt16BE(5);
      const width = head.readUInt16BE(7);
      return isTurned ? sized(height, width) : sized(width, height);
    }
    if (marker === 0xd9 || marker === 0xda) return 'broken'; // the end, or the picture itself, without a frame header
    const length = head.readUInt16BE(2);
    if (length < 2) return 'broken';
    if (marker === 0xe1) isTurned ||= liesOnItsSide(await read(at + 4, length - 2));
    at += 2 + length;
  }
  return 'broken';
}

/** SOF0 … SOF15 but DHT (c4), JPG (c8) and DAC (cc). */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** EXIF orientation 5 to 8: width and height change places when the picture is shown. */
function liesOnItsSide(segment: Buffer): boolean {
  if (segment.length < 14 || segment.toString('latin1', 0, 6) !== 'Exif\0\0') return false;
  const tiff = segment.subarray(6);
  const isLittle = tiff.toString('latin1', 0, 2) === 'II';
  const read16 = (at: number): number => (at + 2 > tiff.length ? 0 : isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const start = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  for (let i = 0; i < read16(start); i++) {
    const entry = start + 2 + i * 12;
    if (entry + 12 > tiff.length) return false;
    if (read16(entry) === 0x0112) return read16(entry + 8) >= 5 && read16(entry + 8) <= 8;
  }
  return false;
}
