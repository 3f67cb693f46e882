import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { Broadcast, BroadcastPage, BroadcastQuery, DraftIssue, IssueChange, Preflight, PreflightQuery, Preview, Versioned } from './broadcast.schema.js';
import { BroadcastsService } from './broadcasts.service.js';
import { DraftsService } from './drafts.service.js';
import { PreflightService } from './preflight.service.js';

const Id = z.uuid();

@ApiTags('Newsletters')
@Controller('broadcasts')
export class BroadcastsController {
  constructor(
    private readonly broadcasts: BroadcastsService,
    private readonly drafts: DraftsService,
    private readonly preflights: PreflightService,
  ) {}

  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: BroadcastPage })
  @Get()
  list(@By() { workspaceId }: Caller, @Query({ schema: BroadcastQuery }) query: BroadcastQuery): Promise<Page<Broadcast>> {
    return this.broadcasts.list(workspaceId, query);
  }

  /** Whom a post would reach by a newsletter channel, who is left out and why, and what stands in its way. */
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: Preflight })
  @Get('preflight')
  preflight(@By() caller: Caller, @Query({ schema: PreflightQuery }) asked: DraftIssue): Promise<Preflight> {
    return this.preflights.of(caller, asked);
  }

  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: Broadcast })
  @Get(':id')
  read(@By() { workspaceId }: Caller, @Param('id', { schema: Id }) id: string): Promise<Broadcast> {
    return this.broadcasts.read(workspaceId, id);
  }

  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: Preview })
  @Get(':id/preview')
  preview(@By() { workspaceId }: Caller, @Param('id', { schema: Id }) id: string): Promise<Preview> {
    return this.drafts.preview(workspaceId, id);
  }

  /** A newsletter out of a post, for a person to look through; the one there is, if there is one. Then it goes out only once approved. */
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Broadcast })
  @Post()
  draft(@By() caller: Caller, @Body({ schema: DraftIssue }) body: DraftIssue): Promise<Broadcast> {
    return this.drafts.draft(caller, body);
  }

  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Broadcast })
  @Patch(':id')
  change(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: IssueChange }) body: IssueChange): Promise<Broadcast> {
    return this.drafts.change(caller, id, body);
  }

  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Broadcast })
  @HttpCode(200)
  @Post(':id/approve')
  approve(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: Versioned }) { version }: Versioned): Promise<Broadcast> {
    return this.drafts.approve(caller, id, version);
  }

  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Broadcast })
  @HttpCode(200)
  @Post(':id/pause')
  pause(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: Versioned }) { version }: Versioned): Promise<Broadcast> {
    return this.broadcasts.pause(caller, id, version);
  }

  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Broadcast })
  @HttpCode(200)
  @Post(':id/resume')
  resume(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: Versioned }) { version }: Versioned): Promise<Broadcast> {
    return this.broadcasts.resume(caller, id, version);
  }

  /** For good. What is sent stays sent: `counts` tells how many had it. */
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Broadcast })
  @HttpCode(200)
  @Post(':id/stop')
  stop(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: Versioned }) { version }: Versioned): Promise<Broadcast> {
    return this.broadcasts.stop(caller, id, version);
  }
}
