import { Body, Controller, Get, HttpCode, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { DrillDetail, DrillPage, DrillQuery, DrillStart } from './drill.schema.js';
import { DrillsService } from './drills.service.js';

const id = z.uuid();

@ApiTags('failover')
@Controller('drills')
export class DrillsController {
  constructor(private readonly drills: DrillsService) {}

  /** Rehearse an outage, in about half an hour: in a workspace of its own, on sandbox platforms, reaching nobody. */
  @Post()
  @HttpCode(202)
  @Needs('manager', 'workspace:write')
  @SerializeOptions({ schema: DrillDetail })
  start(@By() caller: Caller, @Body({ schema: DrillStart }) body: DrillStart): Promise<DrillDetail> {
    return this.drills.start(caller, body);
  }

  /** Newest first. */
  @Get()
  @Needs('viewer', 'workspace:read')
  @SerializeOptions({ schema: DrillPage })
  @ApiOkResponse({ standardSchema: DrillPage })
  async list(@By() caller: Caller, @Query({ schema: DrillQuery }) query: DrillQuery): Promise<z.output<typeof DrillPage>> {
    const { items, next } = await this.drills.list(caller, query);
    return { items: [...items], next };
  }

  /** The timeline so far, and the tally once it is over. */
  @Get(':id')
  @Needs('viewer', 'workspace:read')
  @SerializeOptions({ schema: DrillDetail })
  @ApiOkResponse({ standardSchema: DrillDetail })
  one(@By() caller: Caller, @Param('id', { schema: id }) drill: string): Promise<DrillDetail> {
    return this.drills.one(caller, drill);
  }
}
