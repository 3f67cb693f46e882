import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { administer, withDatabase } from './template.js';

export interface TestDatabase {
  readonly url: string;
  readonly dataSource: DataSource;
  readonly drop: () => Promise<void>;
}

/** A fresh, migrated, empty database; about 50 ms. Drop it in `afterAll`. */
export async function createDatabase(): Promise<TestDatabase> {
  const { POSTERN_TEST_POSTGRES: server, POSTERN_TEST_TEMPLATE: template } = process.env;
  if (!server || !template) throw new Error('Run this through Jest with test/jest.config.mjs: its global setup starts Postgres.');
  const name = `postern_test_${randomBytes(6).toString('hex')}`;
  await administer(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  const url = withDatabase(server, name);
  const dataSource = await new DataSource({ type: 'postgres', url, extra: { max: 20 } }).initialize();
  return {
    url,
    dataSource,
    drop: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** The run's Redis; null where none is installed (then say what was left out: `describe.skip`). Each caller takes its own prefix. */
export function redisUrl(): string | null {
  return process.env['POSTERN_TEST_REDIS'] ?? null;
}
