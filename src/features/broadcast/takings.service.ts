import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Part } from '../../core/part.js';
import { isWritten, plannedFor } from '../posts/carried.service.js';

export interface ToTake {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly channelId: string;
  readonly part: Part;
  readonly account: unknown;
}

/** What is taken, as dispatch has it. */
export interface TakenDelivery {
  readonly postId: string;
  readonly arming: number;
  readonly isFallback: boolean;
  /** null = none. */
  readonly deadlineAt: Date | null;
  /** When it was to go out; null = it has no time. */
  readonly dueAt: Date | null;
  /** When its post was due, ms; of a fallback: on its own platform. */
  readonly plannedAt: number;
  readonly author: unknown;
  /** Of a fallback: a person wrote or approved it for this channel. */
  readonly isWritten: boolean;
  readonly kind: 'live' | 'demo';
}

/** How a pause ended after which nothing just goes on. */
export interface PauseOver {
  readonly resume: 'drop' | 'review';
}

/** Of a round `b` through this connector: the pause that ended while it was under way, and has not been seen to. Of several the one that drops. */
export const pauseOver = (connectorId: 'newsletter' | 'sms'): string => `SELECT z.resume FROM pauses z WHERE z.workspace_id = b.workspace_id AND z.resume IN ('drop', 'review')
    AND (z.ended_at IS NOT NULL OR z.until <= now()) AND least(z.ended_at, z.until) > greatest(b.frozen_at, b.gone_on_at)
    AND (z.client_id IS NULL OR z.client_id = b.client_id) AND (z.connector_id IS NULL OR z.connector_id = '${connectorId}') ORDER BY z.resume LIMIT 1`;

/** Of a round `b` of messages through this connector: no person and nothing else said to wait, as posts ask it of a delivery. */
export const mayGo = (connectorId: 'newsletter' | 'sms'): string => `NOT EXISTS (SELECT FROM installation WHERE paused_at IS NOT NULL) AND NOT EXISTS (${pauseOver(connectorId)})
  AND NOT EXISTS (SELECT FROM pauses z WHERE z.workspace_id = b.workspace_id AND z.ended_at IS NULL AND z.until > now()
    AND (z.client_id IS NULL OR z.client_id = b.client_id) AND (z.connector_id IS NULL OR z.connector_id = '${connectorId}'))`;

/** Of those `w` who may be written to: who has not had the post, each looked up. By the placeholders of client and post. */
export const notReached = (client: string, post: string): string =>
  `NOT EXISTS (SELECT FROM reached h WHERE h.post_id = ${post}::uuid AND h.client_id = ${client}::uuid AND h.address_key = w.address_key OFFSET 0)`;

/** Recipients `r` of one of a mail's shares. By the placeholders of how many there are, less one, and which it is. */
export const ofShare = (last: string, nr: string): string => `uuid_hash(r.subscriber_id) & ${last}::int = ${nr}::int`;

/** What newsletters and rounds of SMS have in common when a post is taken as one. */
@Injectable()
export class Takings {
  /** Two that take the same post, for whatever channels, come one after the other from here on. */
  async of(manager: EntityManager, { workspaceId, channelId, part }: ToTake): Promise<TakenDelivery | null> {
    const [row]: TakenDelivery[] = await manager.query(
      `SELECT d.post_id AS "postId", d.arming, d.origin = 'fallback' AS "isFallback", CASE WHEN d.choice = 'can-wait' THEN NULL ELSE d.deadline_at END AS "deadlineAt", d.due_at AS "dueAt", o.created_by AS author, w.kind,
              (extract(epoch FROM ${plannedFor}) * 1000)::float8 AS "plannedAt", ${isWritten} AS "isWritten"
         FROM parts p JOIN deliveries d ON d.id = p.delivery_id JOIN posts o ON o.id = d.post_id JOIN workspaces w ON w.id = d.workspace_id
        WHERE p.workspace_id = $1 AND p.channel_id = $2 AND p.id = $3`, [workspaceId, channelId, part.partId]);
    if (!row) return null;
    await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`taken ${row.postId}`]);
    return row;
  }

  /** The same for one among others: it is not waited for. @returns false = somebody takes it just now */
  async alone(manager: EntityManager, postId: string): Promise<boolean> {
    const [row]: { mine: boolean }[] = await manager.query('SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS mine', [`taken ${postId}`]);
    return row?.mine === true;
  }

  /**
   * From now on these have the post. A statement of its own: two that write to each other's tables are planned for a handful of people.
   * @param to the addresses of recipients who have it not yet written down, `SELECT address_key …`, with its parameters from `$3` on
   */
  async reached(manager: EntityManager, { clientId, postId, to, params }: { readonly clientId: string; readonly postId: string; readonly to: string; readonly params: readonly unknown[] }): Promise<void> {
    await manager.query(`INSERT INTO reached (client_id, post_id, address_key) SELECT $1::uuid, $2::uuid, t.address_key FROM (${to}) AS t ORDER BY t.address_key`, [clientId, postId, ...params]);
  }

  /** Everybody has the post by another list: then there is nobody left, and nothing is wrong. */
  async wasReached(manager: EntityManager, clientId: string, postId: string): Promise<boolean> {
    const [row]: unknown[] = await manager.query('SELECT FROM reached WHERE client_id = $1 AND post_id = $2 LIMIT 1', [clientId, postId]);
    return row !== undefined;
  }
}
