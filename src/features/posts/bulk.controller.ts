import { Body, Controller, HttpCode, Param, Post, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { BulkAct, BulkMove, BulkResult } from './bulk.schema.js';
import { BulkService } from './bulk.service.js';
import { Retried } from './post.schema.js';
import { AtVersion } from './post-input.schema.js';
import { PostRetry } from './post-retry.service.js';

/** What is done to many deliveries at once; each with `dryRun` to count first. */
@ApiTags('posts')
@Controller()
export class BulkController {
  constructor(
    private readonly bulk: BulkService,
    private readonly one: PostRetry,
  ) {}

  @Post('posts/bulk/move')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: BulkResult })
  @ApiOkResponse({ standardSchema: BulkResult })
  move(@By() caller: Caller, @Body({ schema: BulkMove }) asked: BulkMove): Promise<BulkResult> {
    return this.bulk.move(caller, asked);
  }

  @Post('posts/bulk/cancel')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: BulkResult })
  @ApiOkResponse({ standardSchema: BulkResult })
  cancel(@By() caller: Caller, @Body({ schema: BulkAct }) asked: BulkAct): Promise<BulkResult> {
    return this.bulk.cancel(caller, asked);
  }

  /** Only what failed or was missed. */
  @Post('posts/bulk/retry')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: BulkResult })
  @ApiOkResponse({ standardSchema: BulkResult })
  retry(@By() caller: Caller, @Body({ schema: BulkAct }) asked: BulkAct): Promise<BulkResult> {
    return this.bulk.retry(caller, asked);
  }

  @Post('deliveries/:id/retry')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Retried })
  @ApiOkResponse({ standardSchema: Retried })
  retryOne(@By() caller: Caller, @Param('id', { schema: z.uuid() }) deliveryId: string, @Body({ schema: AtVersion }) { version }: AtVersion): Promise<z.output<typeof Retried>> {
    return this.one.retry(caller, deliveryId, version);
  }
}
