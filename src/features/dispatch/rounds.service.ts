import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Loop } from '../../infra/loop.js';
import { CommandBus } from '../../infra/queue/command-bus.js';
import { Rounds } from '../../infra/rounds.js';
import { AfterReroutes } from '../posts/after-reroutes.service.js';
import { BellsService } from '../posts/bells.service.js';
import { PauseEnds } from '../posts/pause-ends.service.js';
import { ReroutesService } from '../posts/reroutes.service.js';
import { SweepsService } from '../posts/sweeps.service.js';
import { TIMES } from '../../core/times.js';

const PLAN_EVERY_MS = 2_000;
const SWEEP_EVERY_MS = 15_000;
/** How soon a wiped queue is noticed. */
const WITNESS_EVERY_MS = 5_000;
const STATEMENTS_AT_MOST = 2_000;

/** Planner and sweeper (DESIGN §6.1, §6.6). Any number of processes may run them: they skip what another one holds. */
@Injectable()
export class RoundsService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Sweeper');
  private readonly loops: readonly Loop[];

  constructor(
    private readonly bells: BellsService,
    private readonly sweeps: SweepsService,
    private readonly reroutes: ReroutesService,
    private readonly pauseEnds: PauseEnds,
    private readonly after: AfterReroutes,
    private readonly bus: CommandBus,
    private readonly rounds: Rounds,
    private readonly dataSource: DataSource,
    clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TIMES) private readonly times: Times,
  ) {
    this.loops = [
      new Loop('Planner', PLAN_EVERY_MS, clock, (signal) => this.plan(signal)),
      new Loop('Sweeper', SWEEP_EVERY_MS, clock, (signal) => this.sweep(signal)),
      new Loop('Queue witness', WITNESS_EVERY_MS, clock, () => this.witness()),
    ];
  }

  onApplicationBootstrap(): void {
    if (!this.config.ROLES.includes('watch')) return;
    for (const loop of this.loops) loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }

  /** Rings for all that is due within the horizon and not rung yet. */
  async plan(signal?: AbortSignal): Promise<void> {
    if (!(await this.isPaused())) await repeat(() => this.bells.plan(), signal);
    await this.rounds.did('planner');
  }

  async sweep(signal?: AbortSignal): Promise<void> {
    await repeat(() => this.sweeps.expireLeases(), signal);
    if (!(await this.isPaused())) {
      await this.orGoOn('What pauses held', () => repeat(() => this.pauseEnds.settle(), signal));
      await repeat(() => this.sweeps.openGates(), signal);
      await this.orGoOn('What came of nothing elsewhere', () => repeat(() => this.reroutes.comeBack(), signal));
      await this.orGoOn('What follows a reroute', () => repeat(() => this.after.settleRipe(), signal));
      await repeat(() => this.bells.ringUnanswered(), signal);
      await this.sweeps.tellWaiting(this.times);
    }
    await this.sweeps.clear();
    await this.rounds.did('sweeper');
  }

  /** One row that cannot be settled keeps nobody else from being rung for and told. */
  private async orGoOn(what: string, step: () => Promise<void>): Promise<void> {
    await step().catch((error: unknown) => this.logger.error(`${what} could not be settled; tried again in ${SWEEP_EVERY_MS / 1_000} s: ${String(error)}`));
  }

  /** A wiped queue has lost its bells: all are rung again (§6.6). */
  async witness(): Promise<void> {
    if (!(await this.bus.isWiped())) return;
    await this.bells.forgetAll();
    await this.bus.markWitness();
    await this.plan();
  }

  /** A restored or copied installation waits for one confirmation (§6.8). */
  private async isPaused(): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>('SELECT 1 FROM installation WHERE paused_at IS NOT NULL');
    return rows.length > 0;
  }
}

/** Until a statement finds nothing more. */
async function repeat(statement: () => Promise<number>, signal?: AbortSignal): Promise<void> {
  for (let i = 0; i < STATEMENTS_AT_MOST && !signal?.aborted; i += 1) if ((await statement()) === 0) return;
}
