import { fileURLToPath } from 'node:url';
import { DataSource } from 'typeorm';
import pg from 'pg';

export const withDatabase = (url: string, name: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
};

/** Runs statements against the maintenance database. */
export async function administer(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Makes a database with our schema in it, to be copied from. Runs where TypeScript can be imported: see typescript.mjs. */
export async function makeTemplate(url: string, name: string): Promise<void> {
  await administer(url, `CREATE DATABASE ${name}`);
  const source = new DataSource({
    type: 'postgres',
    url: withDatabase(url, name),
    migrations: [fileURLToPath(new URL('../../migrations/*.ts', import.meta.url))],
    migrationsTransactionMode: 'each',
  });
  await source.initialize();
  try {
    await source.runMigrations();
  } finally {
    await source.destroy();
  }
}
