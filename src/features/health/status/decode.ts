import { BrokenBody } from './body.js';

const marks: readonly (readonly [readonly number[], string])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/**
 * The bytes as text: in the encoding their first bytes, the content type or the XML declaration names, else UTF-8.
 * @throws BrokenBody when the encoding is not known, or the bytes are not in it.
 */
export function textOf(bytes: Uint8Array, contentType: string | null): string {
  const marked = marks.find(([mark]) => mark.every((byte, i) => bytes[i] === byte))?.[1];
  const told = /;\s*charset\s*=\s*"?([\w.:-]{1,40})/i.exec(contentType ?? '')?.[1];
  const declared = /^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{1,40})["']/i.exec(Buffer.from(bytes.subarray(0, 200)).toString('latin1'))?.[1];
  const encoding = marked ?? told ?? declared ?? 'utf-8';
  const decoder = decoderOf(encoding);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BrokenBody(`text that is not in its encoding (${encoding})`);
  }
}

function decoderOf(encoding: string) {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new BrokenBody(`an encoding that is not known (${encoding})`);
  }
}
