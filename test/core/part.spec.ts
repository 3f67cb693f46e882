import { describe, expect, it } from '@jest/globals';
import { hasMedia, mediaOf, type PartMedia, textToCopy } from '../../src/core/part.js';

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

describe('What a person posts of a part', () => {
  it('is its text, with its link on a line of its own unless the text has it', () => {
    expect(textToCopy({ text: 'Ciao', link: null })).toBe('Ciao');
    expect(textToCopy({ text: 'Ciao', link })).toBe('Ciao\n\nhttps://bar.example');
    expect(textToCopy({ text: 'Vieni: https://bar.example!', link })).toBe('Vieni: https://bar.example!');
    expect(textToCopy({ text: '', link })).toBe('https://bar.example');
  });

  it('is all of its pictures, that of its link last', () => {
    const thumb = { ...picture, mediaId: 'thumb' };
    expect(mediaOf({ media: [picture], link: { ...link, thumb } })).toEqual([picture, thumb]);
    expect(mediaOf({ media: [picture], link })).toEqual([picture]);
  });
});
