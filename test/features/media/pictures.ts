import { deflateSync } from 'node:zlib';

/** A PNG's chunk; the checksum is left zero, as nobody here decodes pictures. */
function chunk(name: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length, 0);
  head.write(name, 4, 'latin1');
  return Buffer.concat([head, body, Buffer.alloc(4)]);
}

export function png(width: number, height: number, { profileBytes = 0, salt = '' } = {}): Buffer {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.writeUInt8(8, 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', size),
    chunk('iCCP', Buffer.alloc(profileBytes)),
    chunk('tEXt', Buffer.from(salt)),
    chunk('IDAT', deflateSync(Buffer.alloc(10))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

export function gif(width: number, height: number): Buffer {
  const head = Buffer.from('GIF89a\0\0\0\0\0\0\0', 'latin1');
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  return Buffer.concat([head, Buffer.from(';')]);
}

/** A JPEG with an EXIF orientation and `filler` bytes of profile before the frame header. */
export function jpeg(width: number, height: number, { orientation = 1, filler = 0, isLittle = false } = {}): Buffer {
  const segment = (marker: number, body: Buffer): Buffer => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(body.length + 2, 2);
    return Buffer.concat([head, body]);
  };
  const u16 = (value: number): Buffer => (isLittle ? Buffer.from([value & 0xff, value >> 8]) : Buffer.from([value >> 8, value & 0xff]));
  const u32 = (value: number): Buffer => (isLittle ? Buffer.concat([u16(value & 0xffff), u16(value >> 16)]) : Buffer.concat([u16(value >> 16), u16(value & 0xffff)]));
  const tiff = Buffer.concat([Buffer.from(isLittle ? 'II' : 'MM'), u16(42), u32(8), u16(1), u16(0x0112), u16(3), u32(1), u16(orientation), u16(0), u32(0)]);
  const frame = Buffer.from([8, height >> 8, height & 0xff, width >> 8, width & 0xff, 1, 1, 0x11, 0]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff])),
    ...(filler > 0 ? [segment(0xe2, Buffer.alloc(filler, 0xff))] : []),
    segment(0xc4, Buffer.alloc(20)),
    segment(0xc0, frame),
    segment(0xda, Buffer.alloc(6)),
    Buffer.from([0xff, 0xd9]),
  ]);
}

export function webp(kind: 'VP8 ' | 'VP8L' | 'VP8X', width: number, height: number): Buffer {
  const body = Buffer.alloc(40);
  body.write('RIFF', 0, 'latin1');
  body.writeUInt32LE(32, 4);
  body.write(`WEBP${kind}`, 8, 'latin1');
  if (kind === 'VP8 ') {
    body.writeUInt16LE(width, 26);
    body.writeUInt16LE(height, 28);
  } else if (kind === 'VP8L') {
    body.writeUInt8(0x2f, 20);
    body.writeUInt32LE(((height - 1) << 14) | (width - 1), 21);
  } else {
    body.writeUIntLE(width - 1, 24, 3);
    body.writeUIntLE(height - 1, 27, 3);
  }
  return body;
}

/** The beginning of a film, and nothing after it. */
export function mp4(bytes = 64): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 0x18]), Buffer.from('ftypmp42\0\0\0\0mp42isom', 'latin1'), Buffer.alloc(Math.max(0, bytes - 24))]);
}
