import { resolve } from 'node:path';
import { Module } from '@nestjs/common';
import { MulterModule } from '@nestjs/platform-express';
import { CONFIG, type Config } from '../../infra/config.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { DiskMediaStore } from './disk-media-store.js';
import { IncomingFilesService } from './incoming-files.service.js';
import { MediaController } from './media.controller.js';
import { MediaService } from './media.service.js';
import { MEDIA_STORE } from './media-store.js';
import { uploadEngine } from './upload-engine.js';

type Folders = Pick<Config, 'DATA_DIR'>;

const incomingFiles = (config: Folders): IncomingFilesService => new IncomingFilesService(resolve(config.DATA_DIR, 'media', 'incoming'));

/** Pictures and films: uploads, what is known of them, and their bytes. Both folders lie on one disk, so keeping is renaming. */
@Module({
  imports: [
    WorkspacesModule,
    MulterModule.registerAsync({
      inject: [CONFIG],
      useFactory: (config: Folders) => ({
        storage: uploadEngine(incomingFiles(config)),
        defParamCharset: 'utf8', // what browsers and curl send
        limits: { files: 1, fields: 10, parts: 12, fieldSize: 20_000 },
      }),
    }),
  ],
  controllers: [MediaController],
  providers: [
    MediaService,
    { provide: IncomingFilesService, inject: [CONFIG], useFactory: incomingFiles },
    { provide: MEDIA_STORE, inject: [CONFIG], useFactory: (config: Folders) => new DiskMediaStore(resolve(config.DATA_DIR, 'media', 'kept')) },
  ],
  exports: [MediaService, IncomingFilesService],
})
export class MediaModule {}
