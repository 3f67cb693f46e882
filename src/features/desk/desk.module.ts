import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { DispatchModule } from '../dispatch/dispatch.module.js';
import { ClientPagesModule } from '../incidents/client-pages.module.js';
import { IncidentsModule } from '../incidents/incidents.module.js';
import { PacksModule } from '../library/packs.module.js';
import { MediaModule } from '../media/media.module.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { DeliveriesModule } from '../posts/deliveries.module.js';
import { FailoverModule } from '../posts/failover.module.js';
import { HandPostsModule } from '../posts/hand-posts.module.js';
import { PostsModule } from '../posts/posts.module.js';
import { ReviewsModule } from '../posts/reviews.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { ArchiveCheckService } from './archive-check.service.js';
import { ByHandDesk } from './by-hand-desk.service.js';
import { ByHandPagesController } from './by-hand-pages.controller.js';
import { ClientNoticeDesk } from './client-notice-desk.service.js';
import { DemoController } from './demo.controller.js';
import { DemoService } from './demo.service.js';
import { HomeController } from './home.controller.js';
import { IncidentDesk } from './incident-desk.service.js';
import { IncidentPagesController } from './incident-pages.controller.js';

/** What needs several rooms: the demo, the page at `/`, and the team's pages of incidents. */
@Module({
  imports: [WorkspacesModule, ChannelsModule, DispatchModule, DeliveriesModule, FailoverModule, HandPostsModule, MediaModule, PacksModule, PostsModule, ReviewsModule, IncidentsModule, ClientPagesModule, NotificationsModule],
  controllers: [HomeController, DemoController, IncidentPagesController, ByHandPagesController],
  providers: [DemoService, ArchiveCheckService, ByHandDesk, ClientNoticeDesk, IncidentDesk],
  exports: [DemoService],
})
export class DeskModule {}
