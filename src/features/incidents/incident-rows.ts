import { connectors } from '../../connectors/registry.js';
import type { IncidentItem } from './incident.schema.js';

export interface IncidentComponent {
  readonly componentId: string;
  readonly connectorId: string;
  readonly host: string;
  /** Its name, for people. */
  readonly platform: string;
  /** As last told. */
  readonly state: string;
  /** Text flows, or flowed all the while; what does not is pictures and films. */
  readonly onlyMedia: boolean;
  /** The last time. */
  readonly fellAt: Date;
  /** As `fellAt`, until it falls again. */
  readonly firstFellAt: Date;
  /** null = not back. */
  readonly backAt: Date | null;
}

/** One outage as a story. `cause` is for people inside; to clients only `official` is told, the platform's own words. */
export interface Incident {
  readonly id: string;
  readonly kind: IncidentItem['kind'];
  readonly state: IncidentItem['state'];
  readonly beganAt: Date;
  readonly endedAt: Date | null;
  readonly closedAt: Date | null;
  readonly cause: IncidentItem['cause'];
  readonly confidence: number;
  readonly official: { readonly text: string; readonly url: string | null; readonly at: string } | null;
  readonly falseAlarm: { readonly by: string; readonly at: string; readonly reason: string } | null;
  readonly components: readonly IncidentComponent[];
}

type Stored = Omit<IncidentComponent, 'platform' | 'fellAt' | 'firstFellAt' | 'backAt'> & { readonly platform: string | null; readonly fellAt: string; readonly firstFellAt: string; readonly backAt: string | null };
export type IncidentRow = Omit<Incident, 'components'> & { readonly components: readonly Stored[] };

/** Of component `ic`; of what is back, over its whole outage. */
export const onlyMedia = `ic.only_media AND (ic.back_at IS NULL OR NOT EXISTS (
  SELECT 1 FROM incident_events e WHERE e.incident_id = ic.incident_id AND e.component_id = ic.component_id AND e.kind = 'state' AND e.payload ->> 'to' IN ('down', 'maintenance')))`;

/** When component `ic` fell for the first time. */
export const sinceFirst = `least(ic.fell_at, ic.long_fell_at, (SELECT min((e.payload ->> 'firstAt')::timestamptz) FROM incident_events e
  WHERE e.incident_id = ic.incident_id AND e.component_id = ic.component_id AND e.kind = 'state'))`;

/** `mine`: which of its components are shown, a WHERE on `ic`. */
export const incidentColumns = (mine: string): string => `
  i.id, i.kind, i.state, i.began_at AS "beganAt", i.ended_at AS "endedAt", i.closed_at AS "closedAt", i.cause, i.confidence::float8 AS confidence,
  i.official, i.false_alarm AS "falseAlarm",
  coalesce((SELECT jsonb_agg(jsonb_build_object('componentId', ic.component_id, 'connectorId', ic.connector_id, 'host', ic.host, 'platform', ic.platform,
                                                'state', ic.state, 'onlyMedia', ${onlyMedia}, 'fellAt', ic.fell_at, 'firstFellAt', ${sinceFirst}, 'backAt', ic.back_at) ORDER BY ic.fell_at, ic.component_id)
              FROM incident_components ic WHERE ic.incident_id = i.id AND ${mine}), '[]') AS components`;

/** Channel `c` is on component `ic`, or was when that was told to have fallen: who leaves it meanwhile has heard of it, and hears how it ends. */
export const isOnIt = `(c.component_id = ic.component_id AND (c.archived_at IS NULL OR c.archived_at >= (
  SELECT min(e.at) FROM incident_events e WHERE e.incident_id = ic.incident_id AND e.component_id = ic.component_id)))`;

/** The workspace uses the component, or has posts in the incident that were to go there: who else is on it is not its business. */
export const ownComponent = (workspace: string): string => `(
  EXISTS (SELECT 1 FROM channels c WHERE c.workspace_id = ${workspace} AND ${isOnIt})
  OR EXISTS (SELECT 1 FROM incident_deliveries g JOIN deliveries d ON d.id = g.delivery_id
              WHERE g.incident_id = ic.incident_id AND g.workspace_id = ${workspace} AND d.component_id = ic.component_id))`;

/** Incidents a workspace sees: those on what it uses, and our own absences. */
export const isVisible = (workspace: string): string => `(
  i.kind = 'own-downtime'
  OR EXISTS (SELECT 1 FROM incident_deliveries g WHERE g.incident_id = i.id AND g.workspace_id = ${workspace})
  OR EXISTS (SELECT 1 FROM incident_components ic JOIN channels c ON ${isOnIt}
              WHERE ic.incident_id = i.id AND c.workspace_id = ${workspace}))`;

/** Incidents of ways out of the installation that are no channel of anybody, such as its roads for mail: the operator's business. */
export const isOutlets = `
  EXISTS (SELECT 1 FROM incident_components ic WHERE ic.incident_id = i.id AND NOT EXISTS (SELECT 1 FROM channels c WHERE c.component_id = ic.component_id))`;

export function incidentOf(row: IncidentRow): Incident {
  const components = row.components.map((one) => ({
    ...one, platform: one.platform ?? platformName(one.connectorId), fellAt: new Date(one.fellAt), firstFellAt: new Date(one.firstFellAt), backAt: one.backAt === null ? null : new Date(one.backAt),
  }));
  return { ...row, components };
}

/** What it is, or was, for whom these are all the components of it: when it began and ended for them. */
export function spanOf({ beganAt, endedAt, closedAt, components }: Incident): { readonly from: Date; readonly to: Date | null } {
  if (components.length === 0) return { from: beganAt, to: endedAt ?? closedAt };
  const backs = components.flatMap(({ backAt }) => backAt?.getTime() ?? []);
  return { from: new Date(Math.min(...components.map(({ firstFellAt }) => firstFellAt.getTime()))), to: backs.length < components.length ? null : new Date(Math.max(...backs)) };
}

/** As it leaves by the API. */
export function itemOf({ beganAt, endedAt, closedAt, components, ...incident }: Incident): IncidentItem {
  return {
    ...incident,
    beganAt: beganAt.toISOString(), endedAt: endedAt?.toISOString() ?? null, closedAt: closedAt?.toISOString() ?? null,
    components: components.map(({ fellAt, firstFellAt: _first, backAt, ...one }) => ({ ...one, fellAt: fellAt.toISOString(), backAt: backAt?.toISOString() ?? null })),
  };
}

/** Outlets stand in no registry: they keep their id. */
export function platformName(connectorId: string): string {
  return connectors.find(({ id }) => id === connectorId)?.name ?? connectorId;
}
