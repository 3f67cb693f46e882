import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { TIMES, type Times } from '../../core/times.js';
import { prepared } from '../../infra/database/prepared.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { SENDER_COLUMNS, type SenderRow } from './sender-row.js';
import { mayGo as mayGoBy } from './takings.service.js';

/** A broadcast that may send now, with what its mails are made of. */
export interface OpenBroadcast {
  readonly id: string;
  readonly number: string;
  readonly workspaceId: string;
  readonly subject: string;
  readonly html: string;
  readonly plain: string;
  readonly listIds: readonly string[];
  readonly channelId: string;
}

const COLUMNS = `b.id, b.number, b.workspace_id AS "workspaceId", b.subject, b.html, b.plain, b.list_ids AS "listIds", b.channel_id AS "channelId"`;
export const isOpen = `b.state IN ('frozen', 'sending')`;
export const mayGo = mayGoBy('newsletter');
export const hasWaiting = `EXISTS (SELECT FROM recipients r WHERE r.broadcast_id = b.id AND r.state = 'waiting' AND r.next_at <= now())`;

/** Which broadcasts are to be sent, by whom; one process holds a sender at a time. */
@Injectable()
export class OpenBroadcasts {
  constructor(
    private readonly database: DataSource,
    private readonly heartbeat: Heartbeat,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** Senders with something to send and nothing against it. @param hasServer the installation has a mail server of its own */
  async claimSenders(most: number, hasServer: boolean): Promise<readonly SenderRow[]> {
    const [rows]: [SenderRow[], number] = await this.database.query(
      prepared(`WITH free AS MATERIALIZED (
         SELECT q.id FROM senders q JOIN workspaces w ON w.id = q.workspace_id AND w.kind = 'live'
          WHERE q.verified_at IS NOT NULL AND q.paused_at IS NULL AND q.rest_until <= now() AND q.lease_until < now() AND ($4 OR q.sealed_smtp_url IS NOT NULL)
            AND EXISTS (SELECT FROM broadcasts b WHERE b.client_id = q.client_id AND ${isOpen} AND ${mayGo} AND ${hasWaiting})
          LIMIT $3 FOR UPDATE OF q SKIP LOCKED)
       UPDATE senders s SET lease_until = now() + $1 * interval '1 ms', lease_by = $2 FROM free
        WHERE s.id = free.id RETURNING ${SENDER_COLUMNS}`), [this.times.leaseMs, this.heartbeat.workerId, most, hasServer]);
    return rows;
  }

  /** @returns false: the sender is another process's now, or paused */
  async renew(senderId: string): Promise<boolean> {
    const [, held]: [unknown, number] = await this.database.query(
      `UPDATE senders SET lease_until = now() + $3 * interval '1 ms' WHERE id = $1 AND lease_by = $2 AND paused_at IS NULL`, [senderId, this.heartbeat.workerId, this.times.leaseMs]);
    return held > 0;
  }

  async letGo(senderId: string): Promise<void> {
    await this.database.query(`UPDATE senders SET lease_until = '-infinity', lease_by = NULL WHERE id = $1 AND lease_by = $2`, [senderId, this.heartbeat.workerId]);
  }

  /** The oldest that this client's sender may send now, and from now on is sending. */
  async begin({ clientId, fromAddress }: Pick<SenderRow, 'clientId' | 'fromAddress'>): Promise<OpenBroadcast | null> {
    const [rows]: [OpenBroadcast[], number] = await this.database.query(
      `UPDATE broadcasts b SET state = 'sending', sent_from = $2 WHERE b.id = (
         SELECT b.id FROM broadcasts b WHERE b.client_id = $1 AND ${isOpen} AND b.deadline_at > now() AND ${mayGo} AND ${hasWaiting} ORDER BY b.frozen_at, b.id LIMIT 1)
          AND ${isOpen} RETURNING ${COLUMNS}`, [clientId, fromAddress]);
    return rows[0] ?? null;
  }

  async mayGo(broadcastId: string): Promise<boolean> {
    const rows: unknown[] = await this.database.query(prepared(`SELECT 1 AS ok FROM broadcasts b WHERE b.id = $1 AND b.state = 'sending' AND b.deadline_at > now() AND ${mayGo}`), [broadcastId]);
    return rows.length > 0;
  }

  /** Of this client, in the last 24 hours, with those that are about to go; for the warm-up. Marks the first one. */
  async sentToday({ id, clientId }: Pick<SenderRow, 'id' | 'clientId'>): Promise<number> {
    await this.database.query('UPDATE senders SET first_mail_at = now() WHERE id = $1 AND first_mail_at IS NULL', [id]);
    return this.goneToday(clientId);
  }

  /** As `sentToday`, for who only wants to know. */
  async goneToday(clientId: string): Promise<number> {
    const [row]: { count: number }[] = await this.database.query(
      `SELECT count(*)::int AS count FROM broadcasts b JOIN recipients r ON r.broadcast_id = b.id
        WHERE b.client_id = $1 AND b.frozen_at > now() - interval '60 days' AND (r.intent_at > now() - interval '1 day' OR r.state IN ('reserved', 'sending'))`, [clientId]);
    return row?.count ?? 0;
  }

  /** Stopped while somebody was being taken up. */
  async leftOver(): Promise<readonly string[]> {
    const rows: { id: string }[] = await this.database.query(
      `SELECT b.id FROM broadcasts b WHERE b.state = 'stopped' AND b.ended_at > now() - interval '1 hour' AND EXISTS (SELECT FROM recipients r WHERE r.broadcast_id = b.id AND r.state = 'waiting')`);
    return rows.map(({ id }) => id);
  }

  /** Of demos, and of those without a mail server: to be caught. */
  async toCatch(hasServer: boolean): Promise<readonly (OpenBroadcast & { readonly brand: string })[]> {
    return this.database.query(
      `SELECT ${COLUMNS}, coalesce(s.from_name, c.name) AS brand FROM broadcasts b JOIN workspaces w ON w.id = b.workspace_id JOIN clients c ON c.id = b.client_id LEFT JOIN senders s ON s.client_id = b.client_id
        WHERE ${isOpen} AND ${mayGo} AND (w.kind = 'demo' OR NOT $1 AND s.sealed_smtp_url IS NULL) AND ${hasWaiting} LIMIT 20`, [hasServer]);
  }

  /** The server took nothing: not again at once, and ever later. */
  async rest(manager: EntityManager, senderId: string): Promise<{ readonly troubles: number }> {
    const [rows]: [{ troubles: number }[], number] = await manager.query(
      `UPDATE senders SET troubles = troubles + 1, rest_until = now() + least(300000, $2 * 2 ^ least(troubles, 10)) * interval '1 ms' WHERE id = $1 RETURNING troubles`, [senderId, this.times.retryFirstMs]);
    return rows[0] ?? { troubles: 0 };
  }

  async isWell(senderId: string): Promise<void> {
    await this.database.query('UPDATE senders SET troubles = 0 WHERE id = $1 AND troubles > 0', [senderId]);
  }
}
