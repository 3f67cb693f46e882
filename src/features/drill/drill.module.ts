import { Module } from '@nestjs/common';
import { FailoverModule } from '../posts/failover.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { WhatIfController } from './what-if.controller.js';
import { WhatIfService } from './what-if.service.js';

/** Outages rehearsed: over the calendar, with nothing sent. */
@Module({
  imports: [WorkspacesModule, FailoverModule],
  controllers: [WhatIfController],
  providers: [WhatIfService],
  exports: [WhatIfService],
})
export class DrillModule {}
