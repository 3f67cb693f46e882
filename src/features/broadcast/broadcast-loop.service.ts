import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TIMES, type Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Loop } from '../../infra/loop.js';
import { scrub } from '../../infra/scrub.js';
import { BroadcastEnds } from './broadcast-ends.service.js';
import { BroadcastNews } from './broadcast-news.service.js';
import { BroadcastsService } from './broadcasts.service.js';
import { Catcher } from './catcher.service.js';
import { tokens } from './issue.js';
import { Mailings } from './mailings.service.js';
import { type OpenBroadcast, OpenBroadcasts } from './open-broadcasts.service.js';
import { RecipientRows } from './recipient-rows.service.js';
import type { SenderRow } from './sender-row.js';

const everyMs = 1_000;
/** Senders at work in one process. */
const sendersAtOnce = 20;
/** Mails of a demo that are kept to be looked at; the others say the same. */
const caughtAtMost = 50;

/** What is to be sent, sent: each sender by one process at a time, and none waits for another. */
@Injectable()
export class BroadcastLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Newsletters');
  private readonly running = new Map<string, Promise<void>>();
  private readonly cut = new AbortController();
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly open: OpenBroadcasts,
    private readonly broadcasts: BroadcastsService,
    private readonly ends: BroadcastEnds,
    private readonly news: BroadcastNews,
    private readonly recipients: RecipientRows,
    private readonly mailings: Mailings,
    private readonly catcher: Catcher,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TIMES) private readonly times: Times,
  ) {
    this.loop = new Loop('Newsletters', everyMs, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  /** Mails on their way are finished, none is begun. */
  async onModuleDestroy(): Promise<void> {
    this.cut.abort();
    await this.loop.stop();
    await this.idle();
  }

  async round(): Promise<void> {
    const hasServer = this.config.SMTP_URL !== undefined;
    await this.recipients.sweep();
    for (const broadcast of await this.open.toCatch(hasServer)) await this.catchAll(broadcast);
    await this.ends.settle();
    await this.news.waitForSenders(hasServer);
    for (const id of await this.open.leftOver()) await this.database.transaction((manager) => this.broadcasts.stopIn(manager, id, 'stopped'));
    const free = sendersAtOnce - this.running.size;
    if (free <= 0 || this.cut.signal.aborted) return;
    for (const sender of await this.open.claimSenders(free, hasServer)) {
      this.running.set(sender.id, this.work(sender).finally(() => this.running.delete(sender.id)));
    }
  }

  private async work(sender: SenderRow): Promise<void> {
    try {
      await this.serve(sender);
      this.loop.ring(); // what is through is told at once
    } catch (error) {
      if (this.cut.signal.aborted) return;
      // It waits: what does not get better by itself, a secret that does not open for one, would be tried again without end.
      const detail = scrub(error instanceof Error ? error.message : String(error)).slice(0, 500);
      this.logger.warn(`The sender ${sender.id} could not send and is tried again: ${detail}`);
      await this.mailings.rest(sender, { cause: 'stuck', detail }).catch(() => undefined);
    }
  }

  /** Resolves when nobody sends. */
  async idle(): Promise<void> {
    await Promise.all(this.running.values());
  }

  private async serve(sender: SenderRow): Promise<void> {
    const done = new AbortController();
    const lost = new AbortController();
    const signal = AbortSignal.any([this.cut.signal, lost.signal]);
    const renewing = this.renew(sender.id, done.signal, lost);
    try {
      await this.mailings.run(sender, signal);
    } finally {
      done.abort();
      await renewing;
      await this.open.letGo(sender.id);
    }
  }

  /** A sender that is another's now, or was paused, begins no mail any more. */
  private async renew(senderId: string, done: AbortSignal, lost: AbortController): Promise<void> {
    for (let heldAt = this.clock.monotonic(); !done.aborted; ) {
      await this.clock.sleep(this.times.leaseMs / 6, done);
      if (done.aborted) return;
      const isHeld = await this.open.renew(senderId).catch(() => null);
      if (isHeld === true) heldAt = this.clock.monotonic();
      else if (isHeld === false || this.clock.monotonic() - heldAt > this.times.leaseMs / 2) return lost.abort();
    }
  }

  /** Reaches nobody: all at once, a few of them kept. */
  private async catchAll({ id, workspaceId, subject, html, plain, brand }: OpenBroadcast & { readonly brand: string }): Promise<void> {
    const without = (text: string): string => Object.values(tokens).reduce((told, token) => told.replaceAll(token, token === tokens.list ? '…' : '#'), text);
    await this.database.transaction(async (manager) => {
      await manager.query(`UPDATE broadcasts SET state = 'sending' WHERE id = $1 AND state IN ('frozen', 'sending')`, [id]);
      const [rows]: [{ address: string }[], number] = await manager.query(
        `UPDATE recipients SET state = 'sent', detail = 'caught', intent_at = now(), sent_at = now() WHERE broadcast_id = $1 AND state = 'waiting' RETURNING address`, [id]);
      await this.catcher.keep(workspaceId, rows.slice(0, caughtAtMost).map(({ address }) => ({ about: 'newsletter', address, subject, html: without(html), text: without(plain), fromName: brand })), manager);
    });
  }
}
