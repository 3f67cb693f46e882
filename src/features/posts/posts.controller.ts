import { Body, Controller, Get, HttpCode, Param, Patch, Post as HttpPost, Query, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { Post, PostPage, PostQuery } from './post.schema.js';
import { PostEdits } from './post-edits.service.js';
import { AtVersion, PostCreate, PostEdit, PostMove } from './post-input.schema.js';
import { PostReads } from './post-reads.service.js';
import { PostsService } from './posts.service.js';

const id = z.uuid();

@ApiTags('posts')
@Controller('posts')
export class PostsController {
  constructor(
    private readonly posts: PostsService,
    private readonly edits: PostEdits,
    private readonly reads: PostReads,
  ) {}

  @HttpPost()
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Post })
  @ApiCreatedResponse({ standardSchema: Post })
  async create(@By() caller: Caller, @Body({ schema: PostCreate }) asked: PostCreate): Promise<Post> {
    return this.reads.one(caller, await this.posts.create(caller, asked));
  }

  @Get()
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: PostPage })
  @ApiOkResponse({ standardSchema: PostPage })
  async list(@By() caller: Caller, @Query({ schema: PostQuery }) query: PostQuery): Promise<z.output<typeof PostPage>> {
    const { items, next } = await this.reads.list(caller, query);
    return { items: [...items], next };
  }

  @Get(':id')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: Post })
  @ApiOkResponse({ standardSchema: Post })
  read(@By() caller: Caller, @Param('id', { schema: id }) postId: string): Promise<Post> {
    return this.reads.one(caller, postId);
  }

  @Patch(':id')
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Post })
  @ApiOkResponse({ standardSchema: Post })
  async edit(@By() caller: Caller, @Param('id', { schema: id }) postId: string, @Body({ schema: PostEdit }) asked: PostEdit): Promise<Post> {
    await this.edits.edit(caller, postId, asked);
    return this.reads.one(caller, postId);
  }

  @HttpPost(':id/move')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Post })
  @ApiOkResponse({ standardSchema: Post })
  async move(@By() caller: Caller, @Param('id', { schema: id }) postId: string, @Body({ schema: PostMove }) asked: PostMove): Promise<Post> {
    await this.edits.move(caller, postId, asked);
    return this.reads.one(caller, postId);
  }

  @HttpPost(':id/cancel')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Post })
  @ApiOkResponse({ standardSchema: Post })
  async cancel(@By() caller: Caller, @Param('id', { schema: id }) postId: string, @Body({ schema: AtVersion }) asked: AtVersion): Promise<Post> {
    await this.edits.cancel(caller, postId, asked);
    return this.reads.one(caller, postId);
  }
}
