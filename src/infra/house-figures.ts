import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Metrics } from './metrics.js';
import { Rounds } from './rounds.js';
import { Workers } from './workers.js';

/** The installation's figures that the database knows. Rooms add their own through `Metrics.sampled`. */
@Injectable()
export class HouseFigures implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly metrics: Metrics,
    private readonly rounds: Rounds,
    private readonly workers: Workers,
  ) {}

  onModuleInit(): void {
    this.metrics.sampled({
      name: 'postern_deliveries',
      help: 'Deliveries by state, of the whole installation.',
      label: 'state',
      sample: () => this.counts('SELECT state AS key, count(*)::integer AS n FROM deliveries GROUP BY state'),
    });
    this.metrics.sampled({
      name: 'postern_overdue_deliveries',
      help: 'Scheduled deliveries that should have been looked at more than a minute ago.',
      sample: () => this.counts(`SELECT 'all' AS key, count(*)::integer AS n FROM deliveries WHERE state = 'scheduled' AND ready_at < now() - interval '1 minute'`),
    });
    this.metrics.sampled({
      name: 'postern_facts_waiting',
      help: 'Facts not yet taken, by taker.',
      label: 'taker',
      sample: () => this.counts('SELECT taker AS key, count(*)::integer AS n FROM event_claims GROUP BY taker'),
    });
    this.metrics.sampled({
      name: 'postern_round_age_seconds',
      help: 'Seconds since planner, sweeper and watch last did their round.',
      label: 'round',
      sample: () => this.rounds.ages(),
    });
    this.metrics.sampled({
      name: 'postern_workers_alive',
      help: 'Processes with a heartbeat, by role.',
      label: 'role',
      sample: async () => {
        const alive = await this.workers.alive();
        return Object.fromEntries(['api', 'worker', 'watch'].map((role) => [role, alive.filter((worker) => worker.roles.includes(role)).length]));
      },
    });
  }

  private async counts(sql: string): Promise<Record<string, number>> {
    const rows: { key: string; n: number }[] = await this.database.query(sql);
    return Object.fromEntries(rows.map((row) => [row.key, row.n]));
  }
}
