import { Controller, Get, HttpCode, Post, Query, Req, Res, SerializeOptions, StreamableFile } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { FolderExport } from './folder-export.service.js';
import { FolderImport } from './folder-import.service.js';
import { membersOf, tarOf } from './folder-tar.js';
import { FolderExportQuery, FolderImport as Imported, FolderImportQuery } from './folder.schema.js';
import { fail } from './library-problems.js';

@ApiTags('library')
@Controller('library')
export class FolderController {
  constructor(
    private readonly exports: FolderExport,
    private readonly imports: FolderImport,
  ) {}

  /** Packs as a folder of Markdown files with their media beside them, in a tar: to be edited without a network. */
  @Get('export')
  @Needs('viewer', 'posts:read')
  @ApiOkResponse({ description: 'The folder.', content: { 'application/x-tar': { schema: { type: 'string', format: 'binary' } } } })
  async export(@By() { workspaceId }: Caller, @Query({ schema: FolderExportQuery }) { clientId }: FolderExportQuery, @Res({ passthrough: true }) response: Response): Promise<StreamableFile> {
    const files = await this.exports.files(workspaceId, clientId ?? null);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    return new StreamableFile(tarOf(files), { type: 'application/x-tar', disposition: 'attachment; filename="library.tar"' });
  }

  /** Such a folder again, as a tar: first (`preview`, unless it says false) what would change. What both sides changed stays twice. */
  @Post('import')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @ApiConsumes('application/x-tar')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @SerializeOptions({ schema: Imported })
  @ApiOkResponse({ standardSchema: Imported })
  import(@By() caller: Caller, @Query({ schema: FolderImportQuery }) query: FolderImportQuery, @Req() request: Request): Promise<Imported> {
    if (request.readableEnded || !request.is(['application/x-tar', 'application/octet-stream'])) throw fail('folder-expected');
    return this.imports.run(caller, membersOf(request), query);
  }
}
