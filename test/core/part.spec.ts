import { describe, expect, it } from '@jest/globals';
import { hasMedia, type PartMedia } from '../../src/core/part.js';

const picture: PartMedia = { mediaId: 'm', mime: 'image/png', bytes: 1, width: null, height: null, alt: '' };
const link = { url: 'https://bar.example', title: '', description: '', thumb: null };

describe('A part has media', () => {
  it.each([
    ['with a picture of its own', { media: [picture], link: null }, true],
    ['with the picture of its link preview', { media: [], link: { ...link, thumb: picture } }, true],
    ['not with a link that has no picture', { media: [], link }, false],
    ['not with words alone', { media: [], link: null }, false],
  ])('%s', (_, content, has) => {
    expect(hasMedia(content)).toBe(has);
  });
});
