import { describe, expect, it } from '@jest/globals';
import { insidePath, isLitter, Names, pointedAt, slugOf } from '../../../src/features/library/folder-paths.js';
import { contentHash, digest } from '../../../src/features/library/pack-hash.js';
import { readSheets } from '../../../src/features/library/sheet.js';
import { readBody, writeBody } from '../../../src/features/library/variant-text.js';

const through = (text: string, media: readonly { path: string; alt: string }[] = []) => readBody(writeBody(text, media).split('\n').map((line, i) => ({ text: line, number: i + 1 })));

describe('A text in a file', () => {
  it.each([
    'Plain.', 'Two\n\nparagraphs', '  indented', '![alt](looks/like.png)', '\\![already](escaped.png)', '--- part', '\\\\--- part', '---', '---\ntitle: no\n---', '# Not a heading', 'a\n![x](y)\nb', '', '![',
  ])('comes back as it went in: %j', (text) => {
    expect(through(text)).toEqual({ text, media: [] });
  });

  it.each(['A cup', 'A [red] cup', 'back\\slash', 'two\nlines', 'ends with \\', '', '](evil.png)'])('has pictures whose words come back as they went in: %j', (alt) => {
    expect(through('Hello', [{ path: 'media/a.png', alt }])).toEqual({ text: 'Hello', media: [{ path: 'media/a.png', alt, line: 3 }] });
  });

  it('is read from a file of any system, with a byte order mark', () => {
    const [sheet] = readSheets('a.md', '\ufeff---\r\nfor: all\r\n---\r\nOne\r\nTwo\r\n') as readonly { fields: unknown; body: readonly { text: string }[] }[];
    expect(sheet?.fields).toEqual({ for: 'all' });
    expect(sheet?.body.map(({ text }) => text)).toEqual(['One', 'Two', '']);
  });

  it('has fields that are nothing but plain values', () => {
    const read = (yaml: string) => readSheets('a.md', `---\n${yaml}\n---\n`);
    expect(read('a: 2026-01-01\nb: yes\nc: 0x10\nd: ~')).toMatchObject([{ fields: { a: '2026-01-01', b: 'yes', c: 16, d: null } }]);
    for (const yaml of ['a: !!timestamp 2026-01-01', 'a: !!binary aGk=', '? {a: b}\n: c', '- a list', 'just text', 'a: *nowhere']) expect(read(yaml)).toMatchObject({ code: 'yaml-broken' });
    expect(read('__proto__: {polluted: true}')).not.toMatchObject({ code: 'yaml-broken' });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('A path', () => {
  it.each([['a/b.md', 'a/b.md'], ['./a/./b.md', 'a/b.md'], ['a//b.md', 'a/b.md'], ['../a', null], ['a/../../b', null], ['a/..', null], ['/a', null], ['C:/a', null], ['a\\b', null], ['a\0b', null], ['.', null], ['', null], ['x'.repeat(500), null]])('of a member stays inside: %j', (raw, path) => {
    expect(insidePath(raw)).toBe(path);
  });

  it.each([['media/a.png', 'c/p/media/a.png'], ['../../x.png', 'x.png'], ['../../../x.png', null], ['/x.png', null], ['https://example.com/x.png', null], ['file:///x.png', null], ['%2e%2e/%2e%2e/%2e%2e/x.png', null], ['a%20b.png', 'c/p/a b.png'], ['100%.png', 'c/p/100%.png'], ['a\\b.png', null]])('named in a file stays inside: %j', (written, path) => {
    expect(pointedAt('c/p/all.md', written)).toBe(path);
  });

  it('that no one means is passed over', () => {
    expect(['.git/config', 'a/.DS_Store', '__MACOSX/a/b.md', 'README.md', 'a/readme.md', 'a.md~'].filter((path) => !isLitter(path))).toEqual([]);
    expect(isLitter('a/all.md')).toBe(false);
  });

  it.each([['Caffè Città & Co.', 'caffe-citta-co'], ['日本', 'x'], ['CON', 'x-con'], ['../..', 'x']])('is made of a name that every system takes: %j', (name, slug) => {
    expect(slugOf(name, 'x')).toBe(slug);
  });

  it('is given once', () => {
    const names = new Names();
    expect(['a', 'a', 'b', 'a'].map((name) => names.unique(name))).toEqual(['a', 'a-2', 'b', 'a-3']);
  });
});

describe('What tells changes apart', () => {
  const part = (more: object = {}) => ({ text: 'Hello', media: [], link: null, language: null, options: {}, ...more });
  const medium = (mediaId: string) => ({ mediaId, mime: 'image/png', bytes: 1, width: 1, height: 1, alt: 'a' });
  const hash = (...parts: object[]): string => contentHash(parts as never, (id) => `sha of ${id.slice(0, 1)}`);

  it('is the same for the same picture uploaded twice, and for other line ends', () => {
    expect(hash(part({ media: [medium('a1')], text: 'One\r\nTwo\n' }))).toBe(hash(part({ media: [medium('a2')], text: 'One\nTwo' })));
  });

  it.each([['its text', { text: 'Other' }], ['a picture', { media: [medium('b')] }], ['words of a picture', { media: [{ ...medium('a'), alt: 'b' }] }], ['a link', { link: { url: 'https://a.example', title: '', description: '', thumb: null } }], ['its language', { language: 'it' }], ['an option', { options: { mastodon: { visibility: 'unlisted' } } }]])('differs by %s', (_, change) => {
    expect(hash(part(change))).not.toBe(hash(part(change === undefined ? {} : { media: 'media' in change ? [medium('a')] : [] })));
  });

  it('does not hang on the order of fields', () => {
    expect(digest({ a: 1, b: { c: 2, d: 3 } })).toBe(digest({ b: { d: 3, c: 2 }, a: 1 }));
    expect(digest([1, 2])).not.toBe(digest([2, 1]));
  });
});
