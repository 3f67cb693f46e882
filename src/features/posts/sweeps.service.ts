import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Times } from '../../core/times.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import { deliveryFact, type Flight } from './flight.schema.js';
import { interval, nextPart, stampOf } from './flight-columns.js';

type Row = Pick<Flight, 'id' | 'postId' | 'channelId' | 'clientId' | 'workspaceId'>;

const ROWS_AT_MOST = 500;
const columns = `d.id, d.post_id AS "postId", d.channel_id AS "channelId", d.client_id AS "clientId", d.workspace_id AS "workspaceId"`;

/** What the sweeper puts right: expired leases, gates that opened, waits nobody was told of (DESIGN §6.6). */
@Injectable()
export class SweepsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly facts: FactWriter,
  ) {}

  /** A row `sending` past its lease becomes unconfirmed, never scheduled: its request may have gone out. */
  async expireLeases(): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      const rows = await manager.query<(Row & { readonly state: string })[]>(
        `WITH gone AS (
           SELECT id, EXISTS (SELECT 1 FROM parts q WHERE q.delivery_id = deliveries.id AND q.published_at IS NULL) AS open
             FROM deliveries WHERE state = 'sending' AND lease_until < now() ORDER BY lease_until LIMIT ${ROWS_AT_MOST} FOR UPDATE SKIP LOCKED),
         d AS (
           -- Nothing left to send: an older answer told meanwhile that it is out.
           UPDATE deliveries d SET state = CASE WHEN gone.open THEN 'unconfirmed' ELSE 'published' END,
                  reason = CASE WHEN gone.open THEN '{"code":"no-answer-written"}'::jsonb END, ended_at = CASE WHEN NOT gone.open THEN now() END,
                  lease_until = NULL, held_told = NULL, look_at = CASE WHEN gone.open THEN now() END,
                  looks = 0, absent_at = NULL, version = d.version + 1, ring = d.ring + 1, rung_until = NULL
             FROM gone WHERE d.id = gone.id RETURNING d.*),
         p AS (SELECT d.id AS delivery_id, p.id, ${stampOf('d', 'p')} AS stamp, p.content FROM d ${nextPart('d')}),
         frozen AS (UPDATE parts SET stamp_at = p.stamp FROM p WHERE parts.id = p.id AND parts.stamp_at IS NULL),
         tried AS (
           INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, worker_id, started_at)
           SELECT gen_random_uuid(), d.id, p.id, d.workspace_id, 'commit', d.arming, d.epoch, d.worker_id, d.intent_at
             FROM d JOIN p ON p.delivery_id = d.id
           RETURNING id, part_id, workspace_id),
         kept AS (
           INSERT INTO evidence (attempt_id, workspace_id, body)
           SELECT t.id, t.workspace_id, jsonb_build_object('content', p.content) FROM tried t JOIN p ON p.id = t.part_id)
         SELECT ${columns}, d.state FROM d`,
      );
      await this.facts.write(
        manager,
        rows.map((row) => ({
          kind: row.state === 'published' ? ('delivery.published' as const) : ('delivery.unconfirmed' as const),
          workspaceId: row.workspaceId,
          subjectId: row.id,
          payload: deliveryFact(row, row.state === 'published' ? {} : { reason: { code: 'no-answer-written' } }),
        })),
      );
      return rows.length;
    });
  }

  /** Held for a pause that ended, or for an account that is connected again: its gates are asked again now. */
  async openGates(): Promise<number> {
    const [, count] = await this.dataSource.query<[unknown[], number]>(
      `WITH open AS MATERIALIZED (
         SELECT h.id FROM deliveries h JOIN channels c ON c.id = h.channel_id
                WHERE h.state = 'held' AND h.ready_at > now() AND (
                      (h.hold_reason = 'account' AND c.state = 'connected')
                   OR (h.hold_reason = 'approval' AND h.approved)
                   OR (h.hold_reason = 'pause' AND NOT EXISTS (
                         SELECT 1 FROM pauses z WHERE z.workspace_id = h.workspace_id AND z.ended_at IS NULL AND z.until > now()
                            AND (z.client_id IS NULL OR z.client_id = h.client_id) AND (z.connector_id IS NULL OR z.connector_id = h.connector_id))
                       -- What becomes of what it held is not done yet: pause-ends.service.ts.
                       AND NOT EXISTS (SELECT 1 FROM pauses z WHERE z.id = h.pause_id AND z.settled_at IS NULL AND z.resume <> 'paced')))
                LIMIT ${ROWS_AT_MOST} FOR UPDATE OF h SKIP LOCKED)
       UPDATE deliveries d SET ready_at = now(), ring = ring + 1, rung_until = NULL, version = d.version + 1 FROM open
        WHERE d.id = open.id`,
    );
    return count;
  }

  /**
   * Nothing due waits longer than ten minutes without someone being told (invariant 5): one fact per workspace and
   * cause. While an absence of our own is not settled, what is late is late because of it and told with it.
   */
  async tellWaiting(times: Times): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      const rows = await manager.query<{ workspaceId: string; cause: string; connectorId: string; count: number; oldestAt: string; ids: string[] }[]>(
        `WITH waiting AS (
           SELECT id FROM deliveries
            WHERE state IN ('scheduled', 'held', 'sending', 'unconfirmed') AND told_at IS NULL AND due_at < now() - ${interval('$1')}
              AND NOT EXISTS (SELECT 1 FROM incidents WHERE kind = 'own-downtime' AND closed_at IS NULL)
            ORDER BY due_at LIMIT 5000 FOR UPDATE SKIP LOCKED),
         d AS (UPDATE deliveries d SET told_at = now() FROM waiting w WHERE d.id = w.id RETURNING d.*)
         SELECT workspace_id AS "workspaceId", coalesce(reason ->> 'code', hold_reason, state) AS cause, connector_id AS "connectorId",
                count(*)::int AS count, min(due_at) AS "oldestAt", (array_agg(id ORDER BY due_at))[1:50] AS ids
           FROM d GROUP BY 1, 2, 3`,
        [times.untoldMs],
      );
      await this.facts.write(
        manager,
        rows.map(({ workspaceId, cause, connectorId, count, oldestAt, ids }) => ({
          kind: 'delivery.waiting' as const,
          workspaceId,
          subjectId: null,
          payload: { cause, connectorId, count, oldestAt, deliveryIds: ids },
        })),
      );
      return rows.length;
    });
  }

  /** Kept references and slots whose time is over. */
  async clear(): Promise<void> {
    await this.dataSource.query(`DELETE FROM kept_refs WHERE expires_at < now() - interval '1 day'`);
    await this.dataSource.query(`DELETE FROM component_slots WHERE until < now() - interval '1 hour'`);
  }

  /**
   * Counts what our own absence until `to` left held(late), by workspace, each delivery once: it is told with that
   * count, and not as a wait too. null = some that were due then are not decided yet: ask again.
   */
  async settleAbsence(manager: EntityManager, to: Date, times: Times, patient: boolean): Promise<Readonly<Record<string, number>> | null> {
    if (patient) {
      const undecided = await manager.query<unknown[]>(
        `SELECT 1 FROM deliveries WHERE state IN ('scheduled', 'held') AND greatest(due_at, ready_at) < $1::timestamptz - ${interval('$2')} AND ready_at <= now() LIMIT 1`,
        [to, times.absentMs],
      );
      if (undecided.length > 0) return null;
    }
    const rows = await manager.query<{ workspaceId: string; count: number }[]>(
      `WITH d AS (
         UPDATE deliveries SET told_at = now()
          WHERE state = 'held' AND hold_reason = 'late' AND reason ->> 'code' = 'we-were-away' AND told_at IS NULL RETURNING workspace_id)
       SELECT workspace_id AS "workspaceId", count(*)::int AS count FROM d GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ workspaceId, count }) => [workspaceId, count]));
  }
}
