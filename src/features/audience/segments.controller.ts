import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { PageQuery } from '../../infra/http/page.schema.js';
import { VersionQuery } from '../workspaces/client.schema.js';
import { CountedSegment, NewSegment, Segment, SegmentChange, SegmentCount, SegmentPage, SegmentTry } from './segment.schema.js';
import { SegmentsService } from './segments.service.js';

const id = z.uuid();

@ApiTags('audience')
@Controller()
export class SegmentsController {
  constructor(private readonly segments: SegmentsService) {}

  @Get('lists/:id/segments')
  @Needs('viewer', 'audience:read')
  @SerializeOptions({ schema: SegmentPage })
  @ApiOkResponse({ standardSchema: SegmentPage })
  list(@By() { workspaceId }: Caller, @Param('id', { schema: id }) listId: string, @Query({ schema: PageQuery }) query: PageQuery): Promise<Page<Segment>> {
    return this.segments.list(workspaceId, listId, query);
  }

  @Post('lists/:id/segments')
  @Needs('editor', 'audience:write')
  @SerializeOptions({ schema: Segment })
  @ApiCreatedResponse({ standardSchema: Segment })
  create(@By() caller: Caller, @Param('id', { schema: id }) listId: string, @Body({ schema: NewSegment }) body: NewSegment): Promise<Segment> {
    return this.segments.create(caller, listId, body);
  }

  /** Whom a rule would reach, while it is being written. */
  @Post('lists/:id/segments/count')
  @HttpCode(200)
  @Needs('viewer', 'audience:read')
  @SerializeOptions({ schema: SegmentCount })
  @ApiOkResponse({ standardSchema: SegmentCount })
  async tryOut(@By() { workspaceId }: Caller, @Param('id', { schema: id }) listId: string, @Body({ schema: SegmentTry }) { rule }: z.output<typeof SegmentTry>): Promise<z.output<typeof SegmentCount>> {
    return { people: await this.segments.tryOut(workspaceId, listId, rule) };
  }

  @Get('segments/:id')
  @Needs('viewer', 'audience:read')
  @SerializeOptions({ schema: CountedSegment })
  @ApiOkResponse({ standardSchema: CountedSegment })
  read(@By() { workspaceId }: Caller, @Param('id', { schema: id }) segmentId: string): Promise<CountedSegment> {
    return this.segments.read(workspaceId, segmentId);
  }

  @Patch('segments/:id')
  @Needs('editor', 'audience:write')
  @SerializeOptions({ schema: Segment })
  @ApiOkResponse({ standardSchema: Segment })
  change(@By() caller: Caller, @Param('id', { schema: id }) segmentId: string, @Body({ schema: SegmentChange }) body: SegmentChange): Promise<Segment> {
    return this.segments.change(caller, segmentId, body);
  }

  @Delete('segments/:id')
  @HttpCode(204)
  @Needs('editor', 'audience:write')
  remove(@By() caller: Caller, @Param('id', { schema: id }) segmentId: string, @Query({ schema: VersionQuery }) { version }: z.output<typeof VersionQuery>): Promise<void> {
    return this.segments.remove(caller, segmentId, version);
  }
}
