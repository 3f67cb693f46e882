import { Body, Controller, Get, HttpCode, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Actor, Me, OperatorOnly, type Person } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import type { PageQuery } from '../../infra/http/page.schema.js';
import { AuditEntry, AuditPage, AuditQuery } from './audit.schema.js';
import { AuditService } from './audit.service.js';
import { InstallationService } from './installation.service.js';
import { InstallationState, MadeWorkspace, NewWorkspace, Workspace, WorkspacePage, WorkspaceQuery } from './workspace.schema.js';
import { WorkspacesService } from './workspaces.service.js';

/** For the operator: the installation and its workspaces from outside; nothing of what is in them. */
@ApiTags('Installation')
@OperatorOnly()
@Controller()
export class InstallationController {
  constructor(
    private readonly installation: InstallationService,
    private readonly workspaces: WorkspacesService,
    private readonly audit: AuditService,
  ) {}

  @SerializeOptions({ schema: InstallationState })
  @Get('installation')
  read(@Me() { language }: Person): Promise<InstallationState> {
    return this.installation.read(language);
  }

  /** Nothing goes out until it is armed. */
  @SerializeOptions({ schema: InstallationState })
  @HttpCode(200)
  @Post('installation/pause')
  async pause(@Me() person: Person): Promise<InstallationState> {
    await this.installation.pause(operator(person));
    return this.installation.read(person.language);
  }

  /** The one confirmation after a restore, a copy or a pause: what is due may go out again. */
  @SerializeOptions({ schema: InstallationState })
  @HttpCode(200)
  @Post('installation/arm')
  async arm(@Me() person: Person): Promise<InstallationState> {
    await this.installation.arm(operator(person));
    return this.installation.read(person.language);
  }

  /** What was done to the installation: sign-ins, operators, pauses. */
  @SerializeOptions({ schema: AuditPage })
  @Get('installation/audit')
  deeds(@Query({ schema: AuditQuery }) query: AuditQuery): Promise<Page<AuditEntry>> {
    return this.audit.list(null, query);
  }

  @SerializeOptions({ schema: WorkspacePage })
  @Get('workspaces')
  list(@Query({ schema: WorkspaceQuery }) query: PageQuery): Promise<Page<Workspace>> {
    return this.workspaces.list(query);
  }

  /** A new workspace with its first owner. */
  @SerializeOptions({ schema: MadeWorkspace })
  @Post('workspaces')
  create(@Me() person: Person, @Body({ schema: NewWorkspace }) body: NewWorkspace): Promise<MadeWorkspace> {
    return this.workspaces.create(operator(person), body);
  }
}

function operator({ userId, name }: Person): Actor {
  return { kind: 'operator', id: userId, name };
}
