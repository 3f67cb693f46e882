import { Body, Controller, Get, HttpCode, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { HeldAct } from './bulk.schema.js';
import { DeliveriesService } from './deliveries.service.js';
import { Counted, DeliveryPage, DeliveryQuery, type DeliveryRow, NotNow, Versioned, Word } from './delivery.schema.js';

const id = z.uuid();

@ApiTags('deliveries')
@Controller('deliveries')
export class DeliveriesController {
  constructor(private readonly deliveries: DeliveriesService) {}

  @Get()
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: DeliveryPage })
  @ApiOkResponse({ standardSchema: DeliveryPage })
  list(@By() caller: Caller, @Query({ schema: DeliveryQuery }) query: DeliveryQuery): Promise<Page<DeliveryRow>> {
    return this.deliveries.list(caller, query);
  }

  /** Release what is held, by filter. */
  @Post('bulk/release')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Counted })
  @ApiOkResponse({ standardSchema: Counted })
  async bulkRelease(@By() caller: Caller, @Body({ schema: HeldAct }) body: HeldAct): Promise<{ count: number }> {
    return { count: await this.deliveries.bulk(caller, 'release', body) };
  }

  /** Drop what is held, by filter. */
  @Post('bulk/drop')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Counted })
  @ApiOkResponse({ standardSchema: Counted })
  async bulkDrop(@By() caller: Caller, @Body({ schema: HeldAct }) body: HeldAct): Promise<{ count: number }> {
    return { count: await this.deliveries.bulk(caller, 'drop', body) };
  }

  /** Go, although it is late. */
  @Post(':id/release')
  @HttpCode(204)
  @Needs('editor', 'posts:write')
  release(@By() caller: Caller, @Param('id', { schema: id }) delivery: string, @Body({ schema: Versioned }) { version }: z.output<typeof Versioned>): Promise<void> {
    return this.deliveries.release(caller, delivery, version);
  }

  /** Do not post it. */
  @Post(':id/drop')
  @HttpCode(204)
  @Needs('editor', 'posts:write')
  drop(@By() caller: Caller, @Param('id', { schema: id }) delivery: string, @Body({ schema: Versioned }) { version }: z.output<typeof Versioned>): Promise<void> {
    return this.deliveries.drop(caller, delivery, version);
  }

  /** Say whether it is out: what you saw on the platform, or posted by hand. */
  @Post(':id/say')
  @HttpCode(204)
  @Needs('editor', 'posts:write')
  say(@By() caller: Caller, @Param('id', { schema: id }) delivery: string, @Body({ schema: Word }) word: Word): Promise<void> {
    return this.deliveries.say(caller, delivery, word);
  }

  /** You were asked to post it by hand and cannot just now: somebody is asked again later. */
  @Post(':id/not-now')
  @HttpCode(204)
  @Needs('editor', 'posts:write')
  notNow(@By() caller: Caller, @Param('id', { schema: id }) delivery: string, @Body({ schema: NotNow }) body: NotNow): Promise<void> {
    return this.deliveries.notNow(caller, delivery, body);
  }

  /** End a delivery of which only some parts are out. */
  @Post(':id/end')
  @HttpCode(204)
  @Needs('editor', 'posts:write')
  end(@By() caller: Caller, @Param('id', { schema: id }) delivery: string, @Body({ schema: Versioned }) { version }: z.output<typeof Versioned>): Promise<void> {
    return this.deliveries.endIncomplete(caller, delivery, version);
  }
}
