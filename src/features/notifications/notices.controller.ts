import { Controller, Get, HttpCode, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { Notice, NoticePage, NoticeQuery } from './notice.schema.js';
import { NoticesService } from './notices.service.js';

@ApiTags('notices')
@Controller('notices')
export class NoticesController {
  constructor(private readonly notices: NoticesService) {}

  @Get()
  @Needs('viewer', 'workspace:read')
  @SerializeOptions({ schema: NoticePage })
  @ApiOkResponse({ standardSchema: NoticePage })
  list(@By() caller: Caller, @Query({ schema: NoticeQuery }) query: NoticeQuery): Promise<Page<Notice>> {
    return this.notices.list(caller, query);
  }

  @Post(':id/seen')
  @HttpCode(200)
  @Needs('editor', 'workspace:write')
  @SerializeOptions({ schema: Notice })
  @ApiOkResponse({ standardSchema: Notice })
  see(@By() caller: Caller, @Param('id', { schema: z.uuid() }) noticeId: string): Promise<Notice> {
    return this.notices.see(caller, noticeId);
  }
}
