import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { DeliveriesModule } from './deliveries.module.js';
import { FailoverModule } from './failover.module.js';
import { PauseEnds } from './pause-ends.service.js';
import { ReviewsController } from './reviews.controller.js';
import { ReviewsService } from './reviews.service.js';
import { SlotActs } from './slot-acts.service.js';

/** What waits for a person, and what becomes of what a pause held. */
@Module({
  imports: [WorkspacesModule, DeliveriesModule, FailoverModule],
  controllers: [ReviewsController],
  providers: [PauseEnds, ReviewsService, SlotActs],
  exports: [PauseEnds, ReviewsService, SlotActs],
})
export class ReviewsModule {}
