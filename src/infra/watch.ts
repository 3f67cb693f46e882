import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HOUR_MS } from '../core/instant.js';
import { Clock } from './clock.js';
import { CONFIG, type Config } from './config.js';
import { Partitions } from './database/partitions.js';
import { HeartbeatUrl } from './heartbeat-url.js';
import { Loop } from './loop.js';
import { Rounds } from './rounds.js';
import { Workers } from './workers.js';

const everyMs = 10_000;

/** The housekeeping of the role `watch`: what is to be done every hour, and the word that it is done. */
@Injectable()
export class Watch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Watch.name);
  private readonly chores = new Map<string, () => Promise<unknown>>();
  private readonly loop: Loop;
  private choresAt = -Infinity;

  constructor(
    partitions: Partitions,
    workers: Workers,
    private readonly rounds: Rounds,
    private readonly heartbeatUrl: HeartbeatUrl,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.hourly('partitions', () => partitions.round());
    this.hourly('gone workers', () => workers.prune());
    this.loop = new Loop('Watch', everyMs, clock, () => this.round());
  }

  /** Adds a chore: done at the start and every hour, by every process that watches; one that fails stops no other. Call it in `onModuleInit`. */
  hourly(name: string, chore: () => Promise<unknown>): void {
    this.chores.set(name, chore);
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('watch')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  async round(): Promise<void> {
    if (this.clock.monotonic() - this.choresAt >= HOUR_MS) {
      this.choresAt = this.clock.monotonic();
      for (const [name, chore] of this.chores) {
        await chore().catch((error: unknown) => this.logger.warn(`The hourly chore '${name}' failed; done again in an hour: ${String(error)}`));
      }
    }
    await this.rounds.did('watch');
    await this.heartbeatUrl.round();
  }
}
