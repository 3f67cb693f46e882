import { Body, Controller, Get, Param, Put, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { Blog, BlogChange } from './blog.schema.js';
import { BlogsService } from './blogs.service.js';

const id = z.uuid();

@ApiTags('Blog')
@Controller('clients')
export class BlogsController {
  constructor(private readonly blogs: BlogsService) {}

  @Get(':id/blog')
  @Needs('viewer', 'channels:read')
  @SerializeOptions({ schema: Blog })
  @ApiOkResponse({ standardSchema: Blog })
  read(@By() { workspaceId }: Caller, @Param('id', { schema: id }) clientId: string): Promise<Blog> {
    return this.blogs.read(workspaceId, clientId);
  }

  /** To publish on it, connect a channel with the connector `blog`. */
  @Put(':id/blog')
  @Needs('manager', 'channels:write')
  @SerializeOptions({ schema: Blog })
  @ApiOkResponse({ standardSchema: Blog })
  change(@By() caller: Caller, @Param('id', { schema: id }) clientId: string, @Body({ schema: BlogChange }) change: BlogChange): Promise<Blog> {
    return this.blogs.change(caller, clientId, change);
  }
}
