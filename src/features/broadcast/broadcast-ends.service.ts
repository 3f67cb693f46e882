import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { CameToNothing } from '../posts/came-to-nothing.service.js';
import { hasIt } from './broadcast-row.js';
import { BroadcastNews, TOLD_COLUMNS, type ToldBroadcast } from './broadcast-news.service.js';
import { BroadcastsService } from './broadcasts.service.js';
import { isOpen } from './open-broadcasts.service.js';
import { type PauseOver, pauseOver } from './takings.service.js';

/** Nobody let it go on in time. A restored one has perhaps gone by its original: of that a person decides. */
const isGivenUp = `b.state = 'paused' AND b.pause_reason IS DISTINCT FROM 'restored' AND b.deadline_at <= now()`;
const isThrough = `NOT EXISTS (SELECT FROM recipients r WHERE r.broadcast_id = b.id AND r.state = 'waiting') AND NOT EXISTS (SELECT FROM recipients r WHERE r.broadcast_id = b.id AND r.state IN ('reserved', 'sending'))`;
/** What became of its taking is written: until then there is nothing to take back. */
const isTaken = `NOT EXISTS (SELECT FROM deliveries d WHERE d.post_id = b.post_id AND d.channel_id = b.channel_id AND d.state IN ('sending', 'unconfirmed'))`;

interface Count {
  readonly got: number;
  readonly expired: number;
  readonly failed: number;
  readonly unwanted: number;
}

type Ending = ToldBroadcast & { readonly recipients: number; readonly isTaken: boolean };

/** How newsletters end that wait for nothing any more, that are too late, or that a pause is not to let go on. */
@Injectable()
export class BroadcastEnds {
  constructor(
    private readonly database: DataSource,
    private readonly broadcasts: BroadcastsService,
    private readonly nothing: CameToNothing,
    private readonly news: BroadcastNews,
  ) {}

  async settle(): Promise<void> {
    await this.database.query(
      `UPDATE broadcasts b SET state = 'paused', pause_reason = 'restored', pause_detail = NULL, version = version + 1 FROM installation i
        WHERE ${isOpen} AND i.paused_at IS NOT NULL AND i.pause_reason <> 'operator' AND b.frozen_at < i.paused_at`); // its original may have sent the rest
    await this.afterPauses();
    // They may still be told of the post, and of those its mail carried, by another newsletter.
    await this.database.query(
      `WITH ended AS (
         UPDATE recipients r SET state = 'expired', detail = 'too late' FROM broadcasts b
          WHERE (${isOpen} AND b.deadline_at <= now() OR ${isGivenUp}) AND r.broadcast_id = b.id AND r.state = 'waiting' RETURNING r.broadcast_id, r.address_key)
       DELETE FROM reached r USING broadcasts b, ended e
        WHERE (b.id = e.broadcast_id OR b.joined_to = e.broadcast_id AND b.carried) AND r.client_id = b.client_id AND r.post_id = b.post_id AND r.address_key = e.address_key`);
    await this.through();
  }

  private async through(): Promise<void> {
    await this.database.transaction(async (manager) => {
      const rows: Ending[] = await manager.query(
        `SELECT ${TOLD_COLUMNS}, b.recipients, ${isTaken} AS "isTaken" FROM broadcasts b WHERE (${isOpen} OR ${isGivenUp}) AND ${isThrough} ORDER BY b.id LIMIT 50 FOR UPDATE OF b SKIP LOCKED`);
      for (const row of rows) await this.end(manager, row);
    });
  }

  /** No end is silent: one that came too late for some is told of, and one that reached nobody has not gone out. */
  private async end(manager: EntityManager, row: Ending): Promise<void> {
    const count = await this.count(manager, row.id);
    if (row.recipients > 0 && count.got === 0) {
      if (row.isTaken) await this.reachedNobody(manager, row, count);
      return;
    }
    await manager.query(`UPDATE broadcasts SET state = CASE state WHEN 'paused' THEN 'stopped' ELSE 'sent' END, pause_reason = NULL, pause_detail = NULL, ended_at = now(), version = version + 1 WHERE id = $1`, [row.id]);
    if (count.expired > 0) await this.news.tell(manager, row, { kind: 'newsletter.ended', cause: 'too-late', count: count.expired, params: { ...count } });
  }

  private async reachedNobody(manager: EntityManager, row: Ending, count: Count): Promise<void> {
    await this.toNothing(manager, row, 'failed');
    await this.news.tell(manager, row, { kind: 'newsletter.ended', cause: 'nobody', count: row.recipients, params: { ...count } });
  }

  /**
   * With what its mail carried, and what stands on its page alone: that led nobody there. The brand may mail another one today, and who was
   * refused, or wanted no more, may be told by another newsletter too: the expired may already.
   */
  private async toNothing(manager: EntityManager, { id, workspaceId }: ToldBroadcast, as: 'failed' | 'skipped'): Promise<void> {
    await manager.query(
      `DELETE FROM reached h USING broadcasts b, recipients r
        WHERE (b.id = $1 OR b.joined_to = $1 AND b.carried AND b.state = 'sent') AND r.broadcast_id = $1 AND r.state IN ('failed', 'suppressed') AND h.client_id = b.client_id AND h.post_id = b.post_id AND h.address_key = r.address_key`, [id]);
    const [rows]: [{ id: string }[], number] = await manager.query(
      `UPDATE broadcasts SET state = 'stopped', pause_reason = CASE $2 WHEN 'failed' THEN 'nobody' END, pause_detail = NULL, outage_key = NULL, ended_at = now(), version = version + 1
        WHERE id = $1 OR joined_to = $1 AND state = 'sent' RETURNING id`, [id, as]);
    await this.nothing.end(manager, { workspaceId, remoteIds: rows.map((one) => one.id), as });
  }

  /** What a pause held half way does as it said when it began (DESIGN §8): it ends, or stands for a person. */
  private async afterPauses(): Promise<void> {
    await this.database.transaction(async (manager) => {
      const rows: (Ending & PauseOver)[] = await manager.query(
        `SELECT ${TOLD_COLUMNS}, b.recipients, ${isTaken} AS "isTaken", z.resume FROM broadcasts b CROSS JOIN LATERAL (${pauseOver('newsletter')}) AS z WHERE ${isOpen} AND ${isTaken} ORDER BY b.id LIMIT 50 FOR UPDATE OF b SKIP LOCKED`);
      for (const row of rows) await (row.resume === 'drop' ? this.drop(manager, row) : this.leaveToPerson(manager, row));
    });
  }

  private async drop(manager: EntityManager, row: Ending): Promise<void> {
    await manager.query(`UPDATE broadcasts SET state = 'stopped', version = version + 1 WHERE id = $1`, [row.id]);
    await this.broadcasts.stopIn(manager, row.id, 'dropped after a pause');
    const count = await this.count(manager, row.id);
    if (count.got === 0) await this.toNothing(manager, row, 'skipped');
    await this.news.tell(manager, row, { kind: 'newsletter.ended', cause: 'dropped-after-pause', count: count.expired, params: { ...count } });
  }

  private async leaveToPerson(manager: EntityManager, row: Ending): Promise<void> {
    await manager.query(`UPDATE broadcasts SET state = 'paused', pause_reason = 'pause-over', pause_detail = NULL, gone_on_at = now(), version = version + 1 WHERE id = $1`, [row.id]);
    const [waiting]: { count: number }[] = await manager.query(`SELECT count(*)::int AS count FROM recipients WHERE broadcast_id = $1 AND state IN ('waiting', 'reserved')`, [row.id]);
    await this.news.tell(manager, row, { kind: 'newsletter.waiting', cause: 'pause-over', count: waiting?.count ?? 0 });
  }

  private async count(manager: EntityManager, id: string): Promise<Count> {
    const [row]: Count[] = await manager.query(
      `SELECT count(*) FILTER (WHERE ${hasIt})::int AS got, count(*) FILTER (WHERE state = 'expired')::int AS expired,
              count(*) FILTER (WHERE state = 'failed')::int AS failed, count(*) FILTER (WHERE state = 'suppressed')::int AS unwanted FROM recipients WHERE broadcast_id = $1`, [id]);
    return row ?? { got: 0, expired: 0, failed: 0, unwanted: 0 };
  }
}
