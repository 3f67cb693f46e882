import { Body, Controller, Get, HttpCode, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { SmsCaps } from './sms-caps.service.js';
import { SmsPreviews } from './sms-preview.service.js';
import { SmsRounds } from './sms-rounds.service.js';
import { SmsAsk, SmsCosts, SmsCostsQuery, SmsPreview, SmsRound, SmsRoundPage, SmsRoundQuery, SmsVersioned } from './sms.schema.js';

const Id = z.uuid();
type Versioned = z.output<typeof SmsVersioned>;

@ApiTags('SMS')
@Controller('sms')
export class SmsController {
  constructor(
    private readonly rounds: SmsRounds,
    private readonly previews: SmsPreviews,
    private readonly caps: SmsCaps,
  ) {}

  /** What a text becomes as an SMS, how many messages that makes, to how many people, and for how much. Nothing is sent. */
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: SmsPreview })
  @ApiOkResponse({ standardSchema: SmsPreview })
  @HttpCode(200)
  @Post('preview')
  preview(@By() caller: Caller, @Body({ schema: SmsAsk }) asked: SmsAsk): Promise<SmsPreview> {
    return this.previews.of(caller, asked);
  }

  /** What SMS and calls have cost, by client and month. */
  @Needs('viewer', 'clients:read')
  @SerializeOptions({ schema: SmsCosts })
  @Get('costs')
  costs(@By() { workspaceId }: Caller, @Query({ schema: SmsCostsQuery }) query: SmsCostsQuery): Promise<SmsCosts> {
    return this.caps.costs(workspaceId, query);
  }

  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: SmsRoundPage })
  @Get('rounds')
  list(@By() { workspaceId }: Caller, @Query({ schema: SmsRoundQuery }) query: SmsRoundQuery): Promise<Page<SmsRound>> {
    return this.rounds.list(workspaceId, query);
  }

  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: SmsRound })
  @Get('rounds/:id')
  read(@By() { workspaceId }: Caller, @Param('id', { schema: Id }) id: string): Promise<SmsRound> {
    return this.rounds.read(workspaceId, id);
  }

  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: SmsRound })
  @HttpCode(200)
  @Post('rounds/:id/pause')
  pause(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: SmsVersioned }) { version }: Versioned): Promise<SmsRound> {
    return this.rounds.pause(caller, id, version);
  }

  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: SmsRound })
  @HttpCode(200)
  @Post('rounds/:id/resume')
  resume(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: SmsVersioned }) { version }: Versioned): Promise<SmsRound> {
    return this.rounds.resume(caller, id, version);
  }

  /** For good. What is sent stays sent: `counts` tells how many had it. */
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: SmsRound })
  @HttpCode(200)
  @Post('rounds/:id/stop')
  stop(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: SmsVersioned }) { version }: Versioned): Promise<SmsRound> {
    return this.rounds.stop(caller, id, version);
  }
}
