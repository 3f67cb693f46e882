import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { VersionQuery } from '../workspaces/client.schema.js';
import { Commitment, CommitmentChange, CommitmentPage, CommitmentQuery, NewCommitment } from './commitment.schema.js';
import { CommitmentsService } from './commitments.service.js';

const id = z.uuid();

/** Contests, care hours, ads and events: promised outside posts. */
@ApiTags('library')
@Controller('commitments')
export class CommitmentsController {
  constructor(private readonly commitments: CommitmentsService) {}

  @Get()
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: CommitmentPage })
  @ApiOkResponse({ standardSchema: CommitmentPage })
  list(@By() { workspaceId }: Caller, @Query({ schema: CommitmentQuery }) query: CommitmentQuery): Promise<Page<Commitment>> {
    return this.commitments.list(workspaceId, query);
  }

  @Post()
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Commitment })
  @ApiCreatedResponse({ standardSchema: Commitment })
  create(@By() caller: Caller, @Body({ schema: NewCommitment }) body: NewCommitment): Promise<Commitment> {
    return this.commitments.create(caller, body);
  }

  @Get(':id')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: Commitment })
  @ApiOkResponse({ standardSchema: Commitment })
  read(@By() { workspaceId }: Caller, @Param('id', { schema: id }) commitmentId: string): Promise<Commitment> {
    return this.commitments.read(workspaceId, commitmentId);
  }

  @Patch(':id')
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Commitment })
  @ApiOkResponse({ standardSchema: Commitment })
  change(@By() caller: Caller, @Param('id', { schema: id }) commitmentId: string, @Body({ schema: CommitmentChange }) body: CommitmentChange): Promise<Commitment> {
    return this.commitments.change(caller, commitmentId, body);
  }

  /** Puts it away; nothing of it is deleted. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('editor', 'posts:write')
  archive(@By() caller: Caller, @Param('id', { schema: id }) commitmentId: string, @Query({ schema: VersionQuery }) { version }: z.output<typeof VersionQuery>): Promise<void> {
    return this.commitments.archive(caller, commitmentId, version);
  }
}
