import { hostname } from 'node:os';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { Clock } from './clock.js';
import { CONFIG, type Config } from './config.js';
import { Loop } from './loop.js';
import { version } from './version.js';

const everyMs = 5_000;
/** No worker's heartbeat for longer than this is an absence of our own (DESIGN §6.8). */
const absence = '5 minutes';

/** So far from the database's clock what this process sees begins to be dated wrongly; minutes off, and none of it counts. */
const OFF_MS = 5_000;

/** No worker was alive from the last heartbeat of any until now. */
export interface Gap {
  readonly from: Date;
  readonly to: Date;
}

/** Called in the transaction of the heartbeat that ends the gap: both are written or neither. */
export type GapListener = (gap: Gap, manager: EntityManager) => Promise<void>;

/** This process in the table `workers`: who it is and that it lives. A laptop that slept is noticed by its next beat. */
@Injectable()
export class Heartbeat implements OnModuleInit, BeforeApplicationShutdown {
  /** This process, as it stands in workers, attempts, leases and rounds. */
  readonly workerId = uuid();

  private readonly logger = new Logger('Heartbeat');
  private readonly listeners: GapListener[] = [];
  private isOff = false;
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.loop = new Loop('Heartbeat', everyMs, clock, () => this.beat());
  }

  /** Call it in a constructor: the first beat is in `onModuleInit`. */
  onGap(listener: GapListener): void {
    this.listeners.push(listener);
  }

  /** Before any loop begins (those start in `onApplicationBootstrap`): what was late because we were away is known by then. */
  async onModuleInit(): Promise<void> {
    await this.beat();
    this.loop.start();
  }

  /** Says that this process lives. Of processes that work, the first one after a gap tells the listeners, once. */
  async beat(): Promise<void> {
    const aheadMs = await this.ahead();
    await this.database.transaction(async (manager) => {
      const gap = this.config.ROLES.includes('worker') ? await this.gapBefore(manager) : null;
      await manager.query(
        `INSERT INTO workers (id, host, pid, roles, version, ahead_ms) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET heartbeat_at = now(), stopped_at = NULL, ahead_ms = excluded.ahead_ms`,
        [this.workerId, hostname(), process.pid, this.config.ROLES, version, aheadMs],
      );
      if (gap) for (const listener of this.listeners) await listener(gap, manager);
    });
  }

  /** How far this machine's clock is ahead of the database's, ms; told once, and again when it is right. */
  private async ahead(): Promise<number> {
    const asked = this.clock.now();
    const [row] = await this.database.query<{ at: number }[]>('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at');
    const answered = this.clock.now();
    const aheadMs = (asked + answered) / 2 - (row?.at ?? answered);
    const isOff = Math.abs(aheadMs) > OFF_MS + (answered - asked) / 2; // a slow answer is no wrong clock
    if (isOff && !this.isOff) {
      const apart = `${(Math.abs(aheadMs) / 1_000).toFixed(0)} s ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
      this.logger.warn(`The clock of this machine is ${apart} the database's: what this process sees of the platforms is dated wrongly, and may not count. Turn on time synchronisation (Linux: timedatectl set-ntp true).`);
    }
    if (!isOff && this.isOff) this.logger.log("The clock of this machine agrees with the database's again.");
    this.isOff = isOff;
    return aheadMs;
  }

  /** After the rooms have stopped working (onModuleDestroy), before the connections are closed (onApplicationShutdown). */
  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    await this.database.query('UPDATE workers SET heartbeat_at = now(), stopped_at = now() WHERE id = $1', [this.workerId]).catch(() => undefined);
  }

  /** Two that start at once must not both find it: only where there is a gap do they queue for the lock and look again. */
  private async gapBefore(manager: EntityManager): Promise<Gap | null> {
    if ((await this.silence(manager)) === null) return null;
    await manager.query(`SELECT pg_advisory_xact_lock(hashtext('postern absence'))`);
    return this.silence(manager);
  }

  private async silence(manager: EntityManager): Promise<Gap | null> {
    const rows: Gap[] = await manager.query(
      `SELECT last AS "from", now() AS "to" FROM (SELECT max(heartbeat_at) AS last FROM workers WHERE 'worker' = ANY(roles)) AS w
       WHERE last < now() - $1::interval`,
      [absence],
    );
    return rows[0] ?? null;
  }
}
