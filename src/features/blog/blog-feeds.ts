import { type Html, html } from '../../infra/http/html.js';
import { plain, xmlHead } from '../../infra/http/xml.js';
import { articleBody, excerptOf, marksOf, pictureLink, pictureOf } from './article-body.js';
import type { ArticleRow } from './article-row.js';
import type { PublicBlog } from './blog-reads.service.js';
import { saysIn } from './blog-words.js';

// Of our own: the package `feed` 6.0 leaves `<` in an attribute as it is, so that a tag like “a <b” makes its Atom no XML.

const SUMMARY = 300;

export interface FeedView {
  readonly blog: PublicBlog;
  /** Link of the blog for everybody. */
  readonly home: string;
  /** Newest first. */
  readonly articles: readonly ArticleRow[];
  /** Pictures that are still there. */
  readonly present: ReadonlySet<string>;
}

interface Item {
  /** For ever the same, whatever becomes of its address. */
  readonly id: string;
  readonly link: string;
  readonly title: string;
  readonly summary: string;
  readonly body: string;
  readonly tags: readonly string[];
  readonly language: string;
  readonly publishedAt: Date;
  readonly updatedAt: Date;
  readonly picture: { readonly link: string; readonly mime: string; readonly bytes: number } | null;
}

function itemsOf({ blog, home, articles, present }: FeedView): readonly Item[] {
  return articles.map((article) => {
    const link = `${home}/${article.slug}`;
    const picture = pictureOf(article.sections, present);
    return {
      id: `urn:uuid:${article.id}`, link, title: plain(article.title), summary: plain(excerptOf(article.sections, SUMMARY)), tags: article.tags.map(plain),
      body: plain(articleBody({ sections: article.sections, href: link, present, say: saysIn(blog.language), mark: marksOf(article) }).text),
      language: article.language ?? blog.language, publishedAt: article.published_at, updatedAt: article.edited_at ?? article.published_at,
      picture: picture && { link: pictureLink(link, picture.mediaId), mime: picture.mime, bytes: picture.bytes },
    };
  });
}

/** When anything in it last changed; so an unchanged feed keeps its ETag. */
function changedAt({ blog }: FeedView, items: readonly Item[]): Date {
  return new Date(Math.max(blog.createdAt.getTime(), ...items.map(({ updatedAt }) => updatedAt.getTime())));
}

/** RSS 2.0 (https://www.rssboard.org/rss-specification), with whole articles. */
export function rssFeed(view: FeedView): string {
  const { blog, home } = view;
  const items = itemsOf(view);
  return html`${xmlHead}
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>${plain(blog.title)}</title><link>${home}</link><description>${plain(blog.tagline || blog.title)}</description><language>${blog.language}</language>
<lastBuildDate>${changedAt(view, items).toUTCString()}</lastBuildDate><ttl>15</ttl><atom:link href="${home}/feed.xml" rel="self" type="application/rss+xml"/>
${items.map((item) => html`<item><title>${item.title}</title><link>${item.link}</link><guid isPermaLink="false">${item.id}</guid><pubDate>${item.publishedAt.toUTCString()}</pubDate>${item.tags.map((tag) => html`<category>${tag}</category>`)}
<description>${item.summary}</description><content:encoded>${item.body}</content:encoded>${enclosure(item)}</item>
`)}</channel></rss>
`.text;
}

function enclosure({ picture }: Item): Html | null {
  return picture && html`<enclosure url="${picture.link}" length="${picture.bytes}" type="${picture.mime}"/>`;
}

/** Atom (https://www.rfc-editor.org/rfc/rfc4287), with whole articles. */
export function atomFeed(view: FeedView): string {
  const { blog, home } = view;
  const items = itemsOf(view);
  return html`${xmlHead}
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${blog.language}"><id>urn:uuid:${blog.clientId}</id><title>${plain(blog.title)}</title>${blog.tagline === '' ? null : html`<subtitle>${plain(blog.tagline)}</subtitle>`}
<updated>${changedAt(view, items).toISOString()}</updated><author><name>${plain(blog.title)}</name></author>
<link rel="alternate" type="text/html" href="${home}"/><link rel="self" type="application/atom+xml" href="${home}/atom.xml"/>
${items.map((item) => html`<entry xml:lang="${item.language}"><id>${item.id}</id><title>${item.title}</title><link rel="alternate" type="text/html" href="${item.link}"/>
<published>${item.publishedAt.toISOString()}</published><updated>${item.updatedAt.toISOString()}</updated>${item.tags.map((tag) => html`<category term="${tag}"/>`)}
<summary>${item.summary}</summary><content type="html">${item.body}</content></entry>
`)}</feed>
`.text;
}

/** JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), with whole articles. */
export function jsonFeed(view: FeedView): string {
  const { blog, home } = view;
  return JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    title: blog.title, home_page_url: home, feed_url: `${home}/feed.json`, language: blog.language, authors: [{ name: blog.title, url: home }],
    ...(blog.tagline === '' ? {} : { description: blog.tagline }),
    items: itemsOf(view).map((item) => ({
      id: item.id, url: item.link, title: item.title, content_html: item.body, language: item.language,
      date_published: item.publishedAt.toISOString(), date_modified: item.updatedAt.toISOString(),
      ...(item.summary === '' ? {} : { summary: item.summary }),
      ...(item.picture === null ? {} : { image: item.picture.link }),
      ...(item.tags.length === 0 ? {} : { tags: item.tags }),
    })),
  });
}

/** https://www.sitemaps.org/protocol.html */
export function sitemap(home: string, articles: readonly { readonly slug: string; readonly at: Date }[]): string {
  return html`${xmlHead}
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>${home}</loc></url>
${articles.map(({ slug, at }) => html`<url><loc>${home}/${slug}</loc><lastmod>${at.toISOString()}</lastmod></url>
`)}</urlset>
`.text;
}
