import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import type { ComponentHealth, ComponentList, OutletHealth } from './component.schema.js';
import { OutletsService } from './outlets.service.js';
import { ScopesService } from './scopes.service.js';

interface Row extends Omit<ComponentHealth, 'since' | 'word' | 'scope' | 'accounts' | 'saying'> {
  readonly own: string[];
  readonly since: Date;
  readonly wordState: 'up' | 'down' | 'maintenance' | null;
  readonly wordReason: string;
  readonly wordUntil: Date;
  readonly wordBy: string;
}

/** The health of the platforms as a workspace sees it: state and cause are the installation's, what is held its own (DESIGN §2.10). */
@Injectable()
export class ComponentReads {
  constructor(
    private readonly database: DataSource,
    private readonly outlets: OutletsService,
    private readonly scopes: ScopesService,
  ) {}

  /** A component nobody judged yet is unknown since its first channel was connected. */
  async list({ workspaceId, language }: Caller): Promise<ComponentList> {
    const rows = await this.database.query<Row[]>(
      `SELECT u.id, u.own, u.connector_id AS "connectorId", u.host, coalesce(c.state, 'unknown') AS state, coalesce(c.since, u.first) AS since,
              coalesce(c.impaired, false) AS impaired, coalesce(c.cause, 'unknown') AS cause, coalesce(c.confidence, 0)::float8 AS confidence,
              (SELECT count(*)::int FROM deliveries d WHERE d.component_id = u.id AND d.state = 'held' AND d.hold_reason = 'outage' AND d.workspace_id = $1) AS held,
              w.state AS "wordState", w.reason AS "wordReason", w.until AS "wordUntil", w.said_by ->> 'name' AS "wordBy"
         FROM (SELECT component_id AS id, connector_id, host, min(created_at) AS first, array_agg(channels.id) AS own FROM channels WHERE workspace_id = $1 AND archived_at IS NULL GROUP BY 1, 2, 3) u
         LEFT JOIN components c ON c.id = u.id
         LEFT JOIN operator_words w ON w.component_id = u.id AND w.ended_at IS NULL AND w.until > now()
        ORDER BY u.id`,
      [workspaceId],
    );
    const judged = await this.scopes.of(rows.map(({ id }) => id));
    return {
      outlets: await this.outletsNow(workspaceId),
      items: rows.map(({ wordState, wordReason, wordUntil, wordBy, since, own, ...row }) => ({
        ...row,
        ...this.scopes.told(row.id, judged.get(row.id) ?? null, { own: new Set(own), language }),
        since: since.toISOString(),
        word: wordState && { state: wordState, reason: wordReason, until: wordUntil.toISOString(), saidBy: wordBy },
      })),
    };
  }

  private async outletsNow(workspaceId: string): Promise<OutletHealth[]> {
    const outlets = await this.outlets.seenBy(workspaceId);
    if (outlets.length === 0) return [];
    const rows = await this.database.query<{ id: string; state: OutletHealth['state']; since: Date; impaired: boolean }[]>(
      'SELECT id, state, since, impaired FROM components WHERE id = ANY($1::text[])', [outlets.map(({ id }) => id)],
    );
    return outlets.map(({ id, name }) => {
      const row = rows.find((one) => one.id === id);
      return { id, name, state: row?.state ?? 'unknown', since: row?.since.toISOString() ?? null, impaired: row?.impaired ?? false };
    });
  }
}
