import { describe, expect, it } from '@jest/globals';
import { isSignedByTwilio, twilioSignature } from '../../../src/infra/phone/twilio-signature.js';

// The example of https://www.twilio.com/docs/usage/security#validating-requests
const example = {
  url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
  fields: { To: '+18005551212', From: '+14158675309', Digits: '1234', CallSid: 'CA1234567890ABCDE', Caller: '+14158675309' },
};
const token = '12345';
const signature = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';

describe('the signature of Twilio', () => {
  it('is the one of Twilio’s own example, in whatever order the fields come', () => {
    expect(twilioSignature(token, example)).toBe(signature);
  });

  it('counts with and without the port', () => {
    const withPort = { ...example, url: 'https://mycompany.com:443/myapp.php?foo=1&bar=2' };
    expect(isSignedByTwilio(token, example, twilioSignature(token, withPort))).toBe(true);
    expect(isSignedByTwilio(token, withPort, signature)).toBe(true);
  });

  it.each([
    ['another token', 'other', example, signature],
    ['another field', token, { ...example, fields: { ...example.fields, Digits: '12345' } }, signature],
    ['one field more', token, { ...example, fields: { ...example.fields, Body: 'STOP' } }, signature],
    ['another address', token, { ...example, url: 'https://mycompany.com/myapp.php?foo=1&bar=3' }, signature],
    ['no signature', token, example, undefined],
    ['half a signature', token, example, signature.slice(0, 12)],
  ])('does not count with %s', (_name, key, form, given) => {
    expect(isSignedByTwilio(key, form, given)).toBe(false);
  });
});
