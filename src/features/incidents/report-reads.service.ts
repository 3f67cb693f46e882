import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { PageOwner } from './client-pages.service.js';
import { type Incident, incidentColumns, incidentOf, type IncidentRow, onlyMedia, sinceFirst } from './incident-rows.js';

/** Whose page it is, as the client knows them: its agency. */
export interface Agency {
  readonly name: string;
  readonly logoMediaId: string | null;
}

const touchesComponent = `(
  EXISTS (SELECT FROM channels c WHERE c.component_id = ic.component_id AND c.workspace_id = $1 AND c.client_id = $2 AND c.archived_at IS NULL)
  OR EXISTS (SELECT FROM incident_deliveries g JOIN deliveries d ON d.id = g.delivery_id
              WHERE g.incident_id = ic.incident_id AND g.workspace_id = $1 AND g.client_id = $2 AND d.component_id = ic.component_id))`;
const hasPosts = `EXISTS (SELECT FROM incident_deliveries g WHERE g.incident_id = i.id AND g.workspace_id = $1 AND g.client_id = $2)`;
/** Something the client promised outside posts was on meanwhile. Hours of the day are not looked at: the page says whether it was touched. */
const hasPromises = `EXISTS (
  SELECT FROM incident_components ic JOIN commitments m ON ic.connector_id = ANY(m.connector_ids)
   WHERE ic.incident_id = i.id AND NOT (${onlyMedia}) AND m.workspace_id = $1 AND m.client_id = $2 AND (m.archived_at IS NULL OR m.archived_at >= ic.back_at)
     AND m.from_at < coalesce(ic.back_at, now()) AND m.until_at > ${sinceFirst} AND ${touchesComponent})`;
const isTouched = `(${hasPosts} OR i.false_alarm IS NULL AND ${hasPromises})`;
const isOpenHere = `i.closed_at IS NULL AND i.false_alarm IS NULL AND EXISTS (SELECT FROM incident_components ic WHERE ic.incident_id = i.id AND ${touchesComponent})`;

/** Incidents as one client may know them: those that touch it, and of their platforms its own. */
@Injectable()
export class ReportReads {
  constructor(private readonly database: DataSource) {}

  /** What is not over yet on this client's platforms, also while none of its posts is touched. Oldest first. */
  open({ workspaceId, client }: PageOwner): Promise<readonly Incident[]> {
    return this.read(`${isOpenHere} ORDER BY i.began_at, i.id`, [workspaceId, client.id]);
  }

  /** What is over and touched a post of this client, or something it promised; newest first, the last 50. */
  past({ workspaceId, client }: PageOwner): Promise<readonly Incident[]> {
    return this.read(`i.closed_at IS NOT NULL AND ${isTouched} ORDER BY i.began_at DESC, i.id DESC LIMIT 50`, [workspaceId, client.id]);
  }

  /** null = none that this client may read of. */
  async one({ workspaceId, client }: PageOwner, incidentId: string): Promise<Incident | null> {
    const [incident] = await this.read(`i.id = $3 AND (${isTouched} OR (${isOpenHere}))`, [workspaceId, client.id, incidentId]);
    return incident ?? null;
  }

  async agency(workspaceId: string): Promise<Agency> {
    const rows = await this.database.query<Agency[]>(`SELECT name, logo_media_id AS "logoMediaId" FROM workspaces WHERE id = $1`, [workspaceId]);
    return rows[0] ?? { name: '', logoMediaId: null };
  }

  private async read(which: string, params: readonly string[]): Promise<readonly Incident[]> {
    const rows = await this.database.query<IncidentRow[]>(
      `SELECT ${incidentColumns(touchesComponent)} FROM incidents i WHERE i.kind IN ('outage', 'maintenance') AND ${which}`, [...params]);
    return rows.map(incidentOf);
  }
}
