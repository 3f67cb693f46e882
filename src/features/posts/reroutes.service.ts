import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type ClientDay, endOf } from '../../core/day.js';
import type { FailoverPolicy } from '../../core/failover-policy.js';
import type { Instant } from '../../core/instant.js';
import type { PartContent } from '../../core/part.js';
import type { Reason } from '../../core/reason.js';
import { againAfterDeadlock } from '../../infra/database/deadlock.js';
import { FactWriter, storable } from '../../infra/facts/fact-writer.js';
import { BellsService } from './bells.service.js';
import { deliveryFact } from './flight.schema.js';
import { interval, unpaused } from './flight-columns.js';
import type { ChannelRow } from './post-rows.js';
import { PostWriter } from './post-writer.service.js';
import { partsFor } from './post-violations.js';

/** A delivery that goes elsewhere, as it was read. */
export interface Leaving {
  readonly id: string;
  readonly version: number;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly postId: string;
  readonly channelId: string;
}

export interface Way {
  readonly channel: ChannelRow;
  /** As its author left it. */
  readonly parts: readonly PartContent[];
  /** Of the version these are; null = the post's own words. */
  readonly writtenVersion: number | null;
}

export interface Reroute {
  readonly reason: Reason;
  readonly after: FailoverPolicy['afterReroute'];
  readonly ways: readonly Way[];
  readonly day: ClientDay;
  readonly now: Instant;
  /** What happens with it, in its transaction; not with those that leave along. */
  readonly also?: (manager: EntityManager) => Promise<void>;
}

/** Goes the same way as another one, with it. */
export interface Companion extends Pick<Reroute, 'reason' | 'after' | 'ways'> {
  readonly leaving: Leaving;
}

/** The way that several posts of a client would share. */
interface Shared {
  readonly channelIds: readonly string[];
  readonly connectorIds: readonly string[];
  /** Past its limit for so long, nobody was there: it goes nowhere. */
  readonly absentMs: number;
}

const ROWS_AT_MOST = 500;
/** So many posts leave together; the others of that day follow by themselves. */
const TOGETHER_AT_MOST = 40;

/** Deliveries that go out elsewhere: the compare-and-set and what it leads to are one transaction (DESIGN §8). */
@Injectable()
export class ReroutesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly writer: PostWriter,
    private readonly facts: FactWriter,
    private readonly bells: BellsService,
  ) {}

  /** `along`: those that leave with it, in one transaction; whoever changed since it was read stays. @returns false = it changed since it was read; the next bell decides anew. */
  async reroute(leaving: Leaving, terms: Reroute, along: readonly Companion[] = []): Promise<boolean> {
    const children = await againAfterDeadlock(() => this.dataSource.transaction(async (manager) => {
      // Two of a brand that would take each other along: one after the other.
      if (along.length > 0) await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`leaving together ${leaving.clientId}`]);
      const own = await this.rerouteWithin(manager, leaving, terms);
      if (own === null) return null;
      await terms.also?.(manager);
      const others: string[] = [];
      for (const { leaving: other, ...how } of along) others.push(...((await this.rerouteWithin(manager, other, { ...terms, ...how })) ?? []));
      return [...own, ...others];
    }));
    if (children) await this.bells.ring(children);
    return children !== null;
  }

  /**
   * What else of its client may be about to leave its platform by one of these channels: due, let go or held by no person, with a version for
   * it; of the posts with the earliest limit. What cannot leave is left out here: it would take the places of what can.
   * None once the message they would share has gone that day: what is later waits for its platform to the last.
   */
  async mayLeaveToo({ id, clientId, workspaceId }: Pick<Leaving, 'id' | 'clientId' | 'workspaceId'>, { channelIds, connectorIds, absentMs }: Shared): Promise<readonly string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `WITH waiting AS (
         SELECT d.id, d.post_id, least(d.reroute_at, d.deadline_at) AS leaves
           FROM deliveries d JOIN posts o ON o.id = d.post_id JOIN clients b ON b.id = d.client_id
          WHERE d.workspace_id = $3 AND d.client_id = $1 AND d.id <> $2 AND d.state IN ('scheduled', 'held') AND d.due_at <= now() AND d.deadline_at > now() - ${interval('$6')}
            AND coalesce(d.hold_reason, '') NOT IN ('late', 'ask') AND d.approved AND NOT d.released AND d.origin <> 'fallback' AND d.origin NOT LIKE 'late:%' AND ${unpaused('d')}
            AND (d.choice = 'hour-counts' OR o.policy ->> 'onOutage' IN ('reroute-now', 'reroute-after') OR o.policy ->> 'atDeadline' = 'reroute')
            AND EXISTS (SELECT 1 FROM fallbacks f WHERE f.post_id = d.post_id AND f.channel_id = ANY($5::uuid[]) AND f.approved_at IS NOT NULL
                           AND coalesce(o.policy -> 'rerouteTo', b.reroute_to) @> jsonb_build_array(jsonb_build_array(f.channel_id)))
            AND NOT EXISTS (SELECT 1 FROM deliveries f JOIN clients b ON b.id = f.client_id WHERE f.workspace_id = $3 AND f.client_id = $1 AND f.origin = 'fallback' AND f.connector_id = ANY($4)
                               AND f.state = 'published' AND f.ended_at >= date_trunc('day', now() AT TIME ZONE b.zone) AT TIME ZONE b.zone)),
       first AS (SELECT post_id, min(leaves) AS leaves FROM waiting GROUP BY post_id ORDER BY 2, 1 LIMIT ${TOGETHER_AT_MOST})
       SELECT w.id FROM waiting w JOIN first f USING (post_id) ORDER BY f.leaves, post_id, w.id`,
      [clientId, id, workspaceId, connectorIds, channelIds, absentMs],
    );
    return rows.map((row) => row.id);
  }

  /** As `reroute`, within the caller's transaction. @returns whose bells to ring after the commit; null = it changed since it was read */
  async rerouteWithin(manager: EntityManager, leaving: Leaving, { reason, after, ways, day, now }: Reroute): Promise<readonly string[] | null> {
    if (!(await this.isSaidStill(manager, leaving.postId, ways))) return null;
    const [gone] = await manager.query<[unknown[], number]>(
      `UPDATE deliveries d SET state = 'rerouted', hold_reason = NULL, reroute_at = NULL, reason = $3::jsonb, ended_at = now(), version = version + 1, ring = ring + 1, rung_until = NULL
        WHERE id = $1 AND version = $2 AND state IN ('scheduled', 'held') AND NOT EXISTS (SELECT 1 FROM parts p WHERE p.delivery_id = d.id AND p.published_at IS NOT NULL) RETURNING 1`,
      [leaving.id, leaving.version, storable(reason)],
    );
    if (gone.length === 0) return null;
    const childIds = await this.children(manager, leaving, { ways, day, now });
    await manager.query(
      `INSERT INTO reroutes (delivery_id, workspace_id, after) VALUES ($1, $2, $3)
       ON CONFLICT (delivery_id) DO UPDATE SET after = excluded.after, at = now(), settled_at = NULL, settled_as = NULL`,
      [leaving.id, leaving.workspaceId, after],
    );
    await manager.query(`INSERT INTO reroute_children (delivery_id, child_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING`, [leaving.id, childIds]);
    await this.facts.write(manager, [{ kind: 'delivery.rerouted', workspaceId: leaving.workspaceId, subjectId: leaving.id, payload: deliveryFact(leaving, { reason, childIds }) }]);
    return childIds;
  }

  /** Locks the post: two channels of it leave one after the other, and what is written for it waits. @returns false = another version is approved by now than the one that was read, or none */
  private async isSaidStill(manager: EntityManager, postId: string, ways: readonly Way[]): Promise<boolean> {
    await manager.query('SELECT 1 FROM posts WHERE id = $1 FOR UPDATE', [postId]);
    const written = await manager.query<{ channelId: string; version: number }[]>('SELECT channel_id AS "channelId", version FROM fallbacks WHERE post_id = $1 AND approved_at IS NOT NULL', [postId]);
    return ways.every(({ channel, writtenVersion }) => (written.find(({ channelId }) => channelId === channel.id)?.version ?? null) === writtenVersion);
  }

  /** A fallback belongs to (post, outlet): of two channels of a post that fell, the second joins what the first began. */
  private async children(manager: EntityManager, { workspaceId, clientId, postId }: Leaving, { ways, day, now }: Pick<Reroute, 'ways' | 'day' | 'now'>): Promise<readonly string[]> {
    const channelIds = ways.map(({ channel }) => channel.id);
    const there = await manager.query<{ id: string; channelId: string }[]>(
      `SELECT id, channel_id AS "channelId" FROM deliveries WHERE post_id = $1 AND channel_id = ANY($2::uuid[]) AND origin = 'fallback'`,
      [postId, channelIds],
    );
    const added = ways.filter(({ channel }) => !there.some(({ channelId }) => channelId === channel.id)).map(({ channel, parts }) => ({
      id: uuid(), postId, seriesId: null, channelId: channel.id, connectorId: channel.connectorId, componentId: channel.componentId, origin: 'fallback',
      choice: 'hour-counts' as const, dueAt: now, deadlineAt: endOf(day, now), approved: true, parts: partsFor(channel, parts),
    }));
    await this.writer.insertDeliveries(manager, { workspaceId, clientId }, added);
    return [...there, ...added].map(({ id }) => id);
  }

  /**
   * Nothing came of it anywhere: what is not due yet is as it was planned, what is still within its limit waits again for
   * its own platform, the rest waits for a person, or is missed where its hour counted (DESIGN §8). What a person
   * cancelled or dropped there is dropped. @returns how many
   */
  comeBack(): Promise<number> {
    return againAfterDeadlock(() => this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[(Leaving & { readonly state: keyof typeof kinds; readonly reason: Reason })[], number]>(
        `WITH lost AS (
           SELECT r.delivery_id AS id, left(string_agg(DISTINCT c.name, ', '), 200) AS names,
                  bool_or(f.state IN ('cancelled', 'skipped')) OR bool_or(o.cancelled_at IS NOT NULL) AS stopped, min(f.reason ->> 'detail') FILTER (WHERE f.state IN ('cancelled', 'skipped')) AS by
             FROM (SELECT * FROM reroutes r WHERE r.settled_at IS NULL AND NOT EXISTS (
                     SELECT 1 FROM reroute_children k JOIN deliveries f ON f.id = k.child_id WHERE k.delivery_id = r.delivery_id AND f.state NOT IN (${ended}))
                    ORDER BY r.delivery_id LIMIT ${ROWS_AT_MOST} FOR UPDATE SKIP LOCKED) r
             JOIN reroute_children k ON k.delivery_id = r.delivery_id JOIN deliveries f ON f.id = k.child_id JOIN channels c ON c.id = f.channel_id JOIN posts o ON o.id = f.post_id
            GROUP BY r.delivery_id),
         settled AS (UPDATE reroutes r SET settled_at = now(), settled_as = CASE WHEN lost.stopped THEN 'skipped' ELSE 'came-back' END FROM lost WHERE r.delivery_id = lost.id),
         becoming AS (
           SELECT lost.*, CASE WHEN lost.stopped THEN 'skipped' WHEN d.due_at > now() THEN 'scheduled' WHEN d.deadline_at <= now() AND d.choice = 'hour-counts' THEN 'missed' ELSE 'held' END AS next
             FROM lost JOIN deliveries d ON d.id = lost.id WHERE d.state = 'rerouted' FOR UPDATE OF d)
         UPDATE deliveries d
            SET state = b.next, hold_reason = CASE WHEN b.next = 'held' THEN CASE WHEN d.deadline_at > now() THEN 'outage' ELSE 'late' END END,
                reason = CASE WHEN b.stopped THEN jsonb_build_object('code', 'dropped', 'detail', coalesce(b.by, '')) ELSE jsonb_build_object('code', 'other-ways-failed', 'detail', b.names) END,
                ready_at = CASE b.next WHEN 'scheduled' THEN d.due_at WHEN 'held' THEN CASE WHEN d.deadline_at > now() THEN now() ELSE 'infinity' END ELSE d.ready_at END,
                ended_at = CASE WHEN b.next IN ('missed', 'skipped') THEN now() END,
                told_at = NULL, held_told = CASE WHEN b.next = 'held' THEN 'outage/other-ways-failed' END, version = d.version + 1, ring = d.ring + 1, rung_until = NULL
           FROM becoming b WHERE d.id = b.id
         RETURNING d.id, d.version, d.workspace_id AS "workspaceId", d.client_id AS "clientId", d.post_id AS "postId", d.channel_id AS "channelId", d.state, d.reason`,
      );
      await this.facts.write(manager, rows.flatMap((row) => {
        const kind = kinds[row.state];
        return kind === null ? [] : [{ kind, workspaceId: row.workspaceId, subjectId: row.id, payload: deliveryFact(row, { reason: row.reason }) }];
      }));
      return rows.length;
    }));
  }
}

/** Nothing came of a fallback in these. */
const ended = `'failed', 'missed', 'skipped', 'cancelled'`;

const kinds = { missed: 'delivery.missed', held: 'delivery.held', skipped: 'delivery.skipped', scheduled: null } as const;
