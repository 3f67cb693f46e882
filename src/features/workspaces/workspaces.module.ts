import { Global, Module } from '@nestjs/common';
import { Doorkeeper } from '../../infra/http/doorkeeper.js';
import { AuditService } from './audit.service.js';
import { ClientsController } from './clients.controller.js';
import { ClientsService } from './clients.service.js';
import { FirstOwnerService } from './first-owner.service.js';
import { HouseDoorkeeper } from './house-doorkeeper.js';
import { InstallationController } from './installation.controller.js';
import { InstallationService } from './installation.service.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';
import { MeController } from './me.controller.js';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';
import { OperatorService } from './operator.service.js';
import { SessionsService } from './sessions.service.js';
import { SignInLinksService } from './sign-in-links.service.js';
import { SignInPageController } from './sign-in-page.controller.js';
import { SignInService } from './sign-in.service.js';
import { UsersService } from './users.service.js';
import { WorkspaceController } from './workspace.controller.js';
import { WorkspacesService } from './workspaces.service.js';

/** Who there is, in which workspace, and what they may: every other room stands on it. */
@Global()
@Module({
  controllers: [MeController, SignInPageController, WorkspaceController, MembersController, ClientsController, KeysController, InstallationController],
  providers: [
    AuditService, ClientsService, FirstOwnerService, InstallationService, KeysService, MembersService, OperatorService, SessionsService, SignInLinksService,
    SignInService, UsersService, WorkspacesService,
    { provide: Doorkeeper, useClass: HouseDoorkeeper },
  ],
  exports: [AuditService, ClientsService, Doorkeeper, FirstOwnerService, InstallationService, KeysService, MembersService, OperatorService, SignInLinksService, UsersService, WorkspacesService],
})
export class WorkspacesModule {}
