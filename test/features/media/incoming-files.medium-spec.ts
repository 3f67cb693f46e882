import { mkdtemp, open, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { IncomingFilesService } from '../../../src/features/media/incoming-files.service.js';
import { MAX_IMAGE_BYTES } from '../../../src/features/media/media-types.js';
import { png } from './pictures.js';

describe('an upload on its way in', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-incoming-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A disk on which writing does what the test says. */
  const disk = (appendFile: () => Promise<void>) =>
    new IncomingFilesService(folder, async (...asked) => Object.assign(await open(...asked), { appendFile }));

  it('is told that the disk is full, and leaves no file', async () => {
    const full = disk(() => Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })));
    await expect(full.receive(Readable.from([png(1, 1)]))).rejects.toMatchObject({ code: 'disk-full', status: 507 });
    expect(await readdir(folder)).toEqual([]);
  });

  it('is cut at the limit of its kind, and leaves no file', async () => {
    const bottomless = disk(async () => undefined);
    let sent = 0;
    const source = Readable.from((function* () {
      yield png(1, 1);
      for (;;) {
        sent += 1_000_000;
        if (sent > 2 * MAX_IMAGE_BYTES) return; // the rest is read and thrown away, and ends some time
        yield Buffer.alloc(1_000_000);
      }
    })());
    await expect(bottomless.receive(source)).rejects.toMatchObject({ code: 'media-too-large', status: 413 });
    expect(sent).toBeLessThan(1.1 * MAX_IMAGE_BYTES);
    expect(await readdir(folder)).toEqual([]);
  });

  it('that breaks off leaves no file', async () => {
    const source = Readable.from((async function* () {
      yield png(1, 1);
      throw new Error('aborted');
    })());
    await expect(new IncomingFilesService(folder).receive(source)).rejects.toThrow('aborted');
    expect(await readdir(folder)).toEqual([]);
  });

  it('that a crash left behind is swept after a day, not before', async () => {
    const now = Date.now();
    await writeFile(join(folder, 'old'), 'x');
    await writeFile(join(folder, 'new'), 'x');
    const yesterday = new Date(now - 25 * 3_600_000);
    await utimes(join(folder, 'old'), yesterday, yesterday);
    await new IncomingFilesService(folder).sweep(now);
    expect(await readdir(folder)).toEqual(['new']);
  });
});
