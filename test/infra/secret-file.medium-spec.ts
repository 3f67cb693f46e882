import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSecret, SECRET_FILE } from '../../src/infra/secret-file.js';

describe('the kept secret', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'postern-secret-'));
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('takes APP_SECRET where it is set, and keeps no file', async () => {
    expect(await readSecret(dir, 'x'.repeat(32))).toBe('x'.repeat(32));
    expect(await readdir(dir)).toEqual([]);
  });

  it('is made once and found again, readable by its owner only', async () => {
    const made = await readSecret(join(dir, 'data'), undefined);
    expect(made.length).toBeGreaterThanOrEqual(43);
    expect(await readSecret(join(dir, 'data'), undefined)).toBe(made);
    expect((await stat(join(dir, 'data', SECRET_FILE))).mode & 0o777).toBe(0o600);
  });

  it('is one and the same for processes that start at once', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => readSecret(dir, undefined)));
    expect(new Set(made).size).toBe(1);
    expect(await readdir(dir)).toEqual([SECRET_FILE]);
  });

  it('takes a file that others may read back to its owner', async () => {
    await writeFile(join(dir, SECRET_FILE), 'y'.repeat(40), { mode: 0o644 });
    expect(await readSecret(dir, undefined)).toBe('y'.repeat(40));
    expect((await stat(join(dir, SECRET_FILE))).mode & 0o777).toBe(0o600);
  });

  it('refuses an emptied file instead of making a new key under stored credentials', async () => {
    await writeFile(join(dir, SECRET_FILE), '');
    await expect(readSecret(dir, undefined)).rejects.toThrow(/Put the file back from a backup/);
  });
});
