import { Module, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../infra/clock.js';
import { Watch } from '../../infra/watch.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { BulkController } from './bulk.controller.js';
import { BulkService } from './bulk.service.js';
import { BulkRows } from './bulk-rows.service.js';
import { CalendarController } from './calendar.controller.js';
import { CalendarService } from './calendar.service.js';
import { DeliveriesModule } from './deliveries.module.js';
import { IfDownService } from './if-down.service.js';
import { ImportController } from './import.controller.js';
import { ImportService } from './import.service.js';
import { PostDeliveries } from './post-deliveries.service.js';
import { OutletNeedsModule } from './outlet-needs.module.js';
import { PostEdits } from './post-edits.service.js';
import { PostLocks } from './post-locks.service.js';
import { PostLookups } from './post-lookups.service.js';
import { PostReads } from './post-reads.service.js';
import { PostRetry } from './post-retry.service.js';
import { PostTimes } from './post-times.service.js';
import { PostWriter } from './post-writer.service.js';
import { PostsController } from './posts.controller.js';
import { PostsService } from './posts.service.js';
import { SeriesController } from './series.controller.js';
import { SeriesInputs } from './series-inputs.service.js';
import { SeriesMaker } from './series-maker.service.js';
import { SeriesPosts } from './series-posts.service.js';
import { SeriesRows } from './series-rows.service.js';
import { SeriesService } from './series.service.js';
import { SlotsController } from './slots.controller.js';
import { SlotsService } from './slots.service.js';
import { WarnedPosts } from './warned-posts.service.js';

/** Posts as people plan them: one by one, in series, in slots, in bulk. What becomes of them: deliveries.module.ts. */
@Module({
  imports: [WorkspacesModule, DeliveriesModule, OutletNeedsModule],
  // Fixed addresses (posts/bulk, posts/import) before those with an id.
  controllers: [BulkController, ImportController, CalendarController, SeriesController, SlotsController, PostsController],
  providers: [
    BulkRows, BulkService, CalendarService, IfDownService, ImportService, PostDeliveries, PostEdits, PostLocks, PostLookups, PostReads, PostRetry, PostTimes, PostWriter,
    PostsService, SeriesInputs, SeriesMaker, SeriesPosts, SeriesRows, SeriesService, SlotsService, WarnedPosts,
  ],
  exports: [IfDownService, PostDeliveries, PostsService, PostEdits, PostLookups, PostReads, PostWriter, SeriesMaker, SlotsService],
})
export class PostsModule implements OnModuleInit {
  constructor(
    private readonly watch: Watch,
    private readonly maker: SeriesMaker,
    private readonly times: PostTimes,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.watch.hourly('occurrences of series', () => this.maker.makeAhead(this.clock.now()));
    this.watch.hourly('times by new zone data', () => this.times.rederive(this.clock.now()));
  }
}
