import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../infra/clock.js';
import type { Language } from '../../infra/http/problem.js';
import { type LinkedTask, type TouchedCommitment, TouchedCommitments } from '../library/touched-commitments.service.js';
import type { IncidentCommitment, IncidentTask } from './incident-commitment.schema.js';
import { type ComponentFall, fallsOf } from './incident-falls.js';
import { type Incident, platformName } from './incident-rows.js';
import { IncidentsService, type TouchedClient } from './incidents.service.js';

export type { IncidentCommitment } from './incident-commitment.schema.js';

export interface WantedCommitments {
  readonly language: Language;
  readonly clientId?: string | undefined;
  readonly manager?: EntityManager;
}

interface Tick {
  readonly commitmentId: string;
  readonly code: string;
  /** '' = of the commitment as a whole. */
  readonly connectorId: string;
  readonly by: string;
  readonly at: Date;
}

/** What was promised outside posts and an incident touches: beside the decisions while it lasts, and as a checklist afterwards. */
@Injectable()
export class IncidentCommitments {
  constructor(
    private readonly database: DataSource,
    private readonly touched: TouchedCommitments,
    private readonly incidents: IncidentsService,
    private readonly clock: Clock,
  ) {}

  /** Of one workspace, by the incident as that (or one client of it) sees it; those that end first first. None where nothing was wrong. */
  async of(workspaceId: string, incident: Incident, { language, clientId, manager = this.database.manager }: WantedCommitments): Promise<readonly IncidentCommitment[]> {
    if (incident.falseAlarm) return [];
    const falls = await fallsOf(manager, incident, this.clock.now());
    const touched = await this.touched.touchedBy(workspaceId, falls, { clientId, manager });
    if (touched.length === 0) return [];
    const ticks = await manager.query<Tick[]>(
      `SELECT commitment_id AS "commitmentId", code, connector_id AS "connectorId", done_by ->> 'name' AS by, done_at AS at FROM incident_tasks WHERE incident_id = $1 AND workspace_id = $2`,
      [incident.id, workspaceId],
    );
    return touched.map((one) => shownOf(one, falls.filter((fall) => one.falls.includes(fall)), ticks.filter(({ commitmentId }) => commitmentId === one.commitment.id), language));
  }

  /**
   * Clients to whom something is promised at this moment that lives on what is down, over all workspaces; in what is closed for the night nothing
   * is in danger yet. @param settled ids of those nobody has to be asked about any more: they are not looked at
   */
  async clients(incidentId: string, settled: readonly string[] = []): Promise<readonly TouchedClient[]> {
    const now = this.clock.now();
    const rows = await this.database.query<{ workspaceId: string }[]>(
      `SELECT DISTINCT m.workspace_id AS "workspaceId" FROM incident_components ic JOIN commitments m ON ic.connector_id = ANY(m.connector_ids)
        WHERE ic.incident_id = $1 AND ic.back_at IS NULL AND NOT ic.only_media AND m.archived_at IS NULL AND m.client_id <> ALL($2::uuid[]) AND m.from_at < now() + interval '1 day' AND m.until_at > now() - interval '1 day'
          AND EXISTS (SELECT 1 FROM channels c WHERE c.workspace_id = m.workspace_id AND c.component_id = ic.component_id AND c.archived_at IS NULL)`,
      [incidentId, settled],
    );
    const found: TouchedClient[] = [];
    for (const { workspaceId } of rows) {
      const { components } = await this.incidents.one(workspaceId, incidentId);
      const falls = components.filter(({ backAt, onlyMedia }) => backAt === null && !onlyMedia)
        .map(({ connectorId, componentId, fellAt }) => ({ connectorId, componentId, from: fellAt.getTime(), to: now, onlyMedia: false }));
      const on = (await this.touched.touchedBy(workspaceId, falls)).filter(({ spans }) => spans.at(-1)?.to === now);
      const clientIds = new Set(on.map(({ commitment }) => commitment.clientId).filter((clientId) => !settled.includes(clientId)));
      found.push(...[...clientIds].map((clientId) => ({ workspaceId, clientId, count: 0, hourCounts: false, nextAt: null })));
    }
    return found;
  }
}

function shownOf(
  { commitment: { id, clientId, kind, title, untilAt, zone, say, contact, pack }, clientName, connectorIds, spans, spent, words, tasks }: TouchedCommitment,
  falls: readonly ComponentFall[], ticks: readonly Tick[], language: Language,
): IncidentCommitment {
  const isBack = falls.every(({ component }) => component.backAt !== null);
  const backAt = Math.max(...falls.map(({ to }) => to));
  return {
    commitmentId: id, clientId, clientName, kind, title, connectorIds: [...connectorIds], platforms: connectorIds.map((connectorId) => namesOf(falls).get(connectorId) ?? platformName(connectorId)),
    onlyMedia: falls.every(({ onlyMedia }) => onlyMedia), words: words[language], from: instant(spans[0]?.from ?? backAt), to: instant(spans.at(-1)?.to ?? backAt), untilAt, zone,
    spent, say, contact, pack, isBack, tasks: isBack ? tasks.map((task) => taskOf(task, falls, ticks.filter(({ at }) => at.getTime() >= backAt), language)) : [],
  };
}

/** What was ticked off before the platforms came back, for the last time, was another stretch of hours. */
function taskOf({ code, connectorId, sentence, url }: LinkedTask, falls: readonly ComponentFall[], ticks: readonly Tick[], language: Language): IncidentTask {
  const tick = ticks.find((one) => one.code === code && one.connectorId === (connectorId ?? ''));
  return {
    code, connectorId, platform: connectorId === null ? null : (namesOf(falls).get(connectorId) ?? platformName(connectorId)), sentence: sentence[language], url,
    done: tick ? { by: tick.by, at: tick.at.toISOString() } : null,
  };
}

function namesOf(falls: readonly ComponentFall[]): ReadonlyMap<string, string> {
  return new Map(falls.map(({ component: { connectorId, platform } }) => [connectorId, platform]));
}

const instant = (ms: number): string => new Date(ms).toISOString();
