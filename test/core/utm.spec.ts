import { describe, expect, it } from '@jest/globals';
import { withUtm } from '../../src/core/utm.js';

const rule = { source: 'newsletter', medium: 'email', campaign: 'issue-{id}' };

describe('The marks of a link', () => {
  it('are those of the outlet', () => {
    expect(withUtm('https://example.com/a?b=1#c', rule, '7')).toBe('https://example.com/a?b=1&utm_source=newsletter&utm_medium=email&utm_campaign=issue-7#c');
  });

  it.each(['mailto:anna@example.com', 'https://example.com/?utm_source=flyer', '/a', 'nonsense'])('are not put on %s', (address) => {
    expect(withUtm(address, rule, '7')).toBe(address);
  });

  it('are not there unless somebody wants them', () => {
    expect(withUtm('https://example.com/', null, '7')).toBe('https://example.com/');
  });
});
