import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import type { IncidentDetail, IncidentItem, IncidentQuery } from './incident.schema.js';
import { eventOf, type EventRow, eventsOf } from './incident-events.js';
import { fail } from './incident-problems.js';
import { type Incident, incidentColumns, incidentOf, type IncidentRow, isOutlets, isVisible, itemOf, ownComponent } from './incident-rows.js';
import { TallyService } from './tally.service.js';

export type { Incident, IncidentComponent } from './incident-rows.js';

/** A client with posts that an incident keeps from going out. */
export interface TouchedClient {
  readonly workspaceId: string;
  readonly clientId: string;
  /** Planned within the next 24 h, or waiting now. */
  readonly count: number;
  /** One of them is of those whose hour counts. */
  readonly hourCounts: boolean;
  /** The next one that is still to come. */
  readonly nextAt: Date | null;
}

const Cursor = z.tuple([z.iso.datetime(), z.uuid()]);

/** Reads incidents. Of an incident the state, times and cause are everybody's; its components and posts are the viewer's own (DESIGN §2.10). */
@Injectable()
export class IncidentsService {
  constructor(
    private readonly database: DataSource,
    private readonly tallies: TallyService,
  ) {}

  /** Outages and maintenances that are not closed, over all workspaces, with all their components; oldest first. */
  async open(): Promise<readonly Incident[]> {
    const rows = await this.database.query<IncidentRow[]>(
      `SELECT ${incidentColumns('true')} FROM incidents i WHERE i.kind IN ('outage', 'maintenance') AND i.closed_at IS NULL ORDER BY i.began_at, i.id`,
    );
    return rows.map(incidentOf);
  }

  /** Clients with something that is not out and due before tomorrow at this hour, over all workspaces. */
  async touched(incidentId: string, manager: EntityManager = this.database.manager): Promise<readonly TouchedClient[]> {
    return manager.query(
      `SELECT g.workspace_id AS "workspaceId", g.client_id AS "clientId", count(*)::int AS count, bool_or(d.choice = 'hour-counts') AS "hourCounts",
              min(d.due_at) FILTER (WHERE d.due_at >= now()) AS "nextAt"
         FROM incident_deliveries g JOIN deliveries d ON d.id = g.delivery_id
        WHERE g.incident_id = $1 AND d.state IN ('scheduled', 'held', 'sending', 'unconfirmed') AND d.due_at < now() + interval '24 hours'
        GROUP BY g.workspace_id, g.client_id ORDER BY g.workspace_id, g.client_id`,
      [incidentId],
    );
  }

  /** With all its components, whoever sees it: for rounds, never for a caller. null = there is none. */
  async whole(id: string): Promise<Incident | null> {
    const [row] = await this.database.query<IncidentRow[]>(`SELECT ${incidentColumns('true')} FROM incidents i WHERE i.id = $1`, [id]);
    return row ? incidentOf(row) : null;
  }

  /** As this workspace sees it. @throws DomainError incident-unknown (404): nor does it touch the workspace */
  async one(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<Incident> {
    const [row] = await manager.query<IncidentRow[]>(
      `SELECT ${incidentColumns(ownComponent('$1'))} FROM incidents i WHERE i.id = $2 AND ${isVisible('$1')}`,
      [workspaceId, id],
    );
    if (!row) throw fail('incident-unknown');
    return incidentOf(row);
  }

  /** Those this workspace sees, newest first. */
  async list({ workspaceId }: Pick<Caller, 'workspaceId'>, query: IncidentQuery): Promise<Page<IncidentItem>> {
    return this.page({ components: ownComponent('$5::uuid'), where: isVisible('$5::uuid'), values: [workspaceId] }, query);
  }

  /** Those of ways out that are nobody's channel, newest first: for the operator. */
  async ofOutlets(query: IncidentQuery): Promise<Page<IncidentItem>> {
    return this.page({ components: 'true', where: isOutlets, values: [] }, query);
  }

  private async page(shown: { readonly components: string; readonly where: string; readonly values: readonly string[] }, { state, limit, cursor }: IncidentQuery): Promise<Page<IncidentItem>> {
    const after = decodeCursor(cursor, Cursor);
    const rows = await this.database.query<IncidentRow[]>(
      `SELECT ${incidentColumns(shown.components)} FROM incidents i
        WHERE ${shown.where} AND ($1::text IS NULL OR i.state = $1)
          AND ($2::timestamptz IS NULL OR (date_trunc('milliseconds', i.began_at), i.id) < ($2, $3::uuid))
        ORDER BY date_trunc('milliseconds', i.began_at) DESC, i.id DESC LIMIT $4`,
      [state ?? null, after?.[0] ?? null, after?.[1] ?? null, limit + 1, ...shown.values],
    );
    return toPage(rows.map((row) => itemOf(incidentOf(row))), limit, (item) => [item.beganAt, item.id]);
  }

  /** With its story and the workspace's own tally. @throws DomainError incident-unknown (404) */
  async detail(workspaceId: string, id: string): Promise<IncidentDetail> {
    const incident = await this.one(workspaceId, id);
    const events = await this.database.query<EventRow[]>(eventsOf, [id, incident.components.map(({ componentId }) => componentId), workspaceId]);
    const tally = await this.tallies.of(id, workspaceId);
    return { ...itemOf(incident), events: events.map(eventOf), tally };
  }
}
