import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import {
  Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res, SerializeOptions, StreamableFile, UploadedFile, UseInterceptors,
} from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import { ApiBody, ApiConsumes, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { checkRules } from '../../infra/http/rule-errors.js';
import { IncomingFilesService } from './incoming-files.service.js';
import { fail } from './media.problems.js';
import { EditMedium, Medium, MediumPage, MediumQuery, UploadFields } from './media.schema.js';
import { MediaService } from './media.service.js';
import type { UploadedMedium } from './upload-engine.js';

const id = z.uuid();

@ApiTags('media')
@Controller('media')
export class MediaController {
  constructor(
    private readonly media: MediaService,
    private readonly incoming: IncomingFilesService,
  ) {}

  /** A form with the field `file`, or the file as the whole body; then name and alt text stand in the query. */
  @Post()
  @Needs('editor', 'media:write')
  @UseInterceptors(FileInterceptor('file'))
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' }, alt: { type: 'string' }, name: { type: 'string' } } },
  })
  @SerializeOptions({ schema: Medium })
  @ApiCreatedResponse({ standardSchema: Medium })
  async upload(
    @By() caller: Caller,
    @Query({ schema: UploadFields }) query: UploadFields,
    @UploadedFile() form: UploadedMedium | undefined,
    @Req() request: Request,
  ): Promise<Medium> {
    const upload = form?.incoming ?? (await this.#rawBody(request));
    try {
      const fields = await checkRules(UploadFields, form ? { name: form.originalname, ...query, ...written(request.body) } : query, caller.language);
      if ('errors' in fields) throw fail('media-field', { what: fields.errors.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') });
      return await this.media.keep(caller, upload, fields.data);
    } finally {
      await this.incoming.discard(upload);
    }
  }

  @Get()
  @Needs('viewer', 'media:read')
  @SerializeOptions({ schema: MediumPage })
  @ApiOkResponse({ standardSchema: MediumPage })
  async list(@By() caller: Caller, @Query({ schema: MediumQuery }) query: MediumQuery): Promise<z.output<typeof MediumPage>> {
    const { items, next } = await this.media.list(caller.workspaceId, query);
    return { items: [...items], next };
  }

  @Get(':id')
  @Needs('viewer', 'media:read')
  @SerializeOptions({ schema: Medium })
  @ApiOkResponse({ standardSchema: Medium })
  read(@By() caller: Caller, @Param('id', { schema: id }) mediaId: string): Promise<Medium> {
    return this.media.read(caller.workspaceId, mediaId);
  }

  /** The bytes. Whatever they are, a browser that opens them runs nothing. */
  @Get(':id/file')
  @Needs('viewer', 'media:read')
  @ApiOkResponse({ description: 'The file.', schema: { type: 'string', format: 'binary' } })
  async download(@By() caller: Caller, @Param('id', { schema: id }) mediaId: string, @Res({ passthrough: true }) response: Response): Promise<StreamableFile> {
    const medium = await this.media.read(caller.workspaceId, mediaId);
    const blob = await this.media.open(caller.workspaceId, mediaId);
    response.set({
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': 'private, max-age=31536000, immutable',
    });
    return new StreamableFile(Readable.fromWeb(blob.stream() as ReadableStream), {
      type: medium.mime,
      length: blob.size,
      disposition: `attachment; filename="${medium.name.replace(/[^\w .-]/g, '_')}"; filename*=UTF-8''${rfc5987(medium.name)}`,
    });
  }

  @Patch(':id')
  @Needs('editor', 'media:write')
  @SerializeOptions({ schema: Medium })
  @ApiOkResponse({ standardSchema: Medium })
  edit(@By() caller: Caller, @Param('id', { schema: id }) mediaId: string, @Body({ schema: EditMedium }) asked: EditMedium): Promise<Medium> {
    return this.media.edit(caller, mediaId, asked);
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('editor', 'media:write')
  remove(@By() caller: Caller, @Param('id', { schema: id }) mediaId: string): Promise<void> {
    return this.media.remove(caller, mediaId);
  }

  #rawBody(request: Request): ReturnType<IncomingFilesService['receive']> {
    // What a body parser has read already is no file, and a form without the field `file` holds none.
    if (request.readableEnded || request.is(['multipart', 'json', 'urlencoded'])) throw fail('media-missing');
    return this.incoming.receive(request);
  }
}

/** Form fields a person left empty are not set. */
function written(body: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries((body ?? {}) as object).filter(([, value]) => value !== ''));
}

function rfc5987(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
