import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { connectors } from '../../connectors/registry.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Loop } from '../../infra/loop.js';
import { Metrics } from '../../infra/metrics.js';
import { CommandBus } from '../../infra/queue/command-bus.js';
import { Readiness } from '../../infra/readiness.js';
import { SLOTS, SLOTS_PER_COMPONENT } from './component-slots.js';
import { DispatchService } from './dispatch.service.js';
import { PreparesService } from './prepares.service.js';
import { ReconcilerService } from './reconciler.service.js';
import { VerifierService } from './verifier.service.js';

const LOOK_EVERY_MS = 1_000;
const SAMPLE_EVERY_MS = 10_000;

/** The worker's ears: one lane per connector, and the round of looks. Stops in order: no new bell, then what runs. */
@Injectable()
export class LanesService implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly looks: Loop;
  private readonly samples: Loop;

  constructor(
    private readonly bus: CommandBus,
    private readonly dispatch: DispatchService,
    private readonly prepares: PreparesService,
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
    private readonly reconciler: ReconcilerService,
    verifier: VerifierService,
    clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.looks = new Loop('Reconciler', LOOK_EVERY_MS, clock, async (signal) => {
      while (!signal.aborted && (await reconciler.refill()) > 0);
    });
    this.samples = new Loop('Sample', SAMPLE_EVERY_MS, clock, () => verifier.round());
  }

  onModuleInit(): void {
    this.bus.handle('deliver', ({ id }) => this.dispatch.run(id));
    this.bus.handle('prepare', ({ id }) => this.prepares.ahead(id));
    this.readiness.register('queue', () => this.bus.isWiped());
    this.metrics.sampled({ name: 'postern_queue_jobs', help: 'Jobs that wait or run, by lane; one carries up to ten bells.', label: 'lane', sample: () => this.bus.depths() });
  }

  onApplicationBootstrap(): void {
    this.bus.checkHandlers();
    if (!this.config.ROLES.includes('worker')) return;
    // Where one platform has many hosts, one of them must not fill its lane.
    for (const { id, manyHosts } of connectors) this.bus.listen(id, manyHosts ? SLOTS : SLOTS_PER_COMPONENT);
    this.looks.start();
    this.samples.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.prepares.stop(); // an upload may take minutes, and is simply made again
    await Promise.all([this.bus.stop(), this.looks.stop(), this.samples.stop()]);
    await this.reconciler.settled();
  }
}
