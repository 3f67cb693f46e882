import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { groupOf } from '../../core/component.js';
import { storable } from '../../infra/facts/fact-writer.js';
import type { ComponentChanged, Upstream } from '../health/health.events.js';
import { hasFallen, type Known, stateTold } from './incident-state.js';

/** A flap joins the incident it comes from within the hour (DESIGN §1). */
const FLAP = `interval '60 minutes'`;
/** What falls within 10 min is one incident: by group, or by the upstream it shares. */
const TOGETHER = `interval '10 minutes'`;
/** What is shorter is told to nobody outside (DESIGN §8). */
const TOLD = `interval '15 minutes'`;
const isRelapse = 'excluded.back_at IS NULL AND ic.back_at IS NOT NULL';

export interface Current {
  readonly id: string;
  readonly official: { readonly text: string } | null;
}

const current = 'i.id, i.official';

/** Incident `i` is of this group: it began with it, or took in something of it. */
const isOf = (subject: string): string => `(i.subject = ${subject} OR EXISTS (SELECT FROM incident_components its WHERE its.incident_id = i.id AND its.subject = ${subject}))`;

const isOpen = `i.kind IN ('outage', 'maintenance') AND i.closed_at IS NULL`;

/** Every statement that writes an incident; who decides is the story. All under the lock of its subject; our own absences and the operator's false alarm are written elsewhere. */
@Injectable()
export class IncidentWrites {
  /** One at a time per subject: two components of a group that fall at once open one incident. */
  async lock(manager: EntityManager, subject: string): Promise<void> {
    await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('incident:' || $1, 0))`, [subject]);
  }

  async open(manager: EntityManager, subject: string): Promise<Current | null> {
    const [row] = await manager.query<Current[]>(
      `SELECT ${current} FROM incidents i WHERE ${isOpen} AND ${isOf('$1')} FOR NO KEY UPDATE OF i`,
      [subject],
    );
    return row ?? null;
  }

  /** The open incident of another group that fell by the same upstream within ten minutes. */
  async shared(manager: EntityManager, { edge, with: others }: Upstream, firstAt: string): Promise<Current | null> {
    const [row] = await manager.query<Current[]>(
      `SELECT ${current} FROM incidents i
        WHERE ${isOpen} AND i.kind = 'outage' AND i.false_alarm IS NULL AND EXISTS (
          SELECT FROM incident_components ic
           WHERE ic.incident_id = i.id AND ic.back_at IS NULL AND (ic.upstream = $1 OR ic.component_id = ANY($2::text[]))
             AND ic.fell_at BETWEEN $3::timestamptz - ${TOGETHER} AND $3::timestamptz + ${TOGETHER})
        ORDER BY i.began_at, i.id LIMIT 1 FOR NO KEY UPDATE OF i`,
      [edge, others, firstAt],
    );
    return row ?? null;
  }

  /** Opens again what is over since a short while, unless it was no outage at all, or one of its groups is in another by now. */
  async reopen(manager: EntityManager, subject: string, componentId: string): Promise<Current | null> {
    const [rows] = await manager.query<[Current[], number]>(
      `UPDATE incidents i SET state = 'open', closed_at = NULL, ended_at = NULL WHERE i.id = (
         SELECT r.id FROM incidents r WHERE r.kind IN ('outage', 'maintenance') AND r.false_alarm IS NULL
            AND (r.closed_at > now() - ${TOGETHER} AND (r.subject = $1 OR EXISTS (SELECT FROM incident_components ic WHERE ic.incident_id = r.id AND ic.subject = $1))
                 OR r.closed_at > now() - ${FLAP} AND EXISTS (SELECT FROM incident_components ic WHERE ic.incident_id = r.id AND ic.component_id = $2))
            AND NOT EXISTS (SELECT FROM incident_components ic JOIN incidents i ON ${isOpen} AND ${isOf('coalesce(ic.subject, r.subject)')} WHERE ic.incident_id = r.id)
          ORDER BY r.closed_at DESC LIMIT 1)
       RETURNING ${current}`,
      [subject, componentId],
    );
    return rows[0] ?? null;
  }

  async begin(manager: EntityManager, subject: string, told: ComponentChanged): Promise<Current> {
    const kind = stateTold(told) === 'maintenance' ? 'maintenance' : 'outage';
    const [row] = await manager.query<Current[]>(
      `INSERT INTO incidents (id, kind, subject, began_at, cause, confidence) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id, official`,
      [uuid(), kind, subject, told.firstAt, told.cause, told.confidence],
    );
    if (!row) throw new Error('The incident was not written.');
    return row;
  }

  async components(manager: EntityManager, incidentId: string): Promise<readonly Known[]> {
    return manager.query<Known[]>(
      `SELECT component_id AS "componentId", state, only_media AS "onlyMedia", back_at AS "backAt", relapses, told_at AS "toldAt" FROM incident_components WHERE incident_id = $1`,
      [incidentId],
    );
  }

  /** A relapse counts anew: two minutes now and two an hour ago are no outage of an hour. */
  async saveComponent(manager: EntityManager, incidentId: string, known: Known, { platform, firstAt, upstream }: ComponentChanged): Promise<void> {
    await manager.query(
      `INSERT INTO incident_components AS ic (incident_id, component_id, connector_id, host, platform, state, only_media, told_at, fell_at, back_at, relapses, subject, upstream)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
       ON CONFLICT (incident_id, component_id) DO UPDATE SET state = excluded.state, only_media = excluded.only_media, told_at = excluded.told_at,
         back_at = excluded.back_at, relapses = excluded.relapses,
         upstream = CASE WHEN ${isRelapse} THEN excluded.upstream ELSE coalesce(excluded.upstream, ic.upstream) END,
         long_fell_at = CASE WHEN ${isRelapse} AND ic.back_at - ic.fell_at >= ${TOLD} THEN coalesce(ic.long_fell_at, ic.fell_at) ELSE ic.long_fell_at END,
         fell_at = CASE WHEN ${isRelapse} THEN greatest(excluded.fell_at, ic.back_at) ELSE ic.fell_at END`,
      [incidentId, known.componentId, platform.connectorId, platform.host, platform.name, known.state, known.onlyMedia, known.toldAt, firstAt, known.backAt, known.relapses,
        groupOf(platform), upstream?.edge ?? null],
    );
  }

  /** The surest cause stays; what turns out worse than announced is an outage; the platform's last words count. */
  async save(manager: EntityManager, incidentId: string, told: ComponentChanged, next: { readonly state: string; readonly endedAt: Date | null }): Promise<void> {
    const isWorse = hasFallen(told) && stateTold(told) === 'down';
    await manager.query(
      `UPDATE incidents SET state = $2, ended_at = $3, closed_at = CASE WHEN $2 = 'closed' THEN now() END,
              kind = CASE WHEN $4 THEN 'outage' ELSE kind END,
              cause = CASE WHEN $5 AND $7::real >= confidence THEN $6 ELSE cause END,
              confidence = CASE WHEN $5 THEN greatest(confidence, $7::real) ELSE confidence END,
              official = coalesce($8::jsonb, official)
        WHERE id = $1`,
      [incidentId, next.state, next.endedAt, isWorse, hasFallen(told), told.cause, told.confidence, told.official === null ? null : storable(told.official)],
    );
  }

  async note(manager: EntityManager, incidentId: string, event: { readonly at: Date; readonly componentId: string | null; readonly kind: string; readonly payload?: object }): Promise<void> {
    await manager.query(`INSERT INTO incident_events (incident_id, at, component_id, kind, payload) VALUES ($1, $2, $3, $4, $5)`, [
      incidentId, event.at, event.componentId, event.kind, storable(event.payload ?? {}),
    ]);
  }
}
