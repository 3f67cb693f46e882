import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { BellsService } from './bells.service.js';
import { ClaimsService } from './claims.service.js';
import { DeliveriesController } from './deliveries.controller.js';
import { DeliveriesService } from './deliveries.service.js';
import { DrainQueue } from './drain-queue.service.js';
import { DrainsService } from './drains.service.js';
import { DuesService } from './dues.service.js';
import { LooksService } from './looks.service.js';
import { OutagesService } from './outages.service.js';
import { OutcomesService } from './outcomes.service.js';
import { OutletPlaces } from './outlet-places.service.js';
import { OutletReadiness } from './outlet-readiness.service.js';
import { OutletsOfPosts } from './outlets.service.js';
import { PausesController } from './pauses.controller.js';
import { PausesService } from './pauses.service.js';
import { PostWarnings } from './post-warnings.service.js';
import { PreparationsService } from './preparations.service.js';
import { SweepsService } from './sweeps.service.js';
import { VerificationsService } from './verifications.service.js';

const statements = [BellsService, ClaimsService, DrainQueue, DrainsService, DuesService, LooksService, OutagesService, OutcomesService, OutletPlaces, OutletReadiness, OutletsOfPosts, PreparationsService, SweepsService, VerificationsService];

/** Every statement that moves a delivery, and what a person does to one. */
@Module({
  imports: [WorkspacesModule],
  controllers: [DeliveriesController, PausesController],
  providers: [...statements, DeliveriesService, PausesService, PostWarnings],
  exports: [...statements, DeliveriesService, PostWarnings],
})
export class DeliveriesModule {}
