import { once } from 'node:events';
import pg from 'pg';
import { type CopyStreamQuery, from as copyFrom } from 'pg-copy-streams';
import { BackupError } from './backup-error.js';
import type { Checksums, Manifest } from './manifest.js';

/** Fills the empty tables of a connection's present schema, piece by piece in the order they lie in the file. */
export class TableLoader {
  private open: { readonly table: string; readonly stream: CopyStreamQuery; readonly ended: Promise<void> } | null = null;
  private readonly loaded: Record<string, number> = {};

  constructor(
    private readonly client: pg.Client,
    private readonly manifest: Manifest,
  ) {}

  /** Partitions as they were, so that what is kept for a time also ends in its time. */
  async makePartitions(): Promise<void> {
    for (const { name, parent, bounds } of this.manifest.partitions) {
      await this.client.query(`CREATE TABLE IF NOT EXISTS ${pg.escapeIdentifier(name)} PARTITION OF ${pg.escapeIdentifier(parent)} ${bounds}`);
    }
  }

  async take(table: string, chunks: AsyncIterable<Buffer>): Promise<void> {
    if (this.open?.table !== table) {
      await this.end();
      this.open = this.begin(table);
    }
    const { stream, ended } = this.open;
    for await (const chunk of chunks) if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), ended]);
  }

  /** The last table is in, and counted; what counts upwards goes on from where it was. */
  async finish(rows: Checksums['rows']): Promise<void> {
    await this.end();
    for (const { name } of this.manifest.tables) {
      if ((this.loaded[name] ?? 0) !== (rows[name] ?? 0)) throw new Error(`${name} took ${this.loaded[name] ?? 0} rows of ${rows[name] ?? 0}.`);
    }
    for (const { table, column, last } of this.manifest.counters) {
      await this.client.query(`SELECT setval(pg_get_serial_sequence(quote_ident($1), $2), greatest($3::bigint, 1), $3::bigint > 0)`, [table, column, last]);
    }
  }

  private begin(table: string) {
    const known = this.manifest.tables.find(({ name }) => name === table);
    if (!known) throw new BackupError(`The backup holds rows of ${table}, which its first page does not name: take another backup.`);
    const columns = known.columns.map((column) => pg.escapeIdentifier(column)).join(', ');
    const stream = this.client.query(copyFrom(`COPY ${pg.escapeIdentifier(table)} (${columns}) FROM STDIN`));
    const ended = new Promise<void>((resolve, reject) => stream.once('finish', resolve).once('error', reject));
    ended.catch(() => undefined); // whoever writes next hears of it
    return { table, stream, ended };
  }

  private async end(): Promise<void> {
    if (!this.open) return;
    const { table, stream, ended } = this.open;
    this.open = null;
    stream.end();
    await ended;
    this.loaded[table] = (this.loaded[table] ?? 0) + stream.rowCount;
  }
}
