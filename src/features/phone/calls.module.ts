import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { CallLoop } from './call-loop.service.js';
import { CallRows } from './call-rows.service.js';
import { CallsController } from './calls.controller.js';
import { CallsService } from './calls.service.js';
import { GatewaysModule } from './gateways.module.js';
import { SpendingModule } from './spending.module.js';

/** Texts read aloud by telephone. */
@Module({
  imports: [WorkspacesModule, GatewaysModule, SpendingModule],
  controllers: [CallsController],
  providers: [CallLoop, CallRows, CallsService],
  exports: [CallsService],
})
export class CallsModule {}
