import { closeSync, writeSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BoundedLog } from '../../../src/infra/database/bounded-log.js';

describe('a bounded log', () => {
  let folder: string;
  let log: BoundedLog;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-log-'));
    log = new BoundedLog(join(folder, 'postgres.log'));
  });
  afterEach(async () => {
    log.close();
    await rm(folder, { recursive: true });
  });

  it('moves the older lines aside while the writer goes on writing', async () => {
    const descriptor = await log.open();
    writeSync(descriptor, 'older line\n'.repeat(100));
    await log.cut(1000);
    writeSync(descriptor, 'newer line\n');
    closeSync(descriptor);

    expect(await readFile(log.path, 'utf8')).toBe('newer line\n');
    expect((await stat(`${log.path}.1`)).size).toBe(1100);
  });

  it('tells its last lines', async () => {
    await log.lend((descriptor) => writeSync(descriptor, 'one\ntwo\nthree\n'));
    expect(await log.lastLines(2)).toBe('two\nthree');
  });
});
