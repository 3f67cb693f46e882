import { describe, expect, it } from '@jest/globals';
import { freeSlug, wordsOf } from '../../../src/features/blog/slugs.js';

describe('The address of an article', () => {
  it.each([
    ['Oggi è chiuso: perché?', 'oggi-e-chiuso-perche'],
    ['L’aperitivo dell’estate', 'l-aperitivo-dell-estate'],
    ['Straße & Größe', 'strasse-grosse'],
    ['  ../../etc/passwd ', 'etc-passwd'],
    ['<script>alert(1)</script>', 'script-alert-1-script'],
    ['こんにちは', 'article'],
    ['🎉🎉', 'article'],
    ['', 'article'],
  ])('is made of the words of “%s”', (title, words) => {
    expect(wordsOf(title)).toBe(words);
  });

  it('is cut between words, and inside one that has no end', () => {
    expect(wordsOf('words '.repeat(30))).toMatch(/^(words-)+words$/);
    expect(wordsOf('words '.repeat(30)).length).toBeLessThanOrEqual(60);
    expect(wordsOf('a'.repeat(200))).toBe('a'.repeat(60));
  });

  it('is one that nobody has', () => {
    expect(freeSlug('open', new Set())).toBe('open');
    expect(freeSlug('open', new Set(['open', 'open-2', 'open-again']))).toBe('open-3');
  });
});
