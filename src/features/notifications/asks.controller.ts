import { Body, Controller, Get, HttpCode, Param, Post, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { Answer, AskList } from './ask.schema.js';
import { AsksService } from './asks.service.js';

const Id = z.uuid();

/** Whose it is. */
@ApiTags('Incidents')
@Controller('incidents')
export class AsksController {
  constructor(private readonly asks: AsksService) {}

  @Get(':id/asks')
  @Needs('viewer', 'incidents:read')
  @SerializeOptions({ schema: AskList })
  @ApiOkResponse({ standardSchema: AskList })
  async list(@By() { workspaceId }: Caller, @Param('id', { schema: Id }) incidentId: string): Promise<z.output<typeof AskList>> {
    return { items: [...(await this.asks.list(workspaceId, incidentId))] };
  }

  /** “I take care of it”: nobody else is asked. No key answers for a person. */
  @Post(':id/answer')
  @HttpCode(200)
  @Needs('editor', null)
  @SerializeOptions({ schema: AskList })
  @ApiOkResponse({ standardSchema: AskList })
  async answer(@By() caller: Caller, @Param('id', { schema: Id }) incidentId: string, @Body({ schema: Answer }) { clientIds }: Answer): Promise<z.output<typeof AskList>> {
    return { items: [...(await this.asks.answer(caller, incidentId, clientIds))] };
  }
}
