import pg from 'pg';

/**
 * A database whose clock can be put forward. Statements say `now()` and `clock_timestamp()`; with `pg_catalog` named last
 * in the search path they meet these first, and so do the defaults of tables made afterwards: call it on an empty
 * database, before it is migrated. The real clock goes on underneath, so that time passes while a statement waits.
 */
export class RehearsedDatabase {
  private constructor(private readonly client: pg.Client) {}

  /** @param aheadMs of the real clock */
  static async prepare(url: string, aheadMs: number): Promise<RehearsedDatabase> {
    const client = new pg.Client({ connectionString: url, application_name: 'rehearsal' });
    client.on('error', () => undefined); // the next statement reports it
    await client.connect();
    const name = client.escapeIdentifier(new URL(url).pathname.slice(1));
    await client.query(`
      CREATE SCHEMA rehearsed;
      CREATE TABLE rehearsed.clock (ahead interval NOT NULL);
      INSERT INTO rehearsed.clock VALUES ('0');
      CREATE FUNCTION rehearsed.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT pg_catalog.now() + ahead FROM rehearsed.clock';
      CREATE FUNCTION rehearsed.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM rehearsed.clock';
      ALTER DATABASE ${name} SET search_path = public, rehearsed, pg_catalog;
      ALTER DATABASE ${name} SET synchronous_commit = off`); // nothing in it is to outlive a power cut
    const database = new RehearsedDatabase(client);
    await database.setAhead(aheadMs);
    return database;
  }

  async setAhead(ms: number): Promise<void> {
    await this.client.query('UPDATE rehearsed.clock SET ahead = $1 * interval \'1 ms\'', [ms]);
  }

  /** Whether a statement of somebody else runs, or a transaction is open. */
  async isBusy(): Promise<boolean> {
    const { rowCount } = await this.client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state IN ('active', 'idle in transaction') AND application_name = 'postern' LIMIT 1`);
    return (rowCount ?? 0) > 0;
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
