import type pg from 'pg';
import type { Manifest } from './manifest.js';

/** The record of migrations is not copied: running them writes it anew. */
const MIGRATIONS = 'migrations';

type Tables = Pick<Manifest, 'tables' | 'partitions' | 'counters'>;

/** How text leaves and enters, whatever the server's own settings; and no limit of time, for a table may be long. */
export const plainSession = `
  SET client_encoding = 'UTF8'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET bytea_output = 'hex';
  SET extra_float_digits = 1; SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0`;

/** What the present schema of a connection holds. */
export async function readTables(client: pg.Client): Promise<Tables> {
  const tables = await client.query<Tables['tables'][number]>(
    `SELECT c.relname::text AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> $1
      GROUP BY c.relname ORDER BY c.relname`,
    [MIGRATIONS],
  );
  const references = await client.query<{ table: string; to: string }>(
    `SELECT f.relname::text AS "table", t.relname::text AS "to"
       FROM pg_constraint k JOIN pg_class f ON f.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
      WHERE k.contype = 'f' AND k.conparentid = 0 AND f.relnamespace = current_schema()::regnamespace AND f.oid <> t.oid`,
  );
  const partitions = await client.query<Tables['partitions'][number]>(
    `SELECT c.relname::text AS name, p.relname::text AS parent, pg_get_expr(c.relpartbound, c.oid) AS bounds
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
      WHERE p.relkind = 'p' AND c.relkind = 'r' AND p.relnamespace = current_schema()::regnamespace AND pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
      ORDER BY c.relname`,
  );
  const counters = await client.query<Tables['counters'][number]>(
    `SELECT t.relname::text AS "table", a.attname::text AS "column", coalesce(pg_sequence_last_value(s.oid::regclass), 0)::text AS last
       FROM pg_class s
       JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('i', 'a')
       JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
      WHERE s.relkind = 'S' AND t.relnamespace = current_schema()::regnamespace AND t.relname <> $1
      ORDER BY t.relname`,
    [MIGRATIONS],
  );
  return { tables: inOrder(tables.rows, references.rows), partitions: partitions.rows, counters: counters.rows };
}

/** Each table after the ones it refers to, so that a restore never breaks a reference on its way. */
function inOrder(tables: Tables['tables'], references: readonly { readonly table: string; readonly to: string }[]): Tables['tables'] {
  const placed = new Set<string>();
  const ordered: Tables['tables'] = [];
  while (ordered.length < tables.length) {
    const free = tables.filter(({ name }) => !placed.has(name) && references.every(({ table, to }) => table !== name || placed.has(to)));
    if (free.length === 0) throw new Error('Two tables refer to each other: a backup cannot put one before the other.');
    for (const table of free) placed.add(table.name);
    ordered.push(...free);
  }
  return ordered;
}
