import pg from 'pg';
import { DataSource } from 'typeorm';
import { DatabaseError } from './database-error.js';
import { migrations as known } from './migrations.js';

/** Postgres before this lacks what the statements use. */
const OLDEST_POSTGRES = 15;
/** One migrator at a time, whoever starts at the same moment. Any number, the same everywhere. */
const MIGRATOR_LOCK = 7_305_671_001;

export interface Schema {
  /** Names of the migrations this database has, oldest first. */
  readonly applied: readonly string[];
  /** Names of the ones it still needs. */
  readonly pending: readonly string[];
}

type Migrations = typeof known;

/**
 * Looks at a database without changing it.
 * @throws DatabaseError when a newer Postern was here, or when its Postgres is too old
 */
export async function readSchema(url: string, migrations: Migrations = known): Promise<Schema> {
  return withClient(url, (client) => schemaOf(client, migrations));
}

async function schemaOf(client: pg.Client, migrations: Migrations): Promise<Schema> {
  const { rows: [server] } = await client.query<{ major: number; there: boolean }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS major, to_regclass('migrations') IS NOT NULL AS there`,
  );
  if (server && server.major < OLDEST_POSTGRES) {
    throw new DatabaseError(`This is Postgres ${server.major}, and Postern needs ${OLDEST_POSTGRES} or newer: upgrade it, or unset DATABASE_URL to use the one Postern brings.`);
  }
  const applied = server?.there
    ? (await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY id')).rows.map(({ name }) => name)
    : [];
  const names = migrations.map(({ name }) => name);
  const newer = applied.filter((name) => !names.includes(name));
  if (newer.length > 0) {
    throw new DatabaseError(`A newer Postern has been at this database (it knows ${newer.join(', ')}, this one does not): start that version again, or go back as its first start told (before-upgrade in the data folder, or your own backup).`);
  }
  return { applied, pending: names.filter((name) => !applied.includes(name)) };
}

/**
 * Brings a database to the newest schema; each migration in a transaction of its own. Whoever comes meanwhile waits.
 * @returns the names of the migrations that were run
 */
export async function migrate(url: string, migrations: Migrations = known): Promise<readonly string[]> {
  return withClient(url, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATOR_LOCK]);
    const { pending } = await schemaOf(client, migrations);
    if (pending.length === 0) return [];
    const source = new DataSource({ type: 'postgres', url, migrations: [...migrations], migrationsTransactionMode: 'each', extra: { max: 2 } });
    await source.initialize();
    try {
      return (await source.runMigrations()).map(({ name }) => name);
    } finally {
      await source.destroy();
    }
  });
}

async function withClient<T>(url: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, keepAlive: true });
  client.on('error', () => undefined); // the statement on its way reports it
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
