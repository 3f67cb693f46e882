import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { hasMedia } from '../posts/outages.service.js';
import { firstPart, isOnTime } from './decision-columns.js';

/** What was due shortly before people noticed may have been touched already. */
const BEFORE = `interval '15 minutes'`;
const AHEAD = `interval '24 hours'`;

/** Asked every few seconds, of thousands: what is in it already is passed over first. */
const isNew = 'NOT EXISTS (SELECT FROM incident_deliveries k WHERE k.incident_id = i.id AND k.delivery_id = d.id)';

const withMedia = `EXISTS (SELECT 1 FROM parts m WHERE m.delivery_id = d.id AND ${hasMedia('m')})`;

/** What a reroute led to is told with what was planned, not counted once more. */
const isPlanned = `d.origin <> 'fallback' AND d.origin NOT LIKE 'late:%'`;

/** Takes down what was planned on what fell, as it stood when the incident first saw it. For callers that hold the incident's row locked. */
@Injectable()
export class GatherService {
  /** What is new since the last time: planned up to this hour tomorrow, and what already waits for what fell. */
  async gather(manager: EntityManager, incidentId: string): Promise<void> {
    await manager.query(
      `INSERT INTO incident_deliveries (incident_id, delivery_id, workspace_id, client_id, planned_at)
       SELECT i.id, d.id, d.workspace_id, d.client_id, d.due_at
         FROM incidents i JOIN incident_components ic ON ic.incident_id = i.id JOIN channels c ON c.component_id = ic.component_id
         JOIN deliveries d ON d.channel_id = c.id ${firstPart}
        WHERE i.id = $1 AND ${isNew} AND ${isPlanned} AND d.due_at >= i.began_at - ${BEFORE} AND d.due_at < now() + ${AHEAD}
          AND (ic.back_at IS NULL OR d.due_at < ic.back_at)
          AND (d.due_at >= i.began_at OR NOT ${isOnTime('d.due_at')})
          AND d.state NOT IN ('cancelled', 'skipped') AND NOT (d.state = 'failed' AND d.ended_at < i.began_at)
          AND (NOT ic.only_media OR ${withMedia})
       UNION
       SELECT i.id, d.id, d.workspace_id, d.client_id, d.due_at
         FROM incidents i JOIN incident_components ic ON ic.incident_id = i.id JOIN deliveries d ON d.component_id = ic.component_id
        WHERE i.id = $1 AND ${isNew} AND ${isPlanned} AND ic.back_at IS NULL AND d.state = 'held' AND d.hold_reason IN ('outage', 'suspect', 'pace') AND d.due_at < i.began_at
          AND (NOT ic.only_media OR ${withMedia})
       ON CONFLICT DO NOTHING`,
      [incidentId],
    );
  }

  /** It is over: what was to come after it and goes its way untouched was never in it. */
  async letGo(manager: EntityManager, incidentId: string): Promise<void> {
    await manager.query(
      `DELETE FROM incident_deliveries x USING (
         SELECT g.incident_id, g.delivery_id
           FROM incident_deliveries g JOIN incidents i ON i.id = g.incident_id JOIN deliveries d ON d.id = g.delivery_id
           LEFT JOIN incident_components ic ON ic.incident_id = g.incident_id AND ic.component_id = d.component_id ${firstPart}
          WHERE g.incident_id = $1 AND g.planned_at > coalesce(ic.back_at, i.ended_at) AND d.due_at = g.planned_at
            AND (d.state IN ('scheduled', 'sending') OR ${isOnTime('g.planned_at')})) y
        WHERE x.incident_id = y.incident_id AND x.delivery_id = y.delivery_id`,
      [incidentId],
    );
  }

  /** Every open incident that no other process is at. @returns how many */
  async round(manager: EntityManager): Promise<number> {
    const rows = await manager.query<{ id: string }[]>(
      `SELECT id FROM incidents WHERE kind IN ('outage', 'maintenance') AND closed_at IS NULL ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`,
    );
    for (const { id } of rows) await this.gather(manager, id);
    return rows.length;
  }
}
