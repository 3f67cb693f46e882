import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { CONFIG, type Config } from '../../infra/config.js';
import { Public } from '../../infra/http/access.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { html, sendPage } from '../../infra/http/html.js';
import { DomainError } from '../../infra/http/problem.js';
import { MediaService } from '../media/media.service.js';
import { picturesOf } from './article-row.js';
import { atomFeed, jsonFeed, rssFeed, sitemap } from './blog-feeds.js';
import { missing, pathOf } from './blog-frame.js';
import { blogLink } from './blog-links.js';
import { articlePage, listPage } from './blog-page.js';
import { BlogReads, type PublicBlog } from './blog-reads.service.js';
import { saysIn } from './blog-words.js';

const Slug = z.string().max(200);
const Wanted = z.object({
  page: z.coerce.number().int().min(1).max(100_000).optional().catch(undefined),
  tag: z.string().min(1).max(40).optional().catch(undefined),
});

/** What a visitor asked for, found: or the visitor is answered already. */
interface Visit {
  readonly blog: PublicBlog;
  readonly home: string;
}

/** Clients' blogs, for everybody: the same for all who ask, so any cache may keep them a minute. */
@ApiExcludeController()
@Public()
@Controller('public/blog')
export class BlogPagesController {
  constructor(
    private readonly reads: BlogReads,
    private readonly media: MediaService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get(':slug')
  async list(@Param('slug', { schema: Slug }) slug: string, @Query({ schema: Wanted }) wanted: z.output<typeof Wanted>, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const visit = await this.visit(slug, request, response);
    if (!visit) return;
    const { page = 1, tag = null } = wanted;
    const { articles, hasOlder } = await this.reads.page(visit.blog, page, tag);
    if (page > 1 && articles.length === 0) return absent(visit, response);
    keep(response);
    sendPage(response, 200, listPage({ ...visit, articles, hasOlder, page, tag, present: await this.reads.present(visit.blog, articles) }));
  }

  @Get(':slug/feed.xml')
  rss(@Param('slug', { schema: Slug }) slug: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    return this.feed(slug, { request, response, type: 'application/rss+xml', write: rssFeed });
  }

  @Get(':slug/atom.xml')
  atom(@Param('slug', { schema: Slug }) slug: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    return this.feed(slug, { request, response, type: 'application/atom+xml', write: atomFeed });
  }

  @Get(':slug/feed.json')
  json(@Param('slug', { schema: Slug }) slug: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    return this.feed(slug, { request, response, type: 'application/feed+json', write: jsonFeed });
  }

  @Get(':slug/sitemap.xml')
  async map(@Param('slug', { schema: Slug }) slug: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const visit = await this.visit(slug, request, response);
    if (!visit) return;
    keep(response);
    response.type('application/xml').send(sitemap(visit.home, await this.reads.sitemap(visit.blog)));
  }

  @Get(':slug/:article')
  async article(@Param('slug', { schema: Slug }) slug: string, @Param('article', { schema: Slug }) name: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const visit = await this.visit(slug, request, response);
    if (!visit) return;
    const article = await this.reads.article(visit.blog, name);
    if (!article) return absent(visit, response);
    const [present, beside] = await Promise.all([this.reads.present(visit.blog, [article]), this.reads.neighbours(visit.blog, article)]);
    keep(response);
    sendPage(response, 200, articlePage({ ...visit, ...beside, article, present }));
  }

  /** A picture of an article that is shown: no other medium of the workspace is to be had here. */
  @Get(':slug/:article/media/:medium')
  async picture(
    @Param('slug', { schema: Slug }) slug: string, @Param('article', { schema: Slug }) name: string, @Param('medium', { schema: Slug }) mediaId: string,
    @Req() request: WithContext, @Res() response: Response,
  ): Promise<void> {
    const visit = await this.visit(slug, request, response);
    if (!visit) return;
    const { workspaceId } = visit.blog;
    const article = await this.reads.article(visit.blog, name);
    const picture = article?.sections.flatMap(picturesOf).find((one) => one.mediaId === mediaId);
    if (!picture?.mime.startsWith('image/')) return absent(visit, response);
    const blob = await this.media.open(workspaceId, mediaId).catch((error: unknown) => {
      if (error instanceof DomainError) return null; // deleted, or its bytes are lost
      throw error;
    });
    if (blob === null) return pictureGone(visit, response);
    // A reader of feeds, or a platform that draws a preview, shows it on a page of its own.
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.setHeader('Cache-Control', 'public, max-age=3600');
    response.setHeader('ETag', `"${mediaId}"`);
    if (request.fresh) return void response.status(304).end();
    response.type(picture.mime).setHeader('Content-Length', blob.size);
    Readable.fromWeb(blob.stream() as ReadableStream).on('error', (error) => response.destroy(error)).pipe(response);
  }

  private async feed(slug: string, { request, response, type, write }: Feeding): Promise<void> {
    const visit = await this.visit(slug, request, response);
    if (!visit) return;
    const articles = await this.reads.latest(visit.blog);
    keep(response);
    response.type(type).send(write({ ...visit, articles, present: await this.reads.present(visit.blog, articles) }));
  }

  /** Answers itself where there is no such blog, or it has another address by now. */
  private async visit(slug: string, request: WithContext, response: Response): Promise<Visit | null> {
    const blog = await this.reads.blogAt(slug);
    if (!blog) {
      sendPage(response, 404, missing(request.postern?.language ?? 'en', ['unknownBlog', 'unknownBlogText'], null));
      return null;
    }
    if (blog.isDemo) response.setHeader('X-Robots-Tag', 'noindex');
    const home = blogLink(this.config, blog.slug);
    if (blog.slug === slug) return { blog, home };
    keep(response);
    response.redirect(301, pathOf(home) + request.url.replace(/^\/public\/blog\/[^/?]+/, ''));
    return null;
  }
}

interface Feeding {
  readonly request: WithContext;
  readonly response: Response;
  readonly type: string;
  readonly write: typeof rssFeed;
}

/** Express adds the ETag, and answers 304 to whoever has it. */
function keep(response: Response): void {
  response.setHeader('Cache-Control', 'public, max-age=60');
}

function absent({ blog, home }: Visit, response: Response): void {
  sendPage(response, 404, missing(blog.language, ['unknownArticle', 'unknownArticleText'], pathOf(home)));
}

/** Where the picture stood, the page shows this: a sentence, not a broken sign. */
function pictureGone({ blog }: Visit, response: Response): void {
  const sentence = saysIn(blog.language)('pictureGone');
  const drawing = html`<svg xmlns="http://www.w3.org/2000/svg" width="640" height="160" viewBox="0 0 640 160" role="img"><title>${sentence}</title><rect width="640" height="160" fill="#e8e9ec"/><text x="320" y="88" text-anchor="middle" font-family="system-ui, sans-serif" font-size="22" fill="#3c4043">${sentence}</text></svg>`;
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  response.status(404).type('image/svg+xml').send(drawing.text);
}
