import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { MediaModule } from '../media/media.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { ArticlesController } from './articles.controller.js';
import { ArticlesService } from './articles.service.js';
import { BlogPagesController } from './blog-pages.controller.js';
import { BlogReads } from './blog-reads.service.js';
import { BlogsController } from './blogs.controller.js';
import { BlogsService } from './blogs.service.js';
import { BlogOutlet } from './outlet.service.js';

/** A public blog for every client: an outlet that stands as long as this house does. */
@Module({
  imports: [WorkspacesModule, MediaModule, ChannelsModule],
  controllers: [BlogsController, ArticlesController, BlogPagesController],
  providers: [BlogsService, ArticlesService, BlogReads, BlogOutlet],
  exports: [BlogsService],
})
export class BlogModule {}
