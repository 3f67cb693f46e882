import { createHmac, timingSafeEqual } from 'node:crypto';

/** What Twilio signs: the address as it was given to it, and the fields of the form. */
export interface SignedForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
}

/** Base64 of HMAC-SHA-1 over the address and all fields by name. https://www.twilio.com/docs/usage/security#validating-requests */
export function twilioSignature(authToken: string, { url, fields }: SignedForm): string {
  const names = Object.keys(fields).toSorted((one, other) => (one < other ? -1 : 1));
  const said = names.flatMap((name) => [...new Set([fields[name] ?? []].flat())].toSorted().map((value) => `${name}${value}`));
  return createHmac('sha1', authToken).update(url + said.join(''), 'utf8').digest('base64');
}

/** @param signature of the header X-Twilio-Signature. The port may stand in what it signed or not. */
export function isSignedByTwilio(authToken: string, form: SignedForm, signature: unknown): boolean {
  if (typeof signature !== 'string') return false;
  const given = Buffer.from(signature, 'base64');
  return spellings(form.url).some((url) => {
    const expected = Buffer.from(twilioSignature(authToken, { ...form, url }), 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function spellings(address: string): readonly string[] {
  const url = new URL(address);
  const rest = `${url.pathname}${url.search}`;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return [`${url.protocol}//${url.hostname}${rest}`, `${url.protocol}//${url.hostname}:${port}${rest}`];
}
