/** Longer words are cut: an evidence is read by people. In UTF-16 units. */
const maxWords = 2_000;
const maxTitle = 200;
/** No more than this of a text is looked at. */
const maxRead = 20_000;

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** A platform's words as plain text: no markup, no control or direction characters, at most 2,000 characters. */
export function plainWords(text: string | null | undefined, max = maxWords): string {
  const plain = (text ?? '')
    .slice(0, maxRead)
    .replace(/<(?:br|\/p|\/div|\/li|\/tr)\b[^<>]{0,200}>/gi, '\n')
    .replace(/<[/!?a-z][^<>]*>/gi, ' ')
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, characterOf)
    .replace(/\*\*/g, '')
    .replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/g, '')
    .replace(/[^\P{Cc}\n]/gu, ' ')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{2,}/g, '\n')
    .replace(/\p{Cs}/gu, '\ufffd')
    .trim();
  return plain.length <= max ? plain : `${plain.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** One line of at most 200 characters; `otherwise` where there is none. */
export function plainTitle(text: string | null | undefined, otherwise = 'untitled'): string {
  return plainWords(text, maxTitle).replaceAll('\n', ' ') || otherwise;
}

/** An address to show beside the words, or null. Relative ones are taken from `base`. */
export function webAddress(text: string | null | undefined, base?: string): string | null {
  if (text === null || text === undefined || text === '' || text.length > 2_000 || !URL.canParse(text, base)) return null;
  const url = new URL(text, base);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
}

function characterOf(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : ' ';
}
