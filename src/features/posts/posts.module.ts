import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { DeliveriesModule } from './deliveries.module.js';
import { PostDeliveries } from './post-deliveries.service.js';
import { PostEdits } from './post-edits.service.js';
import { PostLocks } from './post-locks.service.js';
import { PostLookups } from './post-lookups.service.js';
import { PostReads } from './post-reads.service.js';
import { PostWriter } from './post-writer.service.js';
import { PostsController } from './posts.controller.js';
import { PostsService } from './posts.service.js';
import { SlotsController } from './slots.controller.js';
import { SlotsService } from './slots.service.js';

/** Posts as people plan them: one by one, in series, in slots, in bulk. What becomes of them: deliveries.module.ts. */
@Module({
  imports: [WorkspacesModule, DeliveriesModule],
  controllers: [PostsController, SlotsController],
  providers: [PostDeliveries, PostEdits, PostLocks, PostLookups, PostReads, PostWriter, PostsService, SlotsService],
  exports: [PostsService, PostReads],
})
export class PostsModule {}
