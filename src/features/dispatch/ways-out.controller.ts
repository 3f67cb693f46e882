import { Body, Controller, Get, HttpCode, Param, Post, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { RerouteByPerson } from './reroute-by-person.service.js';
import { RerouteNow, Ways } from './ways-out.schema.js';

const id = z.uuid();

/** Other ways out of one delivery. */
@ApiTags('failover')
@Controller('deliveries')
export class WaysOutController {
  constructor(private readonly persons: RerouteByPerson) {}

  /** Where it could go out instead, and what stands in the way. */
  @Get(':id/ways-out')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: Ways })
  @ApiOkResponse({ standardSchema: Ways })
  ways(@By() caller: Caller, @Param('id', { schema: id }) delivery: string): Promise<Ways> {
    return this.persons.ways(caller, delivery);
  }

  /** Send it another way now. */
  @Post(':id/reroute')
  @HttpCode(204)
  @Needs('editor', 'posts:write')
  reroute(@By() caller: Caller, @Param('id', { schema: id }) delivery: string, @Body({ schema: RerouteNow }) body: RerouteNow): Promise<void> {
    return this.persons.reroute(caller, delivery, body);
  }
}
