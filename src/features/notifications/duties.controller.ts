import { Body, Controller, Get, Param, Put, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { AwayService } from './away.service.js';
import { DutiesService } from './duties.service.js';
import { Away, AwayState, Duties, DutyList } from './duty.schema.js';

const Id = z.uuid();

/** Who is asked when something of a client is in danger. */
@ApiTags('Duties')
@Controller()
export class DutiesController {
  constructor(
    private readonly duties: DutiesService,
    private readonly away: AwayService,
  ) {}

  @Get('clients/:id/duties')
  @Needs('viewer', 'clients:read')
  @SerializeOptions({ schema: Duties })
  @ApiOkResponse({ standardSchema: Duties })
  read(@By() { workspaceId }: Caller, @Param('id', { schema: Id }) clientId: string): Promise<Duties> {
    return this.duties.read(workspaceId, clientId);
  }

  /** Replaces the whole list. */
  @Put('clients/:id/duties')
  @Needs('manager', 'clients:write')
  @SerializeOptions({ schema: Duties })
  @ApiOkResponse({ standardSchema: Duties })
  set(@By() caller: Caller, @Param('id', { schema: Id }) clientId: string, @Body({ schema: DutyList }) { userIds }: DutyList): Promise<Duties> {
    return this.duties.set(caller, clientId, userIds);
  }

  /** Oneself, or as a manager anybody: away until then, others are asked. No key speaks for a person. */
  @Put('members/:userId/away')
  @Needs('viewer', null)
  @SerializeOptions({ schema: AwayState })
  @ApiOkResponse({ standardSchema: AwayState })
  setAway(@By() caller: Caller, @Param('userId', { schema: Id }) userId: string, @Body({ schema: Away }) { until }: Away): Promise<AwayState> {
    return this.away.set(caller, userId, until);
  }
}
