import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { LiftedQuery, NewSuppressionBody, Suppression, SuppressionPage, SuppressionQuery } from './suppression.schema.js';
import { SuppressionsService } from './suppressions.service.js';

const id = z.uuid();

@ApiTags('audience')
@Controller('suppressions')
export class SuppressionsController {
  constructor(private readonly suppressions: SuppressionsService) {}

  @Get()
  @Needs('editor', 'audience:read')
  @SerializeOptions({ schema: SuppressionPage })
  @ApiOkResponse({ standardSchema: SuppressionPage })
  list(@By() { workspaceId }: Caller, @Query({ schema: SuppressionQuery }) query: SuppressionQuery): Promise<Page<Suppression>> {
    return this.suppressions.list(workspaceId, query);
  }

  /** Nothing goes to this address any more: of one client, or of the whole workspace. */
  @Post()
  @Needs('editor', 'audience:write')
  @SerializeOptions({ schema: Suppression })
  @ApiCreatedResponse({ standardSchema: Suppression })
  add(@By() caller: Caller, @Body({ schema: NewSuppressionBody }) body: NewSuppressionBody): Promise<Suppression> {
    return this.suppressions.add(caller, body);
  }

  /** Only a person may say that somebody wants to be written to again, and has to say why. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('manager', null)
  lift(@By() caller: Caller, @Param('id', { schema: id }) suppressionId: string, @Query({ schema: LiftedQuery }) { why }: z.output<typeof LiftedQuery>): Promise<void> {
    return this.suppressions.lift(caller, suppressionId, why);
  }
}
