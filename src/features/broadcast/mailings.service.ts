import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { batchSize, dailyCap } from '../../core/broadcast.js';
import { TIMES, type Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { scrub } from '../../infra/scrub.js';
import { Standstill } from '../../infra/standstill.js';
import { AudienceService } from '../audience/audience.service.js';
import { BroadcastNews } from './broadcast-news.service.js';
import { tokens } from './issue.js';
import { Mailing, type MailingEnd, type MailingGround } from './mailing.js';
import { composer } from './mime.js';
import { type OpenBroadcast, OpenBroadcasts } from './open-broadcasts.service.js';
import { RecipientRows, type Reserved } from './recipient-rows.service.js';
import { SenderPauses } from './sender-pauses.service.js';
import { SenderRoads } from './sender-roads.service.js';
import { domainOf, type SenderRow } from './sender-row.js';
import { Signatures } from './signatures.service.js';
import { SmtpLane } from './smtp-lane.js';
import { mailKey, returnPath } from './verp.js';

/** Recipients taken up at once, at most. */
const batch = 500;
/** Tries of a server that takes nothing; with the waits between them that is ten minutes (DESIGN §2.5). */
const TOLD_AFTER = 8;
/** Between tries of a statement the database did not take. */
const restMs = 1_000;

/** Sends what one sender has to send, one broadcast after the other. */
@Injectable()
export class Mailings {
  private readonly logger = new Logger('Newsletters');

  constructor(
    private readonly database: DataSource,
    private readonly broadcasts: OpenBroadcasts,
    private readonly recipients: RecipientRows,
    private readonly pauses: SenderPauses,
    private readonly news: BroadcastNews,
    private readonly roads: SenderRoads,
    private readonly signatures: Signatures,
    private readonly audience: AudienceService,
    private readonly clock: Clock,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  async run(sender: SenderRow, signal: AbortSignal): Promise<void> {
    if (this.roads.obstacle(sender, 'live') !== null) return;
    while (!signal.aborted) {
      const broadcast = await this.broadcasts.begin(sender);
      if (!broadcast) return;
      if (!(await this.goesOn(sender, await this.sendAndRelease(sender, broadcast, signal)))) return;
    }
  }

  private async sendAndRelease(sender: SenderRow, broadcast: OpenBroadcast, signal: AbortSignal): Promise<MailingEnd> {
    try {
      return await this.send(sender, broadcast, signal);
    } finally {
      await this.recipients.release(broadcast.id);
    }
  }

  private async send(sender: SenderRow, broadcast: OpenBroadcast, signal: AbortSignal): Promise<MailingEnd> {
    const { server, address } = this.roads.of(sender);
    const lanes = Array.from({ length: sender.connections }, () => new SmtpLane(server, address, { stepMs: this.times.leaseMs, mailMs: this.times.leaseMs * 2 }));
    const pace = this.pacer(sender, signal);
    const standstill = new Standstill(this.clock);
    const mailing = new Mailing({
      lanes, signal, pace,
      reserve: () => this.reserve(sender, broadcast),
      turn: (turns) => this.recipients.turn(broadcast.id, turns),
      rest: () => this.clock.sleep(restMs, signal),
      standing: () => {
        const at = this.clock.monotonic();
        return () => standstill.since(at);
      },
      compose: await this.composer(sender, broadcast),
    });
    const end = await mailing.run().finally(() => standstill.stop());
    if (mailing.sent > 0) await this.broadcasts.isWell(sender.id);
    return end;
  }

  /** @returns whether the next broadcast may be begun */
  private async goesOn(sender: SenderRow, end: MailingEnd): Promise<boolean> {
    switch (end.kind) {
      case 'cut':
        return false;
      case 'empty':
      case 'barred':
        return !(await this.isAtCap(sender));
      case 'away':
        this.logger.warn(`The mail server of ${domainOf(sender.fromAddress)} takes nothing at the moment: ${end.detail}`);
        await this.rest(sender, { cause: 'away', detail: scrub(end.detail).slice(0, 500) });
        return false;
      case 'ours':
      case 'refusals':
      case 'silence': {
        const reason = end.kind === 'ours' ? 'sign-in' : end.kind;
        this.logger.error(`The newsletters of ${domainOf(sender.fromAddress)} are paused (${reason}): look at the sender, then resume it. ${end.detail}`);
        await this.database.transaction((manager) => this.pauses.pause(manager, { workspaceId: sender.workspaceId, senderId: sender.id, reason, detail: scrub(end.detail).slice(0, 500) }));
        return false;
      }
    }
  }

  /** It sends nothing now, and is tried again ever later; people are told when that lasts. */
  async rest({ id, clientId }: SenderRow, why: { readonly cause: 'away' | 'stuck'; readonly detail: string }): Promise<void> {
    await this.database.transaction(async (manager) => {
      const { troubles } = await this.broadcasts.rest(manager, id);
      if (troubles >= TOLD_AFTER) await this.news.waits(manager, clientId, why);
    });
  }

  /** Consent is asked again for each, right before; who may not be written to any more ends here. */
  private async reserve(sender: SenderRow, broadcast: OpenBroadcast): Promise<readonly Reserved[]> {
    for (;;) {
      if (!(await this.broadcasts.mayGo(broadcast.id))) return [];
      const size = batchSize({ ratePerSecond: sender.ratePerSecond, left: await this.leftToday(sender), most: batch });
      const reserved = size === 0 ? [] : await this.recipients.reserve(broadcast.id, size);
      if (reserved.length === 0) return [];
      const may = await this.audience.mayStillGet(reserved.map(({ id }) => id), broadcast.listIds);
      const out = reserved.filter(({ id }) => !may.has(id)).map(({ id }) => id);
      if (out.length > 0) await this.recipients.suppress(broadcast.id, out);
      if (out.length < reserved.length) return out.length === 0 ? reserved : reserved.filter(({ id }) => may.has(id));
    }
  }

  private async leftToday(sender: SenderRow): Promise<number> {
    if (sender.isWarm) return Infinity;
    const cap = dailyCap({ isWarm: false, firstAt: sender.firstMailAt?.getTime() ?? null }, this.clock.now());
    return Number.isFinite(cap) ? Math.max(0, cap - (await this.broadcasts.sentToday(sender))) : Infinity;
  }

  /** Then it goes on tomorrow. */
  private async isAtCap(sender: SenderRow): Promise<boolean> {
    if ((await this.leftToday(sender)) > 0) return false;
    await this.database.transaction(async (manager) => {
      await manager.query(`UPDATE senders SET rest_until = now() + interval '15 minutes' WHERE id = $1`, [sender.id]);
      await this.news.waits(manager, sender.clientId, { cause: 'warm-up' });
    });
    return true;
  }

  private pacer({ ratePerSecond }: SenderRow, signal: AbortSignal): MailingGround['pace'] {
    if (ratePerSecond === null) return async () => undefined;
    let next = this.clock.monotonic();
    return async () => {
      const now = this.clock.monotonic();
      const at = Math.max(now, next);
      next = at + 1_000 / ratePerSecond;
      if (at > now) await this.clock.sleep(at - now, signal);
    };
  }

  private async composer(sender: SenderRow, broadcast: OpenBroadcast): Promise<MailingGround['compose']> {
    const domain = domainOf(sender.fromAddress);
    const rows: { id: string; name: string }[] = await this.database.query('SELECT id, name FROM lists WHERE workspace_id = $1 AND id = ANY($2::uuid[])', [broadcast.workspaceId, broadcast.listIds]);
    const names = new Map(rows.map(({ id, name }) => [id, name]));
    const compose = composer({
      fromName: sender.fromName, fromAddress: sender.fromAddress, replyTo: sender.replyTo, subject: broadcast.subject, html: broadcast.html, plain: broadcast.plain,
      listId: `${broadcast.channelId}.${domain}`, tokens,
    });
    const sign = this.signatures.signerOf(sender);
    const isOneList = broadcast.listIds.length === 1;
    return async ({ id, address, listId, token }) => {
      const key = mailKey({ number: broadcast.number, subscriberId: id });
      const raw = compose({
        to: address, messageId: `${key}@${domain}`, date: new Date(this.clock.now()), list: names.get(listId) ?? '',
        unsubscribeUrl: this.audience.unsubscribeLink(token, isOneList ? listId : undefined), preferencesUrl: this.audience.preferencesLink(token),
      });
      return { from: sender.bounceAddress === null ? sender.fromAddress : returnPath(sender.bounceAddress, key), raw: sign === null ? Buffer.from(raw) : await sign(raw) };
    };
  }
}
