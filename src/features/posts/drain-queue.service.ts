import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { LatePace } from '../../core/drain.js';
import type { Instant } from '../../core/instant.js';
import type { Waiting } from '../../core/turns.js';
import { asleep } from './drains.service.js';
import { interval, ms, nextPartHasMedia, pausedBy } from './flight-columns.js';

/** The first of its channel: of what keeps the pace, or of what need not. */
export interface Head extends Waiting {
  /** What it waits for is no pace: a pause, its account, an approval. It has to be asked anew. */
  readonly gated: boolean;
  readonly hasMedia: boolean;
  /** What the client set of its pace; the rest is the default. */
  readonly pace: Partial<LatePace>;
  readonly zone: string;
  readonly dayFrom: string;
  readonly dayTo: string;
  readonly origin: string;
  readonly createdAt: Instant;
  /** The channel's last late post; null = none. */
  readonly lateAt: Instant | null;
  readonly own: boolean;
  /** What people read as its turn at the soonest. */
  readonly toldAt: Instant;
  /** Planned posts of the channel near now, past and to come. */
  readonly plannedAt: readonly Instant[] | null;
}

export interface Kinds {
  readonly texts: boolean;
  readonly media: boolean;
}

/** A moment for a delivery: of its turn, or of its turn at the soonest. */
export interface Moment {
  readonly id: string;
  readonly at: Instant;
}

const ROWS_AT_MOST = 500;

/** At most twelve hours: the longest distance a client may ask for (client.schema.ts). */
const NEAR = `interval '12 hours'`;

/** Still about the hour that somebody chose: what follows a reroute has none. */
const hardlyLate = (absentMs: string): string => `(d.due_at > now() - ${interval(absentMs)} AND d.origin NOT LIKE 'late:%')`;

/** What waits for its turn, in order (DESIGN §8). For whoever leads, within its transaction. */
@Injectable()
export class DrainQueue {
  /** Of each channel the first that keeps the pace, and the first that need not: hardly late, released, or in its turn already. */
  async heads(manager: EntityManager, componentId: string, absentMs: number): Promise<readonly Head[]> {
    const first = (which: string): string =>
      `(SELECT * FROM deliveries d WHERE d.component_id = $1 AND d.channel_id = q.channel_id AND ${asleep('d')} AND ${which} (d.released OR ${hardlyLate('$2')} OR d.id IS NOT DISTINCT FROM c.late_by)
         ORDER BY d.deadline_at, d.id LIMIT 1)`;
    return manager.query<Head[]>(
      `SELECT d.id, d.workspace_id AS tenant, d.channel_id AS "channelId", CASE WHEN d.released THEN 'Infinity'::float8 ELSE ${ms('d.deadline_at')} END AS "deadlineAt",
              ${ms('d.due_at')} AS "dueAt", ${ms('d.created_at')} AS "createdAt", d.origin, d.released, ${nextPartHasMedia('d')} AS "hasMedia",
              (NOT d.approved OR c.state <> 'connected' OR c.archived_at IS NOT NULL OR ${pausedBy('d')}) AS gated,
              b.late_pace AS pace, b.zone, to_char(b.day_from, 'HH24:MI') AS "dayFrom", to_char(b.day_to, 'HH24:MI') AS "dayTo",
              ${ms('c.late_at')} AS "lateAt", coalesce(c.late_by = d.id, false) AS own, ${ms('d.ready_at')} AS "toldAt",
              (SELECT array_agg(${ms('p.due_at')}) FROM deliveries p
                WHERE p.channel_id = d.channel_id AND p.id <> d.id AND p.due_at BETWEEN now() - ${NEAR} AND now() + ${NEAR}
                  AND (p.state = 'scheduled' AND p.due_at > now() OR p.state = 'published' AND p.ended_at < p.due_at + interval '1 minute')) AS "plannedAt"
         FROM (SELECT DISTINCT w.channel_id FROM deliveries w WHERE w.component_id = $1 AND ${asleep('w')}) q
         JOIN channels c ON c.id = q.channel_id JOIN clients b ON b.id = c.client_id
        CROSS JOIN LATERAL (${first('')} UNION ALL ${first('NOT')}) d`,
      [componentId, absentMs],
    );
  }

  /** Asked anew, for a turn would not help them: their limit passed, they wait for something else, or their platform is down again. @returns their ids, to be rung after the commit */
  async wake(manager: EntityManager, componentId: string, { channelIds, shut }: { readonly channelIds: readonly string[]; readonly shut: Kinds }): Promise<readonly string[]> {
    const [rows] = await manager.query<[{ id: string }[], number]>(
      `WITH w AS MATERIALIZED (
         SELECT q.id FROM deliveries q
          WHERE q.component_id = $1 AND ${asleep('q')} AND (NOT q.released AND q.deadline_at <= now()
             OR q.channel_id = ANY($2::uuid[]) OR CASE WHEN NOT ($3 OR $4) THEN false WHEN $3 AND $4 THEN true WHEN ${nextPartHasMedia('q')} THEN $4 ELSE $3 END)
          ORDER BY q.deadline_at LIMIT ${ROWS_AT_MOST} FOR UPDATE SKIP LOCKED)
       UPDATE deliveries d SET ready_at = now(), rung_until = NULL, ring = d.ring + 1 FROM w
        WHERE d.id = w.id RETURNING d.id`,
      [componentId, channelIds, shut.texts, shut.media],
    );
    return rows.map(({ id }) => id);
  }

  /** It is their turn, each at its moment from now (ms). @returns those that still waited; ring them after the commit */
  async give(manager: EntityManager, componentId: string, turns: readonly { readonly id: string; readonly inMs: number }[]): Promise<readonly string[]> {
    if (turns.length === 0) return [];
    const rows = await manager.query<{ id: string }[]>(
      `WITH moved AS (
         UPDATE deliveries d SET ready_at = now() + ${interval('w.in_ms')}, rung_until = NULL, ring = d.ring + 1
           FROM unnest($2::uuid[], $3::float8[]) AS w (id, in_ms)
          WHERE d.id = w.id AND d.component_id = $1 AND ${asleep('d')} AND (d.released OR d.deadline_at > now()) RETURNING d.id, d.channel_id, d.epoch),
       turned AS (
         UPDATE channels c SET late_at = now(), late_by = m.id FROM moved m JOIN channels o ON o.id = m.channel_id
          WHERE c.id = m.channel_id RETURNING m.id, o.late_at, o.late_by)
       INSERT INTO drain_turns (delivery_id, component_id, channel_id, epoch, late_before, late_by_before)
       SELECT m.id, $1, m.channel_id, m.epoch, t.late_at, t.late_by FROM moved m JOIN turned t ON t.id = m.id
       ON CONFLICT (delivery_id) DO UPDATE SET epoch = excluded.epoch, given_at = now()
       RETURNING delivery_id AS id`,
      [componentId, turns.map(({ id }) => id), turns.map(({ inMs }) => inMs)],
    );
    return rows.map(({ id }) => id);
  }

  /** What waits in these channels and keeps the pace, in its order. */
  async behind(manager: EntityManager, componentId: string, { channelIds, absentMs }: { readonly channelIds: readonly string[]; readonly absentMs: number }): Promise<readonly (Moment & { readonly channelId: string })[]> {
    return manager.query(
      `SELECT d.id, d.channel_id AS "channelId", ${ms('d.ready_at')} AS at FROM deliveries d
        WHERE d.component_id = $1 AND d.channel_id = ANY($2::uuid[]) AND ${asleep('d')} AND NOT d.released AND NOT ${hardlyLate('$3')}
        ORDER BY d.channel_id, d.deadline_at, d.id`,
      [componentId, channelIds, absentMs],
    );
  }

  /** Says when their turns come at the soonest, for people to read. No bell rings by it. */
  async foretell(manager: EntityManager, moments: readonly Moment[]): Promise<void> {
    if (moments.length === 0) return;
    await manager.query(
      `UPDATE deliveries d SET ready_at = least(to_timestamp(w.at / 1000), d.deadline_at)
         FROM unnest($1::uuid[], $2::float8[]) AS w (id, at) WHERE d.id = w.id AND ${asleep('d')}`,
      [moments.map(({ id }) => id), moments.map(({ at }) => at)],
    );
  }
}
