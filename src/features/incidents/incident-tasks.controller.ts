import { Body, Controller, Param, Put, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { type IncidentCommitment, IncidentCommitmentList, TaskTick } from './incident-commitment.schema.js';
import { IncidentTasks } from './incident-tasks.service.js';

const id = z.uuid();

@ApiTags('Incidents')
@Controller('incidents/:id/tasks')
export class IncidentTasksController {
  constructor(private readonly tasks: IncidentTasks) {}

  /** Ticks off, or takes back, what is to be done for a commitment after an incident. Who and when is kept. */
  @Put()
  @Needs('editor', 'incidents:write')
  @SerializeOptions({ schema: IncidentCommitmentList })
  @ApiOkResponse({ standardSchema: IncidentCommitmentList })
  async tick(@By() caller: Caller, @Param('id', { schema: id }) incident: string, @Body({ schema: TaskTick }) tick: TaskTick): Promise<{ items: readonly IncidentCommitment[] }> {
    return { items: await this.tasks.tick(caller, incident, tick) };
  }
}
