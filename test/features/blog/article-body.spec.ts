import { describe, expect, it } from '@jest/globals';
import { articleBody, excerptOf } from '../../../src/features/blog/article-body.js';
import type { Section } from '../../../src/features/blog/article-row.js';
import { saysIn } from '../../../src/features/blog/blog-words.js';
import { home, picture, section } from './shown.js';

const body = (sections: readonly Section[], present: readonly string[] = [picture().mediaId], language: 'en' | 'it' = 'en'): string =>
  articleBody({ sections, href: `${home}/open-again`, present: new Set(present), say: saysIn(language), mark: (url) => url }).text;

describe('The text of an article', () => {
  it('keeps its paragraphs and its lines', () => {
    expect(body([section({ text: 'One\nstill one\n\nTwo\n \n\nThree' })])).toContain('<p>One<br>still one</p>\n<p>Two</p>\n<p>Three</p>');
  });

  it('links what is an address of the web, and nothing else', () => {
    const html = body([section({ text: 'See https://bar.example/a?b=1&c="2", or javascript:alert(1), data:text/html,x, ftp://a.example/.' })]);
    expect([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual(['https://bar.example/a?b=1&amp;c=']);
    expect(html).toContain('or javascript:alert(1), data:text/html,x, ftp://a.example/.');
  });

  it.each([
    '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>', "' onmouseover='alert(1)", 'https://a.example/"onmouseover="alert(1)', 'https://a.example/<script>alert(1)</script>',
    '</p></article></main><iframe src=//evil.example>', '<!--', ']]>', '&lt;script&gt;',
  ])('never becomes HTML of its own: %s', (evil) => {
    const html = body([section({
      text: evil,
      media: [picture({ alt: evil })],
      link: { url: 'https://a.example/', title: evil, description: evil, thumb: picture({ alt: evil }) },
    }), section({ media: [picture({ mediaId: 'gone', alt: evil })] })]);
    const tags = html.match(/<[a-z!][^>]*>/gi) ?? [];
    for (const tag of tags) expect(tag).toMatch(/^<(div class="part" id="part-\d"|p( class="(card|gone)")?|br|figure|strong|a href="https:[^"<>]*"( rel="noopener")?|img src="https:[^"<>]*" alt="[^"<>]*"( width="\d+" height="\d+")? loading="lazy")>$/);
    expect(html).not.toMatch(/<(script|svg|iframe)/i);
  });

  it('shows a picture by its own address, with its description and its size', () => {
    expect(body([section({ media: [picture()] })])).toContain(`<img src="${home}/open-again/media/${picture().mediaId}" alt="A cup" width="800" height="600" loading="lazy">`);
  });

  it('says so where a picture is not there any more, and what it showed', () => {
    const html = body([section({ media: [picture()] })], [], 'it');
    expect(html).toContain('<p class="gone">Questa immagine non c’è più. Mostrava: A cup</p>');
    expect(html).not.toContain('<img');
  });

  it('shows the link of a card, unless it is none of the web', () => {
    const link = { url: 'https://shop.example/', title: 'The shop', description: 'Cups', thumb: null };
    expect(body([section({ link })])).toContain('<a href="https://shop.example/" rel="noopener"><strong>The shop</strong></a><br>Cups');
    for (const url of ['javascript:alert(1)', 'data:text/html,x', 'no address']) expect(body([section({ link: { ...link, url } })])).not.toContain('The shop');
  });

  it('gives each part of a thread a place of its own', () => {
    expect(body([section(), section({ text: 'More' })])).toMatch(/id="part-1"[^]*id="part-2"><p>More/);
  });
});

describe('The beginning of an article', () => {
  it('ends between words', () => {
    expect(excerptOf([section({ text: 'One two three, four' })], 15)).toBe('One two three…');
    expect(excerptOf([section({ text: 'Short\n\ntext' })], 15)).toBe('Short text');
  });

  it('breaks no character in two', () => {
    expect(excerptOf([section({ text: '🎉'.repeat(20) })], 15)).toBe(`${'🎉'.repeat(7)}…`);
  });
});
