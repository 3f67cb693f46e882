import { describe, expect, it } from '@jest/globals';
import { keyOf } from '../../../src/features/audience/address.js';
import { countryOf } from '../../../src/features/audience/country.js';

const email = (text: string) => keyOf({ kind: 'email', text, country: null });
const phone = (text: string, country: string | null = 'IT') => keyOf({ kind: 'phone', text, country });

describe('The key of an e-mail address', () => {
  it.each([
    ['Anna@Example.COM', 'anna@example.com'],
    ['  anna@example.com\t', 'anna@example.com'],
    ['\ufeffanna@example.com\u200b', 'anna@example.com'],
    ['an\u00adna@example.com', 'anna@example.com'],
    ['anna@MÜNCHEN.example', 'anna@xn--mnchen-3ya.example'],
    ['anna@mu\u0308nchen.example', 'anna@xn--mnchen-3ya.example'],
    ['anna@XN--MNCHEN-3YA.example', 'anna@xn--mnchen-3ya.example'],
    ['jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['anna@例え.jp', 'anna@xn--r8jz45g.jp'],
    ["o'brien+news@mail.example.co.uk", "o'brien+news@mail.example.co.uk"],
  ])('of %j is %j', (written, key) => {
    expect(email(written)).toBe(key);
  });

  it('keeps dots and plus signs: whose mailbox they lead to is the provider\'s affair', () => {
    expect(email('an.na@gmail.com')).not.toBe(email('anna@gmail.com'));
    expect(email('anna+a@gmail.com')).not.toBe(email('anna@gmail.com'));
  });

  it.each([
    '', 'anna', '@example.com', 'anna@', 'anna@example', 'anna@@example.com', 'anna @example.com', 'anna@exam ple.com', '.anna@example.com', 'an..na@example.com', 'anna.@example.com',
    'anna@-example.com', 'anna@example.com.', 'anna@exam_ple.com', 'anna@127.0.0.1', 'anna@[127.0.0.1]', 'anna@1.2', 'anna@example.123', 'Anna <anna@example.com>', 'anna@example.com,bea@example.com',
    'anna@example.com/x', 'anna@example.com?subject=x', 'anna@exa%41mple.com', 'an\0na@example.com', 'anna\n@example.com', '"anna"@example.com', `${'a'.repeat(65)}@example.com`, `anna@${'a'.repeat(64)}.com`,
    `anna@${Array.from({ length: 50 }, () => 'abcd').join('.')}.com`,
  ])('of %j is none', (written) => {
    expect(email(written)).toBeNull();
  });
});

describe('The key of a phone number', () => {
  it.each([
    ['+39 347 123 4567', 'IT', '+393471234567'],
    ['347/1234567', 'IT', '+393471234567'],
    ['0039 347 1234567', 'IT', '+393471234567'],
    ['06 1234 5678', 'IT', '+390612345678'],
    ['020 7946 0018', 'GB', '+442079460018'],
    ['+44 20 7946 0018', null, '+442079460018'],
  ] as const)('of %j in %s is %s', (written, country, key) => {
    expect(phone(written, country)).toBe(key);
  });

  it.each(['', '12', '347 1234567 89012345', 'call me', '+39 347 123 4567 ext. 5', 'tel 347 1234567 or 348 1234567'])('of %j is none', (written) => {
    expect(phone(written)).toBeNull();
  });

  it('of a number without a country is none where no country is known', () => {
    expect(phone('347 1234567', null)).toBeNull();
  });
});

describe('The country of a client\'s numbers', () => {
  const of = (zone: string, ...phones: string[]) => countryOf({ zone, contacts: { phones } });

  it('is that of its own phone before that of its zone', () => {
    expect([of('Europe/Rome', '+41912345678'), of('Europe/Rome'), of('Europe/Zurich')]).toEqual(['CH', 'IT', 'CH']);
  });

  it('is not guessed where the zone says nothing', () => {
    expect(of('UTC')).toBeNull();
  });
});
