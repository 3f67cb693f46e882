import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ImportFiles } from '../../../src/features/audience/import-files.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { Watch } from '../../../src/infra/watch.js';

const day = 24 * 3_600_000;

describe('files of imports that a crash left', () => {
  let home: string;
  let files: ImportFiles;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'postern-imports-'));
    files = new ImportFiles({ DATA_DIR: home }, new Clock(), Object.create(Watch.prototype));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  it('are deleted after a day', async () => {
    await mkdir(join(home, 'imports'), { recursive: true });
    const left = join(home, 'imports', 'left');
    await writeFile(left, 'email\n');
    await utimes(left, new Date(), new Date(Date.now() - 2 * day));
    await files.sweep(Date.now());
    expect(existsSync(left)).toBe(false);
  });

  it('are not those being read, whatever the clock says', async () => {
    const isThere = await files.with(Readable.from([Buffer.from('email\n')]), async (path) => {
      await files.sweep(Date.now() + 2_000 * day);
      return existsSync(path);
    });
    expect(isThere).toBe(true);
  });
});
