import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Instant } from '../../core/instant.js';
import type { Setback } from '../../core/outcome.js';
import type { ReasonCode } from '../../core/reason.js';
import type { Next } from '../../core/retry.js';
import { FactWriter, storable } from '../../infra/facts/fact-writer.js';
import { deliveryFact, type Flight } from './flight.schema.js';
import { flightColumns, heldNews, interval, nextPart, partColumns } from './flight-columns.js';

interface Row {
  readonly id: string;
  readonly version: number;
}

export interface NotReady {
  readonly next: Next;
  /** The worker's clock when `next` was chosen: only the wait between the two counts. */
  readonly now: Instant;
  readonly setback: Setback;
}

/** Statements of the time before the visible request: a lease of its own, and what to do when it does not get ready. */
@Injectable()
export class PreparationsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly facts: FactWriter,
  ) {}

  /** null = somebody else prepares it, or it is no longer to go out. */
  async take(deliveryId: string, workerId: string, leaseMs: number): Promise<Flight | null> {
    const [row] = await this.dataSource.query<Flight[]>(
      `WITH c AS (
         UPDATE deliveries SET prepare_until = now() + ${interval('$3')}, prepare_by = $2
          WHERE id = $1 AND state IN ('scheduled', 'held') AND (prepare_until IS NULL OR prepare_until < now())
         RETURNING *)
       SELECT ${flightColumns('c')}, ${partColumns('c')} FROM c ${nextPart('c')}`,
      [deliveryId, workerId, leaseMs],
    );
    return row ?? null;
  }

  async renew(deliveryId: string, workerId: string, leaseMs: number): Promise<void> {
    await this.dataSource.query(`UPDATE deliveries SET prepare_until = now() + ${interval('$3')} WHERE id = $1 AND prepare_by = $2`, [deliveryId, workerId, leaseMs]);
  }

  async giveBack(deliveryId: string, workerId: string): Promise<void> {
    await this.dataSource.query(`UPDATE deliveries SET prepare_until = NULL WHERE id = $1 AND prepare_by = $2`, [deliveryId, workerId]);
  }

  /** The platform is still chewing, or somebody prepares it: asked again after `waitMs`. The version stays: nothing else has changed. */
  async later({ id, version }: Row, waitMs: number): Promise<void> {
    await this.dataSource.query(
      `UPDATE deliveries SET ready_at = greatest(ready_at, now() + ${interval('$3')}), ring = ring + 1, rung_until = NULL
        WHERE id = $1 AND version = $2 AND state IN ('scheduled', 'held')`,
      [id, version, waitMs],
    );
  }

  /** It could not be made ready: retried, held, or missed for what is wrong with it. Nothing was visible. */
  async setBack({ id, version }: Row, { next, now, setback }: NotReady): Promise<void> {
    const code = codeOf(setback, next);
    const at = next.to === 'scheduled' ? next.at : next.to === 'held' ? next.until : null;
    const waitMs = at === null ? null : at - now;
    // From scheduled or held nothing becomes `failed` (DESIGN §4): content at fault is held for a person to mend.
    const to = next.to === 'scheduled' ? 'scheduled' : 'held';
    const hold = to === 'scheduled' ? null : next.to === 'held' ? next.reason : 'ask';
    await this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[(Flight & { readonly part: string; readonly heldNews: boolean })[], number]>(
        `UPDATE deliveries d SET state = $3, hold_reason = $4, reason = $5::jsonb, held_told = $4::text || '/' || ($5::jsonb ->> 'code'), tries = tries + 1,
                failing_since = CASE WHEN $7 THEN coalesce(failing_since, now()) END,
                ready_at = least(coalesce(now() + ${interval('$6')}, 'infinity'), CASE WHEN deadline_at > now() AND NOT released THEN deadline_at ELSE 'infinity' END),
                version = version + 1, ring = ring + 1, rung_until = NULL
          WHERE id = $1 AND version = $2 AND state IN ('scheduled', 'held')
        RETURNING id, post_id AS "postId", channel_id AS "channelId", client_id AS "clientId", workspace_id AS "workspaceId", arming, epoch,
                  (SELECT p.id FROM parts p WHERE p.delivery_id = d.id AND p.published_at IS NULL ORDER BY p.position LIMIT 1) AS part, ${heldNews('d')}`,
        [id, version, to, hold, storable({ code, detail: setback.detail }), waitMs, setback.kind === 'unavailable' || setback.kind === 'local'],
      );
      const row = rows[0];
      if (!row) return;
      await manager.query(
        `INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, finished_at, outcome, detail)
         VALUES ($1, $2, $3, $4, 'prepare', $5, $6, now(), $7, $8)`,
        [uuid(), row.id, row.part, row.workspaceId, row.arming, row.epoch, setback.kind, setback.detail],
      );
      if (to === 'held' && row.heldNews) {
        await this.facts.write(manager, [
          { kind: 'delivery.held', workspaceId: row.workspaceId, subjectId: row.id, payload: deliveryFact(row, { reason: { code, detail: setback.detail }, hold }) },
        ]);
      }
    });
  }
}

function codeOf(setback: Setback, next: Next): ReasonCode {
  switch (setback.kind) {
    case 'refused':
      return 'refused';
    case 'unauthorized':
      return 'account-checked';
    case 'throttled':
      return 'throttled';
    case 'local':
      return 'our-fault';
    case 'unavailable':
    case 'uncertain':
      return next.to === 'held' ? 'blocked' : 'retrying';
  }
}
