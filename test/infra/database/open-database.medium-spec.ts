import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { clusterFolder } from '../../../src/infra/database/embedded-postgres.js';
import { migrations } from '../../../src/infra/database/migrations.js';
import { openDatabase } from '../../../src/infra/database/open-database.js';
import { copyBeforeUpgrade } from '../../../src/infra/database/upgrade-copy.js';

class Next1900000000000 implements MigrationInterface {
  readonly name = 'Next1900000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notes');
  }
  async down(): Promise<void> {}
}
const newer = [...migrations, Next1900000000000];

const ask = async (url: string, sql: string): Promise<unknown> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

describe('an upgrade of the embedded database', () => {
  let dataDir: string;
  let said: string[] = [];
  const open = (knows = migrations) => {
    said = [];
    return openDatabase({ dataDir, databaseUrl: undefined }, (line) => said.push(line), knows);
  };
  const shelf = () => join(dataDir, 'before-upgrade');

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'postern-open-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it('copies nothing for a new database', async () => {
    const database = await open();
    await ask(database.url, "CREATE TABLE notes (x text); INSERT INTO notes VALUES ('of the older version')");
    await database.close();
    expect(existsSync(shelf())).toBe(false);
  });

  it('copies an older one before it changes it, and prints the way back', async () => {
    const database = await open(newer);
    await database.close();

    expect(await readdir(shelf())).toEqual([expect.stringMatching(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\d-${migrations.at(-1)?.name}$`))]);
    expect(said.join('\n')).toContain(`To go back: stop Postern, then\n  mv "${clusterFolder(dataDir)}"`);
  });

  it('copies nothing when there is nothing to change', async () => {
    await (await open(newer)).close();
    expect(await readdir(shelf())).toHaveLength(1);
  });

  it('refuses the upgraded database in the older version, and takes the copy put back as printed', async () => {
    await expect(open()).rejects.toThrow('A newer Postern has been at this database');

    const [copy = ''] = await readdir(shelf());
    expect(await readFile(join(shelf(), copy, 'HOW-TO-GO-BACK.txt'), 'utf8')).toContain(copy);
    await rename(clusterFolder(dataDir), join(dataDir, `postgres-after-${copy}`));
    await cp(join(shelf(), copy, 'postgres'), clusterFolder(dataDir), { recursive: true });

    const back = await open();
    expect(await ask(back.url, 'SELECT x FROM notes')).toEqual([{ x: 'of the older version' }]);
    await back.close();
  });

  it('keeps the last three copies', async () => {
    const small = join(dataDir, 'three');
    await mkdir(clusterFolder(small), { recursive: true });
    await writeFile(join(small, 'postgres.json'), '{}');
    for (const day of [1, 2, 3, 4]) await copyBeforeUpgrade(small, 'Some1', new Date(Date.UTC(2127, 0, day)));
    expect((await readdir(join(small, 'before-upgrade'))).sort()).toEqual([2, 3, 4].map((day) => `2127-01-0${day}T00-00-00-Some1`));
  });

  it('says how much room the disk lacks before anything is changed', async () => {
    const small = join(dataDir, 'small');
    await mkdir(clusterFolder(small), { recursive: true });
    await expect(copyBeforeUpgrade(small, 'Some1', new Date(), async () => 40_000_000)).rejects.toThrow(
      /has 40 MB left: free 60 MB and start again\. Nothing was changed\.$/,
    );
    expect(await readdir(join(small, 'before-upgrade'))).toEqual([]);
  });
});
