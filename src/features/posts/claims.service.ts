import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Instant } from '../../core/instant.js';
import type { HoldReason } from '../../core/delivery.js';
import type { Reason } from '../../core/reason.js';
import { againAfterDeadlock } from '../../infra/database/deadlock.js';
import { Gather } from '../../infra/database/gather.js';
import { prepared } from '../../infra/database/prepared.js';
import { FactWriter, storable } from '../../infra/facts/fact-writer.js';
import { deliveryFact, type Flight } from './flight.schema.js';
import { flightColumns, heldNews, interval, nextPart, partColumns, unpaused } from './flight-columns.js';

export interface Claim {
  readonly id: string;
  readonly version: number;
}

export interface ClaimTerms {
  readonly workerId: string;
  readonly leaseMs: number;
  readonly earlyMs: number;
}

interface Change {
  readonly id: string;
  readonly version: number;
  readonly reason: Reason;
}

type Moved = Pick<Flight, 'id' | 'postId' | 'channelId' | 'clientId' | 'workspaceId'>;

/** The steps a delivery takes before its request: each one compare-and-set on (state, version) (DESIGN §6.2). */
@Injectable()
export class ClaimsService {
  private readonly claims = new Map<string, Gather<Claim, Flight | null>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly facts: FactWriter,
  ) {}

  /**
   * The intent: one UPDATE whose WHERE repeats all that may have changed since the decision. Many at once are one
   * statement and one commit. null = something changed; the next bell decides anew.
   */
  claim(claim: Claim, terms: ClaimTerms): Promise<Flight | null> {
    let gather = this.claims.get(terms.workerId);
    if (!gather) {
      gather = new Gather((items) => this.claimAll(items, terms), { most: 200, parallel: 2 });
      this.claims.set(terms.workerId, gather);
    }
    return gather.add(claim);
  }

  private async claimAll(items: readonly Claim[], terms: ClaimTerms): Promise<(Flight | null)[]> {
    // In the order in which bulk acts lock as well. The plan decides in the end, so a deadlock may still be lost.
    const ordered = items.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    const rows = await againAfterDeadlock(() => this.dataSource.query<Flight[]>(
      prepared(`WITH wanted AS (SELECT * FROM unnest($1::uuid[], $2::int[]) AS w (id, version)),
       claimed AS (
         UPDATE deliveries d
            SET state = 'sending', hold_reason = NULL, reason = NULL, version = d.version + 1, ring = d.ring + 1, rung_until = NULL,
                epoch = d.epoch + 1, lease_until = now() + ${interval('$3')}, intent_at = now(), worker_id = $5
           FROM wanted w
          WHERE d.id = w.id
            -- Behind CASE no index matches it: a plan made in a quiet hour would go through all that is due, for each batch of a busy one.
            AND CASE WHEN d.version = w.version THEN d.state IN ('scheduled', 'held')
                      AND d.due_at <= now() + ${interval('$4')} AND d.ready_at <= now() + ${interval('$4')}
                      AND d.approved AND (d.released OR d.deadline_at > now()) AND ${unpaused('d')} ELSE false END
            AND EXISTS (SELECT 1 FROM channels c WHERE c.id = d.channel_id AND c.state = 'connected' AND c.archived_at IS NULL)
         RETURNING d.*)
       SELECT ${flightColumns('c')}, ${partColumns('c')} FROM claimed c ${nextPart('c')}`),
      [ordered.map(({ id }) => id), ordered.map(({ version }) => version), terms.leaseMs, terms.earlyMs, terms.workerId],
    ));
    const byId = new Map(rows.map((row) => [row.id, row]));
    return items.map(({ id }) => {
      const row = byId.get(id) ?? null;
      byId.delete(id); // two bells of one delivery may share the statement: the claim is one's alone
      return row;
    });
  }

  /** While suspect: one request in flight per component, over all processes. */
  async takeComponentSlot(componentId: string, holder: string, leaseMs: number): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `INSERT INTO component_slots AS s (component_id, holder, until) VALUES ($1, $2, now() + ${interval('$3')})
       ON CONFLICT (component_id) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE s.until < now()
       RETURNING 1`,
      [componentId, holder, leaseMs],
    );
    return rows.length > 0;
  }

  async giveComponentSlotBack(componentId: string, holder: string): Promise<void> {
    await this.dataSource.query('DELETE FROM component_slots WHERE component_id = $1 AND holder = $2', [componentId, holder]);
  }

  /**
   * Holds. Where it is held for the same reason already only its next turn is put off: then the version stays, so that a
   * person may act on what they saw; a claim of the same version is stopped by `ready_at`. `until` null: asked again at the late limit, or when what it waits for changes; what is late waits for a person.
   */
  async hold(change: Change & { readonly hold: HoldReason; readonly until: Instant | null; readonly rerouteAt?: Instant; readonly pauseId?: string | null }): Promise<boolean> {
    const isTold = change.hold !== 'pace' && change.hold !== 'suspect';
    return this.change(
      `SET state = 'held', hold_reason = $4, reason = $3::jsonb, reroute_at = to_timestamp($6::float8 / 1000), pause_id = CASE WHEN $4 = 'pause' THEN $7::uuid END,${isTold ? ` held_told = $4::text || '/' || ($3::jsonb ->> 'code'),` : ''}
           ready_at = CASE WHEN $5::float8 IS NOT NULL THEN greatest(now(), least(to_timestamp($5::float8 / 1000), CASE WHEN released THEN 'infinity' ELSE deadline_at END))
                           WHEN deadline_at > now() AND NOT released AND $4 <> 'late' THEN deadline_at ELSE 'infinity' END`,
      change,
      [change.hold, change.until, change.rerouteAt ?? null, change.pauseId ?? null],
      isTold ? 'delivery.held' : null,
      `CASE WHEN state = 'held' AND hold_reason = $4 AND reason = $3::jsonb THEN 0 ELSE 1 END`,
    );
  }

  async skip(change: Change): Promise<boolean> {
    return this.change(`SET state = 'skipped', hold_reason = NULL, reason = $3::jsonb, ended_at = now()`, change, [], 'delivery.skipped');
  }

  async miss(change: Change): Promise<boolean> {
    return this.change(`SET state = 'missed', hold_reason = NULL, reason = $3::jsonb, ended_at = now()`, change, [], 'delivery.missed');
  }

  /** A bell that came too early: rung anew, under a new key, for the running job still holds its own. */
  async ringAnew(id: string): Promise<void> {
    await this.dataSource.query(`UPDATE deliveries SET ring = ring + 1, rung_until = NULL WHERE id = $1`, [id]);
  }

  private async change(
    set: string,
    { id, version, reason }: Change,
    params: readonly unknown[],
    fact: 'delivery.held' | 'delivery.skipped' | 'delivery.missed' | null,
    step = '1',
  ): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[(Moved & { readonly heldNews: boolean })[], number]>(
        `UPDATE deliveries d ${set}, version = version + ${step}, ring = ring + 1, rung_until = NULL
          WHERE id = $1 AND version = $2 AND state IN ('scheduled', 'held')
        RETURNING id, post_id AS "postId", channel_id AS "channelId", client_id AS "clientId", workspace_id AS "workspaceId", ${heldNews('d')}`,
        [id, version, storable(reason), ...params],
      );
      const row = rows[0];
      if (row && fact && (fact !== 'delivery.held' || row.heldNews)) {
        await this.facts.write(manager, [
          { kind: fact, workspaceId: row.workspaceId, subjectId: row.id, payload: deliveryFact(row, { reason }) },
        ]);
      }
      return row !== undefined;
    });
  }
}
