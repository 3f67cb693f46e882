import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock.js';
import { CONFIG, type Config } from '../config.js';
import { Loop } from '../loop.js';
import { FactTakers } from './fact-takers.js';
import type { Taker } from './facts.js';

const everyMs = 1_000; // the queue only rings: a lost ring costs a second

/** Takes facts every second and at once when rung, each taker on its own, where this process works or watches. */
@Injectable()
export class FactLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loops = new Map<Taker, Loop>();

  constructor(
    private readonly takers: FactTakers,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.config.ROLES.includes('worker') && !this.config.ROLES.includes('watch')) return;
    for (const taker of this.takers.takers) {
      const loop = new Loop(`Facts for ${taker}`, everyMs, this.clock, () => this.takers.take(taker));
      this.loops.set(taker, loop);
      loop.start();
    }
  }

  /** There may be facts for this taker; nothing happens where they are not taken. */
  ring(taker: string): void {
    this.loops.get(taker as Taker)?.ring();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.loops.values()].map((loop) => loop.stop()));
  }
}
