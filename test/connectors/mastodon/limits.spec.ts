import { describe, expect, it } from '@jest/globals';
import { limits } from '../../../src/connectors/mastodon/limits.js';
import type { PartContent, PartMedia } from '../../../src/core/part.js';

const content = (over: Partial<PartContent> = {}): PartContent => ({ text: 'Hello', media: [], link: null, language: null, options: {}, ...over });
const image = (over: Partial<PartMedia> = {}): PartMedia => ({ mediaId: 'm1', mime: 'image/png', bytes: 1_000, width: 10, height: 10, alt: '', ...over });
const codes = (over: Partial<PartContent>, learned?: unknown): string[] => limits(learned).check(content(over)).map(({ code }) => code);

describe('the length of a text on Mastodon', () => {
  const measure = (text: string): number => limits().measure(text);

  it('counts every address as 23', () => {
    expect(measure(`a https://example.com/${'x'.repeat(200)} b http://a.example`)).toBe(2 + 23 + 3 + 23);
  });

  it('counts an address as the instance says', () => {
    expect(limits({ charactersPerUrl: 30 }).measure('https://a.example')).toBe(30);
  });

  it('leaves out the host of a mention', () => {
    expect(measure('hi @ada@social.example!')).toBe('hi @ada!'.length);
  });

  it('counts neither an e-mail address nor a profile address as a mention', () => {
    expect(measure('ada@social.example')).toBe('ada@social.example'.length);
    expect(measure('https://a.example/@ada@b.example')).toBe(23);
  });

  it('counts what a person sees as one character as one', () => {
    expect(measure('👩‍👩‍👧‍👦é')).toBe(2);
  });
});

describe('what Mastodon takes', () => {
  it('takes 500 characters and not 501', () => {
    expect(codes({ text: 'x'.repeat(500) })).toEqual([]);
    expect(limits().check(content({ text: 'x'.repeat(501) }))).toEqual([{ code: 'text-too-long', params: { count: 501, max: 500 } }]);
  });

  it('takes as many characters as the instance says', () => {
    expect(codes({ text: 'x'.repeat(5_000) }, { maxCharacters: 5_000 })).toEqual([]);
  });

  it('falls back to the presets when what was learned makes no sense', () => {
    expect(limits({ maxCharacters: 'many' }).maxText).toBe(500);
  });

  it('counts the content warning, without shortening its addresses', () => {
    const contentWarning = 'https://example.com/0123456789';
    expect(codes({ text: 'x'.repeat(470), options: { contentWarning } })).toEqual([]);
    expect(codes({ text: 'x'.repeat(471), options: { contentWarning } })).toEqual(['text-too-long']);
  });

  it('counts the address of the link that the text does not say', () => {
    const link = { url: 'https://a.example', title: '', description: '', thumb: null };
    expect(codes({ text: 'x'.repeat(475), link })).toEqual([]);
    expect(codes({ text: 'x'.repeat(476), link })).toEqual(['text-too-long']);
  });

  it('refuses a post that says nothing', () => {
    expect(codes({ text: ' \n' })).toEqual(['text-empty']);
    expect(codes({ text: '', media: [image()] })).toEqual([]);
  });

  it('refuses a fifth image, a wrong type, a large file, a long description', () => {
    expect(codes({ media: Array.from({ length: 5 }, () => image()) })).toEqual(['too-many-media']);
    expect(codes({ media: [image({ mime: 'application/pdf' })] })).toEqual(['media-type']);
    expect(codes({ media: [image({ bytes: 16_777_217 })] })).toEqual(['media-too-large']);
    expect(codes({ media: [image({ alt: 'x'.repeat(1_501) })] })).toEqual(['alt-too-long']);
  });

  it('takes a film as large as films may be, but not beside an image', () => {
    const film = image({ mime: 'video/mp4', bytes: 50_000_000 });
    expect(codes({ media: [film] })).toEqual([]);
    expect(codes({ media: [film, image()] })).toEqual(['media-mixed']);
  });

  it('refuses a visibility that does not exist', () => {
    expect(limits().check(content({ options: { visibility: 'secret' } }))).toEqual([{ code: 'option-invalid', params: { option: 'visibility' } }]);
  });
});
