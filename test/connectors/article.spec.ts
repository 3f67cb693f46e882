import { describe, expect, it } from '@jest/globals';
import { figure, headed, linkParagraph, paragraphs, wordsOf } from '../../src/connectors/article.js';
import { fileNameOf, slugOf } from '../../src/connectors/mark.js';
import { hostOfSite, originOf, siteOf } from '../../src/connectors/origin.js';
import { contentOf } from './contract.js';

const long = 'Una frase che non finisce, '.repeat(8).trim();

describe('the title of an article', () => {
  it.each([
    ['the first line', 'Si apre!\n\nDomani alle 9.', undefined, { title: 'Si apre!', body: 'Domani alle 9.' }],
    ['the text itself where it is one line', ' Si apre! ', undefined, { title: 'Si apre!', body: '' }],
    ['what the author gave', 'Si apre!', ' Notizie  oggi ', { title: 'Notizie oggi', body: 'Si apre!' }],
    ['the first words of a paragraph, which stays whole', `${long}\nFine.`, undefined, { title: 'Una frase che non finisce, Una frase che non finisce, Una frase che non…', body: `${long}\nFine.` }],
  ])('is %s', (_, text, given, expected) => {
    expect(headed(contentOf(text), given)).toEqual(expected);
  });

  it('is the name of the link, or of the first picture, where there are no words', () => {
    const medium = { mediaId: 'm', mime: 'image/png', bytes: 1, width: null, height: null, alt: 'A cat' };
    expect(headed({ ...contentOf(''), media: [medium] }).title).toBe('A cat');
    expect(headed({ ...contentOf(''), link: { url: 'https://a.example', title: 'A page', description: '', thumb: null } }).title).toBe('A page');
    expect(headed(contentOf(' ')).title).toBe('');
  });

  it('is cut at a whole character, also where there are no blanks', () => {
    expect(headed(contentOf('👩‍👩‍👧'.repeat(200))).title).toBe(`${'👩‍👩‍👧'.repeat(80)}…`);
  });

  it('of a book in one line is found at once', () => {
    expect(headed(contentOf('è'.repeat(100_000))).title).toBe(`${'è'.repeat(80)}…`);
  });
});

describe('the HTML of an article', () => {
  it('has paragraphs, breaks and links, and nothing else that could run', () => {
    expect(paragraphs('Uno <b>\ndue "tre"\n \nVedi https://a.example/?x=1&y=2. [gallery] & via')).toBe(
      '<p>Uno &lt;b&gt;<br>due &quot;tre&quot;</p>\n<p>Vedi <a href="https://a.example/?x=1&amp;y=2">https://a.example/?x=1&amp;y=2</a>. &#91;gallery&#93; &amp; via</p>',
    );
  });

  it('shows pictures with their descriptions, and films', () => {
    expect(figure({ url: 'https://a.example/x.png', mime: 'image/png', alt: 'A "cat"' })).toBe('<figure><img src="https://a.example/x.png" alt="A &quot;cat&quot;"></figure>');
    expect(figure({ url: 'https://a.example/x.mp4', mime: 'video/mp4', alt: '' })).toContain('<video controls src="https://a.example/x.mp4"');
  });

  it('names a link that the text does not say', () => {
    const link = { url: 'https://a.example', title: 'A <page>', description: '', thumb: null };
    expect(linkParagraph('Leggi', link)).toBe('<p><a href="https://a.example">A &lt;page&gt;</a></p>');
    expect(linkParagraph('Leggi https://a.example', link)).toBe('');
    expect(linkParagraph('Leggi', null)).toBe('');
  });

  it('says the same words whoever wrote it', () => {
    expect(wordsOf('Si apre', '<!-- wp:paragraph {"a":1} -->\n<p>Domani&nbsp;alle 9<br/>dai!</p>\n<!-- /wp:paragraph -->')).toBe(wordsOf('Si apre', paragraphs('Domani alle 9\ndai!')));
    expect(wordsOf('Si apre', paragraphs('Domani'))).not.toBe(wordsOf('Si apre', paragraphs('Oggi')));
  });
});

describe('the address of an article', () => {
  it('has the words of its title and a mark of its key, always the same', () => {
    expect(slugOf('Perché, "oggi": caffè & tè!', 'k1')).toMatch(/^perche-oggi-caffe-te-[0-9a-f]{12}$/);
    expect(slugOf('A', 'k1')).toBe(slugOf('A', 'k1'));
    expect(slugOf('A', 'k1')).not.toBe(slugOf('A', 'k2'));
    expect(slugOf('日本', 'k1')).toMatch(/^post-[0-9a-f]{12}$/);
    expect(slugOf('a'.repeat(300), 'k1').length).toBeLessThanOrEqual(80);
  });

  it('of its files ends as their type does', () => {
    expect(fileNameOf({ mediaId: 'm', mime: 'image/jpeg' })).toMatch(/^image-[0-9a-f]{12}\.jpg$/);
  });
});

describe('a site below the root of its host', () => {
  it('is known without what is copied along with it', () => {
    const inside = /\/ghost(\/|$)/;
    expect(['https://a.example/', 'https://a.example/blog/ghost/#/dashboard', 'https://a.example/ghostly/?x=1'].map((one) => siteOf(one, inside))).toEqual([
      'https://a.example', 'https://a.example/blog', 'https://a.example/ghostly',
    ]);
  });

  it('is a host in lower case that leads back to it', () => {
    expect(hostOfSite('https://a.example/Blog')).toBe('a.example/%42log');
    expect(originOf(hostOfSite('https://A.example:8443/blog'))).toBe('https://a.example:8443/blog');
    expect(originOf(hostOfSite('http://127.0.0.1:8088'))).toBe('http://127.0.0.1:8088');
  });
});
