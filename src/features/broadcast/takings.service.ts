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

/** Of a round `b` of messages through this connector: no person and nothing else said to wait, as posts ask it of a delivery. */
export const mayGo = (connectorId: 'newsletter' | 'sms'): string => `NOT EXISTS (SELECT FROM installation WHERE paused_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM pauses z WHERE z.workspace_id = b.workspace_id AND z.ended_at IS NULL AND z.until > now()
    AND (z.client_id IS NULL OR z.client_id = b.client_id) AND (z.connector_id IS NULL OR z.connector_id = '${connectorId}'))`;

/** What newsletters and rounds of SMS have in common when a post is taken as one. */
@Injectable()
export class Takings {
  /** Two that take the same post for the same channel come one after the other from here on. */
  async of(manager: EntityManager, { workspaceId, channelId, part }: ToTake): Promise<TakenDelivery | null> {
    const [row]: TakenDelivery[] = await manager.query(
      `SELECT d.post_id AS "postId", d.origin = 'fallback' AS "isFallback", CASE WHEN d.choice = 'can-wait' THEN NULL ELSE d.deadline_at END AS "deadlineAt", d.due_at AS "dueAt", o.created_by AS author, w.kind,
              (extract(epoch FROM ${plannedFor}) * 1000)::float8 AS "plannedAt", ${isWritten} AS "isWritten"
         FROM parts p JOIN deliveries d ON d.id = p.delivery_id JOIN posts o ON o.id = d.post_id JOIN workspaces w ON w.id = d.workspace_id
        WHERE p.workspace_id = $1 AND p.channel_id = $2 AND p.id = $3`, [workspaceId, channelId, part.partId]);
    if (!row) return null;
    await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`broadcast ${row.postId} ${channelId}`]);
    return row;
  }

  /** Everybody has the post by another list: then there is nobody left, and nothing is wrong. */
  async wasReached(manager: EntityManager, clientId: string, postId: string): Promise<boolean> {
    const [row]: unknown[] = await manager.query('SELECT FROM reached WHERE client_id = $1 AND post_id = $2 LIMIT 1', [clientId, postId]);
    return row !== undefined;
  }
}
