import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import type { FactKind } from '../../infra/facts/facts.js';
import { isOnIt, platformName } from './incident-rows.js';
import { emptyTally, TallyService } from './tally.service.js';

interface Row {
  readonly workspaceId: string;
  readonly wasIn: boolean;
  readonly what: 'outage' | 'maintenance';
  readonly state: 'open' | 'recovering' | 'closed';
  readonly from: Date;
  readonly to: Date | null;
  /** Names of those that are down now, and since when. */
  readonly down: readonly { readonly connectorId: string; readonly name: string | null }[] | null;
  readonly downAt: Date | null;
  readonly platforms: readonly { readonly connectorId: string; readonly host: string; readonly name: string | null; readonly onlyMedia: boolean }[];
}

/** Tells the rooms to the right of an incident: one fact per workspace with a channel on what fell, or one that had when it fell, or posts for it; of its own platforms only. */
@Injectable()
export class IncidentFacts {
  constructor(
    private readonly facts: FactWriter,
    private readonly tallies: TallyService,
  ) {}

  /** `before`: the components it had. A workspace with channels only on others hears of it for the first time: to it it opens. `isAgain`: it was over. */
  async tell(manager: EntityManager, incidentId: string, { before, isAgain }: { readonly before: readonly string[]; readonly isAgain: boolean }): Promise<void> {
    const rows = await this.rows(manager, incidentId, before);
    if (rows[0]?.state !== 'closed') return this.write(manager, incidentId, rows.map((row) => ({ row, kind: row.wasIn ? 'incident.changed' : 'incident.opened', ...(isAgain && { more: againOf(row) }) })));
    const tallies = await this.tallies.byWorkspace(manager, incidentId);
    await this.write(manager, incidentId, rows.map((row) => ({ row, kind: 'incident.closed', more: { tally: tallies.get(row.workspaceId) ?? emptyTally } })));
  }

  /** What is said of it changed, not what it is. */
  async tellChanged(manager: EntityManager, incidentId: string): Promise<void> {
    const rows = await this.rows(manager, incidentId, []);
    await this.write(manager, incidentId, rows.map((row) => ({ row, kind: 'incident.changed' })));
  }

  private rows(manager: EntityManager, incidentId: string, before: readonly string[]): Promise<Row[]> {
    return manager.query<Row[]>(
      `SELECT w.id AS "workspaceId", bool_or(ic.component_id = ANY($2::text[])) AS "wasIn", i.kind AS what, i.state, i.began_at AS "from", i.ended_at AS "to",
              jsonb_agg(DISTINCT jsonb_build_object('connectorId', ic.connector_id, 'host', ic.host, 'name', ic.platform, 'onlyMedia', ic.only_media)) AS platforms,
              jsonb_agg(DISTINCT jsonb_build_object('connectorId', ic.connector_id, 'name', ic.platform)) FILTER (WHERE ic.back_at IS NULL) AS down,
              max(ic.fell_at) FILTER (WHERE ic.back_at IS NULL) AS "downAt"
         FROM incidents i JOIN incident_components ic ON ic.incident_id = i.id
         JOIN LATERAL (SELECT c.workspace_id AS id FROM channels c WHERE ${isOnIt}
                       UNION SELECT g.workspace_id FROM incident_deliveries g JOIN deliveries d ON d.id = g.delivery_id
                              WHERE g.incident_id = i.id AND d.component_id = ic.component_id) w ON true
        WHERE i.id = $1 GROUP BY w.id, i.id`,
      [incidentId, before],
    );
  }

  private async write(manager: EntityManager, incidentId: string, told: readonly { readonly row: Row; readonly kind: FactKind; readonly more?: object }[]): Promise<void> {
    await this.facts.write(manager, told.map(({ row: { workspaceId, what, state, from, to, platforms }, kind, more }) => {
      const named = platforms.map(({ name, ...platform }) => ({ ...platform, name: name ?? platformName(platform.connectorId) }));
      return { kind, workspaceId, subjectId: incidentId, payload: { incidentId, what, state, platforms: named, from: from.toISOString(), to: to?.toISOString() ?? null, ...more } };
    }));
  }
}

/** To a workspace whose own platforms have stayed up nothing fell again. */
function againOf({ wasIn, down, downAt }: Row): object {
  if (!wasIn || down === null || downAt === null) return {};
  return { again: { at: downAt.toISOString(), platforms: down.map(({ connectorId, name }) => name ?? platformName(connectorId)) } };
}
