import { type Html, html, type PageParts } from '../../infra/http/html.js';
import { articleBody, excerptOf, marksOf, pictureLink, pictureOf } from './article-body.js';
import type { ArticleRow } from './article-row.js';
import { framed, pathOf } from './blog-frame.js';
import type { Neighbour, PublicBlog } from './blog-reads.service.js';
import { listText, type Say, saysIn, timeText } from './blog-words.js';

const DESCRIPTION = 160;
const PREVIEW = 320;

interface Reading {
  readonly blog: PublicBlog;
  /** Link of the blog for everybody. */
  readonly home: string;
  /** Pictures that are still there. */
  readonly present: ReadonlySet<string>;
}

export interface ListView extends Reading {
  readonly articles: readonly ArticleRow[];
  readonly page: number;
  readonly tag: string | null;
  readonly hasOlder: boolean;
}

/** The articles of a page, newest first, each with its beginning. */
export function listPage({ blog, home, present, articles, page, tag, hasOlder }: ListView): PageParts {
  const say = saysIn(blog.language);
  const at = (nth: number): string => pageQuery(nth, tag);
  const isHome = page === 1 && tag === null;
  const heading = [tag === null ? null : `${say('about')} ${tag}`, page === 1 ? null : `${say('page')} ${page}`].filter((one) => one !== null).join(', ');
  const [first] = articles;
  const lead = first ? pictureOf(first.sections, present) : null;
  const empty = html`<p class="note">${say(tag === null ? 'empty' : 'emptyTag')}</p>`;
  return framed({
    blog, home, isHome,
    link: `${home}${at(page)}`,
    title: isHome ? blog.title : heading,
    description: blog.tagline || blog.title,
    type: 'website',
    picture: first && lead ? { ...lead, link: pictureLink(`${home}/${first.slug}`, lead.mediaId) } : null,
    head: html`${page > 1 ? html`<link rel="prev" href="${pathOf(home)}${at(page - 1)}">` : null}${hasOlder ? html`<link rel="next" href="${pathOf(home)}${at(page + 1)}">` : null}`,
    body: html`${isHome ? null : html`<h1>${heading}</h1>`}${articles.length === 0 ? empty : articles.map((article) => preview(article))}
${page === 1 && !hasOlder && tag === null ? null : html`<nav class="turn" aria-label="${say('pages')}">${page > 1 ? html`<a rel="prev" href="${pathOf(home)}${at(page - 1)}">← ${say('newer')}</a>` : null}${tag === null ? null : html`<a href="${pathOf(home)}">${say('all')}</a>`}${hasOlder ? html`<a rel="next" href="${pathOf(home)}${at(page + 1)}">${say('older')} →</a>` : null}</nav>`}`,
  });

  function preview(article: ArticleRow): Html {
    const href = `${pathOf(home)}/${article.slug}`;
    const picture = pictureOf(article.sections, present);
    const excerpt = excerptOf(article.sections, PREVIEW);
    const hasMore = excerpt.endsWith('…') || article.sections.flatMap(({ media }) => media).length > 1 || article.sections.some(({ link }) => link !== null);
    return html`<article${langOf(article, blog)}><h2><a href="${href}">${article.title}</a></h2>${when(article, blog)}
${picture ? html`<figure class="lead"><img src="${pictureLink(href, picture.mediaId)}" alt="${picture.alt}"${sized(picture)} loading="lazy"></figure>` : null}${excerpt === '' ? null : html`<p>${excerpt}</p>`}
${hasMore ? html`<p><a href="${href}" aria-label="${say('more')}: ${article.title}">${say('more')}</a></p>` : null}</article>
`;
  }
}

export interface ArticleView extends Reading {
  readonly article: ArticleRow;
  readonly newer: Neighbour | null;
  readonly older: Neighbour | null;
}

export function articlePage({ blog, home, present, article, newer, older }: ArticleView): PageParts {
  const say = saysIn(blog.language);
  const link = `${home}/${article.slug}`;
  const picture = pictureOf(article.sections, present);
  const to = (rel: 'prev' | 'next', { slug, title }: Neighbour): Html => html`<a rel="${rel}" href="${pathOf(home)}/${slug}">${rel === 'prev' ? '← ' : null}${title}${rel === 'next' ? ' →' : null}</a>`;
  return framed({
    blog, home, link,
    title: article.title,
    description: excerptOf(article.sections, DESCRIPTION) || article.title,
    type: 'article',
    picture: picture && { ...picture, link: pictureLink(link, picture.mediaId) },
    head: html`<meta property="article:published_time" content="${article.published_at.toISOString()}">${article.edited_at ? html`<meta property="article:modified_time" content="${article.edited_at.toISOString()}">` : null}`,
    body: html`<article${langOf(article, blog)}><h1>${article.title}</h1>${when(article, blog)}
${articleBody({ sections: article.sections, href: pathOf(link), present, say, mark: marksOf(article) })}${planned(article, blog, say)}${tagList(article, home, say)}</article>
${newer || older ? html`<nav class="turn" aria-label="${say('neighbours')}">${newer ? to('prev', newer) : null}${older ? to('next', older) : null}</nav>` : null}`,
  });
}

function when({ published_at: at, edited_at: edited }: ArticleRow, { zone, language }: PublicBlog): Html {
  const time = (date: Date): Html => html`<time datetime="${date.toISOString()}">${timeText(date, zone, language)}</time>`;
  return html`<p class="when">${time(at)}${edited ? html` · ${saysIn(language)('edited')} ${time(edited)}` : null}</p>`;
}

function planned({ plan }: ArticleRow, { showsPlan, zone, language }: PublicBlog, say: Say): Html | null {
  if (!showsPlan || plan === null) return null;
  return html`<p class="when">${say('planned')} ${timeText(new Date(plan.at), zone, language)}, ${say('on')} ${listText(plan.platforms, say)}.</p>`;
}

function tagList({ tags }: ArticleRow, home: string, say: Say): Html | null {
  if (tags.length === 0) return null;
  return html`<ul class="tags" aria-label="${say('tags')}">${tags.map((tag) => html`<li><a rel="tag" href="${pathOf(home)}${pageQuery(1, tag)}">#${tag}</a></li>`)}</ul>`;
}

/** The language of an article where it is not the blog's. */
function langOf({ language }: ArticleRow, blog: PublicBlog): Html | null {
  return language === null || language === blog.language ? null : html` lang="${language}"`;
}

function sized({ width, height }: { readonly width: number | null; readonly height: number | null }): Html | null {
  return width === null || height === null ? null : html` width="${width}" height="${height}"`;
}

function pageQuery(page: number, tag: string | null): string {
  const query = new URLSearchParams({ ...(tag === null ? {} : { tag }), ...(page === 1 ? {} : { page: String(page) }) }).toString();
  return query === '' ? '' : `?${query}`;
}
