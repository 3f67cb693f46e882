import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { ClientPagesModule } from '../incidents/client-pages.module.js';
import { PostsModule } from '../posts/posts.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { ArchiveCheckService } from './archive-check.service.js';
import { DemoController } from './demo.controller.js';
import { DemoService } from './demo.service.js';
import { HomeController } from './home.controller.js';

/** What needs several rooms: for now the demo, and the page at `/`. */
@Module({
  imports: [WorkspacesModule, ChannelsModule, PostsModule, ClientPagesModule],
  controllers: [HomeController, DemoController],
  providers: [DemoService, ArchiveCheckService],
  exports: [DemoService],
})
export class DeskModule {}
