import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { CanaryRow } from '../../core/canary.js';
import { hasMedia, nextPartHasMedia, unpaused } from './flight-columns.js';

export { hasMedia } from './flight-columns.js';

export interface CanaryTerms {
  readonly componentId: string;
  /** This one and no other; null = the one that can best be spared. */
  readonly only: string | null;
  /** Without `only`: it must carry a picture or film (`hasMedia`). */
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

/** Of a client's `b` and a channel's `c` delivery `d`: what is held and may go first now. */
const mayGoFirst = `d.state = 'held' AND d.hold_reason = 'outage' AND d.approved AND (d.released OR d.deadline_at > now() + ${SPARE}) AND (d.reroute_at IS NULL OR d.reroute_at > now() + ${SPARE})
  AND c.state = 'connected' AND c.archived_at IS NULL AND ${unpaused('d')} AND ${inItsDay}`;

/** What an outage held is asked again so many at a time, once a second. */
const ASKED_AT_ONCE = 500;

/** Its bell rings within this, and what comes of it is seen then. */
const SOON = `interval '1 minute'`;

const withMedia = `EXISTS (SELECT 1 FROM parts p WHERE p.delivery_id = d.id AND p.published_at IS NULL AND ${hasMedia('p')})`;

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

  /** Components with a delivery held, or due within 24 h: besides what is down, the only ones that are probed. */
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
           WHERE d.component_id = $1 AND ($2::uuid IS NULL OR d.id = $2) AND (NOT $3::boolean OR $2 IS NOT NULL OR ${withMedia}) AND ${mayGoFirst}
           ORDER BY d.choice = 'can-wait' DESC, d.deadline_at DESC, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
       RETURNING id, (SELECT bool_or(${hasMedia('p')}) FROM parts p WHERE p.delivery_id = deliveries.id AND p.published_at IS NULL) AS media`,
      [componentId, only, media],
    );
    return rows[0] ?? null;
  }

  /** What became of canaries, as their rows say: of those that are no more as well. A person's word that it is out says nothing of the platform. */
  async canaries(manager: EntityManager, ids: readonly string[]): Promise<ReadonlyMap<string, CanaryRow>> {
    const rows = await manager.query<CanaryRow[]>(
      `SELECT d.id, CASE WHEN d.state IN ('sending', 'unconfirmed') THEN d.state
                WHEN d.state = 'published' THEN CASE WHEN d.reason ->> 'code' = 'said-by-hand' THEN 'gone' ELSE 'published' END
                WHEN ${mayGoFirst} OR (d.state = 'scheduled' OR d.state = 'held' AND d.hold_reason = 'pace') AND d.ready_at < now() + ${SOON} THEN 'waits'
                ELSE 'gone' END AS now,
              out.media IS NOT NULL AS "isPartOut", coalesce(out.media, false) AS media
         FROM deliveries d JOIN clients b ON b.id = d.client_id JOIN channels c ON c.id = d.channel_id
         CROSS JOIN LATERAL (SELECT bool_or(${hasMedia('p')}) AS media FROM parts p WHERE p.delivery_id = d.id AND p.published_at >= d.intent_at) out
        WHERE d.id = ANY($1::uuid[])`,
      [ids],
    );
    const found = new Map(rows.map((row) => [row.id, row]));
    return new Map(ids.map((id) => [id, found.get(id) ?? { id, now: 'gone', isPartOut: false, media: false }]));
  }

  /**
   * It is over, for texts, for what has media, or for both: every such delivery it held is asked again, some of each
   * workspace at a time, those with the earliest late limit first; what is late then leaves in its turn. Those held
   * because we are offline ask by themselves. @returns their ids, to be rung after the commit
   */
  async release(manager: EntityManager, componentId: string, { texts, media }: { readonly texts: boolean; readonly media: boolean }): Promise<readonly string[]> {
    const [rows] = await manager.query<[{ id: string }[], number]>(
      `UPDATE deliveries d SET ready_at = now(), rung_until = NULL, ring = d.ring + 1, version = d.version + 1
         FROM (SELECT h.id FROM deliveries h
                WHERE h.component_id = $1 AND h.state = 'held' AND h.hold_reason = 'outage' AND h.ready_at > now() AND h.reason ->> 'code' IS DISTINCT FROM 'we-are-offline'
                  AND ($2 AND $3 OR CASE WHEN ${nextPartHasMedia('h')} THEN $3 ELSE $2 END)
                ORDER BY row_number() OVER (PARTITION BY h.workspace_id ORDER BY h.deadline_at, h.id), h.id LIMIT ${ASKED_AT_ONCE}) w
        WHERE d.id = w.id AND d.state = 'held' AND d.hold_reason = 'outage' RETURNING d.id`,
      [componentId, texts, media],
    );
    return rows.map(({ id }) => id);
  }
}
