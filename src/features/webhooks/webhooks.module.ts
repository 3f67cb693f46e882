import { Module } from '@nestjs/common';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { WebhookMessagesService } from './webhook-messages.service.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhookSendsRepository } from './webhook-sends.repository.js';
import { WebhookTaker } from './webhook-taker.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

/** Signed messages to other systems (docs/webhooks.md). Needs the Seal and Outgoing of the app. */
@Module({
  imports: [WorkspacesModule, NotificationsModule],
  controllers: [WebhooksController],
  providers: [WebhooksService, WebhookMessagesService, WebhookTaker, WebhookSendsRepository, WebhookSender],
})
export class WebhooksModule {}
