import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isByHand } from '../../connectors/registry.js';
import { followsAtOnce } from '../../core/drain.js';
import type { Due } from '../../core/failover.js';
import { policyOf, type Routes } from '../../core/failover-policy.js';
import type { Policy } from '../../core/policy.js';
import { timeWordOf } from '../../core/time-words.js';
import { BLOCKED_AFTER_TRIES, TIMES, type Times } from '../../core/times.js';
import { Gather } from '../../infra/database/gather.js';
import { prepared } from '../../infra/database/prepared.js';
import { hasMedia, interval, ms, nextPart, pauseOf, unreadTexts } from './flight-columns.js';

/** A delivery whose bell rang, with what is needed to decide and to claim. */
export interface DueDelivery extends Due {
  readonly id: string;
  readonly version: number;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly postId: string;
  readonly channelId: string;
  readonly connectorId: string;
  readonly componentId: string;
  readonly channelDetail: string | null;
  /** What people call the platform of a channel where a person posts; else the channel's name. */
  readonly placeName: string;
  readonly partId: string;
  /** The next part has a picture or film to upload first. */
  readonly hasMedia: boolean;
  /** Its account was in order at some time in the last 24 h: what it is refused says something of the platform. */
  readonly healthy: boolean;
  /** The database's clock when it was read, ms. */
  readonly readAt: number;
  /** After a restore: an older life may have published it ahead of its time, so it is looked for from this instant on, ms; null = no need. */
  readonly lookBackTo: number | null;
  /** It went out elsewhere and follows late: when it was due here at first, ms. Since then somebody may have posted it by hand. */
  readonly followsSince: number | null;
  /** Its client's zone and day, for what is late. */
  readonly zone: string;
  readonly dayFrom: string;
  readonly dayTo: string;
  /** The word of time in it, read once it is late. */
  readonly timeWord: string | null;
  /** The pause that is in its way. */
  readonly pauseId: string | null;
}

type Row = Omit<DueDelivery, 'policy' | 'day' | 'timed' | 'byHand' | 'paused' | 'follows'> & { readonly origin: string; readonly createdAt: number; readonly postPolicy: Policy; readonly clientRoutes: Routes; readonly unread: readonly string[] | null };

/** What an older life moved forward is looked for this long before the arming, and in what is due this long after it. */
const LOOK_BACK = `interval '7 days'`;

/** Reads what is due. Decide first, on a read: nothing here locks or changes a row (DESIGN §6.2). */
@Injectable()
export class DuesService {
  private readonly reads = new Gather<string, DueDelivery | null>((ids) => this.readAll(ids), { most: 200, parallel: 2 });

  constructor(
    private readonly dataSource: DataSource,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** null = cancelled, ended, or nothing left to send. */
  read(id: string): Promise<DueDelivery | null> {
    return this.reads.add(id);
  }

  private async readAll(ids: readonly string[]): Promise<(DueDelivery | null)[]> {
    const rows = await this.dataSource.query<Row[]>(
      prepared(`SELECT d.id, d.version, d.state, d.hold_reason AS "holdReason", d.choice, d.released, d.approved,
              d.workspace_id AS "workspaceId", d.client_id AS "clientId", d.post_id AS "postId", d.channel_id AS "channelId", d.origin,
              o.policy AS "postPolicy", b.reroute_to AS "clientRoutes", ${ms('h.since')} AS "verdictSince",
              CASE WHEN d.tries >= ${BLOCKED_AFTER_TRIES} AND d.failing_since < now() - ${interval('$2')} THEN ${ms('d.failing_since')} END AS "blockedSince",
              CASE WHEN d.due_at < now() - ${interval('$3')} THEN
                (SELECT q.time_word FROM parts q WHERE q.delivery_id = d.id AND q.published_at IS NULL AND q.time_word IS NOT NULL ORDER BY q.position LIMIT 1) END AS "timeWord",
              CASE WHEN d.due_at < now() - ${interval('$3')} THEN ${unreadTexts} END AS unread,
              d.connector_id AS "connectorId", d.component_id AS "componentId",
              ${ms('d.due_at')} AS "dueAt", ${ms('d.ready_at')} AS "readyAt", ${ms('d.deadline_at')} AS "deadlineAt",
              ${ms('now()')} AS "readAt", ${ms('d.created_at')} AS "createdAt", p.id AS "partId", p.position > 0 AS begun,
              ${hasMedia('p')} AS "hasMedia",
              CASE WHEN c.state = 'connected' AND c.archived_at IS NULL THEN 'ok' WHEN c.state = 'checking' THEN 'checking' ELSE 'down' END AS account,
              c.state_detail AS "channelDetail", coalesce(c.learned ->> 'platform', c.name) AS "placeName", coalesce(c.healthy_at > now() - interval '24 hours', false) AS healthy,
              coalesce(h.canary = d.id, false) AS canary,
              CASE WHEN d.origin LIKE 'late:%' THEN (SELECT ${ms('f.due_at')} FROM deliveries f WHERE f.id = substr(d.origin, 6)::uuid) END AS "followsSince",
              b.zone, to_char(b.day_from, 'HH24:MI') AS "dayFrom", to_char(b.day_to, 'HH24:MI') AS "dayTo",
              coalesce(d.due_at <= i.armed_at AND d.created_at < i.armed_at, false) AS "beforeArming",
              -- Once: a try of this life comes after its look. Of a series another occurrence would be taken for it.
              CASE WHEN d.created_at < i.armed_at AND d.due_at > i.armed_at AND d.due_at < i.armed_at + ${LOOK_BACK} AND d.series_id IS NULL
                    AND NOT d.released AND p.position = 0 AND (d.intent_at IS NULL OR d.intent_at < i.armed_at)
                   THEN ${ms(`greatest(d.created_at, i.armed_at - ${LOOK_BACK})`)} END AS "lookBackTo",
              ${pauseOf('d')} AS "pauseId",
              CASE WHEN d.series_id IS NULL OR d.due_at > now() THEN false ELSE EXISTS (
                SELECT 1 FROM deliveries n WHERE n.series_id = d.series_id AND n.channel_id = d.channel_id
                  AND n.due_at > d.due_at AND n.due_at <= now() AND n.state <> 'cancelled') END AS superseded
         FROM deliveries d
         JOIN channels c ON c.id = d.channel_id
         JOIN clients b ON b.id = d.client_id
         JOIN posts o ON o.id = d.post_id
         LEFT JOIN installation i ON i.one
         LEFT JOIN components h ON h.id = d.component_id
         ${nextPart('d')}
        WHERE d.id = ANY($1::uuid[])`),
      [ids, this.times.blockedAfterMs, this.times.lateMs],
    );
    const byId = new Map(rows.map((row) => [row.id, dueOf(row)]));
    return ids.map((id) => byId.get(id) ?? null);
  }
}

function dueOf({ origin, createdAt, postPolicy, clientRoutes, unread, ...row }: Row): DueDelivery {
  const day = { zone: row.zone, from: row.dayFrom, to: row.dayTo };
  const timeWord = row.timeWord ?? timeWordOf(unread ?? []);
  return { ...row, day, follows: followsAtOnce({ origin, dueAt: row.dueAt, createdAt }, day), timeWord, policy: policyOf(origin, { choice: row.choice, policy: postPolicy, clientRoutes }), timed: timeWord !== null, byHand: isByHand(row.connectorId), paused: row.pauseId !== null };
}
