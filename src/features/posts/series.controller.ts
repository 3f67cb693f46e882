import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { Series, SeriesCancel, SeriesCreate, SeriesEdit, SeriesPage, SeriesQuery } from './series.schema.js';
import { SeriesRows } from './series-rows.service.js';
import { SeriesService } from './series.service.js';

const id = z.uuid();

@ApiTags('series')
@Controller('series')
export class SeriesController {
  constructor(
    private readonly series: SeriesService,
    private readonly rows: SeriesRows,
  ) {}

  /** A recurring post. Its occurrences are posts, made 60 days ahead. */
  @Post()
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Series })
  @ApiCreatedResponse({ standardSchema: Series })
  async create(@By() caller: Caller, @Body({ schema: SeriesCreate }) asked: SeriesCreate): Promise<Series> {
    return this.rows.read(caller, await this.series.create(caller, asked));
  }

  @Get()
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: SeriesPage })
  @ApiOkResponse({ standardSchema: SeriesPage })
  async list(@By() caller: Caller, @Query({ schema: SeriesQuery }) query: SeriesQuery): Promise<z.output<typeof SeriesPage>> {
    const { items, next } = await this.rows.list(caller, query);
    return { items: [...items], next };
  }

  @Get(':id')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: Series })
  @ApiOkResponse({ standardSchema: Series })
  read(@By() caller: Caller, @Param('id', { schema: id }) seriesId: string): Promise<Series> {
    return this.rows.read(caller, seriesId);
  }

  /** Edits this and the following, or all that are to come. Answers the series that holds them afterwards. */
  @Patch(':id')
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Series })
  @ApiOkResponse({ standardSchema: Series })
  async edit(@By() caller: Caller, @Param('id', { schema: id }) seriesId: string, @Body({ schema: SeriesEdit }) asked: SeriesEdit): Promise<Series> {
    return this.rows.read(caller, await this.series.edit(caller, seriesId, asked));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Series })
  @ApiOkResponse({ standardSchema: Series })
  async cancel(@By() caller: Caller, @Param('id', { schema: id }) seriesId: string, @Body({ schema: SeriesCancel }) asked: SeriesCancel): Promise<Series> {
    await this.series.cancel(caller, seriesId, asked);
    return this.rows.read(caller, seriesId);
  }
}
