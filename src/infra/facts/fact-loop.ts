import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock.js';
import { CONFIG, type Config } from '../config.js';
import { Loop } from '../loop.js';
import { FactTakers } from './fact-takers.js';

const everyMs = 1_000;

/** Takes facts every second, each taker on its own, where this process works or watches. */
@Injectable()
export class FactLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private loops: Loop[] = [];

  constructor(
    private readonly takers: FactTakers,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.config.ROLES.includes('worker') && !this.config.ROLES.includes('watch')) return;
    this.loops = this.takers.takers.map((taker) => new Loop(`Facts for ${taker}`, everyMs, this.clock, () => this.takers.take(taker)));
    for (const loop of this.loops) loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }
}
