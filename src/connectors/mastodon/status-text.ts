import { squeezeSpace } from '../text.js';
import { dropMentionHosts } from './limits.js';

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/**
 * The words of a status, from the HTML an instance makes of them: tags gone, entities decoded, paragraphs and breaks
 * as white space. An address stands there whole, its ends in spans that only style sheets hide.
 */
export function textOfHtml(html: string): string {
  return html
    .replace(/<br\s*\/?>|<\/p>|<\/li>|<\/h\d>|<\/blockquote>|<\/div>/giu, '\n')
    .replace(/<[^<>]*>/gu, '')
    .replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/giu, (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return named[name.toLowerCase()] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}

/** What of a text survives the journey: to compare what was sent with what is read back. */
export function comparable(text: string): string {
  return squeezeSpace(dropMentionHosts(text));
}
