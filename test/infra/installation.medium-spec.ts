import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { armInstallation, type Installation, pauseInstallation, readInstallation, registerStart } from '../../src/infra/installation.js';
import { createDatabase, type TestDatabase } from '../kit/database.js';

describe('the installation', () => {
  let database: TestDatabase;
  let dataDir: string;
  beforeEach(async () => {
    database = await createDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'postern-installation-'));
  });
  afterEach(async () => {
    await database.drop();
    await rm(dataDir, { recursive: true });
  });
  const start = (publicUrl: string | null = null, folder = dataDir): Promise<Installation> =>
    registerStart(database.dataSource, { dataDir: folder, publicUrl, keyId: 'key-1' });
  const counters = async () => ({
    database: Number((await database.dataSource.query('SELECT counter FROM installation'))[0].counter),
    folder: (JSON.parse(await readFile(join(dataDir, 'installation.json'), 'utf8')) as { counter: number }).counter,
  });
  const reasonOf = async () => (await readInstallation(database.dataSource))?.paused?.reason ?? null;
  /** The database as it was, as a restore puts it back. */
  const putBack = (counter: number) => database.dataSource.query('UPDATE installation SET counter = $1', [counter]);

  it('gets an id at the first start and counts every start in both places', async () => {
    const first = await start();
    await start();
    const third = await start();

    expect(third).toEqual({ id: first.id, counter: 3, paused: null });
    expect(await counters()).toEqual({ database: 3, folder: 3 });
  });

  it('counts starts of the same moment one by one, and takes none of them for a restore', async () => {
    const starts = await Promise.all([start(), start(), start(), start()]);
    expect(starts.map(({ counter }) => counter).sort((a, b) => a - b)).toEqual([1, 2, 3, 4]);
    expect(await reasonOf()).toBeNull();
  });

  it('starts paused when the database was put back', async () => {
    await start();
    await start();
    await putBack(1);
    expect((await start()).paused?.reason).toBe('restored');
  });

  it('starts paused when the data folder was put back', async () => {
    await start();
    const older = join(dataDir, 'older');
    await cp(join(dataDir, 'installation.json'), join(older, 'installation.json'));
    await start();
    expect((await start(null, older)).paused?.reason).toBe('restored');
  });

  it('starts paused when the data folder is new and the database is not', async () => {
    await start();
    await rm(join(dataDir, 'installation.json'));
    expect((await start()).paused?.reason).toBe('restored');
  });

  it('stays paused over further starts, until it is armed', async () => {
    await start();
    await start();
    await putBack(1);
    await start();
    expect((await start()).paused?.reason).toBe('restored');

    expect(await database.dataSource.transaction(armInstallation)).toBe(true);
    expect((await start()).paused).toBeNull();
    expect(await database.dataSource.transaction(armInstallation)).toBe(false);
  });

  it('starts paused under another PUBLIC_URL, and not when it gets its first', async () => {
    await start(null);
    expect((await start('https://social.example.org')).paused).toBeNull();
    expect((await start('https://social.example.org')).paused).toBeNull();
    expect((await start('https://copy.example.org')).paused?.reason).toBe('moved');
  });

  it('lets a process without the public side say nothing about the address', async () => {
    await start('https://social.example.org');
    await registerStart(database.dataSource, { dataDir, publicUrl: undefined, keyId: 'key-1' });
    expect((await start('https://social.example.org')).paused).toBeNull();
  });

  it('is not suspicious after a crash between the two places', async () => {
    await start();
    await start();
    const file = join(dataDir, 'installation.json');
    const { id } = (await readInstallation(database.dataSource)) ?? { id: '' };
    await writeFile(file, JSON.stringify({ id, counter: 1, raising: true }));
    expect((await start()).paused).toBeNull();
    expect(await counters()).toEqual({ database: 3, folder: 3 });
  });

  it('says that it is a copy, also when an operator had paused it', async () => {
    await start();
    await pauseInstallation(database.dataSource.manager, 'operator');
    await putBack(0);
    expect((await start()).paused?.reason).toBe('restored');
  });

  it('keeps the first reason when an operator pauses a copy', async () => {
    await start();
    await pauseInstallation(database.dataSource.manager, 'restored');
    await pauseInstallation(database.dataSource.manager, 'operator');
    expect((await readInstallation(database.dataSource))?.paused?.reason).toBe('restored');
  });
});
