import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrate, readSchema } from '../../../src/infra/database/migrate.js';
import { migrations } from '../../../src/infra/database/migrations.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

class Next1900000000000 implements MigrationInterface {
  readonly name = 'Next1900000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE came_later (id int); INSERT INTO came_later SELECT 1 FROM pg_sleep(0.2)');
  }
  async down(): Promise<void> {}
}

class Broken1900000000001 implements MigrationInterface {
  readonly name = 'Broken1900000000001';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half_made (id int)');
    await runner.query('SELECT 1 / 0');
  }
  async down(): Promise<void> {}
}

describe('migrating', () => {
  let database: TestDatabase;
  const rows = (table: string) => database.dataSource.query(`SELECT * FROM ${table}`);
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  it('knows every file of the migrations folder', async () => {
    const files = (await readdir(new URL('../../../migrations', import.meta.url))).filter((name) => name.endsWith('.ts'));
    expect(migrations).toHaveLength(files.length);
  });

  it('leaves no trace of a migration that fails', async () => {
    await expect(migrate(database.url, [...migrations, Broken1900000000001])).rejects.toThrow('division by zero');
    await expect(rows('half_made')).rejects.toThrow('does not exist');
    expect((await readSchema(database.url)).pending).toEqual([]);
  });

  it('runs a new migration once, when three start at the same moment', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => migrate(database.url, [...migrations, Next1900000000000])));

    expect(runs.flat()).toEqual(['Next1900000000000']);
    expect(await rows('came_later')).toEqual([{ id: 1 }]);
  });

  it('refuses a database that a newer version has changed, in one sentence that says what to do', async () => {
    await expect(readSchema(database.url)).rejects.toThrow(/^A newer Postern has been at this database \(it knows Next1900000000000.*start that version again/);
    await expect(migrate(database.url)).rejects.toThrow('A newer Postern');
  });
});
