import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CHANNEL_COLUMNS, type ChannelRow } from './channel-row.js';
import { ChannelStatesService } from './channel-states.service.js';
import type { ChannelState } from './channel.schema.js';

/** A channel whose turn it is to be looked at. */
export interface DueChannel {
  readonly id: string;
  readonly clientId: string;
  readonly workspaceId: string;
  readonly componentId: string;
  /** As it was when it was claimed. */
  readonly state: ChannelState;
  /** For how long it has been in that state, ms. */
  readonly stateForMs: number;
}

/** Another client's channel on the same component: a witness to whether a refusal is this account's own. */
export interface Sibling {
  readonly id: string;
  readonly clientId: string;
  /** Seen in order since the refusal. */
  readonly fine: boolean;
}

/** The statements of upkeep on channels; several processes share the work, each takes its own rows. */
@Injectable()
export class ChannelCareService {
  constructor(
    private readonly database: DataSource,
    private readonly states: ChannelStatesService,
  ) {}

  /**
   * Claims channels to look at, those in doubt first: refused lately, not looked at for a day, or (of `soon`, the ones
   * with a delivery about to be due) for an hour. A claim ends by itself after two minutes.
   */
  async claimForLook(soon: readonly string[], limit: number): Promise<DueChannel[]> {
    const [rows]: [DueRow[], number] = await this.database.query(
      `WITH due AS MATERIALIZED (
          SELECT id FROM channels
           WHERE archived_at IS NULL AND state <> 'off' AND (looking_until IS NULL OR looking_until <= now())
             AND (state = 'checking' OR looked_at IS NULL OR looked_at <= now() - interval '24 hours'
                  OR (id = ANY($1::uuid[]) AND looked_at <= now() - interval '1 hour'))
           ORDER BY state = 'checking' DESC, id = ANY($1::uuid[]) DESC, looked_at NULLS FIRST
           LIMIT $2 FOR UPDATE SKIP LOCKED)
       UPDATE channels SET looking_until = now() + interval '2 minutes' WHERE id IN (SELECT id FROM due)
        RETURNING id, client_id, workspace_id, component_id, state, (extract(epoch FROM now() - state_at) * 1000)::float8 AS state_for_ms`,
      [soon, limit],
    );
    return rows.map((row) => ({ id: row.id, clientId: row.client_id, workspaceId: row.workspace_id, componentId: row.component_id, state: row.state, stateForMs: row.state_for_ms }));
  }

  /** One channel each of up to `limit` other clients of the installation, those seen in order since the refusal first. */
  async siblingsOf(channelId: string, limit: number): Promise<Sibling[]> {
    const rows: { id: string; client_id: string; fine: boolean }[] = await this.database.query(
      `SELECT * FROM (
         SELECT DISTINCT ON (s.client_id) s.id, s.client_id, coalesce(s.state = 'connected' AND s.healthy_at > c.state_at, false) AS fine
           FROM channels c JOIN channels s ON s.component_id = c.component_id AND s.client_id <> c.client_id
          WHERE c.id = $1 AND s.archived_at IS NULL AND s.state IN ('connected', 'checking')
          ORDER BY s.client_id, fine DESC, s.healthy_at DESC NULLS LAST) AS one_each
        ORDER BY fine DESC LIMIT $2`,
      [channelId, limit],
    );
    return rows.map((row) => ({ id: row.id, clientId: row.client_id, fine: row.fine }));
  }

  /** Tells of each access that ends within seven days, once for each end. Answers how many. */
  async tellExpiring(): Promise<number> {
    return this.database.transaction(async (manager) => {
      const [rows]: [ChannelRow[], number] = await manager.query(
        `UPDATE channels SET expiry_told = expires_at
          WHERE archived_at IS NULL AND state <> 'off' AND expires_at BETWEEN now() AND now() + interval '7 days'
            AND expiry_told IS DISTINCT FROM expires_at
          RETURNING ${CHANNEL_COLUMNS}`,
      );
      await this.states.tell(manager, 'channel.expiring', rows);
      return rows.length;
    });
  }
}

interface DueRow {
  readonly id: string;
  readonly client_id: string;
  readonly workspace_id: string;
  readonly component_id: string;
  readonly state: ChannelState;
  readonly state_for_ms: number;
}
