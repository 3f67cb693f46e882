import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { byDay } from '../../core/asks-at.js';
import type { ClientDay } from '../../core/day.js';
import { leavesAt } from '../../core/failover.js';
import { type FailoverPolicy, policyOf, type Routes } from '../../core/failover-policy.js';
import { outlook, type Touched } from '../../core/outlook.js';
import { hasMedia } from '../../core/part.js';
import type { Policy } from '../../core/policy.js';
import type { Instant } from '../../core/instant.js';
import { needsPerson } from '../../core/review.js';
import { type Reader, type Rule, waysSaid } from '../../core/promise.js';
import type { OutletTrouble } from '../../core/routes.js';
import { wallOf } from '../../core/schedule.js';
import { defaultTimes } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import type { Language } from '../../infra/http/problem.js';
import { OutletNeeds } from '../posts/outlet-needs.service.js';
import { OutletReadiness } from '../posts/outlet-readiness.service.js';
import { OutletsOfPosts, type PossibleOutlet } from '../posts/outlets.service.js';
import { asksPerson } from '../posts/reviews.service.js';
import type { Decision } from './decision.schema.js';
import { elsewhere, firstPart, outcomeOf } from './decision-columns.js';
import { platformName } from './incident-rows.js';

export type { Decision } from './decision.schema.js';

/** Text of a post in a list: enough to know it by. */
const SHOWN = 120;

export interface Wanted {
  readonly language: Language;
  readonly clientId?: string | undefined;
  /** Who reads the outlook; default: the team. A client gets no machine's words and no names. */
  readonly reader?: Reader['who'];
  /** Of the transaction it is read in. */
  readonly manager?: EntityManager;
}

interface Row extends Omit<Decision, 'platform' | 'plannedAt' | 'dueAt' | 'publishedAt' | 'wallAt' | 'outlook' | 'ways' | 'wayIds'>, Pick<Touched, 'reason' | 'released' | 'approved' | 'timed'> {
  readonly plannedAt: Date;
  readonly dueAt: Date;
  readonly deadlineAt: Date;
  readonly readyAt: Date | null;
  readonly publishedAt: Date | null;
  readonly isOver: boolean;
  readonly beganAt: Date;
  readonly rerouteAt: Date | null;
  readonly dayFrom: string;
  readonly dayTo: string;
  readonly origin: string;
  readonly postPolicy: Policy;
  readonly clientRoutes: Routes;
  /** Where it was sent instead. */
  readonly elsewhereNames: readonly string[] | null;
}

/** The decision list: every post an incident touches, with what will happen to it. */
@Injectable()
export class DecisionsService {
  constructor(
    private readonly database: DataSource,
    private readonly clock: Clock,
    private readonly outlets: OutletsOfPosts,
    private readonly readiness: OutletReadiness,
    private readonly needs: OutletNeeds,
  ) {}

  /** How many of its posts go on only if a person does something. */
  async forPeople(manager: EntityManager, workspaceId: string, incidentId: string): Promise<number> {
    const rows = await manager.query<Pick<Decision, 'state' | 'holdReason' | 'asked'>[]>(
      `SELECT d.state, d.hold_reason AS "holdReason", ${asksPerson} AS asked FROM incident_deliveries g JOIN deliveries d ON d.id = g.delivery_id WHERE g.incident_id = $1 AND g.workspace_id = $2`,
      [incidentId, workspaceId],
    );
    return rows.filter(needsPerson).length;
  }

  /** The post of one of them, and its client's zone; null = the incident touches no such delivery of this workspace. */
  async post(workspaceId: string, incidentId: string, deliveryId: string): Promise<{ readonly postId: string; readonly zone: string } | null> {
    const [row] = await this.database.query<{ postId: string; zone: string }[]>(
      `SELECT d.post_id AS "postId", l.zone FROM incident_deliveries g JOIN deliveries d ON d.id = g.delivery_id JOIN clients l ON l.id = g.client_id WHERE g.incident_id = $1 AND g.workspace_id = $2 AND g.delivery_id = $3`,
      [incidentId, workspaceId, deliveryId]);
    return row ?? null;
  }

  /** By client, then hour. Empty where the workspace has nothing in it. */
  async list(workspaceId: string, incidentId: string, { language, clientId, reader = 'team', manager = this.database.manager }: Wanted): Promise<readonly Decision[]> {
    const rows = await manager.query<Row[]>(
      `SELECT d.id AS "deliveryId", d.post_id AS "postId", b.version AS "postVersion", g.client_id AS "clientId", l.name AS "clientName", l.zone, to_char(l.day_from, 'HH24:MI') AS "dayFrom", to_char(l.day_to, 'HH24:MI') AS "dayTo",
              d.channel_id AS "channelId", c.name AS "channelName", d.connector_id AS "connectorId", coalesce(left(p.content ->> 'text', ${SHOWN}), '') AS text,
              g.planned_at AS "plannedAt", d.due_at AS "dueAt", d.deadline_at AS "deadlineAt", CASE WHEN isfinite(d.ready_at) THEN d.ready_at END AS "readyAt", d.choice, d.state, d.hold_reason AS "holdReason", d.reason,
              ${asksPerson} AS asked, d.released, d.approved, d.version, coalesce(e.url, p.url) AS url, CASE WHEN d.state = 'published' THEN p.published_at END AS "publishedAt", ${outcomeOf} AS outcome,
              i.closed_at IS NOT NULL AS "isOver", i.began_at AS "beganAt", d.reroute_at AS "rerouteAt", d.origin, b.policy AS "postPolicy", l.reroute_to AS "clientRoutes",
              EXISTS (SELECT FROM parts q WHERE q.delivery_id = d.id AND q.published_at IS NULL AND q.time_word IS NOT NULL) AS timed, e.names AS "elsewhereNames"
         FROM incident_deliveries g JOIN incidents i ON i.id = g.incident_id JOIN deliveries d ON d.id = g.delivery_id JOIN posts b ON b.id = d.post_id
         JOIN clients l ON l.id = g.client_id JOIN channels c ON c.id = d.channel_id ${firstPart} ${elsewhere}
        WHERE g.incident_id = $1 AND g.workspace_id = $2 AND ($3::uuid IS NULL OR g.client_id = $3)
        ORDER BY l.name, l.id, g.planned_at, d.id`,
      [incidentId, workspaceId, clientId ?? null],
    );
    const ruled: { readonly row: Row; readonly rule: Ruled }[] = [];
    for (const row of rows) ruled.push({ row, rule: ruleOf(row, isOpen(row) ? await this.needs.of(workspaceId, policyIn(row).routes, manager) : 0) });
    const now = this.clock.now();
    const outlets = await this.outletsOf(workspaceId, ruled.filter(({ row }) => isOpen(row)), { now, manager });
    return ruled.map(({ row, rule }) => {
      const { wayIds, ...ways } = isOpen(row) ? waysSaid(rule, outlets.get(row.deliveryId) ?? []) : { ways: row.elsewhereNames ?? [], wayIds: [], unwritten: [] };
      return { ...decisionOf(row, outlook(touchedOf(row, { ...rule, ...ways }), { language, zone: row.zone, who: reader }, now)), ways: [...ways.ways], wayIds: row.approved ? [...wayIds] : [] };
    });
  }

  /** By delivery, with what stands in their way at the moment at which they would be asked for. */
  private async outletsOf(workspaceId: string, open: readonly { readonly row: Row; readonly rule: Ruled }[], { now, manager }: { readonly now: Instant; readonly manager: EntityManager }): Promise<ReadonlyMap<string, readonly PossibleOutlet[]>> {
    const outlets = await this.outlets.ofMany(workspaceId, open.map(({ row: { postId }, rule: { policy } }) => ({ postId, routes: policy.routes })), manager);
    const leaving = open.flatMap(({ row, rule: { asksAt } }) => {
      const own = outlets.get(row.postId) ?? [];
      return asksAt === null || own.length === 0 ? [] : [{ deliveryId: row.deliveryId, postId: row.postId, dueAt: row.dueAt.getTime(), day: dayOf(row), outlets: own, at: Math.max(asksAt, now) }];
    });
    const verdictOn = await this.fallen(leaving.flatMap((post) => post.outlets), manager);
    const judged = await this.readiness.judgedEach(workspaceId, leaving, { absentMs: defaultTimes.absentMs, verdictOn });
    return new Map([
      ...open.map(({ row: { deliveryId, postId } }) => [deliveryId, outlets.get(postId) ?? []] as const),
      ...leaving.map(({ deliveryId }, n) => [deliveryId, judged[n] ?? []] as const),
    ]);
  }

  /** It goes elsewhere if its platform stays down: then what else is down stays so as well. */
  private async fallen(outlets: readonly PossibleOutlet[], manager: EntityManager): Promise<(outlet: PossibleOutlet) => OutletTrouble | null> {
    const rows = await manager.query<{ componentId: string; onlyMedia: boolean }[]>(
      `SELECT ic.component_id AS "componentId", bool_and(ic.only_media) AS "onlyMedia" FROM incident_components ic JOIN incidents i ON i.id = ic.incident_id
        WHERE i.closed_at IS NULL AND ic.back_at IS NULL AND ic.component_id = ANY($1::text[]) GROUP BY ic.component_id`, [[...new Set(outlets.map(({ componentId }) => componentId))]]);
    const down = new Map(rows.map(({ componentId, onlyMedia }) => [componentId, onlyMedia]));
    return ({ componentId, parts }) => (down.get(componentId) === false || (down.has(componentId) && parts.some(hasMedia)) ? 'down' : null);
  }
}

const isOpen = ({ state }: Row): boolean => state === 'scheduled' || state === 'held';

/** `asksAt`: when another way is looked for, if ever. */
type Ruled = Omit<Rule, 'ways' | 'unwritten' | 'dueAt' | 'deadlineAt'> & Pick<Touched, 'dueAt' | 'deadlineAt'> & { readonly asksAt: Instant | null };

const dayOf = ({ zone, dayFrom: from, dayTo: to }: Row): ClientDay => ({ zone, from, to });

const policyIn = ({ origin, choice, postPolicy, clientRoutes }: Row): FailoverPolicy => policyOf(origin, { choice, policy: postPolicy, clientRoutes });

function ruleOf(row: Row, needsMs: number): Ruled {
  const { choice, timed } = row;
  const policy = policyIn(row);
  const [dueAt, deadlineAt] = [row.dueAt.getTime(), row.deadlineAt.getTime()];
  const day = dayOf(row);
  const leaves = row.rerouteAt?.getTime() ?? leavesAt({ choice, dueAt, deadlineAt, needsMs, policy, day }, row.beganAt.getTime(), defaultTimes);
  const asksAt = leaves === null ? null : byDay({ day, deadlineAt }, leaves);
  return { choice, policy, lateLimitMinutes: null, timed, dueAt, deadlineAt, asksAt, rerouteAt: asksAt !== null && asksAt < deadlineAt ? asksAt : null };
}

function touchedOf({ plannedAt, readyAt, publishedAt, outcome, dueAt: _due, deadlineAt: _limit, rerouteAt: _leaves, ...row }: Row, rule: Ruled & Pick<Rule, 'ways' | 'unwritten'>): Touched {
  return {
    ...row, ...rule, plannedAt: plannedAt.getTime(), readyAt: readyAt?.getTime() ?? null, outAt: publishedAt?.getTime() ?? null, late: outcome === 'published-late',
    elsewhere: row.state === 'rerouted' ? (outcome === 'rerouted' ? 'out' : outcome === 'dropped' ? 'nowhere' : 'under-way') : null,
  };
}

function decisionOf(
  {
    plannedAt, dueAt, publishedAt, deadlineAt: _limit, readyAt: _ready, reason: _reason, released: _released, approved: _approved, isOver: _isOver, beganAt: _beganAt, rerouteAt: _rerouteAt, dayFrom: _dayFrom, dayTo: _dayTo,
    origin: _origin, timed: _timed, postPolicy: _policy, clientRoutes: _routes, elsewhereNames: _names, ...row
  }: Row,
  said: string,
): Omit<Decision, 'ways' | 'wayIds'> {
  return {
    ...row, platform: platformName(row.connectorId), plannedAt: plannedAt.toISOString(), dueAt: dueAt.toISOString(), publishedAt: publishedAt?.toISOString() ?? null,
    wallAt: wallOf(plannedAt.getTime(), row.zone).slice(0, 16), outlook: said,
  };
}
