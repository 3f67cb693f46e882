import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Flow, Seen } from '../../core/aimd.js';
import type { Instant } from '../../core/instant.js';
import type { Credits } from '../../core/turns.js';
import { Gather } from '../../infra/database/gather.js';
import { prepared } from '../../infra/database/prepared.js';
import { interval, ms } from './flight-columns.js';

export interface Joining {
  readonly id: string;
  readonly version: number;
}

/** A component's drain as the last leader left it. */
export interface Drain {
  readonly flow: Flow;
  readonly credits: Credits;
}

const BATCH = { most: 200, parallel: 2 } as const;

/** Of what waits for its turn: no bell rings for it, whatever the hour. It is woken by whoever leads. */
export const asleep = (delivery: string): string => `${delivery}.state = 'held' AND ${delivery}.hold_reason = 'pace' AND ${delivery}.rung_until = 'infinity'`;

/** What is late, and whose turn it is; the pace of each component (DESIGN §8). */
@Injectable()
export class DrainsService {
  private readonly asked = new Gather<string, boolean>((ids) => this.haveTurns(ids), BATCH);
  private readonly joining = new Gather<Joining, void>((items) => this.joinAll(items), BATCH);

  constructor(private readonly dataSource: DataSource) {}

  hasTurn(id: string): Promise<boolean> {
    return this.asked.add(id);
  }

  /** It waits for its turn; what a person saw of it still holds if it did so before. */
  join(delivery: Joining): Promise<void> {
    return this.joining.add(delivery);
  }

  private async haveTurns(ids: readonly string[]): Promise<boolean[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(prepared('SELECT delivery_id AS id FROM drain_turns WHERE delivery_id = ANY($1::uuid[])'), [ids]);
    const found = new Set(rows.map(({ id }) => id));
    return ids.map((id) => found.has(id));
  }

  private async joinAll(items: readonly Joining[]): Promise<void[]> {
    const ordered = items.toSorted((one, other) => (one.id < other.id ? -1 : 1)); // as claims and bulk acts lock
    await this.dataSource.query(
      prepared(`UPDATE deliveries d
          SET state = 'held', hold_reason = 'pace', reason = '{"code":"pace"}', reroute_at = NULL, ready_at = now(), rung_until = 'infinity', ring = d.ring + 1,
              version = d.version + CASE WHEN d.state = 'held' AND d.hold_reason = 'pace' AND d.reason ->> 'code' = 'pace' THEN 0 ELSE 1 END
         FROM unnest($1::uuid[], $2::int[]) AS w (id, version)
        WHERE d.id = w.id AND d.version = w.version AND d.state IN ('scheduled', 'held')`),
      [ordered.map(({ id }) => id), ordered.map(({ version }) => version)],
    );
    return items.map(() => undefined);
  }

  /** Components where something waits for its turn, or had one a moment ago. */
  async components(): Promise<readonly string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT component_id AS id FROM drains UNION SELECT component_id FROM drain_turns
       UNION SELECT d.component_id FROM deliveries d WHERE ${asleep('d')} ORDER BY 1`,
    );
    return rows.map(({ id }) => id);
  }

  /** null = it is none yet. With it the time by the database's clock, ms. */
  async read(manager: EntityManager, componentId: string): Promise<{ readonly drain: Drain | null; readonly now: Instant }> {
    const [{ now } = { now: 0 }] = await manager.query<{ now: Instant }[]>(`SELECT ${ms('now()')} AS now`);
    const [row] = await manager.query<(Flow & { readonly credits: Credits })[]>(
      `SELECT rate, gain, tokens, good, bad, pressed, ${ms('stepped_at')} AS "steppedAt", ${ms('at')} AS at, credits FROM drains WHERE component_id = $1`,
      [componentId],
    );
    if (!row) return { drain: null, now };
    const { credits, ...flow } = row;
    return { drain: { flow, credits }, now };
  }

  async save(manager: EntityManager, { componentId, epoch, drain: { flow, credits } }: { readonly componentId: string; readonly epoch: string; readonly drain: Drain }): Promise<void> {
    await manager.query(
      `INSERT INTO drains (component_id, rate, gain, tokens, good, bad, pressed, stepped_at, at, credits, epoch)
       VALUES ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8::float8 / 1000), to_timestamp($9::float8 / 1000), $10, $11)
       ON CONFLICT (component_id) DO UPDATE SET rate = excluded.rate, gain = excluded.gain, tokens = excluded.tokens, good = excluded.good, bad = excluded.bad,
         pressed = excluded.pressed, stepped_at = excluded.stepped_at, at = excluded.at, credits = excluded.credits, epoch = excluded.epoch`,
      [componentId, flow.rate, flow.gain, flow.tokens, flow.good, flow.bad, flow.pressed, flow.steppedAt, flow.at, JSON.stringify(credits), epoch],
    );
  }

  async end(manager: EntityManager, componentId: string): Promise<void> {
    await manager.query('DELETE FROM drains WHERE component_id = $1', [componentId]);
  }

  /**
   * What became of those whose turn it was, as the rows say: whoever would tell may have died. A channel's turn that led to
   * nothing of ours is given back to it. @param turnMs who has not begun after this long waits for another turn
   */
  async settle(manager: EntityManager, componentId: string, turnMs: number): Promise<Seen & { readonly open: number }> {
    const [row = { good: 0, bad: 0, open: 0 }] = await manager.query<(Seen & { open: number })[]>(
      `WITH seen AS (
         SELECT t.delivery_id, t.channel_id, t.late_before, t.late_by_before, a.kind, a.outcome,
                CASE WHEN a.kind IS NOT NULL THEN 'tried' WHEN d.state = 'sending' THEN 'open'
                     WHEN d.epoch = t.epoch AND (d.state = 'held' AND d.hold_reason = 'pace') AND t.given_at > now() - ${interval('$2')} THEN 'open' ELSE 'nothing' END AS what
           FROM drain_turns t JOIN deliveries d ON d.id = t.delivery_id
           LEFT JOIN LATERAL (
             SELECT kind, outcome FROM attempts a WHERE a.delivery_id = t.delivery_id AND (a.epoch > t.epoch AND a.kind IN ('commit', 'find') OR a.kind = 'prepare' AND a.started_at >= t.given_at)
              ORDER BY started_at DESC LIMIT 1) a ON true
          WHERE t.component_id = $1),
       over AS (DELETE FROM drain_turns t USING seen WHERE t.delivery_id = seen.delivery_id AND seen.what <> 'open'),
       back AS (
         UPDATE channels c SET late_at = seen.late_before, late_by = seen.late_by_before FROM seen
          WHERE c.id = seen.channel_id AND c.late_by = seen.delivery_id AND (seen.what = 'nothing' OR seen.kind = 'find' AND seen.outcome = 'delivered'))
       SELECT count(*) FILTER (WHERE what = 'tried' AND outcome IN ('delivered', 'refused'))::int AS good,
              count(*) FILTER (WHERE what = 'tried' AND outcome IN ('unavailable', 'uncertain', 'throttled', 'unauthorized'))::int AS bad,
              count(*) FILTER (WHERE what = 'open')::int AS open FROM seen`,
      [componentId, turnMs],
    );
    return row;
  }
}
