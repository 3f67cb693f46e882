import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { VersionQuery } from '../workspaces/client.schema.js';
import { Post as PlannedPost } from '../posts/post.schema.js';
import { NewPack, Pack, PackAt, PackChange, PackPage, PackPlan, PackQuery, type PackSummary } from './pack.schema.js';
import { PackPlans } from './pack-plans.service.js';
import { PacksService } from './packs.service.js';

const id = z.uuid();

@ApiTags('library')
@Controller('packs')
export class PacksController {
  constructor(
    private readonly packs: PacksService,
    private readonly plans: PackPlans,
  ) {}

  @Get()
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: PackPage })
  @ApiOkResponse({ standardSchema: PackPage })
  list(@By() { workspaceId }: Caller, @Query({ schema: PackQuery }) query: PackQuery): Promise<Page<PackSummary>> {
    return this.packs.list(workspaceId, query);
  }

  @Post()
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Pack })
  @ApiCreatedResponse({ standardSchema: Pack })
  create(@By() caller: Caller, @Body({ schema: NewPack }) body: NewPack): Promise<Pack> {
    return this.packs.create(caller, body);
  }

  @Get(':id')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: Pack })
  @ApiOkResponse({ standardSchema: Pack })
  read(@By() { workspaceId }: Caller, @Param('id', { schema: id }) packId: string): Promise<Pack> {
    return this.packs.read(workspaceId, packId);
  }

  @Patch(':id')
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Pack })
  @ApiOkResponse({ standardSchema: Pack })
  change(@By() caller: Caller, @Param('id', { schema: id }) packId: string, @Body({ schema: PackChange }) body: PackChange): Promise<Pack> {
    return this.packs.change(caller, packId, body);
  }

  /** Read and good to be used as it is. Every later change takes the approval back. */
  @Post(':id/approve')
  @HttpCode(200)
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Pack })
  @ApiOkResponse({ standardSchema: Pack })
  approve(@By() caller: Caller, @Param('id', { schema: id }) packId: string, @Body({ schema: PackAt }) body: PackAt): Promise<Pack> {
    return this.packs.approve(caller, packId, body);
  }

  /** A post that says what the pack says on these channels: a draft, or planned. */
  @Post(':id/plan')
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: PlannedPost })
  @ApiCreatedResponse({ standardSchema: PlannedPost })
  plan(@By() caller: Caller, @Param('id', { schema: id }) packId: string, @Body({ schema: PackPlan }) body: PackPlan): Promise<PlannedPost> {
    return this.plans.plan(caller, packId, body);
  }

  /** Puts it away; nothing of it is deleted. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('editor', 'posts:write')
  archive(@By() caller: Caller, @Param('id', { schema: id }) packId: string, @Query({ schema: VersionQuery }) { version }: z.output<typeof VersionQuery>): Promise<void> {
    return this.packs.archive(caller, packId, version);
  }
}
