import { Controller, Get, Param, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { ClientReadiness } from './readiness.schema.js';
import { ReadinessService } from './readiness.service.js';

@ApiTags('library')
@Controller('clients')
export class ReadinessController {
  constructor(private readonly readiness: ReadinessService) {}

  /** How ready a client is for an outage, and what to do next. */
  @Get(':id/readiness')
  @Needs('viewer', 'clients:read')
  @SerializeOptions({ schema: ClientReadiness })
  @ApiOkResponse({ standardSchema: ClientReadiness })
  async read(@By() { workspaceId, language }: Caller, @Param('id', { schema: z.uuid() }) clientId: string): Promise<ClientReadiness> {
    const { score, items } = await this.readiness.of(workspaceId, clientId);
    return { clientId, score, items: items.map(({ why, next, ...item }) => ({ ...item, why: why[language], next: next && next[language] })) };
  }
}
