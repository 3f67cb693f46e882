import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Heartbeat } from './heartbeat.js';

/** The rounds that must go on for anything to go out; each says so itself when it has really done one. */
export type RoundName = 'planner' | 'sweeper' | 'watch';

@Injectable()
export class Rounds {
  constructor(
    private readonly database: DataSource,
    private readonly heartbeat: Heartbeat,
  ) {}

  /** Call it at the end of a round that went well, never from a bare timer. */
  async did(name: RoundName): Promise<void> {
    await this.database.query(
      `INSERT INTO rounds (name, at, worker_id) VALUES ($1, now(), $2)
       ON CONFLICT (name) DO UPDATE SET at = now(), worker_id = excluded.worker_id`,
      [name, this.heartbeat.workerId],
    );
  }

  /** Seconds since each round was last done; a round never done is not there. */
  async ages(): Promise<Readonly<Record<string, number>>> {
    const rows: { name: string; age: number }[] = await this.database.query(
      'SELECT name, greatest(0, extract(epoch FROM now() - at))::float8 AS age FROM rounds',
    );
    return Object.fromEntries(rows.map((row) => [row.name, row.age]));
  }
}
