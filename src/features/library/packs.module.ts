import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { PostLookups } from '../posts/post-lookups.service.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { FolderExport } from './folder-export.service.js';
import { FolderImport } from './folder-import.service.js';
import { FolderIntake } from './folder-intake.service.js';
import { PackWrites } from './pack-writes.service.js';
import { PacksService } from './packs.service.js';

/** Packs and their folder, without posts and queues: the command line stands on this alone, so it brings the look-ups (pure statements) itself. */
@Module({
  imports: [WorkspacesModule, MediaModule],
  providers: [FolderExport, FolderImport, FolderIntake, PackWrites, PacksService, PostLookups],
  exports: [FolderExport, FolderImport, PacksService],
})
export class PacksModule {}
