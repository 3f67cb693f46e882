import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DAY_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Watch } from '../../infra/watch.js';
import { fail, LARGEST_BYTES } from './import-problems.js';

/** Files of people on their way in: on disk only while they are read, so that a slow upload holds no transaction open. */
@Injectable()
export class ImportFiles implements OnModuleInit {
  private readonly folder: string;
  /** Being read in this process. */
  private readonly open = new Set<string>();

  constructor(
    @Inject(CONFIG) config: Pick<Config, 'DATA_DIR'>,
    private readonly clock: Clock,
    private readonly watch: Watch,
  ) {
    this.folder = resolve(config.DATA_DIR, 'imports');
  }

  onModuleInit(): void {
    this.watch.hourly('imports cut off', () => this.sweep(this.clock.now()));
  }

  /**
   * Takes the file, hands it to `read`, and deletes it whatever comes.
   * @throws DomainError csv-encoding (422), csv-too-large (413), disk-full (507)
   */
  async with<Result>(source: Readable, read: (path: string) => Promise<Result>): Promise<Result> {
    const path = join(this.folder, randomUUID());
    this.open.add(path);
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await this.write(source, path);
      return await read(path);
    } catch (error) {
      source.on('error', () => undefined).resume(); // the rest is read and thrown away, or the answer that says why could not be sent
      throw isFullDisk(error) ? fail('disk-full') : error;
    } finally {
      await rm(path, { force: true });
      this.open.delete(path);
    }
  }

  /** What a crash left here. `now` in ms. */
  async sweep(now: number): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      const path = join(this.folder, name);
      if (this.open.has(path)) continue; // files tell the machine's time, and a rehearsal another
      const age = now - (await stat(path).then(({ mtimeMs }) => mtimeMs, () => now));
      if (age > DAY_MS) await rm(path, { force: true });
    }
  }

  private async write(source: Readable, path: string): Promise<void> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const file = await open(path, 'wx', 0o600);
    try {
      let bytes = 0;
      for await (const piece of source.iterator({ destroyOnReturn: false })) {
        const chunk = piece as Buffer;
        bytes += chunk.length;
        if (bytes > LARGEST_BYTES) throw fail('csv-too-large');
        decode(() => decoder.decode(chunk, { stream: true }));
        await file.appendFile(chunk);
      }
      decode(() => decoder.decode());
    } finally {
      await file.close();
    }
  }
}

function decode(read: () => string): void {
  try {
    read();
  } catch {
    throw fail('csv-encoding');
  }
}

function isFullDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(error.code));
}
