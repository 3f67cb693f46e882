import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { bounceKind, isBounceStorm } from '../../core/broadcast.js';
import { scrub } from '../../infra/scrub.js';
import { AudienceService } from '../audience/audience.service.js';
import type { Report } from './dsn.js';
import { SenderPauses } from './sender-pauses.service.js';
import type { MailRef } from './verp.js';

interface Hit {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly broadcastId: string;
  readonly addressKey: string;
}

/** What came back: written to the recipient, and to nobody who has no mailbox, or who complained, is written again. */
@Injectable()
export class BouncesService {
  private readonly logger = new Logger('Bounces');

  constructor(
    private readonly database: DataSource,
    private readonly audience: AudienceService,
    private readonly pauses: SenderPauses,
  ) {}

  /** Once for each report, however often it is told. Reports on mails of other senders, or of nobody's, change nothing. @returns whether it was news */
  async take(sender: { readonly id: string; readonly workspaceId: string; readonly clientId: string }, report: Report): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      // One after the other for a sender: the storm is counted right.
      await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`bounces ${sender.id}`]);
      const kind = report.kind === 'complaint' ? 'complaint' : bounceKind(report.status);
      let isNews = false;
      for (const ref of report.refs) {
        const hit = await this.hit(manager, sender.clientId, ref);
        if (!hit) continue;
        const noted: unknown[] = await manager.query(
          `INSERT INTO bounces (id, workspace_id, sender_id, broadcast_id, subscriber_id, kind, status, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING RETURNING id`,
          [`${sender.id} ${report.id} ${ref.subscriberId}`.slice(0, 1_000), sender.workspaceId, sender.id, hit.broadcastId, ref.subscriberId, kind, report.status, scrub(report.detail)]);
        if (noted.length === 0) continue;
        isNews = true;
        await this.apply(manager, { sender, kind, hit, ref, report });
      }
      return isNews;
    });
  }

  private async apply(manager: EntityManager, { sender, kind, hit, ref, report }: { readonly sender: { readonly id: string; readonly workspaceId: string }; readonly kind: 'hard' | 'soft' | 'complaint'; readonly hit: Hit; readonly ref: MailRef; readonly report: Report }): Promise<void> {
    const detail = `${report.status} ${scrub(report.detail)}`.trim().slice(0, 500);
    if (kind !== 'complaint') {
      await manager.query(
        `UPDATE recipients SET state = 'bounced', detail = $3 WHERE broadcast_id = $1 AND subscriber_id = $2 AND state IN ('sent', 'unconfirmed', 'failed')`, [hit.broadcastId, ref.subscriberId, detail]);
    }
    if (kind === 'soft') return;
    if (kind === 'hard' && (await this.isStorm(manager, sender.id))) {
      const isNew = await this.pauses.pause(manager, { workspaceId: sender.workspaceId, senderId: sender.id, reason: 'bounces', detail });
      if (isNew) this.logger.error('So many newsletters come back at once that the addresses are not at fault: the sender is paused and nobody is struck off. Look at it, then resume it.');
      return;
    }
    await this.audience.suppress(manager, {
      workspaceId: hit.workspaceId, clientId: hit.clientId, kind: 'email', addressKey: hit.addressKey, reason: kind === 'hard' ? 'bounced' : 'complained', detail,
    });
    await manager.query('UPDATE bounces SET suppressed = true WHERE sender_id = $1 AND broadcast_id = $2 AND subscriber_id = $3', [sender.id, hit.broadcastId, ref.subscriberId]);
  }

  private async isStorm(manager: EntityManager, senderId: string): Promise<boolean> {
    const [row]: { bounced: number; sent: number }[] = await manager.query(
      `SELECT (SELECT count(*)::int FROM bounces WHERE sender_id = $1 AND kind = 'hard' AND at > now() - interval '1 hour') AS bounced,
              (SELECT coalesce(sum(b.recipients), 0)::int FROM broadcasts b JOIN senders s ON s.client_id = b.client_id WHERE s.id = $1 AND b.frozen_at > now() - interval '3 days') AS sent`, [senderId]);
    return row !== undefined && isBounceStorm(row);
  }

  /** Of this sender's client alone: nobody strikes off another's people. */
  private async hit(manager: EntityManager, clientId: string, { number, subscriberId }: MailRef): Promise<Hit | null> {
    const [row]: Hit[] = await manager.query(
      `SELECT b.workspace_id AS "workspaceId", b.client_id AS "clientId", b.id AS "broadcastId", r.address_key AS "addressKey"
         FROM broadcasts b JOIN recipients r ON r.broadcast_id = b.id AND r.subscriber_id = $3 WHERE b.client_id = $1 AND b.number = $2`, [clientId, number, subscriberId]);
    return row ?? null;
  }
}
