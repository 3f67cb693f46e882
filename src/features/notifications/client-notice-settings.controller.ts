import { Body, Controller, Get, HttpCode, Param, Post, Put, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { ClientNoticePreviewService } from './client-notice-preview.service.js';
import { ClientNoticeSettingsService } from './client-notice-settings.service.js';
import { ClientNoticeSettings, ClientNoticeSettingsChange, Preview, PreviewInput } from './client-notice.schema.js';

const Id = z.uuid();

/** How a client is told of an outage. */
@ApiTags('Notices to clients')
@Controller('clients')
export class ClientNoticeSettingsController {
  constructor(
    private readonly settings: ClientNoticeSettingsService,
    private readonly previews: ClientNoticePreviewService,
  ) {}

  @Get(':id/notice-settings')
  @Needs('viewer', 'clients:read')
  @SerializeOptions({ schema: ClientNoticeSettings })
  @ApiOkResponse({ standardSchema: ClientNoticeSettings })
  read(@By() { workspaceId }: Caller, @Param('id', { schema: Id }) clientId: string): Promise<ClientNoticeSettings> {
    return this.settings.read(workspaceId, clientId);
  }

  /** Replaces them all. */
  @Put(':id/notice-settings')
  @Needs('manager', 'clients:write')
  @SerializeOptions({ schema: ClientNoticeSettings })
  @ApiOkResponse({ standardSchema: ClientNoticeSettings })
  change(@By() caller: Caller, @Param('id', { schema: Id }) clientId: string, @Body({ schema: ClientNoticeSettingsChange }) body: ClientNoticeSettingsChange): Promise<ClientNoticeSettings> {
    return this.settings.change(caller, clientId, body);
  }

  /** Writes nothing, sends nothing. */
  @Post(':id/notice-preview')
  @HttpCode(200)
  @Needs('editor', 'clients:read')
  @SerializeOptions({ schema: Preview })
  @ApiOkResponse({ standardSchema: Preview })
  preview(@By() { workspaceId }: Caller, @Param('id', { schema: Id }) clientId: string, @Body({ schema: PreviewInput }) body: PreviewInput): Promise<Preview> {
    return this.previews.preview(workspaceId, clientId, body);
  }
}
