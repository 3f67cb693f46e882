import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { HealthModule } from '../health/health.module.js';
import { DeliveriesModule } from '../posts/deliveries.module.js';
import { FailoverModule } from '../posts/failover.module.js';
import { OutletNeedsModule } from '../posts/outlet-needs.module.js';
import { ReviewsModule } from '../posts/reviews.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { DispatchService } from './dispatch.service.js';
import { DrainRounds } from './drain-rounds.service.js';
import { DrainService } from './drain.service.js';
import { EarlierLifeService } from './earlier-life.service.js';
import { EvidenceService } from './evidence.service.js';
import { LanesService } from './lanes.service.js';
import { PreparesService } from './prepares.service.js';
import { ReconcilerService } from './reconciler.service.js';
import { RecorderService } from './recorder.service.js';
import { RerouteByPerson } from './reroute-by-person.service.js';
import { RoundsService } from './rounds.service.js';
import { SenderService } from './sender.service.js';
import { VerifierService } from './verifier.service.js';
import { WaysOutController } from './ways-out.controller.js';
import { WaysOutService } from './ways-out.service.js';
import { WorldsService } from './worlds.service.js';

/** From the bell to the outcome: decide, claim, send, record, look up, ring again. Needs the TIMES of the app. */
@Module({
  imports: [WorkspacesModule, ChannelsModule, HealthModule, DeliveriesModule, FailoverModule, ReviewsModule, OutletNeedsModule],
  controllers: [WaysOutController],
  providers: [
    DispatchService, DrainRounds, DrainService, EarlierLifeService, EvidenceService, LanesService, PreparesService, ReconcilerService, RecorderService, RerouteByPerson, RoundsService, SenderService, VerifierService, WaysOutService, WorldsService,
  ],
  exports: [RerouteByPerson],
})
export class DispatchModule {}
