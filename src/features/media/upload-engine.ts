import { callbackify } from 'node:util';
import type { Readable } from 'node:stream';
import type { Incoming, IncomingFilesService } from './incoming-files.service.js';

/** What the engine leaves on the request's file. */
export interface UploadedMedium {
  readonly originalname: string;
  readonly incoming: Incoming;
}

/** Multer's storage engine: hands the form's file to IncomingFilesService as it comes in. */
export function uploadEngine(files: IncomingFilesService) {
  return {
    _handleFile: callbackify(async (_request: unknown, file: { readonly stream: Readable }) => ({ incoming: await files.receive(file.stream) })),
    _removeFile: callbackify(async (_request: unknown, file: Partial<UploadedMedium>) => {
      if (file.incoming) await files.discard(file.incoming);
    }),
  };
}
