import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { rerouteAt } from '../../core/failover.js';
import { policyOf, type Routes } from '../../core/failover-policy.js';
import { outlook, type Touched } from '../../core/outlook.js';
import type { Policy } from '../../core/policy.js';
import type { Reader } from '../../core/promise.js';
import { wallOf } from '../../core/schedule.js';
import { Clock } from '../../infra/clock.js';
import type { Language } from '../../infra/http/problem.js';
import type { Decision } from './decision.schema.js';
import { firstPart, outcomeOf } from './decision-columns.js';
import { platformName } from './incident-rows.js';

export type { Decision } from './decision.schema.js';

/** Text of a post in a list: enough to know it by. */
const SHOWN = 120;

export interface Wanted {
  readonly language: Language;
  readonly clientId?: string | undefined;
  /** Who reads the outlook; default: the team. A client gets no machine's words and no names. */
  readonly reader?: Reader['who'];
}

interface Row extends Omit<Decision, 'platform' | 'plannedAt' | 'dueAt' | 'publishedAt' | 'wallAt' | 'outlook' | 'ways'>, Pick<Touched, 'reason' | 'released' | 'approved'> {
  readonly plannedAt: Date;
  readonly dueAt: Date;
  readonly deadlineAt: Date;
  readonly readyAt: Date | null;
  readonly publishedAt: Date | null;
  readonly isOver: boolean;
  readonly beganAt: Date;
  readonly rerouteAt: Date | null;
  readonly origin: string;
  readonly postPolicy: Policy;
  readonly clientRoutes: Routes;
  /** Of the client's outlets, by id; only where it has ways to take. */
  readonly outletNames: Readonly<Record<string, string>> | null;
}

/** The decision list: every post an incident touches, with what will happen to it. */
@Injectable()
export class DecisionsService {
  constructor(
    private readonly database: DataSource,
    private readonly clock: Clock,
  ) {}

  /** By client, then hour. Empty where the workspace has nothing in it. */
  async list(workspaceId: string, incidentId: string, { language, clientId, reader = 'team' }: Wanted): Promise<readonly Decision[]> {
    const rows = await this.database.query<Row[]>(
      `SELECT d.id AS "deliveryId", d.post_id AS "postId", b.version AS "postVersion", g.client_id AS "clientId", l.name AS "clientName", l.zone,
              d.channel_id AS "channelId", c.name AS "channelName", d.connector_id AS "connectorId", coalesce(left(p.content ->> 'text', ${SHOWN}), '') AS text,
              g.planned_at AS "plannedAt", d.due_at AS "dueAt", d.deadline_at AS "deadlineAt", CASE WHEN isfinite(d.ready_at) THEN d.ready_at END AS "readyAt", d.choice, d.state, d.hold_reason AS "holdReason", d.reason,
              d.released, d.approved, d.version, p.url, CASE WHEN d.state = 'published' THEN p.published_at END AS "publishedAt", ${outcomeOf} AS outcome,
              i.closed_at IS NOT NULL AS "isOver", i.began_at AS "beganAt", d.reroute_at AS "rerouteAt", d.origin, b.policy AS "postPolicy", l.reroute_to AS "clientRoutes",
              CASE WHEN b.policy ? 'rerouteTo' OR l.reroute_to <> '[]' THEN (SELECT jsonb_object_agg(n.id, n.name) FROM channels n WHERE n.client_id = l.id) END AS "outletNames"
         FROM incident_deliveries g JOIN incidents i ON i.id = g.incident_id JOIN deliveries d ON d.id = g.delivery_id JOIN posts b ON b.id = d.post_id
         JOIN clients l ON l.id = g.client_id JOIN channels c ON c.id = d.channel_id ${firstPart}
        WHERE g.incident_id = $1 AND g.workspace_id = $2 AND ($3::uuid IS NULL OR g.client_id = $3)
        ORDER BY l.name, l.id, g.planned_at, d.id`,
      [incidentId, workspaceId, clientId ?? null],
    );
    const now = this.clock.now();
    return rows.map((row) => {
      const touched = touchedOf(row);
      return { ...decisionOf(row, outlook(touched, { language, zone: row.zone, who: reader }, now)), ways: [...touched.ways] };
    });
  }
}

function touchedOf({ plannedAt, dueAt, deadlineAt, readyAt, publishedAt, outcome, ...row }: Row): Touched {
  const policy = policyOf(row.origin, { choice: row.choice, policy: row.postPolicy, clientRoutes: row.clientRoutes });
  const leavesAt = row.rerouteAt?.getTime() ?? rerouteAt({ dueAt: dueAt.getTime(), policy }, row.beganAt.getTime());
  return {
    ...row, plannedAt: plannedAt.getTime(), dueAt: dueAt.getTime(), deadlineAt: deadlineAt.getTime(), readyAt: readyAt?.getTime() ?? null, outAt: publishedAt?.getTime() ?? null,
    late: outcome === 'published-late', policy, lateLimitMinutes: null, ways: (policy.routes[0] ?? []).flatMap((id) => row.outletNames?.[id] ?? []),
    rerouteAt: leavesAt < deadlineAt.getTime() ? leavesAt : null,
  };
}

function decisionOf({ plannedAt, dueAt, publishedAt, deadlineAt: _limit, readyAt: _ready, reason: _reason, released: _released, approved: _approved, isOver: _isOver, beganAt: _beganAt, rerouteAt: _rerouteAt, origin: _origin, postPolicy: _policy, clientRoutes: _routes, outletNames: _names, ...row }: Row, said: string): Omit<Decision, 'ways'> {
  return {
    ...row, platform: platformName(row.connectorId), plannedAt: plannedAt.toISOString(), dueAt: dueAt.toISOString(), publishedAt: publishedAt?.toISOString() ?? null,
    wallAt: wallOf(plannedAt.getTime(), row.zone).slice(0, 16), outlook: said,
  };
}
