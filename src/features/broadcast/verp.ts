import { parse, stringify } from 'uuid';

/** Which mail a return path or a Message-ID speaks of. Hard to guess: a subscriber's id has 74 random bits. */
export interface MailRef {
  /** Of the broadcast. */
  readonly number: string;
  readonly subscriberId: string;
}

const digits = 'abcdefghijklmnopqrstuvwxyz234567';

/** `<number>.<subscriber>`: at most 34 characters, lower case, as an address has to survive servers that change case. */
export function mailKey({ number, subscriberId }: MailRef): string {
  return `${BigInt(number).toString(36)}.${base32(parse(subscriberId))}`;
}

export function readMailKey(key: string): MailRef | null {
  const [, number = '', subscriber = ''] = /^([0-9a-z]{1,7})\.([a-z2-7]{26})$/.exec(key.toLowerCase()) ?? [];
  const bytes = fromBase32(subscriber);
  if (number === '' || bytes === null) return null;
  try {
    return { number: String(Number.parseInt(number, 36)), subscriberId: stringify(bytes) };
  } catch {
    return null; // no id has these bits
  }
}

/** The return path of one mail: what comes back to it says whose mail it was. */
export function returnPath(bounceAddress: string, key: string): string {
  const at = bounceAddress.lastIndexOf('@');
  return `${bounceAddress.slice(0, at)}+${key}${bounceAddress.slice(at)}`;
}

/** Every mail that these texts (addresses, Message-IDs) name; most name none. */
export function findMailRefs(texts: readonly string[]): readonly MailRef[] {
  return texts.flatMap((text) => [...text.matchAll(/[+<]([0-9a-z]{1,7}\.[a-z2-7]{26})@/giu)].flatMap(([, key = '']) => readMailKey(key) ?? []));
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += digits[(value >>> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + (digits[(value << (5 - bits)) & 31] ?? '') : text;
}

/** Of 16 bytes. */
function fromBase32(text: string): Uint8Array | null {
  if (text.length !== 26) return null;
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const digit of text) {
    value = (value << 5) | digits.indexOf(digit);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >>> bits) & 255);
      value &= (1 << bits) - 1;
    }
  }
  return Uint8Array.from(bytes);
}
