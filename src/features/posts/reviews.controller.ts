import { Body, Controller, Get, HttpCode, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { Versioned } from './delivery.schema.js';
import { MovedToSlot, type Review, ReviewPage, ReviewQuery, SlotAct, SlotActResult } from './review.schema.js';
import { ReviewsService } from './reviews.service.js';
import { SlotActs } from './slot-acts.service.js';

/** What waits for a person, and what they do besides what every delivery offers. */
@ApiTags('deliveries')
@Controller()
export class ReviewsController {
  constructor(
    private readonly reviews: ReviewsService,
    private readonly slots: SlotActs,
  ) {}

  /** What could not go out and needs somebody: late, doubtful, failed, missed or out elsewhere alone, the oldest first. */
  @Get('reviews')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: ReviewPage })
  @ApiOkResponse({ standardSchema: ReviewPage })
  list(@By() caller: Caller, @Query({ schema: ReviewQuery }) query: ReviewQuery): Promise<Page<Review>> {
    return this.reviews.list(caller, query);
  }

  /** Each to its client's next free slot, the soonest due first; at most 500 at once. */
  @Post('deliveries/bulk/next-slot')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: SlotActResult })
  @ApiOkResponse({ standardSchema: SlotActResult })
  bulkNextSlot(@By() caller: Caller, @Body({ schema: SlotAct }) asked: SlotAct): Promise<SlotActResult> {
    return this.slots.bulk(caller, asked);
  }

  /** To the client's next free slot. */
  @Post('deliveries/:id/next-slot')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: MovedToSlot })
  @ApiOkResponse({ standardSchema: MovedToSlot })
  nextSlot(@By() caller: Caller, @Param('id', { schema: z.uuid() }) id: string, @Body({ schema: Versioned }) { version }: z.output<typeof Versioned>): Promise<MovedToSlot> {
    return this.slots.one(caller, id, version);
  }
}
