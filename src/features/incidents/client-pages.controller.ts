import { Body, Controller, Get, HttpCode, Param, Post, Put, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { ClientPages, ClientPagesChange } from './client-pages.schema.js';
import { ClientPagesService } from './client-pages.service.js';

const id = z.uuid();

@ApiTags('Clients')
@Controller('clients')
export class ClientPagesController {
  constructor(private readonly pages: ClientPagesService) {}

  /** The brand's page for everybody, and the client's own by private link. */
  @Get(':id/pages')
  @Needs('viewer', 'incidents:read')
  @SerializeOptions({ schema: ClientPages })
  @ApiOkResponse({ standardSchema: ClientPages })
  read(@By() { workspaceId }: Caller, @Param('id', { schema: id }) clientId: string): Promise<ClientPages> {
    return this.pages.read(workspaceId, clientId);
  }

  @Put(':id/pages')
  @Needs('manager', 'incidents:write')
  @SerializeOptions({ schema: ClientPages })
  @ApiOkResponse({ standardSchema: ClientPages })
  change(@By() caller: Caller, @Param('id', { schema: id }) clientId: string, @Body({ schema: ClientPagesChange }) change: ClientPagesChange): Promise<ClientPages> {
    return this.pages.change(caller, clientId, change);
  }

  /** A new private link; the earlier ones open nothing any more. */
  @Post(':id/pages/new-link')
  @HttpCode(200)
  @Needs('manager', 'incidents:write')
  @SerializeOptions({ schema: ClientPages })
  @ApiOkResponse({ standardSchema: ClientPages })
  newLink(@By() caller: Caller, @Param('id', { schema: id }) clientId: string): Promise<ClientPages> {
    return this.pages.newLink(caller, clientId);
  }
}
