import { describe, expect, it } from '@jest/globals';
import { findSocialMarks } from '../../src/core/social-marks.js';

const kinds = (text: string) => findSocialMarks(text).map(({ kind, text: found }) => `${kind}: ${found}`);

describe('What means nothing outside a social platform', () => {
  it.each([
    ['Aperitivo alle 18! #spritz #milano2026', ['hashtag: #spritz', 'hashtag: #milano2026']],
    ['With @bar.sport and @anna', ['handle: @bar.sport', 'handle: @anna']],
    ['Trovi tutto al link in bio', ['link-in-bio: al link in bio']],
    ['Il link è nella nostra bio, corri', ['link-in-bio: Il link è nella nostra bio']],
    ['Link nel profilo', ['link-in-bio: Link nel profilo']],
    ['Link in bio!', ['link-in-bio: Link in bio']],
    ['The link is in our profile', ['link-in-bio: The link is in our profile']],
    ['Swipe left to see more', ['swipe: Swipe left']],
    ['Scorri per vedere le foto', ['swipe: Scorri per']],
    ['Comment below and win', ['comment: Comment below']],
    ['Commenta qui sotto!', ['comment: Commenta qui sotto']],
    ['Scrivilo nei commenti', ['comment: Scrivilo nei commenti']],
    ['Tagga un amico', ['react: Tagga un amico']],
  ])('is found in “%s”', (text, marks) => {
    expect(kinds(text)).toEqual(marks);
  });

  it.each([
    'Write to anna@example.com', 'See https://example.com/a#part and https://medium.example/@anna', 'We are #1', 'The biography links two towns', 'A comment belowdecks',
  ])('is not found in “%s”', (text) => {
    expect(kinds(text)).toEqual([]);
  });

  it('is told with its place', () => {
    const text = 'Ciao #bar, scorri';
    for (const { start, end, text: found } of findSocialMarks(text)) expect(text.slice(start, end)).toBe(found);
  });
});
