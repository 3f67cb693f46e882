import { describe, expect, it } from '@jest/globals';
import { measure } from '../../../src/features/media/dimensions.js';
import { typeOf } from '../../../src/features/media/media-types.js';
import { gif, jpeg, mp4, png, webp } from './pictures.js';

const HEAD = 4_100;
const measured = (mime: string, file: Buffer) => measure(mime, async (offset, length) => file.subarray(offset, offset + length));

describe('the size of a picture', () => {
  it.each([
    ['PNG', 'image/png', png(640, 480)],
    ['GIF', 'image/gif', gif(640, 480)],
    ['lossy WebP', 'image/webp', webp('VP8 ', 640, 480)],
    ['lossless WebP', 'image/webp', webp('VP8L', 640, 480)],
    ['extended WebP', 'image/webp', webp('VP8X', 640, 480)],
    ['JPEG', 'image/jpeg', jpeg(640, 480)],
    ['JPEG behind a large profile', 'image/jpeg', jpeg(640, 480, { filler: 60_000 })],
    ['JPEG lying on its side', 'image/jpeg', jpeg(480, 640, { orientation: 6 })],
    ['JPEG on its side, by a camera of the other byte order', 'image/jpeg', jpeg(480, 640, { orientation: 8, isLittle: true })],
    ['JPEG upside down', 'image/jpeg', jpeg(640, 480, { orientation: 3 })],
  ])('is read from a %s as people see it', async (_, mime, file) => {
    expect(await measured(mime, file)).toEqual({ width: 640, height: 480 });
  });

  it.each([
    ['a cut PNG', 'image/png', png(640, 480).subarray(0, 20)],
    ['a PNG of no size', 'image/png', png(0, 480)],
    ['a JPEG cut before its frame header', 'image/jpeg', jpeg(640, 480).subarray(0, 30)],
    ['a JPEG that goes on as text', 'image/jpeg', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.from('<html>hello there</html>')])],
    ['a WebP of a kind that is not', 'image/webp', Buffer.from(`RIFF\0\0\0\0WEBPnope${'\0'.repeat(20)}`)],
  ])('%s counts as broken', async (_, mime, file) => {
    expect(await measured(mime, file)).toBe('broken');
  });

  it('of a film is not read', async () => {
    expect(await measured('video/mp4', mp4())).toBe('unknown');
  });
});

describe('the type of a file', () => {
  it.each([
    ['image/png', png(1, 1)],
    ['image/png', png(1, 1, { profileBytes: 20_000 })],
    ['image/jpeg', jpeg(1, 1)],
    ['image/gif', gif(1, 1)],
    ['image/webp', webp('VP8 ', 1, 1)],
    ['video/mp4', mp4()],
  ])('is %s by its bytes', async (mime, file) => {
    expect((await typeOf(file.subarray(0, HEAD)))?.mime).toBe(mime);
  });

  it.each([
    ['SVG', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['bare SVG', '<svg onload="alert(1)"/>'],
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['PDF', '%PDF-1.7 …'],
    ['a ZIP', 'PK\u0003\u0004and so on'],
    ['text', 'just words'],
    ['nothing', ''],
  ])('%s is none that we take', async (_, text) => {
    expect(await typeOf(Buffer.from(text))).toBeNull();
  });
});
