import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/infra/database/database.module.js';
import { prepared } from '../../../src/infra/database/prepared.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

describe('prepared statements', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  beforeAll(async () => {
    database = await createDatabase();
    dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('a marked statement is prepared once on its connection, whatever its values', async () => {
    await dataSource.transaction(async (manager) => {
      const double = prepared('SELECT $1::int * 2 AS twice');
      expect(await manager.query(double, [2])).toEqual([{ twice: 4 }]);
      expect(await manager.query(double, [21])).toEqual([{ twice: 42 }]);
      expect(await manager.query('SELECT statement FROM pg_prepared_statements')).toEqual([{ statement: double }]);
    });
  });

  it('any other statement is not kept', async () => {
    await dataSource.transaction(async (manager) => {
      await manager.query('SELECT $1::int * 3 AS thrice', [1]);
      expect(await manager.query(`SELECT 1 FROM pg_prepared_statements WHERE statement LIKE '%thrice%'`)).toEqual([]);
    });
  });
});
