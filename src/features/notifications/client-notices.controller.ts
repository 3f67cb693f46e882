import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { ClientNotice, ClientNoticeEdit, ClientNoticePage, ClientNoticeQuery, ClientNoticeVersion } from './client-notice.schema.js';
import { ClientNoticesService } from './client-notices.service.js';

const Id = z.uuid();
type Version = z.output<typeof ClientNoticeVersion>;

/** What clients are told of outages. What waits for a yes, a person decides: no key does. */
@ApiTags('Notices to clients')
@Controller('client-notices')
export class ClientNoticesController {
  constructor(private readonly notices: ClientNoticesService) {}

  @Get()
  @Needs('viewer', 'incidents:read')
  @SerializeOptions({ schema: ClientNoticePage })
  @ApiOkResponse({ standardSchema: ClientNoticePage })
  list(@By() { workspaceId }: Caller, @Query({ schema: ClientNoticeQuery }) query: ClientNoticeQuery): Promise<Page<ClientNotice>> {
    return this.notices.list(workspaceId, query);
  }

  @Get(':id')
  @Needs('viewer', 'incidents:read')
  @SerializeOptions({ schema: ClientNotice })
  @ApiOkResponse({ standardSchema: ClientNotice })
  read(@By() { workspaceId }: Caller, @Param('id', { schema: Id }) id: string): Promise<ClientNotice> {
    return this.notices.read(workspaceId, id);
  }

  /** Before it is sent. */
  @Patch(':id')
  @Needs('manager', null)
  @SerializeOptions({ schema: ClientNotice })
  @ApiOkResponse({ standardSchema: ClientNotice })
  edit(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: ClientNoticeEdit }) body: ClientNoticeEdit): Promise<ClientNotice> {
    return this.notices.edit(caller, id, body);
  }

  @Post(':id/send')
  @HttpCode(200)
  @Needs('manager', null)
  @SerializeOptions({ schema: ClientNotice })
  @ApiOkResponse({ standardSchema: ClientNotice })
  send(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: ClientNoticeVersion }) { version }: Version): Promise<ClientNotice> {
    return this.notices.send(caller, id, version);
  }

  @Post(':id/drop')
  @HttpCode(200)
  @Needs('manager', null)
  @SerializeOptions({ schema: ClientNotice })
  @ApiOkResponse({ standardSchema: ClientNotice })
  drop(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: ClientNoticeVersion }) { version }: Version): Promise<ClientNotice> {
    return this.notices.drop(caller, id, version);
  }
}
