import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { DAY_MS } from '../../core/instant.js';
import { type Measured, measure } from './dimensions.js';
import { HEAD_BYTES, type MediaType, takenTypes, typeOf } from './media-types.js';
import { fail } from './media.problems.js';

/** An upload that arrived whole, on disk and not yet kept. */
export interface Incoming {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: Buffer;
  readonly type: MediaType;
  readonly width: number | null;
  readonly height: number | null;
}

const MEGABYTE = 1_000_000;

/** Receives uploads into a folder of its own: by the piece, bounded, judged by their first bytes before the rest is read. */
export class IncomingFilesService {
  constructor(
    private readonly folder: string,
    /** Another disk, for tests. */
    private readonly openFile: typeof open = open,
  ) {}

  /**
   * Nothing is left behind when it throws.
   * @throws DomainError media-type (415), media-too-large (413), media-broken, media-empty (422), disk-full (507)
   */
  async receive(source: Readable): Promise<Incoming> {
    const path = join(this.folder, randomUUID());
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      return await this.#write(source, path);
    } catch (error) {
      await rm(path, { force: true });
      source.on('error', () => undefined).resume(); // the rest is read and thrown away
      throw isFullDisk(error) ? fail('disk-full') : error;
    }
  }

  /** Of what was kept nothing is here any more; then nothing happens. */
  async discard({ path }: Pick<Incoming, 'path'>): Promise<void> {
    await rm(path, { force: true });
  }

  /** What a crash left here. `now` in ms. */
  async sweep(now: number): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      const path = join(this.folder, name);
      const age = now - (await stat(path).then(({ mtimeMs }) => mtimeMs, () => now));
      if (age > DAY_MS) await rm(path, { force: true });
    }
  }

  async #write(source: Readable, path: string): Promise<Incoming> {
    const file = await this.openFile(path, 'wx+', 0o600);
    try {
      const hash = createHash('sha256');
      let type: MediaType | null = null;
      let head = Buffer.alloc(0);
      let bytes = 0;
      // Left open when we stop early, or the answer that says why could not be sent.
      for await (const piece of source.iterator({ destroyOnReturn: false })) {
        const chunk = piece as Buffer;
        bytes += chunk.length;
        if (!type) {
          head = Buffer.concat([head, chunk]);
          if (head.length >= HEAD_BYTES) type = await judged(head);
        }
        if (type && bytes > type.maxBytes) throw tooLarge(type);
        hash.update(chunk);
        await file.appendFile(chunk);
      }
      if (bytes === 0) throw fail('media-empty');
      type ??= await judged(head);
      const size: Measured = await measure(type.mime, async (offset, length) => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      });
      if (size === 'broken') throw fail('media-broken');
      return { path, bytes, sha256: hash.digest(), type, ...(size === 'unknown' ? { width: null, height: null } : size) };
    } finally {
      await file.close();
    }
  }
}

export function isFullDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(error.code));
}

async function judged(head: Buffer): Promise<MediaType> {
  const type = await typeOf(head);
  if (!type) throw fail('media-type', { taken: takenTypes.join(', ') });
  return type;
}

function tooLarge(type: MediaType): Error {
  return fail('media-too-large', { type: type.mime, most: type.maxBytes / MEGABYTE });
}
