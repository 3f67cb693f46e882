import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { AfterReroutes } from './after-reroutes.service.js';
import { CameToNothing } from './came-to-nothing.service.js';
import { CarriedDeliveries } from './carried.service.js';
import { ClientWays } from './client-ways.service.js';
import { DeliveriesModule } from './deliveries.module.js';
import { FallbacksController } from './fallbacks.controller.js';
import { FallbacksService } from './fallbacks.service.js';
import { OutletCosts } from './outlet-costs.service.js';
import { PassedOverOutlets } from './passed-over.service.js';
import { PlannedService } from './planned.service.js';
import { PostsModule } from './posts.module.js';
import { ReroutesService } from './reroutes.service.js';
import { SeriesFallbacksController } from './series-fallbacks.controller.js';
import { SeriesFallbacks } from './series-fallbacks.service.js';
import { SlotMoves } from './slot-moves.service.js';

const services = [AfterReroutes, CameToNothing, CarriedDeliveries, ClientWays, FallbacksService, OutletCosts, PassedOverOutlets, PlannedService, ReroutesService, SeriesFallbacks, SlotMoves];

/** Another way out for what cannot go out in time: what it says there, the step itself, and what follows. */
@Module({
  imports: [WorkspacesModule, DeliveriesModule, PostsModule],
  controllers: [FallbacksController, SeriesFallbacksController],
  providers: [...services],
  exports: [...services, DeliveriesModule],
})
export class FailoverModule {}
