import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { type BroadcastState, mayBroadcastBecome } from '../../core/broadcast.js';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { AuditService } from '../workspaces/audit.service.js';
import { fail } from './broadcast-problems.js';
import { BROADCAST_COLUMNS, type BroadcastRow, type Counts, mailOf, toBroadcast } from './broadcast-row.js';
import type { Broadcast, BroadcastQuery } from './broadcast.schema.js';
import { Issues } from './issues.service.js';

const Key = z.tuple([z.iso.datetime({ offset: true }), z.uuid()]);

/** Newsletters as people see them, and what a person does to one that is on its way. */
@Injectable()
export class BroadcastsService {
  constructor(
    private readonly database: DataSource,
    private readonly issues: Issues,
    private readonly audit: AuditService,
  ) {}

  /** Newest first. */
  async list(workspaceId: string, { limit, cursor, clientId }: BroadcastQuery): Promise<Page<Broadcast>> {
    const after = decodeCursor(cursor, Key);
    const rows: (BroadcastRow & { readonly key: string })[] = await this.database.query(
      `SELECT ${BROADCAST_COLUMNS}, to_json(b.created_at) #>> '{}' AS key FROM broadcasts b
        WHERE b.workspace_id = $1 AND ($2::uuid IS NULL OR b.client_id = $2) AND ($3::timestamptz IS NULL OR (b.created_at, b.id) < ($3, $4))
        ORDER BY b.created_at DESC, b.id DESC LIMIT $5`, [workspaceId, clientId ?? null, after?.[0] ?? null, after?.[1] ?? null, limit + 1]);
    const { items, next } = toPage(rows, limit, (row) => [row.key, row.id]);
    return { items: await this.shown(this.database.manager, items), next };
  }

  /** @throws DomainError broadcast-unknown (404) */
  async read(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<Broadcast> {
    return this.one(manager, await this.row(workspaceId, id, manager));
  }

  async ofPost(workspaceId: string, { postId, channelId }: { readonly postId: string; readonly channelId: string }, manager: EntityManager): Promise<Broadcast> {
    const [row]: BroadcastRow[] = await manager.query(`SELECT ${BROADCAST_COLUMNS} FROM broadcasts b WHERE b.workspace_id = $1 AND b.post_id = $2 AND b.channel_id = $3`, [workspaceId, postId, channelId]);
    if (!row) throw fail('broadcast-unknown');
    return this.one(manager, row);
  }

  /** @throws DomainError broadcast-unknown (404) */
  async row(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<BroadcastRow> {
    const [row]: BroadcastRow[] = await manager.query(`SELECT ${BROADCAST_COLUMNS} FROM broadcasts b WHERE b.workspace_id = $1 AND b.id = $2`, [workspaceId, id]);
    if (!row) throw fail('broadcast-unknown');
    return row;
  }

  /** What is sent stays sent; nobody else gets it, and whom it did not reach another newsletter of the post may. @throws DomainError broadcast-unknown (404), edited-meanwhile, broadcast-not (409) */
  async stop(caller: Caller, id: string, version: number): Promise<Broadcast> {
    return this.database.transaction(async (manager) => {
      await this.move(manager, caller, { id, version, to: 'stopped' });
      await this.stopIn(manager, id, `stopped by ${caller.actor.name}`);
      return this.read(caller.workspaceId, id, manager);
    });
  }

  /** Also the sender's pause ends, if that was it. @throws DomainError broadcast-unknown (404), edited-meanwhile, broadcast-not (409) */
  async resume(caller: Caller, id: string, version: number): Promise<Broadcast> {
    return this.database.transaction(async (manager) => {
      const { clientId } = await this.move(manager, caller, { id, version, to: 'sending' });
      await manager.query('UPDATE broadcasts SET gone_on_at = now() WHERE id = $1', [id]); // whatever pause ended before
      await manager.query(
        `UPDATE senders SET paused_at = NULL, pause_reason = NULL, pause_detail = NULL, troubles = 0, rest_until = '-infinity', version = version + 1 WHERE client_id = $1 AND paused_at IS NOT NULL`, [clientId]);
      return this.read(caller.workspaceId, id, manager);
    });
  }

  /** Stops this one alone, at the next mail. @throws DomainError broadcast-unknown (404), edited-meanwhile, broadcast-not (409) */
  async pause(caller: Caller, id: string, version: number): Promise<Broadcast> {
    return this.database.transaction(async (manager) => {
      await this.move(manager, caller, { id, version, to: 'paused' });
      await manager.query(`UPDATE broadcasts SET pause_reason = 'person', pause_detail = $2 WHERE id = $1`, [id, caller.actor.name]);
      return this.read(caller.workspaceId, id, manager);
    });
  }

  /** Those not begun get nothing any more, and are free for another newsletter of the same post. One being taken up just now follows with the next call. */
  async stopIn(manager: EntityManager, id: string, detail: string): Promise<void> {
    await manager.query(
      `WITH open AS (
         SELECT subscriber_id FROM recipients WHERE broadcast_id = $1 AND state IN ('waiting', 'reserved') FOR UPDATE SKIP LOCKED),
       ended AS (
         UPDATE recipients r SET state = 'expired', detail = $2, lease_until = NULL, lease_by = NULL FROM open o
          WHERE r.broadcast_id = $1 AND r.subscriber_id = o.subscriber_id RETURNING r.address_key)
       DELETE FROM reached r USING broadcasts b, ended e WHERE (b.id = $1 OR b.joined_to = $1 AND b.carried) AND r.client_id = b.client_id AND r.post_id = b.post_id AND r.address_key = e.address_key`, [id, detail]);
    await manager.query('UPDATE broadcasts SET ended_at = coalesce(ended_at, now()) WHERE id = $1', [id]);
  }

  private async move(manager: EntityManager, caller: Caller, { id, version, to }: { readonly id: string; readonly version: number; readonly to: BroadcastState }): Promise<BroadcastRow> {
    const row = await this.row(caller.workspaceId, id, manager);
    if (row.version !== version) throw fail('edited-meanwhile');
    if (!mayBroadcastBecome(row.state, to)) throw fail('broadcast-not', { state: row.state });
    const [, moved]: [unknown, number] = await manager.query(
      `UPDATE broadcasts SET state = $4, pause_reason = NULL, pause_detail = NULL, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $3`, [caller.workspaceId, id, version, to]);
    if (moved === 0) throw fail('edited-meanwhile');
    await this.audit.record(manager, { workspaceId: caller.workspaceId, actor: caller.actor, action: `newsletter.${to}`, subject: 'newsletter', subjectId: id, details: { from: row.state } });
    return row;
  }

  private async one(manager: EntityManager, row: BroadcastRow): Promise<Broadcast> {
    const [shown] = await this.shown(manager, [row]);
    if (!shown) throw fail('broadcast-unknown');
    return shown;
  }

  private async shown(manager: EntityManager, rows: readonly BroadcastRow[]): Promise<Broadcast[]> {
    const counted: { id: string; counts: Counts }[] = await manager.query(
      `SELECT id, jsonb_object_agg(state, n) AS counts FROM (
         SELECT broadcast_id AS id, state, count(*)::int AS n FROM recipients WHERE broadcast_id = ANY($1::uuid[]) GROUP BY 1, 2) AS c GROUP BY id`,
      [rows.filter(({ frozenAt }) => frozenAt !== null).map(mailOf)]);
    const counts = new Map(counted.map((one) => [one.id, one.counts]));
    return rows.map((row) => toBroadcast(row, this.issues.webUrl(row.webToken), counts.get(mailOf(row))));
  }
}
