import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { CHECKSUMS, type Checksums } from './manifest.js';

/** Pictures and films do not shrink, and tables shrink well enough at this. */
const LEVEL = 4;

/** Writes a gzipped tar of members with their checksums; never more in memory than a piece. Any tar program reads it. */
export class ArchiveWriter {
  private readonly tar = pack();
  private readonly written: Promise<void>;
  private readonly members: Checksums['members'] = {};

  /** @param path must not exist yet; only this user can read it */
  constructor(path: string) {
    const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
    this.written = pipeline(this.tar, createGzip({ level: LEVEL }), file);
    this.written.catch(() => undefined); // whoever adds or finishes hears of it
  }

  async add(name: string, bytes: Buffer): Promise<void> {
    await this.addChunks(name, bytes.length, [bytes]);
  }

  async addFile(name: string, path: string): Promise<void> {
    const { size } = await stat(path);
    await this.addChunks(name, size, size === 0 ? [] : createReadStream(path, { end: size - 1 }));
  }

  /** Writes the checksums as the last member; everything is on the disk when this resolves. */
  async finish(rows: Checksums['rows']): Promise<void> {
    await this.add(CHECKSUMS, Buffer.from(JSON.stringify({ members: this.members, rows } satisfies Checksums)));
    this.tar.finalize();
    await this.written;
  }

  /** Gives up; what was written is the caller's to remove. */
  async abort(): Promise<void> {
    this.tar.destroy();
    await this.written.catch(() => undefined);
  }

  private async addChunks(name: string, size: number, chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    const hash = createHash('sha256');
    const settled: { end?: (error?: Error | null) => void } = {};
    const ended = new Promise<void>((resolve, reject) => (settled.end = (error) => (error ? reject(error) : resolve())));
    ended.catch(() => undefined); // heard of below
    const sink = this.tar.entry({ name, size, mode: 0o600 }, (error) => settled.end?.(error));
    for await (const chunk of chunks) {
      hash.update(chunk);
      if (!sink.write(chunk)) await this.orFailure(once(sink, 'drain'));
    }
    sink.end(null);
    await this.orFailure(ended);
    this.members[name] = { bytes: size, sha256: hash.digest('hex') };
  }

  /** A full disk ends the pipeline, and then nothing ever drains. */
  private async orFailure(step: Promise<unknown>): Promise<void> {
    await Promise.race([step, this.written.then(() => Promise.reject(new Error('The file was closed too early.')))]);
  }
}
