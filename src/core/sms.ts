/** What a text is as an SMS: which letters it may have, how many messages it makes, what that costs. Pure; the composer counts with it too. */

/** GSM 03.38, the basic alphabet: one unit each. https://www.3gpp.org/dynareport/23038.htm §6.2.1 */
const basic = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà');
/** Its extension: two units each (§6.2.1.1). */
const extension = new Set('\f^{}\\[~]|€');

/** Units of a message that stands alone, and of each of several: those carry which of how many they are. */
const room = { 'gsm-7': { single: 160, each: 153 }, 'ucs-2': { single: 70, each: 67 } } as const;

/** Most gateways take no more, however many messages that makes. */
export const SMS_UNITS_AT_MOST = 1_600;

/** What is written differently without changing what it says. */
const spellings: Readonly<Record<string, string>> = {
  '‘': "'", '’': "'", '‚': "'", '‛': "'", '′': "'", '`': "'", '´': "'", '“': '"', '”': '"', '„': '"', '‟': '"', '«': '"', '»': '"', '″': '"', '‹': '"', '›': '"',
  '‐': '-', '‑': '-', '‒': '-', '–': '-', '—': '-', '―': '-', '−': '-', '•': '-', '·': '-', '…': '...', '→': '->', '←': '<-', '×': 'x', '÷': ':', '¦': '|',
  '\t': ' ', '\u00a0': ' ', '\u2002': ' ', '\u2003': ' ', '\u2009': ' ', '\u202f': ' ', '\u2028': '\n', '\u2029': '\n', '\u00ad': '', '\u200b': '', '\u2060': '', '\ufeff': '',
  '™': 'TM', '®': '(R)', '©': '(C)', '½': '1/2', '¼': '1/4', '¾': '3/4', 'º': 'o', 'ª': 'a', '°': 'o', '№': 'No', 'œ': 'oe', 'Œ': 'OE', 'ł': 'l', 'Ł': 'L', 'ı': 'i', 'đ': 'd', 'Đ': 'D',
  // As Italians write them where a keyboard lacks them; `È` has no place in the alphabet though `è` has.
  'À': "A'", 'È': "E'", 'Ì': "I'", 'Ò': "O'", 'Ù': "U'",
};
/** Not inside an address: there each letter counts. */
const address = /https?:\/\/[^\s<>"“”«»…]+/giu;

/** What may come after what its author wrote: an address of ours, and how to get no more of them. */
const ROOM_FOR_OURS = 200;
export const SMS_TEXT_AT_MOST = SMS_UNITS_AT_MOST - ROOM_FOR_OURS;

export interface SmsChange {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

export interface CleanSms {
  readonly text: string;
  readonly changes: readonly SmsChange[];
  /** What no clean-up can save, each once: one of them halves what fits (an emoji). Then nothing was changed. */
  readonly forcing: readonly string[];
}

export interface SmsSize {
  readonly encoding: 'gsm-7' | 'ucs-2';
  /** As phones count: two for some signs (€), two for most emoji. */
  readonly units: number;
  readonly segments: number;
}

/** The text, with the address of its link where it does not say it. */
export function textOfSms({ text, link }: { readonly text: string; readonly link: { readonly url: string } | null }, mark: (url: string) => string = (url) => url): string {
  return link === null || says(text, link.url) ? text : `${text.trim()}\n${mark(link.url)}`.trim();
}

/** A longer address says another page. */
function says(text: string, url: string): boolean {
  return text.split(url).slice(1).some((rest) => /^[.,;:!?)\]'’]*([\s<>"“”«»…]|$)/u.test(rest));
}

/** Writes a text with the letters that an SMS has room for. A text that needs others anyway stays as its author wrote it. */
export function cleanSms(written: string): CleanSms {
  const text = written.normalize('NFC').replace(/\r\n?/g, '\n').trim();
  const counts = new Map<string, SmsChange>();
  const forcing = new Set<string>();
  const change = (from: string, to: string): string => {
    counts.set(from, { from, to, count: (counts.get(from)?.count ?? 0) + 1 });
    return to;
  };
  const sign = (one: string): string => {
    if (isGsm(one)) return one;
    const to = spellings[one] ?? plain(one);
    if (to !== null) return change(one, to);
    forcing.add(one);
    return one;
  };
  const whole = (written: string): string => {
    if (/^[\x20-\x5f\x61-\x7e]*$/.test(written)) return written; // all of ASCII but the backtick
    if (URL.canParse(written)) return change(written, plainAddress(written));
    for (const one of written) if (!isGsm(one)) forcing.add(one);
    return written;
  };
  const spelled = outside(text, sign, whole);
  return forcing.size > 0 ? { text, changes: [], forcing: [...forcing] } : { text: spelled, changes: [...counts.values()], forcing: [] };
}

export function sizeOfSms(text: string): SmsSize {
  const signs = Array.from(text);
  const isPlain = signs.every(isGsm);
  const encoding = isPlain ? 'gsm-7' : 'ucs-2';
  const widths = signs.map((sign) => (isPlain ? (extension.has(sign) ? 2 : 1) : sign.length));
  const units = widths.reduce((sum, width) => sum + width, 0);
  return { encoding, units, segments: units <= room[encoding].single ? 1 : packed(widths, room[encoding].each) };
}

/** No sign is torn in two: what takes two units goes whole into the next message. */
function packed(widths: readonly number[], each: number): number {
  let segments = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > each) {
      segments += 1;
      used = 0;
    }
    used += width;
  }
  return segments;
}

/** The letter without its marks, where the alphabet has that one: `ç` is a `c`. */
function plain(sign: string): string | null {
  const bare = sign.normalize('NFKD').replace(/\p{M}/gu, '');
  return bare !== '' && bare !== sign && Array.from(bare).every((one) => basic.has(one)) ? bare : null;
}

const isGsm = (sign: string): boolean => basic.has(sign) || extension.has(sign);

/** Each sign by `sign`, and each address by `whole`. */
function outside(text: string, sign: (one: string) => string, whole: (written: string) => string): string {
  let result = '';
  let at = 0;
  for (const match of text.matchAll(address)) {
    result += Array.from(text.slice(at, match.index), sign).join('') + whole(match[0]);
    at = match.index + match[0].length;
  }
  return result + Array.from(text.slice(at), sign).join('');
}

/** Says the same with plain letters: `https://caffè.example/è` is `https://xn--caff-8oa.example/%C3%A8`. */
function plainAddress(written: string): string {
  return new URL(written).href.replaceAll('`', '%60');
}

/** Of one segment, in hundredths. */
export interface SmsPrices {
  readonly priceMinor: number;
  /** By country calling code, where it differs. */
  readonly prices: Readonly<Record<string, number>>;
}

/** Of one segment to this number, in hundredths: the longest calling code that fits. */
export function segmentMinor({ prices, priceMinor }: SmsPrices, to: string): number {
  const digits = to.replace(/^\+/, '');
  const code = Object.keys(prices).filter((one) => digits.startsWith(one)).toSorted((one, other) => other.length - one.length)[0];
  return code === undefined ? priceMinor : (prices[code] ?? priceMinor);
}
