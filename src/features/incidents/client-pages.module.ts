import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { BrandPageController } from './brand-page.controller.js';
import { BrandReads } from './brand-reads.service.js';
import { ClientPagesController } from './client-pages.controller.js';
import { ClientPagesService } from './client-pages.service.js';

/** What an outage looks like to those outside: the brand's page, and each client's own. */
@Module({
  imports: [WorkspacesModule],
  controllers: [ClientPagesController, BrandPageController],
  providers: [ClientPagesService, BrandReads],
  exports: [ClientPagesService],
})
export class ClientPagesModule {}
