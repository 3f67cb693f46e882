import { describe, expect, it } from '@jest/globals';
import { limits } from '../../../src/connectors/blog/limits.js';
import { contentOf } from '../contract.js';

const codes = (over: Partial<ReturnType<typeof contentOf>>): string[] => limits.check({ ...contentOf('Ciao'), ...over }).map(({ code }) => code);
const medium = { mediaId: 'm', mime: 'image/png', bytes: 1, width: 1, height: 1, alt: '' };
const link = { url: 'https://a.example/', title: 'A', description: '', thumb: null };

describe('What a blog takes', () => {
  it.each(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'])('%s', (mime) => {
    expect(codes({ media: [{ ...medium, mime }] })).toEqual([]);
  });

  it.each(['image/heic', 'video/mp4', 'image/svg+xml'])('no %s, which browsers do not show or could run', (mime) => {
    expect(codes({ media: [{ ...medium, mime }] })).toEqual(['media-type']);
    expect(codes({ link: { ...link, thumb: { ...medium, mime } } })).toEqual(['media-type']);
  });

  it('twenty pictures, and the one of its link besides', () => {
    const media = Array.from({ length: 20 }, (_, n) => ({ ...medium, mediaId: `m${n}` }));
    expect(codes({ media, link: { ...link, thumb: medium } })).toEqual([]);
    expect(codes({ media: [...media, medium] })).toEqual(['too-many-media']);
  });

  it('a link without a word', () => {
    expect(codes({ text: '', link })).toEqual([]);
    expect(codes({ text: '' })).toEqual(['text-empty']);
  });

  it('a title and tags, and says which other option it does not know', () => {
    expect(codes({ options: { title: 'Open again', tags: ['news'] } })).toEqual([]);
    expect(limits.check({ ...contentOf('Ciao'), options: { title: '' } })).toEqual([{ code: 'option-invalid', params: { option: 'title' } }]);
    expect(codes({ options: { author: 'me' } })).toEqual(['option-invalid']);
  });
});
