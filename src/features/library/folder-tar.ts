import { once } from 'node:events';
import { Readable, Transform, type TransformCallback } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { DomainError } from '../../infra/http/problem.js';
import type { OutgoingFile } from './folder-export.service.js';
import type { FolderMember } from './folder-intake.service.js';
import { fail } from './library-problems.js';

const LARGEST_BYTES = 1_000_000_000;

/** Packs files as they come, a piece at a time. */
export function tarOf(files: AsyncIterable<OutgoingFile>): Readable {
  const tar = pack();
  const write = async (): Promise<void> => {
    for await (const { path, content } of files) {
      const { bytes, size } = content instanceof Blob ? { bytes: Readable.fromWeb(content.stream() as ReadableStream), size: content.size } : { bytes: content, size: content.length };
      await new Promise<void>((resolve, reject) => {
        const entry = tar.entry({ name: path, size, mode: 0o644 }, (error) => (error ? reject(error) : resolve()));
        if (bytes instanceof Readable) feed(bytes, entry).catch(reject);
        else entry.end(bytes);
      });
    }
    tar.finalize();
  };
  write().catch((error: Error) => tar.destroy(error));
  return Readable.from(tar as AsyncIterable<Buffer>);
}

async function feed(bytes: Readable, entry: ReturnType<ReturnType<typeof pack>['entry']>): Promise<void> {
  for await (const piece of bytes) if (!entry.write(piece)) await once(entry, 'drain');
  entry.end(null);
}

/** What a tar holds, in its order. @throws DomainError folder-unreadable, folder-too-large */
export async function* membersOf(source: Readable): AsyncGenerator<FolderMember> {
  const tar = extract();
  const fed = pipeline(source, new Counter(), tar);
  fed.catch(() => undefined); // the loop below hears of it
  try {
    for await (const entry of tar) {
      const { name, type } = entry.header;
      let isOpened = false;
      yield {
        path: name, kind: type === 'directory' ? 'folder' : type === 'file' || type === 'contiguous-file' ? 'file' : 'other',
        open: () => {
          isOpened = true;
          return entry as AsyncIterable<Buffer>;
        },
      };
      if (!isOpened) entry.resume();
    }
    await fed;
  } catch (error) {
    if (error instanceof DomainError) throw error;
    const cause = await fed.then(() => error, (first: unknown) => first);
    throw cause instanceof DomainError ? cause : fail('folder-unreadable');
  } finally {
    tar.destroy();
    source.on('error', () => undefined).resume(); // the rest is read and thrown away, or the answer that says why could not be sent
  }
}

class Counter extends Transform {
  private bytes = 0;

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    if (this.bytes > LARGEST_BYTES) done(fail('folder-too-large'));
    else done(null, chunk);
  }
}
