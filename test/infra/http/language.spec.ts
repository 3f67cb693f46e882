import { describe, expect, it } from '@jest/globals';
import { acceptedLanguage } from '../../../src/infra/http/language.js';

describe('Accept-Language', () => {
  it.each([
    [undefined, 'en'],
    ['it', 'it'],
    ['it-CH, de;q=0.9', 'it'],
    ['de, en;q=0.4, it;q=0.7', 'it'],
    ['it;q=0, en', 'en'],
    ['fr', 'en'],
    ['*', 'en'],
    [';;q=,,', 'en'],
  ] as const)('%s gives %s', (header, language) => {
    expect(acceptedLanguage(header)).toBe(language);
  });
});
