import { Body, Controller, Delete, Get, HttpCode, Param, Put, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { FallbackList, FallbackWrite } from './fallback.schema.js';
import { SeriesFallbacks } from './series-fallbacks.service.js';

const id = z.uuid();

/** What the occurrences of a series say elsewhere when their platform is down. */
@ApiTags('failover')
@Controller('series/:seriesId/fallbacks')
export class SeriesFallbacksController {
  constructor(private readonly fallbacks: SeriesFallbacks) {}

  @Get()
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: FallbackList })
  @ApiOkResponse({ standardSchema: FallbackList })
  async list(@By() caller: Caller, @Param('seriesId', { schema: id }) seriesId: string): Promise<z.output<typeof FallbackList>> {
    return { items: [...(await this.fallbacks.list(caller, seriesId))] };
  }

  /** Write or approve it for all occurrences to come, but those that have a version of their own. */
  @Put(':channelId')
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: FallbackList })
  @ApiOkResponse({ standardSchema: FallbackList })
  async write(
    @By() caller: Caller, @Param('seriesId', { schema: id }) seriesId: string, @Param('channelId', { schema: id }) channelId: string, @Body({ schema: FallbackWrite }) body: FallbackWrite,
  ): Promise<z.output<typeof FallbackList>> {
    return { items: [...(await this.fallbacks.write(caller, { seriesId, channelId }, body))] };
  }

  @Delete(':channelId')
  @HttpCode(204)
  @Needs('editor', 'posts:write')
  remove(@By() caller: Caller, @Param('seriesId', { schema: id }) seriesId: string, @Param('channelId', { schema: id }) channelId: string): Promise<void> {
    return this.fallbacks.remove(caller, { seriesId, channelId });
  }
}
