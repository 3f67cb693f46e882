import { describe, expect, it } from '@jest/globals';
import { facetsOf, findMarks } from '../../../src/connectors/bluesky/facets.js';

const dids: Readonly<Record<string, string>> = { 'ada.example.com': 'did:plc:ada' };
const facets = (text: string) => facetsOf(text, findMarks(text), (handle) => dids[handle] ?? null);
const marked = (text: string): string[] => findMarks(text).map(({ kind, span }) => `${kind} ${span.text}`);
const slice = (text: string, index: { byteStart: number; byteEnd: number }): string => Buffer.from(text).subarray(index.byteStart, index.byteEnd).toString();

describe('facets', () => {
  it('count UTF-8 bytes', () => {
    expect(facets('✨ caffè 👩‍👩‍👧 https://a.example/b')).toEqual([
      { index: { byteStart: 30, byteEnd: 49 }, features: [{ $type: 'app.bsky.richtext.facet#link', uri: 'https://a.example/b' }] },
    ]);
  });

  it('stand in order over the words they mark', () => {
    const text = 'Ciao @ada.example.com, #caffè da https://a.example (con @ada.example.com)!';
    const found = facets(text);
    expect(found.map(({ index }) => slice(text, index))).toEqual(['@ada.example.com', '#caffè', 'https://a.example', '@ada.example.com']);
    expect(found.map(({ features }) => features[0])).toEqual([
      { $type: 'app.bsky.richtext.facet#mention', did: 'did:plc:ada' },
      { $type: 'app.bsky.richtext.facet#tag', tag: 'caffè' },
      { $type: 'app.bsky.richtext.facet#link', uri: 'https://a.example' },
      { $type: 'app.bsky.richtext.facet#mention', did: 'did:plc:ada' },
    ]);
  });

  it('leave a handle that leads nowhere as plain text', () => {
    expect(facets('hi @nobody.example.com')).toEqual([]);
  });

  it('ask for a handle in lower case', () => {
    expect(facets('hi @Ada.Example.COM')).toHaveLength(1);
  });
});

describe('marks', () => {
  it.each([
    ['#one #two,#three', ['tag #one', 'tag #two,#three']],
    ['#tag. And ＃全角!', ['tag #tag', 'tag ＃全角']],
    ['#1 #2026 #1st', ['tag #1st']],
    ['#️⃣ a#b https://a.example/#c', ['link https://a.example/#c']],
    ['ada@example.com @ada @ada.example.com.', ['mention @ada.example.com']],
    ['https://a.example/@ada.example.com', ['link https://a.example/@ada.example.com']],
    [`#${'x'.repeat(65)}`, []],
    ['', []],
  ])('of %j', (text, found) => {
    expect(marked(text)).toEqual(found);
  });
});
