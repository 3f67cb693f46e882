import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { connectors } from '../../connectors/registry.js';
import { DAY_MS, type Instant } from '../../core/instant.js';
import type { PartContent } from '../../core/part.js';
import type { Client } from '../workspaces/client.schema.js';
import { commitmentColumns, type CommitmentRow, fromCommitments, toCommitment } from './commitment-rows.js';
import type { Commitment } from './commitment.schema.js';
import type { PlanState } from './plan.schema.js';

export const AHEAD_MS = 7 * DAY_MS;

/** Who reads: to others than the agency only what it approved is shown. */
export type PlanReader = 'team' | 'client';

export interface PlannedItem {
  readonly deliveryId: string;
  readonly postId: string;
  readonly dueAt: Instant;
  readonly state: PlanState;
  readonly choice: string;
  readonly instead: boolean;
  readonly channelName: string;
  readonly connectorId: string;
  readonly platform: string;
  readonly channelUrl: string | null;
  readonly parts: readonly PartContent[];
}

export interface Plan {
  readonly workspaceId: string;
  readonly client: Client;
  readonly from: Instant;
  readonly to: Instant;
  readonly items: readonly PlannedItem[];
  readonly commitments: readonly Commitment[];
}

/** What a client's next seven days hold: with what is held and still may go out, without drafts. */
@Injectable()
export class PlanReads {
  constructor(private readonly database: DataSource) {}

  async week(workspaceId: string, client: Client, { now, reader }: { readonly now: Instant; readonly reader: PlanReader }): Promise<Plan> {
    const to = now + AHEAD_MS;
    const rows = await this.database.query<Omit<PlannedItem, 'platform'>[]>(
      `SELECT d.id AS "deliveryId", d.post_id AS "postId", (extract(epoch FROM d.due_at) * 1000)::float8 AS "dueAt", d.choice, d.origin = 'fallback' AS instead, c.name AS "channelName", c.connector_id AS "connectorId", c.url AS "channelUrl",
              CASE WHEN NOT d.approved THEN 'approval' WHEN d.state = 'held' THEN 'held' WHEN d.state = 'scheduled' THEN 'planned' ELSE 'sending' END AS state,
              coalesce((SELECT jsonb_agg(t.content ORDER BY t.position) FROM parts t WHERE t.delivery_id = d.id), '[]') AS parts
         FROM deliveries d JOIN channels c ON c.id = d.channel_id JOIN posts p ON p.id = d.post_id
        WHERE d.workspace_id = $1 AND d.client_id = $2 AND d.state IN ('scheduled', 'held', 'sending', 'unconfirmed') AND p.cancelled_at IS NULL AND p.editing <> 'draft'
          AND ($5 = 'team' OR d.approved) AND d.due_at < to_timestamp($4::float8 / 1000) AND (d.due_at >= to_timestamp($3::float8 / 1000) OR d.state <> 'scheduled' OR d.deadline_at > to_timestamp($3::float8 / 1000))
        ORDER BY d.due_at, c.name, d.id`,
      [workspaceId, client.id, now, to, reader],
    );
    const commitments = await this.database.query<CommitmentRow[]>(
      `SELECT ${commitmentColumns} ${fromCommitments} WHERE m.workspace_id = $1 AND m.client_id = $2 AND m.archived_at IS NULL AND m.until_at > to_timestamp($3::float8 / 1000) AND m.from_at < to_timestamp($4::float8 / 1000) ORDER BY m.from_at, m.id`,
      [workspaceId, client.id, now, to],
    );
    const platformOf = (id: string): string => connectors.find((connector) => connector.id === id)?.name ?? id;
    return { workspaceId, client, from: now, to, items: rows.map((row) => ({ ...row, platform: platformOf(row.connectorId) })), commitments: commitments.map(toCommitment) };
  }
}
