import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TIMES, type Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Loop } from '../../infra/loop.js';
import { scrub } from '../../infra/scrub.js';
import { Catcher } from '../broadcast/catcher.service.js';
import { type OpenRound, OpenRounds } from './sms-open-rounds.service.js';
import { SmsRecipients } from './sms-recipients.service.js';
import { SmsSending } from './sms-sending.service.js';
import { messageOf } from '../../core/sms-message.js';

const everyMs = 1_000;
/** Rounds at work in one process. */
const roundsAtOnce = 10;
/** SMS of a demo that are kept to be looked at; the others say the same. */
const caughtAtMost = 50;

/** What is to be sent, sent: each round by one process at a time, and none waits for another. */
@Injectable()
export class SmsLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('SMS');
  private readonly running = new Map<string, Promise<void>>();
  private readonly cut = new AbortController();
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly open: OpenRounds,
    private readonly recipients: SmsRecipients,
    private readonly sending: SmsSending,
    private readonly catcher: Catcher,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TIMES) private readonly times: Times,
  ) {
    this.loop = new Loop('SMS', everyMs, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  /** SMS on their way are finished, none is begun. */
  async onModuleDestroy(): Promise<void> {
    this.cut.abort();
    await this.loop.stop();
    await this.idle();
  }

  async round(): Promise<void> {
    await this.recipients.sweep();
    await this.open.settle();
    const free = roundsAtOnce - this.running.size;
    if (free <= 0 || this.cut.signal.aborted) return;
    for (const round of await this.open.claim(free)) {
      const work = this.serve(round)
        .catch(async (error: unknown) => {
          this.logger.warn(`A round of SMS could not be sent and is tried again: ${String(error)}`);
          await this.open.rest(round, scrub(String(error)).slice(0, 500)).catch(() => undefined); // the next round sees what is wrong
        })
        .finally(() => {
          this.running.delete(round.id);
          this.loop.ring(); // what is through is told at once
        });
      this.running.set(round.id, work);
    }
  }

  /** Resolves when nobody sends. */
  async idle(): Promise<void> {
    await Promise.all(this.running.values());
  }

  private async serve(round: OpenRound): Promise<void> {
    const done = new AbortController();
    const lost = new AbortController();
    const renewing = this.renew(round.id, done.signal, lost);
    try {
      if (round.kind === 'demo') await this.catchAll(round);
      else await this.sending.run(round, AbortSignal.any([this.cut.signal, lost.signal]));
    } finally {
      done.abort();
      await renewing;
      await this.open.letGo(round.id);
    }
  }

  /** A round that is another's now, or was paused, begins no SMS any more. */
  private async renew(id: string, done: AbortSignal, lost: AbortController): Promise<void> {
    for (let heldAt = this.clock.monotonic(); !done.aborted; ) {
      await this.clock.sleep(this.times.leaseMs / 6, done);
      if (done.aborted) return;
      const isHeld = await this.open.renew(id).catch(() => null);
      if (isHeld === true) heldAt = this.clock.monotonic();
      else if (isHeld === false || this.clock.monotonic() - heldAt > this.times.leaseMs / 2) return lost.abort();
    }
  }

  /** Reaches nobody: all at once, a few of them kept. At night it waits as it would in earnest. */
  private async catchAll(round: OpenRound): Promise<void> {
    const { id, workspaceId, text, wayOut, brand, fromName } = round;
    if (!this.sending.isHour(round)) return this.sending.untilMorning(round);
    await this.database.transaction(async (manager) => {
      const [rows]: [{ address: string }[], number] = await manager.query(
        `UPDATE sms_recipients SET state = 'sent', detail = 'caught', intent_at = now(), sent_at = now() WHERE round_id = $1 AND state = 'waiting' RETURNING address_key AS address`, [id]);
      const message = messageOf(text, wayOut, '#');
      await this.catcher.keep(workspaceId, rows.slice(0, caughtAtMost).map(({ address }) => ({ about: 'sms', address, subject: 'SMS', text: message, fromName: fromName ?? brand })), manager);
    });
  }
}
