import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { PostsModule } from '../posts/posts.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { CommitmentsController } from './commitments.controller.js';
import { CommitmentsService } from './commitments.service.js';
import { FolderController } from './folder.controller.js';
import { PackPlans } from './pack-plans.service.js';
import { PacksController } from './packs.controller.js';
import { PacksModule } from './packs.module.js';
import { TouchedCommitments } from './touched-commitments.service.js';

/** What is prepared in quiet times: packs, commitments, how ready a client is, and the plan of the next days on paper. */
@Module({
  imports: [WorkspacesModule, MediaModule, PostsModule, PacksModule],
  controllers: [CommitmentsController, FolderController, PacksController],
  providers: [CommitmentsService, PackPlans, TouchedCommitments],
  exports: [TouchedCommitments],
})
export class LibraryModule {}
