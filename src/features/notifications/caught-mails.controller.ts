import { Controller, Get, Param, Query, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs, OperatorOnly } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { PageQuery } from '../../infra/http/page.schema.js';
import { CaughtMail, type CaughtMailHead, CaughtMailPage } from './caught-mail.schema.js';
import { CaughtMailsService } from './caught-mails.service.js';

const Id = z.uuid();

/** What would have been mailed: without SMTP_URL, and in a demo. Mails name people, so no key reads them. */
@ApiTags('notices')
@Controller()
export class CaughtMailsController {
  constructor(private readonly mails: CaughtMailsService) {}

  @Get('caught-mails')
  @Needs('manager', null)
  @SerializeOptions({ schema: CaughtMailPage })
  @ApiOkResponse({ standardSchema: CaughtMailPage })
  list(@By() { workspaceId }: Caller, @Query({ schema: PageQuery }) query: PageQuery): Promise<Page<CaughtMailHead>> {
    return this.mails.list(workspaceId, query);
  }

  @Get('caught-mails/:id')
  @Needs('manager', null)
  @SerializeOptions({ schema: CaughtMail })
  @ApiOkResponse({ standardSchema: CaughtMail })
  read(@By() { workspaceId }: Caller, @Param('id', { schema: Id }) id: string): Promise<CaughtMail> {
    return this.mails.read(workspaceId, id);
  }

  /** Of the installation itself; of no workspace. */
  @Get('installation/caught-mails')
  @OperatorOnly()
  @SerializeOptions({ schema: CaughtMailPage })
  @ApiOkResponse({ standardSchema: CaughtMailPage })
  listOwn(@Query({ schema: PageQuery }) query: PageQuery): Promise<Page<CaughtMailHead>> {
    return this.mails.list(null, query);
  }

  @Get('installation/caught-mails/:id')
  @OperatorOnly()
  @SerializeOptions({ schema: CaughtMail })
  @ApiOkResponse({ standardSchema: CaughtMail })
  readOwn(@Param('id', { schema: Id }) id: string): Promise<CaughtMail> {
    return this.mails.read(null, id);
  }
}
