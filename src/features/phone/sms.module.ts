import { Module } from '@nestjs/common';
import { AudienceModule } from '../audience/audience.module.js';
import { BroadcastModule } from '../broadcast/broadcast.module.js';
import { ChannelsModule } from '../channels/channels.module.js';
import { LibraryModule } from '../library/library.module.js';
import { DeliveriesModule } from '../posts/deliveries.module.js';
import { FailoverModule } from '../posts/failover.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { GatewaysModule } from './gateways.module.js';
import { SmsCapsController } from './sms-caps.controller.js';
import { SmsCaps } from './sms-caps.service.js';
import { SmsFreezing } from './sms-freezing.service.js';
import { SmsLoop } from './sms-loop.service.js';
import { SmsLooks } from './sms-looks.service.js';
import { SmsNews } from './sms-news.service.js';
import { SmsNobody } from './sms-nobody.service.js';
import { OpenRounds } from './sms-open-rounds.service.js';
import { SmsPassedOver } from './sms-passed-over.service.js';
import { SmsOutlet } from './sms-outlet.service.js';
import { SmsPeople } from './sms-people.service.js';
import { SmsPreviews } from './sms-preview.service.js';
import { SmsReached } from './sms-reached.service.js';
import { SmsReadiness } from './sms-readiness.service.js';
import { SmsReckoning } from './sms-reckoning.service.js';
import { SmsRecipientsController } from './sms-recipients.controller.js';
import { SmsRecipients } from './sms-recipients.service.js';
import { SmsRounds } from './sms-rounds.service.js';
import { SmsSending } from './sms-sending.service.js';
import { SmsWarnings } from './sms-warnings.service.js';
import { SmsController } from './sms.controller.js';
import { SpendingModule } from './spending.module.js';

/** Rounds of SMS (docs/sms.md): what they say and cost, who gets each, and what becomes of it. */
@Module({
  imports: [WorkspacesModule, ChannelsModule, AudienceModule, DeliveriesModule, FailoverModule, LibraryModule, BroadcastModule, GatewaysModule, SpendingModule],
  controllers: [SmsController, SmsRecipientsController, SmsCapsController],
  providers: [OpenRounds, SmsCaps, SmsFreezing, SmsLoop, SmsLooks, SmsNews, SmsNobody, SmsOutlet, SmsPassedOver, SmsPeople, SmsPreviews, SmsReached, SmsReadiness, SmsReckoning, SmsRecipients, SmsRounds, SmsSending, SmsWarnings],
})
export class SmsModule {}
