import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SECOND_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Loop } from '../../infra/loop.js';
import { UpkeepService } from './upkeep.service.js';

/** An account just refused is asked about again within this (DESIGN §7). */
const EVERY_MS = 10 * SECOND_MS;

/** Does the rounds of upkeep in processes with the role `watch`. */
@Injectable()
export class UpkeepLoopService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(
    upkeep: UpkeepService,
    clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ROLES'>,
  ) {
    this.loop = new Loop('Upkeep', EVERY_MS, clock, (signal) => upkeep.round(clock.now(), signal));
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('watch')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }
}
