import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { PageQuery } from '../../infra/http/page.schema.js';
import { WebhookMessagesService } from './webhook-messages.service.js';
import {
  AddWebhook, EditWebhook, Replayed, ReplayFailed, Webhook, WebhookMessage, WebhookMessagePage, WebhookMessageQuery, WebhookPage, WebhookWithSecret,
} from './webhook.schema.js';
import { WebhooksService } from './webhooks.service.js';

const id = z.uuid();

@ApiTags('webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly messages: WebhookMessagesService,
  ) {}

  @Post()
  @Needs('manager', 'webhooks:write')
  @SerializeOptions({ schema: WebhookWithSecret })
  @ApiCreatedResponse({ standardSchema: WebhookWithSecret })
  add(@By() caller: Caller, @Body({ schema: AddWebhook }) asked: AddWebhook): Promise<WebhookWithSecret> {
    return this.webhooks.add(caller, asked);
  }

  @Get()
  @Needs('manager', 'webhooks:read')
  @SerializeOptions({ schema: WebhookPage })
  @ApiOkResponse({ standardSchema: WebhookPage })
  list(@By() caller: Caller, @Query({ schema: PageQuery }) query: PageQuery): Promise<Page<Webhook>> {
    return this.webhooks.list(caller.workspaceId, query);
  }

  @Get(':id')
  @Needs('manager', 'webhooks:read')
  @SerializeOptions({ schema: Webhook })
  @ApiOkResponse({ standardSchema: Webhook })
  read(@By() caller: Caller, @Param('id', { schema: id }) webhookId: string): Promise<Webhook> {
    return this.webhooks.read(caller.workspaceId, webhookId);
  }

  @Patch(':id')
  @Needs('manager', 'webhooks:write')
  @SerializeOptions({ schema: Webhook })
  @ApiOkResponse({ standardSchema: Webhook })
  edit(@By() caller: Caller, @Param('id', { schema: id }) webhookId: string, @Body({ schema: EditWebhook }) asked: EditWebhook): Promise<Webhook> {
    return this.webhooks.edit(caller, webhookId, asked);
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('manager', 'webhooks:write')
  @ApiNoContentResponse()
  remove(@By() caller: Caller, @Param('id', { schema: id }) webhookId: string): Promise<void> {
    return this.webhooks.remove(caller, webhookId);
  }

  @Post(':id/secret')
  @HttpCode(200)
  @Needs('manager', 'webhooks:write')
  @SerializeOptions({ schema: WebhookWithSecret })
  @ApiOkResponse({ standardSchema: WebhookWithSecret })
  changeSecret(@By() caller: Caller, @Param('id', { schema: id }) webhookId: string): Promise<WebhookWithSecret> {
    return this.webhooks.changeSecret(caller, webhookId);
  }

  @Post(':id/ping')
  @HttpCode(202)
  @Needs('manager', 'webhooks:write')
  @SerializeOptions({ schema: WebhookMessage })
  @ApiAcceptedResponse({ standardSchema: WebhookMessage })
  ping(@By() caller: Caller, @Param('id', { schema: id }) webhookId: string): Promise<WebhookMessage> {
    return this.messages.ping(caller.workspaceId, webhookId);
  }

  @Get(':id/messages')
  @Needs('manager', 'webhooks:read')
  @SerializeOptions({ schema: WebhookMessagePage })
  @ApiOkResponse({ standardSchema: WebhookMessagePage })
  listMessages(
    @By() caller: Caller,
    @Param('id', { schema: id }) webhookId: string,
    @Query({ schema: WebhookMessageQuery }) query: WebhookMessageQuery,
  ): Promise<Page<WebhookMessage>> {
    return this.messages.list(caller.workspaceId, webhookId, query);
  }

  @Get(':id/messages/:messageId')
  @Needs('manager', 'webhooks:read')
  @SerializeOptions({ schema: WebhookMessage })
  @ApiOkResponse({ standardSchema: WebhookMessage })
  readMessage(@By() caller: Caller, @Param('id', { schema: id }) webhookId: string, @Param('messageId', { schema: id }) messageId: string): Promise<WebhookMessage> {
    return this.messages.read(caller.workspaceId, webhookId, messageId);
  }

  @Post(':id/messages/:messageId/replay')
  @HttpCode(202)
  @Needs('manager', 'webhooks:write')
  @SerializeOptions({ schema: WebhookMessage })
  @ApiAcceptedResponse({ standardSchema: WebhookMessage })
  replay(@By() caller: Caller, @Param('id', { schema: id }) webhookId: string, @Param('messageId', { schema: id }) messageId: string): Promise<WebhookMessage> {
    return this.messages.replay(caller.workspaceId, webhookId, messageId);
  }

  @Post(':id/replay')
  @HttpCode(202)
  @Needs('manager', 'webhooks:write')
  @SerializeOptions({ schema: Replayed })
  @ApiAcceptedResponse({ standardSchema: Replayed })
  async replayFailed(@By() caller: Caller, @Param('id', { schema: id }) webhookId: string, @Body({ schema: ReplayFailed }) { since }: ReplayFailed): Promise<Replayed> {
    return { replayed: await this.messages.replayFailed(caller.workspaceId, webhookId, since) };
  }
}
