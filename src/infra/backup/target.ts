import pg from 'pg';
import { EmbeddedPostgres } from '../database/embedded-postgres.js';
import type { OpenDatabase, Say, Where } from '../database/open-database.js';
import { BackupError } from './backup-error.js';
import { withPlainClient } from './connect.js';

/** A worker silent for this long does not run; it beats every 5 s. */
const ALIVE = '60 seconds';

/** The database for a command that must be alone with it; not migrated. @throws DatabaseError or BackupError while Postern runs */
export async function takeDatabase({ dataDir, databaseUrl }: Where, say: Say): Promise<OpenDatabase> {
  if (databaseUrl === undefined) {
    const postgres = await EmbeddedPostgres.start(dataDir, say);
    return { url: postgres.url, close: () => postgres.stop() };
  }
  await withPlainClient(databaseUrl, async (client) => {
    if (!(await isThere(client, 'workers'))) return;
    const { rows } = await client.query<{ host: string; pid: number }>(
      `SELECT host, pid FROM workers WHERE stopped_at IS NULL AND heartbeat_at > now() - interval '${ALIVE}' LIMIT 1`,
    );
    if (rows[0]) throw new BackupError(`Postern runs on this database (process ${rows[0].pid} on ${rows[0].host}): stop every process of it first; one that was killed counts as gone after a minute.`);
  });
  return { url: databaseUrl, close: async () => undefined };
}

export interface Occupant {
  readonly clients: number;
  readonly posts: number;
}

/** What a restore would replace; null when nothing was ever started here. */
export async function readOccupant(client: pg.Client): Promise<Occupant | null> {
  if (!(await isThere(client, 'installation'))) return null;
  const { rows: [row] } = await client.query<Occupant & { installed: boolean }>(
    `SELECT EXISTS (SELECT FROM installation) AS installed, (SELECT count(*)::int FROM clients) AS clients, (SELECT count(*)::int FROM posts) AS posts`,
  );
  return row?.installed ? { clients: row.clients, posts: row.posts } : null;
}

/**
 * A restore gives the schema `public` a new content: it has to be ours, and nobody else's tables may lie in it. Where a
 * newer Postern was (this is the way back from it), tables we do not know may be that one's.
 */
export async function checkOwnSchema(client: pg.Client, ours: { readonly tables: readonly string[]; readonly migrations: readonly string[] }): Promise<void> {
  const { rows: [right] } = await client.query<{ owns: boolean; user: string }>(
    `SELECT pg_has_role(nspowner, 'USAGE') AS owns, current_user AS user FROM pg_namespace WHERE nspname = 'public'`,
  );
  if (right && !right.owns) throw new BackupError(`The user of DATABASE_URL does not own the schema public: run ALTER SCHEMA public OWNER TO ${pg.escapeIdentifier(right.user)} there as its administrator, then restore again.`);
  if (await isNewer(client, ours.migrations)) return;
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname::text AS name FROM pg_class
      WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> ALL($1) ORDER BY 1 LIMIT 5`,
    [ours.tables],
  );
  if (rows.length > 0) throw new BackupError(`This database also holds tables that are not Postern's (${rows.map(({ name }) => name).join(', ')}), and a restore would take them away: restore into a database of its own.`);
}

async function isNewer(client: pg.Client, migrations: readonly string[]): Promise<boolean> {
  if (!(await isThere(client, 'public.migrations'))) return false;
  const { rows } = await client.query<{ name: string }>('SELECT name FROM public.migrations WHERE name <> ALL($1)', [migrations]);
  return rows.length > 0;
}

async function isThere(client: pg.Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
  return rows[0]?.there ?? false;
}
