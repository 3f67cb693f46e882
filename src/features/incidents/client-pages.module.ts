import { Module } from '@nestjs/common';
import { LibraryModule } from '../library/library.module.js';
import { MediaModule } from '../media/media.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { BrandPageController } from './brand-page.controller.js';
import { BrandReads } from './brand-reads.service.js';
import { ClientPagesController } from './client-pages.controller.js';
import { ClientPagesService } from './client-pages.service.js';
import { IncidentsModule } from './incidents.module.js';
import { PublicClientController } from './public-client.controller.js';
import { ReportReads } from './report-reads.service.js';

/** What an outage looks like to those outside: the brand's page, and each client's own. */
@Module({
  imports: [WorkspacesModule, MediaModule, LibraryModule, IncidentsModule],
  controllers: [ClientPagesController, BrandPageController, PublicClientController],
  providers: [ClientPagesService, BrandReads, ReportReads],
  exports: [ClientPagesService],
})
export class ClientPagesModule {}
