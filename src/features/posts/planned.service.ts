import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isByHand } from '../../connectors/registry.js';
import type { ClientDay } from '../../core/day.js';
import type { LatePace } from '../../core/drain.js';
import { type FailoverPolicy, policyOf, type Routes } from '../../core/failover-policy.js';
import type { Instant } from '../../core/instant.js';
import type { Choice, Policy } from '../../core/policy.js';
import { timeWordOf } from '../../core/time-words.js';
import { ms, unreadTexts } from './flight-columns.js';

export interface PlannedIn {
  readonly workspaceId: string;
  readonly clientId?: string | undefined;
  readonly connectorIds: readonly string[];
  readonly from: Instant;
  readonly to: Instant;
  readonly most: number;
}

/** A delivery that is planned, with all that decides what becomes of it. */
export interface PlannedDeliveryRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly postId: string;
  readonly clientId: string;
  readonly clientName: string;
  readonly channelName: string;
  /** What people call the platform of a channel where a person posts; else the channel's name. */
  readonly placeName: string;
  readonly connectorId: string;
  readonly text: string;
  readonly choice: Choice;
  readonly policy: FailoverPolicy;
  readonly dueAt: Instant;
  readonly deadlineAt: Instant;
  readonly approved: boolean;
  readonly timed: boolean;
  /** The word of time in it. */
  readonly timeWord: string | null;
  readonly byHand: boolean;
  readonly day: ClientDay;
  readonly pace: Partial<LatePace>;
}

type Row = Omit<PlannedDeliveryRow, 'policy' | 'byHand' | 'timed'> & { readonly origin: string; readonly postPolicy: Policy; readonly routes: Routes; readonly unread: readonly string[] | null };

/** What the calendar holds for a stretch of time. */
@Injectable()
export class PlannedService {
  constructor(private readonly dataSource: DataSource) {}

  /** Scheduled or held, due within the stretch, by client and hour. */
  async in({ workspaceId, clientId, connectorIds, from, to, most }: PlannedIn): Promise<readonly PlannedDeliveryRow[]> {
    const rows = await this.dataSource.query<Row[]>(
      `SELECT d.id, d.workspace_id AS "workspaceId", d.post_id AS "postId", d.client_id AS "clientId", b.name AS "clientName", c.name AS "channelName", d.connector_id AS "connectorId",
              coalesce((SELECT left(content ->> 'text', 120) FROM parts WHERE delivery_id = d.id AND position = 0), '') AS text, d.choice,
              ${ms('d.due_at')} AS "dueAt", ${ms('d.deadline_at')} AS "deadlineAt", d.approved,
              (SELECT q.time_word FROM parts q WHERE q.delivery_id = d.id AND q.time_word IS NOT NULL ORDER BY q.position LIMIT 1) AS "timeWord", ${unreadTexts} AS unread,
              coalesce(c.learned ->> 'platform', c.name) AS "placeName",
              jsonb_build_object('zone', b.zone, 'from', to_char(b.day_from, 'HH24:MI'), 'to', to_char(b.day_to, 'HH24:MI')) AS day, b.late_pace AS pace,
              d.origin, o.policy AS "postPolicy", b.reroute_to AS routes
         FROM deliveries d JOIN posts o ON o.id = d.post_id JOIN clients b ON b.id = d.client_id JOIN channels c ON c.id = d.channel_id
        WHERE d.workspace_id = $1 AND ($2::uuid IS NULL OR d.client_id = $2) AND d.connector_id = ANY($3::text[]) AND d.state IN ('scheduled', 'held') AND d.origin <> 'fallback'
          AND d.due_at >= to_timestamp($4::float8 / 1000) AND d.due_at < to_timestamp($5::float8 / 1000)
        ORDER BY lower(b.name), b.id, d.due_at, d.id LIMIT $6`,
      [workspaceId, clientId ?? null, connectorIds, from, to, most],
    );
    return rows.map(({ origin, postPolicy, routes, unread, ...row }) => {
      const timeWord = row.timeWord ?? timeWordOf(unread ?? []);
      return { ...row, timeWord, timed: timeWord !== null, byHand: isByHand(row.connectorId), policy: policyOf(origin, { choice: row.choice, policy: postPolicy, clientRoutes: routes }) };
    });
  }
}
