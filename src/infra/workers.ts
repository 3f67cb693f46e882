import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

export interface WorkerState {
  readonly id: string;
  readonly host: string;
  readonly roles: readonly string[];
  readonly version: string;
  readonly startedAt: string;
  /** Seconds since its last heartbeat. */
  readonly silentS: number;
}

/** A worker that has been silent for this long counts as gone; it beats every 5 s. */
const aliveS = 60;

@Injectable()
export class Workers {
  constructor(private readonly database: DataSource) {}

  /** The processes that live. */
  async alive(): Promise<readonly WorkerState[]> {
    const rows: (Omit<WorkerState, 'startedAt'> & { readonly startedAt: Date })[] = await this.database.query(
      `SELECT id, host, roles, version, started_at AS "startedAt", greatest(0, extract(epoch FROM now() - heartbeat_at))::float8 AS "silentS"
       FROM workers WHERE heartbeat_at > now() - make_interval(secs => $1) AND stopped_at IS NULL ORDER BY started_at`,
      [aliveS],
    );
    return rows.map((row) => ({ ...row, startedAt: row.startedAt.toISOString() }));
  }

  /** Forgets processes gone for a month, but never the last one that worked: from it an absence is told. */
  async prune(): Promise<void> {
    await this.database.query(
      `DELETE FROM workers WHERE heartbeat_at < now() - interval '30 days'
         AND id IS DISTINCT FROM (SELECT id FROM workers WHERE 'worker' = ANY(roles) ORDER BY heartbeat_at DESC LIMIT 1)`,
    );
  }
}
