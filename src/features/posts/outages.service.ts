import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { unpaused } from './flight-columns.js';

export interface CanaryTerms {
  readonly componentId: string;
  /** This one and no other; null = the one that can best be spared. */
  readonly only: string | null;
  /** It must carry a picture or film. */
  readonly media: boolean;
}

export interface Canary {
  readonly id: string;
  readonly media: boolean;
}

/** A canary ends well before its late limit or its client's newsletter (DESIGN §7). */
const SPARE = `interval '10 minutes'`;

const inItsDay = `CASE WHEN b.day_from = b.day_to THEN true
  WHEN b.day_from < b.day_to THEN (now() AT TIME ZONE b.zone)::time >= b.day_from AND (now() AT TIME ZONE b.zone)::time < b.day_to
  ELSE (now() AT TIME ZONE b.zone)::time >= b.day_from OR (now() AT TIME ZONE b.zone)::time < b.day_to END`;

const withMedia = `EXISTS (SELECT 1 FROM parts p WHERE p.delivery_id = d.id AND p.published_at IS NULL AND jsonb_array_length(p.content -> 'media') > 0)`;

/** What an outage does to deliveries: how many wait for it, which goes first, and all of them when it is over. */
@Injectable()
export class OutagesService {
  constructor(private readonly dataSource: DataSource) {}

  /** Deliveries held for an outage, by component. */
  async held(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.dataSource.query<{ id: string; held: number }[]>(
      `SELECT component_id AS id, count(*)::int AS held FROM deliveries WHERE state = 'held' AND hold_reason = 'outage' GROUP BY component_id`,
    );
    return new Map(rows.map(({ id, held }) => [id, held]));
  }

  /** Components with a delivery held, or due within 24 h: the only ones that are probed. */
  async wanted(): Promise<ReadonlySet<string>> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT DISTINCT component_id AS id FROM deliveries WHERE state IN ('scheduled', 'held') AND ready_at < now() + interval '24 hours'
       UNION SELECT DISTINCT component_id FROM deliveries WHERE state = 'held'`,
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Makes the held delivery that can best be spared ready to go first; null = none can be. Ring it after the commit. */
  async readyCanary(manager: EntityManager, { componentId, only, media }: CanaryTerms): Promise<Canary | null> {
    const [rows] = await manager.query<[Canary[], number]>(
      `UPDATE deliveries SET ready_at = now(), rung_until = NULL, ring = ring + 1, version = version + 1
        WHERE id = (
          SELECT d.id FROM deliveries d JOIN clients b ON b.id = d.client_id JOIN channels c ON c.id = d.channel_id
           WHERE d.component_id = $1 AND d.state = 'held' AND d.hold_reason = 'outage' AND ($2::uuid IS NULL OR d.id = $2)
             AND (NOT $3::boolean OR ${withMedia})
             AND d.approved AND (d.released OR d.deadline_at > now() + ${SPARE}) AND c.state = 'connected' AND c.archived_at IS NULL
             AND ${unpaused('d')} AND ${inItsDay}
           ORDER BY d.choice = 'can-wait' DESC, d.deadline_at DESC, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
       RETURNING id, (SELECT bool_or(jsonb_array_length(p.content -> 'media') > 0) FROM parts p WHERE p.delivery_id = deliveries.id AND p.published_at IS NULL) AS media`,
      [componentId, only, media],
    );
    return rows[0] ?? null;
  }

  /** It is over: every delivery it held is asked again, at once; those held because we are offline ask by themselves. @returns their ids, to be rung after the commit */
  async release(manager: EntityManager, componentId: string): Promise<readonly string[]> {
    const [rows] = await manager.query<[{ id: string }[], number]>(
      `UPDATE deliveries SET ready_at = now(), rung_until = NULL, ring = ring + 1, version = version + 1
        WHERE component_id = $1 AND state = 'held' AND hold_reason = 'outage' AND ready_at > now() AND reason ->> 'code' IS DISTINCT FROM 'we-are-offline' RETURNING id`,
      [componentId],
    );
    return rows.map(({ id }) => id);
  }
}
