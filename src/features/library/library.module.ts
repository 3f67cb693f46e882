import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { FailoverModule } from '../posts/failover.module.js';
import { PostsModule } from '../posts/posts.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { CommitmentsController } from './commitments.controller.js';
import { CommitmentsService } from './commitments.service.js';
import { FolderController } from './folder.controller.js';
import { PackPlans } from './pack-plans.service.js';
import { PacksController } from './packs.controller.js';
import { PacksModule } from './packs.module.js';
import { PlanController } from './plan.controller.js';
import { PlanNights } from './plan-nights.service.js';
import { PlanPages } from './plan-pages.service.js';
import { PlanReads } from './plan-reads.service.js';
import { PlanSettingsService } from './plan-settings.service.js';
import { PublicPlanController } from './public-plan.controller.js';
import { ReadinessController } from './readiness.controller.js';
import { ReadinessService } from './readiness.service.js';
import { TouchedCommitments } from './touched-commitments.service.js';

/** What is prepared in quiet times: packs, commitments, how ready a client is, and the plan of the next days on paper. */
@Module({
  imports: [WorkspacesModule, MediaModule, PostsModule, FailoverModule, PacksModule],
  controllers: [CommitmentsController, FolderController, PacksController, PlanController, PublicPlanController, ReadinessController],
  providers: [CommitmentsService, PackPlans, PlanNights, PlanPages, PlanReads, PlanSettingsService, ReadinessService, TouchedCommitments],
  exports: [ReadinessService, TouchedCommitments],
})
export class LibraryModule {}
