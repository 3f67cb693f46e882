import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NoticesService } from '../notifications/notices.service.js';
import { LEASE_MS, OFF_AFTER_MS } from './webhook-schedule.js';
import { endWaiting } from './webhooks.service.js';

export interface ClaimedMessage {
  readonly id: string;
  readonly body: string;
  /** Which try this is, from 1. */
  readonly tries: number;
}

export interface ReadyEndpoint {
  readonly id: string;
  readonly workspaceId: string;
  readonly url: string;
  readonly sealedSecret: string;
  /** Signs too, while it is set. */
  readonly sealedOldSecret: string | null;
  readonly failing: boolean;
}

export type SendResult =
  | { readonly kind: 'delivered'; readonly status: number }
  /** 410: the receiver wants no more of it. */
  | { readonly kind: 'gone'; readonly status: number; readonly detail: string }
  | { readonly kind: 'again'; readonly status: number | null; readonly detail: string; readonly afterMs: number }
  | { readonly kind: 'failed'; readonly status: number | null; readonly detail: string }
  /** Not tried, through no fault of the endpoint: the try is given back. */
  | { readonly kind: 'let-go'; readonly afterMs: number };

/** Claims and results of messages. A claim is a lease: the sender that holds it alone sends, and a dead one loses it. */
@Injectable()
export class WebhookSendsRepository {
  constructor(
    private readonly database: DataSource,
    private readonly notices: NoticesService,
  ) {}

  /** Endpoints that are on and have something to be sent now, without those named. */
  async ready(except: readonly string[], most: number): Promise<readonly ReadyEndpoint[]> {
    return this.database.query(
      `SELECT e.id, e.workspace_id AS "workspaceId", e.url, e.sealed_secret AS "sealedSecret", e.state = 'failing' AS failing,
              CASE WHEN e.old_secret_until > now() THEN e.sealed_old_secret END AS "sealedOldSecret"
       FROM webhook_endpoints e
       WHERE e.state <> 'off' AND e.deleted_at IS NULL AND e.id <> ALL($1::uuid[])
         AND EXISTS (SELECT FROM webhook_messages m WHERE m.endpoint_id = e.id AND m.state = 'waiting' AND m.next_at <= now())
       LIMIT $2`,
      [except, most],
    );
  }

  /** next_at is the end of the lease meanwhile: when the sender dies, the message is simply due again. */
  async claim(endpointId: string, most: number): Promise<readonly ClaimedMessage[]> {
    const [rows]: [ClaimedMessage[], number] = await this.database.query(
      `WITH ready AS MATERIALIZED (
         SELECT w.id FROM webhook_messages w JOIN webhook_endpoints e ON e.id = w.endpoint_id AND e.state <> 'off' AND e.deleted_at IS NULL
         WHERE w.endpoint_id = $1 AND w.state = 'waiting' AND w.next_at <= now()
         ORDER BY w.next_at, w.event_id LIMIT $2 FOR UPDATE OF w SKIP LOCKED
       )
       UPDATE webhook_messages m SET tries = m.tries + 1, lease_until = now() + $3 * interval '1 millisecond', next_at = now() + $3 * interval '1 millisecond' FROM ready
       WHERE m.id = ready.id RETURNING m.id, m.body, m.tries`,
      [endpointId, most, LEASE_MS],
    );
    return rows;
  }

  /**
   * Conditional on the try, so that a sender which lost its lease writes nothing, except that a message arrived: that
   * is a fact. Counts for the endpoint too: it works again, it fails, it is turned off.
   */
  async record(endpointId: string, message: ClaimedMessage, result: SendResult): Promise<void> {
    if (result.kind === 'delivered') {
      await this.write(this.database.manager, message, result);
      await this.database.query(`UPDATE webhook_endpoints SET state = 'on', failing_since = NULL WHERE id = $1 AND state = 'failing'`, [endpointId]);
      return;
    }
    await this.database.transaction(async (manager) => {
      // The endpoint before its messages, as everywhere: else two that fail at once wait for each other.
      await manager.query('SELECT FROM webhook_endpoints WHERE id = $1 FOR NO KEY UPDATE', [endpointId]);
      if ((await this.write(manager, message, result)) && result.kind !== 'let-go') await this.blame(manager, endpointId, result.kind === 'gone');
    });
  }

  private async write(manager: EntityManager, { id, tries }: ClaimedMessage, result: SendResult): Promise<boolean> {
    const [, written]: [unknown, number] = await manager.query(
      `UPDATE webhook_messages SET
         state = CASE $3 WHEN 'delivered' THEN 'delivered' WHEN 'gone' THEN 'failed' WHEN 'failed' THEN 'failed' ELSE 'waiting' END,
         tries = tries - CASE $3 WHEN 'let-go' THEN 1 ELSE 0 END,
         status = CASE $3 WHEN 'let-go' THEN status ELSE $4 END,
         detail = CASE $3 WHEN 'let-go' THEN detail ELSE $5 END,
         next_at = now() + $6::float8 * (0.9 + random() * 0.2) * interval '1 millisecond',
         ended_at = CASE WHEN $3 IN ('delivered', 'gone', 'failed') THEN now() END, lease_until = NULL
       WHERE id = $1 AND state = 'waiting' AND (tries = $2 OR $3 = 'delivered')`,
      [id, tries, result.kind, 'status' in result ? result.status : null, 'detail' in result ? result.detail : null, 'afterMs' in result ? result.afterMs : 0],
    );
    return written > 0;
  }

  /** Something did not arrive: the endpoint fails, or is turned off for good. */
  private async blame(manager: EntityManager, endpointId: string, gone: boolean): Promise<void> {
    if (gone) return this.turnOff(manager, endpointId, { reason: 'gone', where: 'true' });
    await manager.query(`UPDATE webhook_endpoints SET state = 'failing', failing_since = now() WHERE id = $1 AND state = 'on'`, [endpointId]);
    await this.turnOff(manager, endpointId, { reason: 'failing', where: `failing_since < now() - ${OFF_AFTER_MS} * interval '1 millisecond'` });
  }

  private async turnOff(manager: EntityManager, endpointId: string, { reason, where }: { reason: 'gone' | 'failing'; where: string }): Promise<void> {
    const [rows]: [{ workspaceId: string; url: string }[], number] = await manager.query(
      `UPDATE webhook_endpoints SET state = 'off', off_reason = $2, version = version + 1 WHERE id = $1 AND state <> 'off' AND ${where}
       RETURNING workspace_id AS "workspaceId", url`,
      [endpointId, reason],
    );
    const off = rows[0];
    if (!off) return;
    await endWaiting(manager, endpointId);
    await this.notices.tell(manager, [
      { workspaceId: off.workspaceId, kind: 'webhook-off', matter: `webhook-off:${endpointId}`, fold: 'hour', params: { count: 1, reason: { code: reason }, host: new URL(off.url).host } },
    ]);
  }
}
