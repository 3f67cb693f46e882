import { Module } from '@nestjs/common';
import { AudienceModule } from '../audience/audience.module.js';
import { BlogModule } from '../blog/blog.module.js';
import { BroadcastModule } from '../broadcast/broadcast.module.js';
import { ChannelsModule } from '../channels/channels.module.js';
import { DeliveriesModule } from '../posts/deliveries.module.js';
import { FailoverModule } from '../posts/failover.module.js';
import { OutletNeedsModule } from '../posts/outlet-needs.module.js';
import { PostsModule } from '../posts/posts.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { DrillEyes } from './drill-eyes.service.js';
import { DrillReads } from './drill-reads.service.js';
import { DrillRun } from './drill-run.service.js';
import { DrillStage } from './drill-stage.service.js';
import { DrillTallies } from './drill-tally.service.js';
import { DrillsController } from './drills.controller.js';
import { DrillsService } from './drills.service.js';
import { StageEnds } from './stage-ends.service.js';
import { WhatIfController } from './what-if.controller.js';
import { WhatIfService } from './what-if.service.js';

/** Outages rehearsed: over the calendar, with nothing sent; and on sandbox platforms, with everything sent to nobody. */
@Module({
  imports: [WorkspacesModule, ChannelsModule, AudienceModule, DeliveriesModule, PostsModule, FailoverModule, OutletNeedsModule, BroadcastModule, BlogModule],
  controllers: [WhatIfController, DrillsController],
  providers: [WhatIfService, DrillEyes, DrillReads, DrillRun, DrillStage, DrillTallies, DrillsService, StageEnds],
  exports: [WhatIfService, DrillRun],
})
export class DrillModule {}
