import { describe, expect, it } from '@jest/globals';
import { countBytes, countGraphemes, findWebAddresses, squeezeSpace, textWithLink } from '../../src/connectors/text.js';

const addresses = (text: string): string[] => findWebAddresses(text).map((span) => span.text);

describe('counting', () => {
  it.each([
    ['plain', 5],
    ['', 0],
    ['two\nlines', 9],
    ['windows\r\nline', 12],
    ['👩‍👩‍👧‍👦', 1],
    ['🇮🇹🇬🇧', 2],
    ['e\u0301', 1],
    ['日本語', 3],
  ])('counts %j as %i graphemes', (text, count) => {
    expect(countGraphemes(text)).toBe(count);
  });

  it.each([
    ['è', 100_000, 100_000],
    ['👩‍👩‍👧‍👦', 999, 999],
    ['🇮🇹', 1_501, 1_501],
    ['e\u0301', 3_333, 3_333],
    ['\u0301', 5_000, 1],
  ])('counts a long text of %j as a short one', (piece, times, count) => {
    expect(countGraphemes(piece.repeat(times))).toBe(count);
  });

  it('counts bytes as UTF-8', () => {
    expect(countBytes('aà€👋')).toBe(1 + 2 + 3 + 4);
  });
});

describe('findWebAddresses', () => {
  it.each([
    ['see https://a.example/b?c=d#e now', ['https://a.example/b?c=d#e']],
    ['(see https://a.example/b).', ['https://a.example/b']],
    ['https://en.wikipedia.org/wiki/Foo_(bar)', ['https://en.wikipedia.org/wiki/Foo_(bar)']],
    ['(https://en.wikipedia.org/wiki/Foo_(bar)), or', ['https://en.wikipedia.org/wiki/Foo_(bar)']],
    ['https://a.example, https://b.example!', ['https://a.example', 'https://b.example']],
    ['https://a.example/…', ['https://a.example/']],
    ['"https://a.example"', ['https://a.example']],
    ['見てhttps://a.example/bを', ['https://a.example/bを']],
    ['https://köln.example:8080/x', ['https://köln.example:8080/x']],
    ['HTTP://A.EXAMPLE', ['HTTP://A.EXAMPLE']],
  ])('finds the address in %j', (text, found) => {
    expect(addresses(text)).toEqual(found);
  });

  it.each(['a.example', 'http://localhost/x', 'http://1.2/x', 'xhttps://a.example', '#https://a.example', 'https://', 'ftp://a.example', 'https://a..example'])(
    'finds none in %j',
    (text) => {
      expect(addresses(text)).toEqual([]);
    },
  );

  it('tells where the address stands', () => {
    const text = '👋 https://a.example.';
    const [span] = findWebAddresses(text);
    expect(text.slice(span?.start, span?.end)).toBe('https://a.example');
  });

  it('takes no time over a hostile text', () => {
    const startedAt = performance.now();
    addresses(`https://a.example/${')'.repeat(1_000_000)} https://${'a-'.repeat(500_000)} https://${'a.'.repeat(500_000)}`);
    expect(performance.now() - startedAt).toBeLessThan(10_000); // grown with the square of its length it would be minutes
  });
});

describe('textWithLink', () => {
  const link = { url: 'https://a.example' };

  it('adds the address below a text that does not say it', () => {
    expect(textWithLink({ text: 'Read', link })).toBe('Read\n\nhttps://a.example');
  });

  it('adds nothing to a text that says it, or without a link', () => {
    expect(textWithLink({ text: 'Read https://a.example', link })).toBe('Read https://a.example');
    expect(textWithLink({ text: 'Read', link: null })).toBe('Read');
  });
});

it('compares texts whatever white space and normal form they came back with', () => {
  expect(squeezeSpace(' a\u00a0b\r\n\n c e\u0301\u200b')).toBe('a b c é');
});
