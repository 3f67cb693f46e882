import { Body, Controller, Delete, Get, HttpCode, Param, Post, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Me, Needs, OperatorOnly, type Person } from '../../infra/http/access.js';
import { Maintenance, MaintenanceList, NewMaintenance } from './maintenance.schema.js';
import { MaintenancesService } from './maintenances.service.js';

@ApiTags('Health')
@Controller('maintenances')
export class MaintenancesController {
  constructor(private readonly maintenances: MaintenancesService) {}

  /** Work announced on the platforms this workspace has channels on, to come or going on. */
  @Get()
  @Needs('viewer', 'channels:read')
  @SerializeOptions({ schema: MaintenanceList })
  @ApiOkResponse({ standardSchema: MaintenanceList })
  async list(@By() { workspaceId }: Caller): Promise<MaintenanceList> {
    return { items: [...(await this.maintenances.list(workspaceId))] };
  }

  /** Say that a platform will be worked on: posts due inside it are warned about, and a fall in it is maintenance. */
  @Post()
  @OperatorOnly()
  @SerializeOptions({ schema: Maintenance })
  @ApiCreatedResponse({ standardSchema: Maintenance })
  plan(@Me() { userId, name }: Person, @Body({ schema: NewMaintenance }) planned: NewMaintenance): Promise<Maintenance> {
    return this.maintenances.plan({ kind: 'operator', id: userId, name }, planned);
  }

  /** It will not be, or is over before its time. */
  @Delete(':id')
  @HttpCode(204)
  @OperatorOnly()
  takeBack(@Me() { userId, name }: Person, @Param('id', { schema: z.uuid() }) id: string): Promise<void> {
    return this.maintenances.takeBack({ kind: 'operator', id: userId, name }, id);
  }
}
