import { domainToASCII } from 'node:url';
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';

export interface Written {
  readonly kind: 'email' | 'phone';
  readonly text: string;
  /** Of numbers without their country code; ISO 3166, null = none. */
  readonly country: string | null;
}

/** Invisible marks that come with copied text: zero-width characters, soft hyphens, directions, byte order marks. */
const invisible = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g;
/** Quoted local parts and comments are allowed by RFC 5321 and used by nobody. */
const localPart = /^[^\s@"(),:;<>[\]\\.\p{C}]+(\.[^\s@"(),:;<>[\]\\.\p{C}]+)*$/u;
/** What URL parsing would read a meaning into, before it becomes a name. */
const writtenDomain = /^[^\s/\\?#%:@[\]]+$/u;
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const domain = new RegExp(`^(?:${label}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$`);
/** RFC 5321 §4.5.3.1, in octets. */
const most = { local: 64, whole: 254 };

/** As it is kept: without the spaces and invisible marks around and in it. */
export function tidy(text: string): string {
  return text.replace(invisible, '').trim();
}

/**
 * The one form by which two spellings of an address are the same: an e-mail in lower case, NFC, its domain in ASCII (dots and
 * plus signs stay: whether they count is the provider's affair); a phone number as E.164.
 * @returns null when it is no address
 */
export function keyOf({ kind, text, country }: Written): string | null {
  return kind === 'email' ? emailKey(text) : phoneKey(text, country);
}

function emailKey(text: string): string | null {
  const written = tidy(text);
  const at = written.lastIndexOf('@');
  const local = written.slice(0, Math.max(at, 0)).toLowerCase().normalize('NFC');
  const host = written.slice(at + 1);
  if (!localPart.test(local) || !writtenDomain.test(host)) return null;
  const ascii = domainToASCII(host).toLowerCase();
  const key = `${local}@${ascii}`;
  return domain.test(ascii) && Buffer.byteLength(local) <= most.local && Buffer.byteLength(key) <= most.whole ? key : null;
}

function phoneKey(text: string, country: string | null): string | null {
  const number = parsePhoneNumberFromString(tidy(text), country !== null && isSupportedCountry(country) ? { defaultCountry: country, extract: false } : { extract: false });
  return number?.isValid() === true && number.ext === undefined ? number.number : null;
}

/** The country of a number in its international form, null if it is none. */
export function countryOfPhone(number: string): CountryCode | null {
  return parsePhoneNumberFromString(number)?.country ?? null;
}

export const isCountry = (code: string): boolean => isSupportedCountry(code);
