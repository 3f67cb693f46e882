import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ClientDay } from '../../core/day.js';
import type { DeliveryState } from '../../core/delivery.js';
import type { Choice, Policy } from '../../core/policy.js';
import type { BulkFilter } from './bulk.schema.js';
import { ms } from './flight-columns.js';
import { fail } from './post-problems.js';
import { wall } from './post-reads.service.js';
import type { Editing } from './post-rows.js';

/** At most this many deliveries in one transaction: the locks of more would stand in the way of what is due. */
export const AT_MOST = 10_000;

/** @throws DomainError too-many-matches */
export function assertNotTooMany(count: number): void {
  if (count > AT_MOST) throw fail('too-many-matches', { count, max: AT_MOST }, { count, max: AT_MOST });
}

export interface BulkRow {
  readonly id: string;
  readonly postId: string;
  readonly state: DeliveryState;
  readonly out: number;
  readonly parts: number;
  readonly choice: Choice;
  readonly policy: Policy;
  readonly editing: Editing;
  readonly wallAt: string;
  readonly zone: string;
  readonly dueAt: number;
  readonly day: ClientDay;
}

const columns = `d.id, d.post_id AS "postId", d.state, d.choice, p.policy, p.editing, ${wall('p.wall_at')} AS "wallAt", p.zone, ${ms('p.due_at')} AS "dueAt",
  jsonb_build_object('zone', b.zone, 'from', to_char(b.day_from, 'HH24:MI:SS'), 'to', to_char(b.day_to, 'HH24:MI:SS')) AS day,
  (SELECT count(*)::int FROM parts t WHERE t.delivery_id = d.id AND t.published_at IS NOT NULL) AS out,
  (SELECT count(*)::int FROM parts t WHERE t.delivery_id = d.id) AS parts`;
const tables = 'deliveries d JOIN posts p ON p.id = d.post_id JOIN clients b ON b.id = d.client_id';

/** Finds and locks deliveries for what is done to many at once. Never of another workspace. */
@Injectable()
export class BulkRows {
  /** @throws DomainError too-many-matches */
  async find(manager: EntityManager, workspaceId: string, filter: BulkFilter): Promise<readonly BulkRow[]> {
    const where = `d.workspace_id = $1 AND p.cancelled_at IS NULL
      AND ($2::text IS NULL OR d.state = $2) AND ($3::text IS NULL OR d.connector_id = $3) AND ($4::uuid IS NULL OR d.client_id = $4)
      AND ($5::uuid IS NULL OR d.channel_id = $5) AND ($6::timestamptz IS NULL OR d.due_at >= $6) AND ($7::timestamptz IS NULL OR d.due_at < $7)`;
    const params = [workspaceId, filter.state ?? null, filter.connectorId ?? null, filter.clientId ?? null, filter.channelId ?? null, filter.dueFrom ?? null, filter.dueTo ?? null];
    const [{ count } = { count: 0 }] = await manager.query<{ count: number }[]>(`SELECT count(*)::int AS count FROM deliveries d JOIN posts p ON p.id = d.post_id WHERE ${where}`, params);
    assertNotTooMany(count);
    return manager.query<BulkRow[]>(`SELECT ${columns} FROM ${tables} WHERE ${where} ORDER BY d.id`, params);
  }

  /** All deliveries of these posts, locked, posts first, in the order in which everybody locks. */
  async lockPosts(manager: EntityManager, postIds: readonly string[]): Promise<readonly BulkRow[]> {
    const ids = [...new Set(postIds)];
    await manager.query('SELECT 1 FROM posts WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE', [ids]);
    await manager.query('SELECT 1 FROM deliveries WHERE post_id = ANY($1::uuid[]) ORDER BY id FOR UPDATE', [ids]);
    return manager.query<BulkRow[]>(`SELECT ${columns} FROM ${tables} WHERE d.post_id = ANY($1::uuid[]) AND p.cancelled_at IS NULL ORDER BY d.id`, [ids]);
  }
}
