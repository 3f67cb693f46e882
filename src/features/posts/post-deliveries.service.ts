import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** Where a delivery is to stand after its post was changed. Instants in ms. */
export interface Placement {
  readonly id: string;
  readonly choice: string;
  readonly approved: boolean;
  readonly dueAt: number;
  readonly deadlineAt: number;
  /** It gets a new due time: it waits for that, whatever held or ended it before. */
  readonly moved: boolean;
}

/** What a person's changes do to deliveries. All raise version and ring, so that an older bell or claim lets go. */
@Injectable()
export class PostDeliveries {
  /** For rows that are locked and neither in flight nor out, here or elsewhere. */
  async place(manager: EntityManager, placements: readonly Placement[]): Promise<void> {
    if (placements.length === 0) return;
    // `freed`: it was held for approval alone, and that has come; after the due time it is ready now, or it would look as if we had been away.
    await manager.query(
      `UPDATE deliveries d
          SET choice = w.choice, approved = w.approved, deadline_at = w.deadline,
              due_at = CASE WHEN w.moved THEN w.due ELSE d.due_at END,
              ready_at = CASE WHEN w.moved THEN w.due WHEN w.freed THEN greatest(d.due_at, now())
                              WHEN d.state = 'held' AND d.hold_reason = 'outage' THEN now() -- what it waits until depends on all of this
                              WHEN d.state = 'held' AND d.ready_at = d.deadline_at THEN w.deadline ELSE d.ready_at END,
              state = CASE WHEN w.moved OR w.freed THEN 'scheduled' ELSE d.state END,
              hold_reason = CASE WHEN w.moved OR w.freed THEN NULL ELSE d.hold_reason END,
              reason = CASE WHEN w.moved OR w.freed THEN NULL ELSE d.reason END,
              held_told = CASE WHEN w.moved OR w.freed THEN NULL ELSE d.held_told END,
              released = d.released AND NOT w.moved,
              told_at = CASE WHEN w.moved THEN NULL ELSE d.told_at END,
              ended_at = CASE WHEN w.moved THEN NULL ELSE d.ended_at END,
              arming = d.arming + CASE WHEN w.moved AND d.epoch > 0 THEN 1 ELSE 0 END,
              ${Object.entries(fresh).map(([column, value]) => `${column} = CASE WHEN w.moved THEN ${value} ELSE d.${column} END`).join(', ')},
              version = d.version + 1, ring = d.ring + 1, rung_until = NULL
         FROM (SELECT r.*, to_timestamp(r."dueAt" / 1000) AS due, to_timestamp(r."deadlineAt" / 1000) AS deadline,
                      o.hold_reason = 'approval' AND r.approved IS TRUE AS freed
                 FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, choice text, approved boolean, "dueAt" float8, "deadlineAt" float8, moved boolean)
                 JOIN deliveries o ON o.id = r.id) w
        WHERE d.id = w.id AND d.state IN ('scheduled', 'held', 'failed', 'missed', 'rerouted')`,
      [JSON.stringify(placements)],
    );
    await this.forgetTries(manager, placements.filter(({ moved }) => moved).map(({ id }) => id));
  }

  /**
   * A person says: try again, now. Only what failed or was missed; parts that are out stay out. A new arming, so that no
   * platform takes it for the old try; `deadlines` is each one's late limit counted from now.
   * @returns ids of those that are scheduled again
   */
  async rearm(manager: EntityManager, deadlines: readonly { readonly id: string; readonly deadlineAt: number }[]): Promise<readonly string[]> {
    if (deadlines.length === 0) return [];
    const [rows] = await manager.query<[{ id: string }[], number]>(
      `UPDATE deliveries d
          SET state = 'scheduled', hold_reason = NULL, held_told = NULL, reason = NULL, arming = d.arming + 1, released = true,
              ready_at = now(), deadline_at = to_timestamp(w.deadline / 1000), told_at = NULL, ended_at = NULL,
              ${Object.entries(fresh).map(([column, value]) => `${column} = ${value}`).join(', ')},
              version = d.version + 1, ring = d.ring + 1, rung_until = NULL
         FROM unnest($1::uuid[], $2::float8[]) AS w (id, deadline)
        WHERE d.id = w.id AND d.state IN ('failed', 'missed')
          AND EXISTS (SELECT 1 FROM parts p WHERE p.delivery_id = d.id AND p.published_at IS NULL)
       RETURNING d.id`,
      [deadlines.map(({ id }) => id), deadlines.map(({ deadlineAt }) => deadlineAt)],
    );
    const ids = rows.map(({ id }) => id);
    await this.forgetTries(manager, ids);
    return ids;
  }

  /** Of what waits and has not begun: what it says may go out as it is now, or may not. */
  async approve(manager: EntityManager, ids: readonly string[], approved: boolean): Promise<void> {
    if (ids.length === 0) return;
    await manager.query(
      `UPDATE deliveries d
          SET approved = $2, state = CASE WHEN w.freed THEN 'scheduled' ELSE d.state END, hold_reason = CASE WHEN w.freed THEN NULL ELSE d.hold_reason END,
              reason = CASE WHEN w.freed THEN NULL ELSE d.reason END, held_told = CASE WHEN w.freed THEN NULL ELSE d.held_told END, ready_at = CASE WHEN w.freed THEN now() ELSE d.ready_at END,
              version = d.version + 1, ring = d.ring + 1, rung_until = NULL
         FROM (SELECT o.id, $2::boolean AND o.hold_reason IS NOT DISTINCT FROM 'approval' AS freed FROM deliveries o WHERE o.id = ANY($1::uuid[])) w
        WHERE d.id = w.id AND d.state IN ('scheduled', 'held')`,
      [ids, approved],
    );
  }

  /** Ends what has not begun. @returns ids of those that were cancelled */
  async cancel(manager: EntityManager, ids: readonly string[], by: string): Promise<readonly string[]> {
    if (ids.length === 0) return [];
    const [rows] = await manager.query<[{ id: string }[], number]>(
      `UPDATE deliveries d
          SET state = 'cancelled', hold_reason = NULL, reason = jsonb_build_object('code', 'dropped', 'detail', $2::text), ended_at = now(),
              version = d.version + 1, ring = d.ring + 1, rung_until = NULL
        WHERE d.id = ANY($1::uuid[]) AND d.state IN ('scheduled', 'held')
          AND NOT EXISTS (SELECT 1 FROM parts p WHERE p.delivery_id = d.id AND p.published_at IS NOT NULL)
       RETURNING d.id`,
      [ids, by],
    );
    return rows.map(({ id }) => id);
  }

  /** Takes out rows that nothing ever came of. Locked, not in flight, never tried. */
  async erase(manager: EntityManager, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await manager.query('SELECT 1 FROM parts WHERE delivery_id = ANY($1::uuid[]) FOR UPDATE', [ids]);
    await manager.query('DELETE FROM kept_refs WHERE part_id IN (SELECT id FROM parts WHERE delivery_id = ANY($1::uuid[]))', [ids]);
    await manager.query('DELETE FROM parts WHERE delivery_id = ANY($1::uuid[])', [ids]);
    await manager.query('DELETE FROM deliveries WHERE id = ANY($1::uuid[])', [ids]);
  }

  /** What was stamped or prepared for the arming before is not used in the next. */
  private async forgetTries(manager: EntityManager, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const [rows] = await manager.query<[{ id: string }[], number]>(
      'UPDATE parts SET stamp_at = NULL WHERE delivery_id = ANY($1::uuid[]) AND published_at IS NULL RETURNING id',
      [ids],
    );
    await manager.query('DELETE FROM kept_refs WHERE part_id = ANY($1::uuid[])', [rows.map(({ id }) => id)]);
  }
}

/** The counters of a delivery that starts over; epochs go on, for they number claims and not tries. */
const fresh: Readonly<Record<string, string>> = {
  tries: '0', failing_since: 'NULL', rounds: '0', looks: '0', absent_at: 'NULL', look_at: 'NULL', look_until: 'NULL',
};
