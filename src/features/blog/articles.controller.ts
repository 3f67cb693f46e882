import { Body, Controller, Get, Param, Patch, Query, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { Article, ArticleChange, ArticlePage, ArticleQuery } from './article.schema.js';
import { ArticlesService } from './articles.service.js';

const id = z.uuid();

@ApiTags('Blog')
@Controller('articles')
export class ArticlesController {
  constructor(private readonly articles: ArticlesService) {}

  /** What went out on the clients' blogs, newest first; also what was taken off. */
  @Get()
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: ArticlePage })
  @ApiOkResponse({ standardSchema: ArticlePage })
  list(@By() { workspaceId }: Caller, @Query({ schema: ArticleQuery }) query: ArticleQuery): Promise<Page<Article>> {
    return this.articles.list(workspaceId, query);
  }

  @Get(':id')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: Article })
  @ApiOkResponse({ standardSchema: Article })
  read(@By() { workspaceId }: Caller, @Param('id', { schema: id }) articleId: string): Promise<Article> {
    return this.articles.read(workspaceId, articleId);
  }

  /** Corrects it, takes it off the blog, or puts it back. */
  @Patch(':id')
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Article })
  @ApiOkResponse({ standardSchema: Article })
  change(@By() caller: Caller, @Param('id', { schema: id }) articleId: string, @Body({ schema: ArticleChange }) change: ArticleChange): Promise<Article> {
    return this.articles.change(caller, articleId, change);
  }
}
