import { Module } from '@nestjs/common';
import { AudienceModule } from '../audience/audience.module.js';
import { ChannelsModule } from '../channels/channels.module.js';
import { LibraryModule } from '../library/library.module.js';
import { MediaModule } from '../media/media.module.js';
import { FailoverModule } from '../posts/failover.module.js';
import { OutletNeedsModule } from '../posts/outlet-needs.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { BounceHookController } from './bounce-hook.controller.js';
import { BounceMailboxes } from './bounce-mailboxes.service.js';
import { BouncesService } from './bounces.service.js';
import { BroadcastEnds } from './broadcast-ends.service.js';
import { BroadcastLoop } from './broadcast-loop.service.js';
import { BroadcastNews } from './broadcast-news.service.js';
import { BroadcastsController } from './broadcasts.controller.js';
import { BroadcastsService } from './broadcasts.service.js';
import { Carrying } from './carrying.service.js';
import { Catcher } from './catcher.service.js';
import { DraftsService } from './drafts.service.js';
import { Freezing } from './freezing.service.js';
import { FrozenRows } from './frozen-rows.service.js';
import { Issues } from './issues.service.js';
import { Lists } from './lists.service.js';
import { MailReach } from './mail-reach.service.js';
import { Mailings } from './mailings.service.js';
import { NewsletterNeeds } from './newsletter-needs.service.js';
import { NewsletterOutlet } from './newsletter-outlet.service.js';
import { NewsletterReadiness } from './newsletter-readiness.service.js';
import { OpenBroadcasts } from './open-broadcasts.service.js';
import { PostPages } from './post-pages.service.js';
import { PreflightService } from './preflight.service.js';
import { PublicIssueController } from './public-issue.controller.js';
import { PublicPostController } from './public-post.controller.js';
import { Readers } from './readers.service.js';
import { RecipientRows } from './recipient-rows.service.js';
import { RecipientsController } from './recipients.controller.js';
import { Recipients } from './recipients.service.js';
import { SenderDns } from './sender-dns.service.js';
import { SenderPauses } from './sender-pauses.service.js';
import { SenderReadiness } from './sender-readiness.service.js';
import { SenderRoads } from './sender-roads.service.js';
import { SendersController } from './senders.controller.js';
import { SendersService } from './senders.service.js';
import { Signatures } from './signatures.service.js';
import { Takings } from './takings.service.js';
import { TemplatesController } from './templates.controller.js';
import { TemplatesService } from './templates.service.js';
import { TestLetters } from './test-letters.service.js';
import { Warmth } from './warmth.service.js';

/** Newsletters (docs/newsletter.md): in whose name they go, what they look like, who gets each, and what comes back. */
@Module({
  imports: [WorkspacesModule, MediaModule, ChannelsModule, AudienceModule, FailoverModule, OutletNeedsModule, LibraryModule],
  controllers: [SendersController, TemplatesController, BroadcastsController, RecipientsController, BounceHookController, PublicIssueController, PublicPostController],
  providers: [
    BounceMailboxes, BouncesService, BroadcastEnds, BroadcastLoop, BroadcastNews, BroadcastsService, Carrying, Catcher, DraftsService, Freezing, FrozenRows, Issues, Lists, MailReach, Mailings, NewsletterNeeds, NewsletterOutlet, NewsletterReadiness, OpenBroadcasts, PostPages, PreflightService, Readers,
    RecipientRows, Recipients, SenderDns, SenderPauses, SenderReadiness, SenderRoads, SendersService, Signatures, Takings, TemplatesService, TestLetters, Warmth,
  ],
  exports: [Catcher, Lists, PostPages, SendersService, Takings],
})
export class BroadcastModule {}
