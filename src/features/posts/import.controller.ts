import { Body, Controller, HttpCode, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { fail } from './import-problems.js';
import { ImportQuery, ImportResult } from './import.schema.js';
import { ImportService } from './import.service.js';

@ApiTags('posts')
@Controller('posts/import')
export class ImportController {
  constructor(private readonly imports: ImportService) {}

  /**
   * Posts from a CSV file, up to 10,000 rows. Columns, in any order: client (name or id), channels (names or ids with |
   * between them, * = all), date (2026-07-01), time (09:30), zone (left out: the client's), text, media (ids with |), alt
   * (texts with |), choice (left out: can-wait), labels (with |). All or nothing.
   */
  @Post()
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @ApiConsumes('text/csv')
  @ApiBody({ schema: { type: 'string' } })
  @SerializeOptions({ schema: ImportResult })
  @ApiOkResponse({ standardSchema: ImportResult })
  run(@By() caller: Caller, @Query({ schema: ImportQuery }) { preview }: ImportQuery, @Body() body: unknown): Promise<ImportResult> {
    if (typeof body !== 'string') throw fail('csv-expected');
    return this.imports.run(caller, body, preview);
  }
}
