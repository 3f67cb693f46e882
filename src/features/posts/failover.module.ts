import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { DeliveriesModule } from './deliveries.module.js';
import { OutletReadiness } from './outlet-readiness.service.js';
import { OutletsOfPosts } from './outlets.service.js';
import { PostsModule } from './posts.module.js';
import { ReroutesService } from './reroutes.service.js';
import { SlotMoves } from './slot-moves.service.js';

const services = [OutletReadiness, OutletsOfPosts, ReroutesService, SlotMoves];

/** Another way out for what cannot go out in time: what it says there, the step itself, and what follows. */
@Module({
  imports: [WorkspacesModule, DeliveriesModule, PostsModule],
  providers: [...services],
  exports: [...services],
})
export class FailoverModule {}
