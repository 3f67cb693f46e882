import { describe, expect, it } from '@jest/globals';
import { SaxesParser } from 'saxes';
import { atomFeed, type FeedView, jsonFeed, rssFeed, sitemap } from '../../../src/features/blog/blog-feeds.js';
import { article, blog, home, picture, section } from './shown.js';

const nasty = `<b>&amp; "quotes" 'more' ]]> \u0001\u0000\ufffe\ud800 <script>alert(1)</script>`;
const present = new Set([picture().mediaId]);
const view = (over: Partial<FeedView> = {}): FeedView => ({
  blog: blog(), home, present,
  articles: [article({ sections: [section({ text: 'First & <second>\n\nSee https://bar.example/?a=1&b=2', media: [picture()] })], tags: ['news'] }), article({ id: '0197cccc-0000-7000-8000-000000000002', slug: 'x', published_at: new Date('2026-11-22T16:00:00Z'), language: 'it' })],
  ...over,
});
const nastyView = view({
  blog: blog({ title: nasty, tagline: nasty }),
  articles: [article({ title: nasty, tags: [nasty], sections: [section({ text: nasty, media: [picture({ alt: nasty })], link: { url: 'https://a.example/', title: nasty, description: nasty, thumb: null } })] })],
});

/** Reads it as a reader of feeds does: what is not well-formed throws. */
function elements(xml: string): { readonly name: string; readonly attributes: Readonly<Record<string, string>>; text: string }[] {
  const all: { name: string; attributes: Record<string, string>; text: string }[] = [];
  const open: typeof all = [];
  const parser = new SaxesParser({ xmlns: false });
  parser.on('error', (error) => { throw error; });
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes: { ...attributes } as Record<string, string>, text: '' };
    all.push(element);
    open.push(element);
  });
  parser.on('text', (text) => { const top = open.at(-1); if (top) top.text += text; });
  parser.on('closetag', () => { open.pop(); });
  parser.write(xml).close();
  return all;
}
const texts = (xml: string, name: string): string[] => elements(xml).filter((element) => element.name === name).map(({ text }) => text);

describe.each([['RSS', rssFeed], ['Atom', atomFeed]] as const)('The %s feed', (_, write) => {
  it('is XML whatever stands in it, and gives back the words', () => {
    const titles = texts(write(nastyView), 'title');
    expect(titles).toHaveLength(2);
    for (const title of titles) expect(title).toBe(`<b>&amp; "quotes" 'more' ]]>      <script>alert(1)</script>`);
  });

  it('hands HTML out in which text is text', () => {
    const [body = ''] = texts(write(nastyView), write === rssFeed ? 'content:encoded' : 'content');
    expect(body).toContain('&lt;script&gt;');
    expect(body).not.toMatch(/<script/i);
  });

  it('changes only when an article does', () => {
    expect(write(view())).toBe(write(view()));
    expect(write(view({ articles: [article({ edited_at: new Date('2026-11-24T10:00:00Z') })] }))).not.toBe(write(view({ articles: [article()] })));
  });

  it('is there with nothing in it', () => {
    expect(texts(write(view({ articles: [] })), 'title')).toEqual(['Bar Aurora']);
  });
});

describe('The RSS feed', () => {
  it('has of each article its link, an id for ever, its time, its words, its picture', () => {
    const xml = rssFeed(view());
    expect(texts(xml, 'link')).toEqual([home, `${home}/open-again`, `${home}/x`]);
    expect(texts(xml, 'guid')).toEqual(['urn:uuid:0197cccc-0000-7000-8000-000000000001', 'urn:uuid:0197cccc-0000-7000-8000-000000000002']);
    expect(texts(xml, 'pubDate')[0]).toBe('Mon, 23 Nov 2026 16:00:00 GMT');
    expect(texts(xml, 'content:encoded')[0]).toContain('<p>First &amp; &lt;second&gt;</p> <p>See <a href="https://bar.example/?a=1&amp;b=2">');
    expect(elements(xml).find(({ name }) => name === 'enclosure')?.attributes).toEqual({ url: `${home}/open-again/media/${picture().mediaId}`, length: '1234', type: 'image/png' });
  });
});

describe('The Atom feed', () => {
  it('has what RFC 4287 asks for', () => {
    const xml = atomFeed(view());
    for (const name of ['feed', 'id', 'title', 'updated', 'author', 'entry']) expect(elements(xml).map((element) => element.name)).toContain(name);
    expect(texts(xml, 'updated')).toEqual(['2026-11-23T16:00:00.000Z', '2026-11-23T16:00:00.000Z', '2026-11-22T16:00:00.000Z']);
    expect(elements(xml).filter(({ name }) => name === 'entry').map(({ attributes }) => attributes['xml:lang'])).toEqual(['en', 'it']);
  });
});

describe('The JSON feed', () => {
  it('has what version 1.1 asks for', () => {
    const feed = JSON.parse(jsonFeed(view())) as { items: Record<string, unknown>[] } & Record<string, unknown>;
    expect(feed).toMatchObject({ version: 'https://jsonfeed.org/version/1.1', title: 'Bar Aurora', home_page_url: home, feed_url: `${home}/feed.json`, language: 'en', description: 'Coffee since 1952' });
    expect(feed.items[0]).toMatchObject({ id: expect.any(String), url: `${home}/open-again`, title: 'Open again', content_html: expect.stringContaining('<p>First &amp;'), date_published: '2026-11-23T16:00:00.000Z', tags: ['news'], image: expect.stringContaining('/media/') });
  });
});

describe('The sitemap', () => {
  it('names the blog and its articles', () => {
    expect(texts(sitemap(home, [{ slug: 'open-again', at: new Date('2026-11-23T16:00:00Z') }]), 'loc')).toEqual([home, `${home}/open-again`]);
  });
});
