import { Controller, HttpCode, Param, Post, Query, Req, SerializeOptions } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { ImportQuery, ImportResult } from './import.schema.js';
import { ImportsService } from './imports.service.js';

const id = z.uuid();

@ApiTags('audience')
@Controller('lists')
export class ImportsController {
  constructor(private readonly imports: ImportsService) {}

  /**
   * People from a CSV file, up to two million rows. Columns are found by their names (email or phone, name, language, tags with |
   * between them) or named in the query; all others are left aside. Without a stated consent each is asked by letter.
   */
  @Post(':id/imports')
  @HttpCode(200)
  @Needs('manager', 'audience:write')
  @ApiConsumes('text/csv')
  @ApiBody({ schema: { type: 'string' } })
  @SerializeOptions({ schema: ImportResult })
  @ApiOkResponse({ standardSchema: ImportResult })
  run(@By() caller: Caller, @Param('id', { schema: id }) listId: string, @Query({ schema: ImportQuery }) query: ImportQuery, @Req() request: Request): Promise<ImportResult> {
    return this.imports.run(caller, listId, { source: request.is('text/csv') && !request.readableEnded ? request : null, query });
  }
}
