import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { PostsModule } from '../posts/posts.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { FolderController } from './folder.controller.js';
import { PackPlans } from './pack-plans.service.js';
import { PacksController } from './packs.controller.js';
import { PacksModule } from './packs.module.js';

/** What is prepared in quiet times: packs, commitments, how ready a client is, and the plan of the next days on paper. */
@Module({
  imports: [WorkspacesModule, MediaModule, PostsModule, PacksModule],
  controllers: [FolderController, PacksController],
  providers: [PackPlans],
})
export class LibraryModule {}
