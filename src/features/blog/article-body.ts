import { paragraphs } from '../../connectors/article.js';
import { squeezeSpace } from '../../connectors/text.js';
import type { LinkCard, PartMedia } from '../../core/part.js';
import { withUtm } from '../../core/utm.js';
import { Html, html } from '../../infra/http/html.js';
import { type ArticleRow, picturesOf, type Section } from './article-row.js';
import type { Say } from './blog-words.js';

/** What a reader gets of an article, and how it is addressed. */
export interface Shown {
  readonly sections: readonly Section[];
  /** Of the article: a path on a page, a whole link in a feed. */
  readonly href: string;
  /** Media that are still there; in the place of others a sentence says so. */
  readonly present: ReadonlySet<string>;
  readonly say: Say;
  /** Where a link of its author's leads, marked by the rule of its channel. */
  readonly mark: (url: string) => string;
}

/** The text in paragraphs with its links, the pictures, the link. Nothing of it is trusted: what is text stays text. */
export function articleBody({ sections, ...shown }: Shown): Html {
  return html`${sections.map((section, i) => sectionHtml(section, i, shown))}`;
}

function sectionHtml({ text, media, link }: Section, nth: number, shown: Omit<Shown, 'sections'>): Html {
  const figures = media.map((medium) => figureHtml(medium, shown));
  return html`<div class="part" id="part-${nth + 1}">${new Html(paragraphs(text, shown.mark))}${figures}${linkHtml(link, text, shown)}</div>
`;
}

function figureHtml(medium: PartMedia, { href, present, say }: Omit<Shown, 'sections'>): Html {
  const { mediaId, alt, width, height } = medium;
  if (!present.has(mediaId)) return html`<p class="gone">${say('pictureGone')}${alt.trim() === '' ? null : ` ${say('pictureShowed')} ${alt}`}</p>`;
  const size = width !== null && height !== null ? html` width="${width}" height="${height}"` : null;
  return html`<figure><img src="${pictureLink(href, mediaId)}" alt="${alt}"${size} loading="lazy"></figure>`;
}

export function pictureLink(href: string, mediaId: string): string {
  return `${href}/media/${mediaId}`;
}

function linkHtml(link: LinkCard | null, text: string, { href, present, mark }: Omit<Shown, 'sections'>): Html | null {
  if (link === null || !isWebAddress(link.url)) return null;
  if (link.title.trim() === '' && text.includes(link.url)) return null; // the text links to it already
  const thumb = link.thumb !== null && present.has(link.thumb.mediaId) ? html`<img src="${pictureLink(href, link.thumb.mediaId)}" alt="${link.thumb.alt}" loading="lazy">` : null;
  return html`<p class="card"><a href="${mark(link.url)}" rel="noopener">${thumb}<strong>${link.title.trim() || link.url}</strong></a>${link.description.trim() === '' ? null : html`<br>${link.description}`}</p>`;
}

/** A card's address is a person's word too: `javascript:` is none. */
function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

/** By the rule it came with. */
export const marksOf = ({ id, utm }: Pick<ArticleRow, 'id' | 'utm'>) => (url: string): string => withUtm(url, utm, id);

/** The first words of it, for previews; `most` in characters, about. */
export function excerptOf(sections: readonly Section[], most: number): string {
  const text = squeezeSpace(sections.map((section) => section.text).join(' '));
  if (text.length <= most) return text;
  const cut = text.slice(0, most);
  return `${cut.slice(0, cut.lastIndexOf(' ') > most / 2 ? cut.lastIndexOf(' ') : most).replace(/[\s,;:–-]+$|[\ud800-\udbff]$/gu, '')}…`;
}

/** The first picture that is still there: for previews. */
export function pictureOf(sections: readonly Section[], present: ReadonlySet<string>): PartMedia | null {
  return sections.flatMap(picturesOf).find(({ mediaId }) => present.has(mediaId)) ?? null;
}
