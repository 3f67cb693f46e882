import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { PostLookups } from '../posts/post-lookups.service.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { PackWrites } from './pack-writes.service.js';
import { PacksService } from './packs.service.js';

/** Packs and their folder, without posts and queues: the command line stands on this alone, so it brings the look-ups (pure statements) itself. */
@Module({
  imports: [WorkspacesModule, MediaModule],
  providers: [PackWrites, PacksService, PostLookups],
  exports: [PackWrites, PacksService],
})
export class PacksModule {}
