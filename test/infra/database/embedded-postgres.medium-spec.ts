import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/infra/database/database.module.js';
import { clusterFolder, EmbeddedPostgres } from '../../../src/infra/database/embedded-postgres.js';
import { borrowDatabase } from '../../../src/infra/database/open-database.js';
import { isAlive } from '../../../src/infra/database/postmaster.js';
import { keepUntilWeEnd } from '../../kit/keeper.js';

const quiet = (): void => undefined;

/** Tries until it answers: Postgres is on its way back. The test's time limit ends it otherwise. */
async function eventually<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    const answer = await act().then((value) => ({ value }), () => null);
    if (answer) return answer.value;
    await sleep(50);
  }
}

describe('the embedded Postgres', () => {
  let folder: string;
  let dataDir: string;
  let postgres: EmbeddedPostgres;
  const ends: (() => Promise<void>)[] = [];
  /** Whatever happens to this test, no Postgres outlives it. */
  const keep = (): void => void ends.push(keepUntilWeEnd(postgres.pid ?? 0, 'QUIT', dataDir));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-embedded-')); // mode 0700: nobody else may enter
    dataDir = join(folder, 'data');
    postgres = await EmbeddedPostgres.start(dataDir, quiet);
    keep();
    const source = await new DataSource(dataSourceOptions(postgres.url)).initialize();
    await source.query('CREATE TABLE kept (x text)');
    await source.query("INSERT INTO kept VALUES ('still here')");
    await source.destroy();
  });
  afterAll(async () => {
    await postgres.stop();
    for (const end of ends) await end();
    await rm(folder, { recursive: true, force: true });
  });
  const read = async (url = postgres.url): Promise<unknown> => {
    const source = await new DataSource({ type: 'postgres', url }).initialize();
    try {
      return await source.query('SELECT x FROM kept');
    } finally {
      await source.destroy();
    }
  };

  it('keeps its password for this user alone', async () => {
    const { mode } = await stat(join(dataDir, 'postgres.json'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('is out of reach without the password', async () => {
    const stranger = new URL(postgres.url);
    stranger.password = 'postgres';
    await expect(read(stranger.href)).rejects.toThrow('password authentication failed');
  });

  it('refuses a second Postern on the same folder, and lets a command in', async () => {
    await expect(EmbeddedPostgres.start(dataDir, quiet)).rejects.toThrow('Postern already runs on this data folder');

    const borrowed = await borrowDatabase({ dataDir, databaseUrl: undefined }, quiet);
    expect(await read(borrowed.url)).toEqual([{ x: 'still here' }]);
    await borrowed.close();
    expect(await read()).toEqual([{ x: 'still here' }]);
  });

  it('comes back when it is killed, and no process that uses it dies of that', async () => {
    const source = await new DataSource(dataSourceOptions(postgres.url)).initialize();
    const inUse = source.createQueryRunner();
    await inUse.connect();
    const waiting = inUse.query('SELECT pg_sleep(60)').catch((error: Error) => error.message);

    process.kill(postgres.pid ?? 0, 'SIGKILL');

    expect(await waiting).toMatch(/terminat|ended|reset|closed/i);
    await inUse.release().catch(quiet);
    expect(await eventually(() => source.query('SELECT x FROM kept'))).toEqual([{ x: 'still here' }]);
    await source.destroy();
    keep();
  });

  it('is stopped and started again without losing anything', async () => {
    const { pid } = postgres;
    await postgres.stop();
    expect(isAlive(pid ?? 0)).toBe(false);
    postgres = await EmbeddedPostgres.start(dataDir, quiet);
    keep();
    expect(await read()).toEqual([{ x: 'still here' }]);
  });

  it('starts in spite of the lock of a killed Postgres whose number is another process by now', async () => {
    await postgres.stop();
    const lock = join(clusterFolder(dataDir), 'postmaster.pid');
    await writeFile(lock, `${process.ppid}\n${clusterFolder(dataDir)}\n1\n5432\n\n127.0.0.1\n`);
    await chmod(lock, 0o644);

    postgres = await EmbeddedPostgres.start(dataDir, quiet);
    keep();
    expect(await read()).toEqual([{ x: 'still here' }]);
    expect(await readFile(lock, 'utf8')).toContain(String(postgres.pid));
  });

  it('says in one sentence that a data folder of another Postgres version needs the version that made it', async () => {
    await postgres.stop();
    const version = join(clusterFolder(dataDir), 'PG_VERSION');
    const made = await readFile(version, 'utf8');
    await writeFile(version, '17\n');
    await expect(EmbeddedPostgres.start(dataDir, quiet)).rejects.toThrow('The data folder was made by Postgres 17');
    await writeFile(version, made);
  });
});
