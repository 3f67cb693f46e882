import { Body, Controller, Get, Patch, Query, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { AuditEntry, AuditPage, AuditQuery } from './audit.schema.js';
import { AuditService } from './audit.service.js';
import { Workspace, WorkspaceChange } from './workspace.schema.js';
import { WorkspacesService } from './workspaces.service.js';

/** The caller's workspace. */
@ApiTags('Workspace')
@Controller()
export class WorkspaceController {
  constructor(
    private readonly workspaces: WorkspacesService,
    private readonly audit: AuditService,
  ) {}

  @Needs('viewer', 'workspace:read')
  @SerializeOptions({ schema: Workspace })
  @Get('workspace')
  read(@By() { workspaceId }: Caller): Promise<Workspace> {
    return this.workspaces.read(workspaceId);
  }

  @Needs('owner', 'workspace:write')
  @SerializeOptions({ schema: Workspace })
  @Patch('workspace')
  change(@By() caller: Caller, @Body({ schema: WorkspaceChange }) body: WorkspaceChange): Promise<Workspace> {
    return this.workspaces.change(caller, body);
  }

  /** Who did what, newest first. */
  @Needs('manager', 'workspace:read')
  @SerializeOptions({ schema: AuditPage })
  @Get('audit')
  deeds(@By() { workspaceId }: Caller, @Query({ schema: AuditQuery }) query: AuditQuery): Promise<Page<AuditEntry>> {
    return this.audit.list(workspaceId, query);
  }
}
