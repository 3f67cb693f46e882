import { join } from 'node:path';
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { Loop } from '../../infra/loop.js';
import { Metrics } from '../../infra/metrics.js';
import { scrub } from '../../infra/scrub.js';
import { type Closed, type DeliveredRecord, OutcomesService, type SetbackRecord } from '../posts/outcomes.service.js';
import { type Entry, Journal } from './journal.js';

const JOURNAL_EVERY_MS = 1_000;
const ADOPT_EVERY_MS = 20_000;

/** Writes outcomes: into the database, or into the journal until the database takes them. Never throws. */
@Injectable()
export class RecorderService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(RecorderService.name);
  private readonly journal: Journal;
  private readonly loop: Loop;
  private adoptedAt = 0;

  constructor(
    private readonly outcomes: OutcomesService,
    private readonly dataSource: DataSource,
    private readonly metrics: Metrics,
    heartbeat: Heartbeat,
    private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
  ) {
    this.journal = new Journal(join(config.DATA_DIR, 'journal'), heartbeat.workerId);
    this.loop = new Loop('Journal', JOURNAL_EVERY_MS, clock, () => this.round());
  }

  /** What the last run could not write is applied first, before anything is sent. */
  async onModuleInit(): Promise<void> {
    this.metrics.sampled({
      name: 'postern_journal_entries',
      help: 'Outcomes that wait on disk because the database did not take them.',
      sample: async () => Promise.resolve({ all: this.journal.size }),
    });
    await this.adopt().catch((error: unknown) => this.logger.warn(`Outcomes wait in the journal: ${String(error)}`));
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    await this.catchUp().catch((error: unknown) => this.logger.error(`Outcomes stay in the journal until the next start: ${String(error)}`));
  }

  /** @returns what became of it, or 'journaled'. */
  async delivered(told: DeliveredRecord): Promise<Closed | 'journaled'> {
    // The address is the platform's own word, shown to members and sent to webhooks: a server may quote a credential in it.
    const record = { ...told, url: told.url === null ? null : scrub(told.url) };
    try {
      const closed = await this.outcomes.delivered(record);
      if (closed === 'perhaps-twice') this.logger.error(`Delivery ${record.deliveryId} is perhaps out twice: look at its channel for ${record.remoteId}.`);
      return closed;
    } catch (error) {
      await this.keep({ kind: 'delivered', record }, error);
      return 'journaled';
    }
  }

  async setback(record: SetbackRecord): Promise<boolean> {
    try {
      return await this.outcomes.setback(record);
    } catch (error) {
      await this.keep({ kind: 'setback', record }, error);
      return false;
    }
  }

  private async keep(entry: Entry, error: unknown): Promise<void> {
    this.logger.warn(`An outcome waits in the journal, the database did not take it: ${String(error)}`);
    await this.journal.append(entry).catch((fault: unknown) => {
      // Both gone: the lease runs out and the delivery is looked up, so nothing is lost, only later.
      this.logger.error(`Neither database nor disk took the outcome of delivery ${entry.record.deliveryId}: free disk space or check DATA_DIR. ${String(fault)}`);
    });
  }

  private async round(): Promise<void> {
    if (this.clock.monotonic() - this.adoptedAt > ADOPT_EVERY_MS) await this.adopt();
    else await this.catchUp();
  }

  /** A process killed a moment ago still looks alive at our start: asked again now and then. */
  private async adopt(): Promise<void> {
    this.adoptedAt = this.clock.monotonic();
    await this.journal.adopt((owner) => this.isGone(owner));
    await this.catchUp();
  }

  private async catchUp(): Promise<void> {
    if (this.journal.size === 0) return;
    await this.journal.drain(
      async (entry) => {
        await (entry.kind === 'delivered' ? this.outcomes.delivered(entry.record) : this.outcomes.setback(entry.record));
      },
      () => this.dataSource.query('SELECT 1').then(() => true, () => false),
    );
  }

  private async isGone(owner: string): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM workers WHERE id::text = $1 AND stopped_at IS NULL AND heartbeat_at > now() - interval '1 minute'`,
      [owner],
    );
    return rows.length === 0;
  }
}
