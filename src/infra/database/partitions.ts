import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

interface Partitioned {
  readonly table: string;
  readonly key: string;
  readonly step: 'day' | 'month';
  /** Partitions made beyond the current one. */
  readonly ahead: number;
  /** What ended longer ago than this is dropped (Postgres interval). */
  readonly keep: string;
}

/** Retention (DESIGN §6). All bounds are UTC. */
const tables: readonly Partitioned[] = [
  { table: 'events', key: 'at', step: 'day', ahead: 3, keep: '7 days' },
  { table: 'evidence', key: 'at', step: 'day', ahead: 3, keep: '14 days' },
  { table: 'attempts', key: 'started_at', step: 'month', ahead: 2, keep: '13 months' },
];

interface Range {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** Makes the partitions of the days to come and drops those nobody keeps. */
@Injectable()
export class Partitions {
  private readonly logger = new Logger(Partitions.name);

  constructor(private readonly database: DataSource) {}

  /** Cheap when there is nothing to do; call it at the start and every hour. What fails is left for the next round. */
  async round(): Promise<void> {
    for (const spec of tables) {
      for (const range of await this.missing(spec)) await this.try(`make ${range.name}`, (manager) => make(spec, range, manager));
      for (const name of await this.outlived(spec)) await this.try(`drop ${name}`, (manager) => manager.query(`DROP TABLE IF EXISTS ${name}`));
      await this.database.query(`DELETE FROM ${spec.table}_rest WHERE ${spec.key} < now() - $1::interval`, [spec.keep]);
    }
  }

  private async missing(spec: Partitioned): Promise<Range[]> {
    return this.database.query(
      `WITH range AS (
         SELECT begins, begins + $2::interval AS ends
         FROM generate_series(date_trunc($3, now() AT TIME ZONE 'UTC'), date_trunc($3, now() AT TIME ZONE 'UTC') + $4::integer * $2::interval, $2::interval) AS begins
       ), named AS (
         SELECT $1 || '_' || to_char(begins, CASE $3 WHEN 'day' THEN 'YYYYMMDD' ELSE 'YYYYMM' END) AS name, begins, ends FROM range
       )
       SELECT name, begins || '+00' AS "from", ends || '+00' AS "to" FROM named WHERE to_regclass(name) IS NULL ORDER BY begins`,
      [spec.table, `1 ${spec.step}`, spec.step, spec.ahead],
    );
  }

  /** Named by their first instant, so the name says when they ended. */
  private async outlived(spec: Partitioned): Promise<string[]> {
    const rows: { name: string }[] = await this.database.query(
      `SELECT c.relname AS name
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
       WHERE i.inhparent = $1::regclass AND c.relname ~ '_\\d{6,8}$'
         AND (to_date(substring(c.relname FROM '\\d+$'), $2) + $3::interval) AT TIME ZONE 'UTC' <= now() - $4::interval
       ORDER BY 1`,
      [spec.table, spec.step === 'day' ? 'YYYYMMDD' : 'YYYYMM', `1 ${spec.step}`, spec.keep],
    );
    return rows.map((row) => row.name);
  }

  /** One process at a time, and never long in the way of those who write: the lock is given up after 2 s. */
  private async try(what: string, work: (manager: EntityManager) => Promise<unknown>): Promise<void> {
    try {
      await this.database.transaction(async (manager) => {
        const [mine]: { ok: boolean }[] = await manager.query(`SELECT pg_try_advisory_xact_lock(hashtext('postern partitions')) AS ok`);
        if (!mine?.ok) return;
        await manager.query(`SET LOCAL lock_timeout = '2s'`);
        await work(manager);
      });
    } catch (error) {
      this.logger.warn(`Could not ${what}; tried again in the next round: ${String(error)}`);
    }
  }
}

/**
 * Rows of this range that already fell into the default partition are moved first: Postgres refuses a partition whose
 * rows stand there. Attaching, unlike CREATE … PARTITION OF, does not shut out those who write meanwhile.
 */
async function make({ table, key }: Partitioned, { name, from, to }: Range, manager: EntityManager): Promise<void> {
  if (((await manager.query(`SELECT to_regclass($1) AS there`, [name])) as { there: string | null }[])[0]?.there) return;
  await manager.query(`CREATE TABLE ${name} (LIKE ${table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
  await manager.query(`LOCK TABLE ${table}_rest IN ACCESS EXCLUSIVE MODE`);
  await manager.query(
    `WITH moved AS (DELETE FROM ${table}_rest WHERE ${key} >= '${from}' AND ${key} < '${to}' RETURNING *) INSERT INTO ${name} SELECT * FROM moved`,
  );
  await manager.query(`ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${to}')`);
}
