import { paragraphs } from '../../connectors/article.js';
import { SANDBOX_POLICY } from '../../infra/http/headers.js';
import { Html, html, type PageParts } from '../../infra/http/html.js';
import type { PublicBlog } from './blog-reads.service.js';
import { type BlogWord, saysIn } from './blog-words.js';
import { DARK, LIGHT, readableOn } from './colour.js';

export interface Framed {
  readonly blog: PublicBlog;
  /** Link of the blog for everybody. */
  readonly home: string;
  /** Of this page, for everybody. */
  readonly link: string;
  readonly title: string;
  readonly description: string;
  readonly body: Html;
  /** Further lines of the head. */
  readonly head?: Html;
  readonly picture?: { readonly link: string; readonly alt: string; readonly width: number | null; readonly height: number | null } | null;
  readonly type: 'website' | 'article';
  readonly isHome?: boolean;
}

/** The path of a link: on a page everything stays on the origin it came from. */
export const pathOf = (link: string): string => new URL(link).pathname;

/** A page of a blog: its name above, its imprint and feeds below, what machines read in its head. */
export function framed(page: Framed): PageParts {
  const { blog, home, title, body } = page;
  const say = saysIn(blog.language);
  const at = pathOf(home);
  const name = html`<a href="${at}" rel="home">${blog.title}</a>`;
  const head = page.isHome ? html`<h1>${name}</h1>` : html`<p class="name">${name}</p>`;
  return {
    language: blog.language,
    title: page.isHome ? title : `${title} · ${blog.title}`,
    policy: SANDBOX_POLICY,
    rules: rulesOf(blog),
    head: headOf(page),
    body: html`<header>${head}${blog.tagline === '' ? null : html`<p class="tagline">${blog.tagline}</p>`}</header>
${body}
<footer>${blog.footer === '' ? null : new Html(paragraphs(blog.footer))}<nav aria-label="${say('follow')}">${feeds.map(([file, label]) => html`<a href="${at}/${file}">${label}</a>`)}</nav></footer>`,
  };
}

const feeds = [['feed.xml', 'RSS', 'application/rss+xml'], ['atom.xml', 'Atom', 'application/atom+xml'], ['feed.json', 'JSON Feed', 'application/feed+json']] as const;

function headOf({ blog, home, link, title, description, head, picture, type }: Framed): Html {
  return html`
<meta name="description" content="${description}">${blog.isDemo ? html`<meta name="robots" content="noindex">` : null}
<link rel="canonical" href="${link}">${feeds.map(([file, label, mime]) => html`
<link rel="alternate" type="${mime}" title="${blog.title} (${label})" href="${pathOf(home)}/${file}">`)}
<meta property="og:site_name" content="${blog.title}"><meta property="og:type" content="${type}"><meta property="og:title" content="${title}">
<meta property="og:description" content="${description}"><meta property="og:url" content="${link}"><meta property="og:locale" content="${blog.language === 'it' ? 'it_IT' : 'en_GB'}">
<meta name="twitter:card" content="${picture ? 'summary_large_image' : 'summary'}">${picture ? html`
<meta property="og:image" content="${picture.link}"><meta property="og:image:alt" content="${picture.alt}">${sizeOf(picture)}` : null}
<meta name="theme-color" content="${readableOn(LIGHT, blog.accent)}">${head ?? null}`;
}

function sizeOf({ width, height }: NonNullable<Framed['picture']>): Html | null {
  return width === null || height === null ? null : html`<meta property="og:image:width" content="${width}"><meta property="og:image:height" content="${height}">`;
}

/** The colours are ours: checked to be `#rrggbb` on their way in, and computed here. */
function rulesOf({ accent }: PublicBlog): string {
  return `
:root { --accent: ${readableOn(LIGHT, accent)}; --ground: ${LIGHT}; --ink: #1b1d22; --quiet: #5a5f69; }
@media (prefers-color-scheme: dark) { :root { --accent: ${readableOn(DARK, accent)}; --ground: ${DARK}; --ink: #e8e9ec; --quiet: #a3a8b3; } }
body { background: var(--ground); color: var(--ink); font-size: 1.0625rem; line-height: 1.65; overflow-wrap: anywhere; }
main { max-width: 44rem; padding: 1.5rem 1.25rem 3rem; }
header { border-bottom: 3px solid var(--accent); padding-bottom: .75rem; margin-bottom: 2rem; }
header h1, .name { font-size: 1.5rem; font-weight: 700; line-height: 1.25; margin: 0; } header a { text-decoration: none; }
.tagline { margin: .25rem 0 0; color: var(--quiet); }
article > h1, article > h2 { line-height: 1.25; margin: 0 0 .25rem; } article > h1 { font-size: 1.9rem; } article > h2 { font-size: 1.4rem; }
article + article { margin-top: 2.5rem; padding-top: 2.5rem; border-top: 1px solid var(--line); }
article h2 a { color: inherit; text-decoration: none; } article h2 a:hover, header a:hover { text-decoration: underline; }
.when, .tags, .gone { color: var(--quiet); font-size: .95rem; } .when { margin: 0 0 1rem; } .tags { display: flex; flex-wrap: wrap; gap: .25rem .75rem; padding: 0; list-style: none; } .tags a { display: inline-block; padding: .4rem 0; }
figure { margin: 1.5rem 0; } img { display: block; max-width: 100%; height: auto; border-radius: .375rem; background: var(--soft); }
.lead img { max-height: 22rem; width: 100%; object-fit: cover; }
.part + .part { margin-top: 1.5rem; } .gone { border: 1px dashed var(--line); border-radius: .375rem; padding: .75rem 1rem; }
.card { border: 1px solid var(--line); border-radius: .375rem; padding: .75rem 1rem; } .card img { margin-bottom: .5rem; }
nav a { display: inline-block; padding: .5rem 0; } footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; font-size: .95rem; color: var(--quiet); }
@media print { footer nav, .turn { display: none; } }
`;
}

export function missing(language: 'en' | 'it', [title, text]: readonly [BlogWord, BlogWord], home: string | null): PageParts {
  const say = saysIn(language);
  const way = home === null ? null : html`<p><a href="${home}">${say('all')}</a></p>`;
  return { language, title: say(title), policy: SANDBOX_POLICY, body: html`<h1>${say(title)}</h1><p>${say(text)}</p>${way}` };
}
