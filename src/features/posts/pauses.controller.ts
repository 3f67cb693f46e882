import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { NewPause, Pause, PauseEnd, PausePage } from './pause.schema.js';
import { PausesService } from './pauses.service.js';

@ApiTags('pauses')
@Controller('pauses')
export class PausesController {
  constructor(private readonly pauses: PausesService) {}

  /** The pauses in force. */
  @Get()
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: PausePage })
  @ApiOkResponse({ standardSchema: PausePage })
  list(@By() caller: Caller): Promise<Page<Pause>> {
    return this.pauses.inForce(caller);
  }

  /** Pause publishing for the workspace, a client or a platform. */
  @Post()
  @Needs('manager', 'posts:write')
  @SerializeOptions({ schema: Pause })
  @ApiCreatedResponse({ standardSchema: Pause })
  begin(@By() caller: Caller, @Body({ schema: NewPause }) pause: NewPause): Promise<Pause> {
    return this.pauses.begin(caller, pause);
  }

  /** End it now. What it held is let go within a quarter of a minute, as said. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('manager', 'posts:write')
  end(@By() caller: Caller, @Param('id', { schema: z.uuid() }) id: string, @Query({ schema: PauseEnd }) end: PauseEnd): Promise<void> {
    return this.pauses.end(caller, id, end);
  }
}
