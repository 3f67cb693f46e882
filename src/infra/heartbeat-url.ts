import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from './config.js';
import { Heartbeat } from './heartbeat.js';

/** Nest token: how the operator's own address is called. Not guarded: who sets it may mean a host on the local network. */
export const CALL_OPERATOR = Symbol('call operator');
export type CallOperator = (url: string, signal: AbortSignal) => Promise<{ readonly ok: boolean; readonly status: number }>;

const timeoutMs = 10_000;

/** Tells somebody outside, once a minute over all processes, that planner, a worker and the watch really go round. */
@Injectable()
export class HeartbeatUrl {
  private readonly logger = new Logger(HeartbeatUrl.name);
  private failing = false;

  constructor(
    private readonly database: DataSource,
    private readonly heartbeat: Heartbeat,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CALL_OPERATOR) private readonly call: CallOperator,
  ) {}

  /** Answers whether it called. Never throws for what the other side does. */
  async round(): Promise<boolean> {
    const url = this.config.HEARTBEAT_URL;
    if (url === undefined || !(await this.isMyTurn())) return false;
    const problem = await this.call(url, AbortSignal.timeout(timeoutMs)).then(
      (answer) => (answer.ok ? null : `it answered ${answer.status}`),
      (error: unknown) => String(error),
    );
    if (problem !== null && !this.failing) this.logger.warn(`HEARTBEAT_URL cannot be called: ${problem}. Whoever watches it will think that Postern is down.`);
    if (problem === null && this.failing) this.logger.log('HEARTBEAT_URL can be called again.');
    this.failing = problem !== null;
    return true;
  }

  /** One process a minute takes the turn, and only while everybody has done their round within the last minute. */
  private async isMyTurn(): Promise<boolean> {
    const turn: unknown[] = await this.database.query(
      `INSERT INTO rounds (name, at, worker_id)
       SELECT 'heartbeat-url', now(), $1
       WHERE (SELECT count(*) FROM rounds WHERE name IN ('planner', 'watch') AND at > now() - interval '1 minute') = 2
         AND EXISTS (SELECT FROM workers WHERE 'worker' = ANY(roles) AND stopped_at IS NULL AND heartbeat_at > now() - interval '1 minute')
       ON CONFLICT (name) DO UPDATE SET at = now(), worker_id = excluded.worker_id WHERE rounds.at <= now() - interval '55 seconds'
       RETURNING name`,
      [this.heartbeat.workerId],
    );
    return turn.length > 0;
  }
}
