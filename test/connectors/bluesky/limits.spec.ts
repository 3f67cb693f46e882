import { describe, expect, it } from '@jest/globals';
import { limits } from '../../../src/connectors/bluesky/limits.js';
import type { PartContent, PartMedia } from '../../../src/core/part.js';

const content = (over: Partial<PartContent> = {}): PartContent => ({ text: 'Hello', media: [], link: null, language: null, options: {}, ...over });
const image = (over: Partial<PartMedia> = {}): PartMedia => ({ mediaId: 'm1', mime: 'image/png', bytes: 1_000, width: 10, height: 10, alt: '', ...over });
const link = { url: 'https://a.example', title: 'A', description: '', thumb: null };
const codes = (over: Partial<PartContent>): string[] => limits.check(content(over)).map(({ code }) => code);

describe('what Bluesky takes', () => {
  it('takes 300 graphemes and not 301', () => {
    expect(codes({ text: 'é'.repeat(300) })).toEqual([]);
    expect(limits.check(content({ text: 'x'.repeat(301) }))).toEqual([{ code: 'text-too-long', params: { count: 301, max: 300 } }]);
  });

  it('takes 3,000 bytes and not more, however few characters they make', () => {
    const family = '👩‍👩‍👧‍👦'; // 25 bytes
    expect(codes({ text: family.repeat(120) })).toEqual([]);
    expect(limits.check(content({ text: family.repeat(121) }))).toEqual([{ code: 'text-too-many-bytes', params: { count: 3_025, max: 3_000 } }]);
  });

  it('counts an address in full', () => {
    expect(limits.measure('https://a.example/b')).toBe(19);
  });

  it('refuses a post that says nothing, but takes a card or an image alone', () => {
    expect(codes({ text: '' })).toEqual(['text-empty']);
    expect(codes({ text: '', link })).toEqual([]);
    expect(codes({ text: '', media: [image()] })).toEqual([]);
  });

  it('counts the address of a card that images leave no room for', () => {
    expect(codes({ text: 'x'.repeat(290), link })).toEqual([]);
    expect(codes({ text: 'x'.repeat(290), link, media: [image()] })).toEqual(['text-too-long']);
  });

  it('refuses a fifth image, a film, an image over 2 MB, a thumb over 1 MB', () => {
    expect(codes({ media: Array.from({ length: 5 }, () => image()) })).toEqual(['too-many-media']);
    expect(codes({ media: [image({ mime: 'video/mp4' })] })).toEqual(['media-type']);
    expect(codes({ media: [image({ bytes: 2_000_001 })] })).toEqual(['media-too-large']);
    expect(codes({ link: { ...link, thumb: image({ bytes: 1_000_001 }) } })).toEqual(['media-too-large']);
  });

  it('refuses a label that does not exist', () => {
    expect(codes({ options: { labels: ['boring'] } })).toEqual(['option-invalid']);
  });
});
