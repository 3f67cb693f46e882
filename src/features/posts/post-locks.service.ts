import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { lockedStates } from '../../core/delivery.js';
import { ms, outElsewhere } from './flight-columns.js';
import { channelColumns } from './post-lookups.service.js';
import { fail } from './post-problems.js';
import { wall } from './post-reads.service.js';
import type { ChannelRow, Content, DeliveryRow, PostRow } from './post-rows.js';

const postColumns = `id, client_id AS "clientId", series_id AS "seriesId", ${wall('occurrence')} AS occurrence, editing, choice, policy, content, zone,
  ${wall('wall_at')} AS "wallAt", ${ms('due_at')} AS "dueAt", evergreen, labels, version, ${ms('cancelled_at')} AS "cancelledAt"`;

const deliveryColumns = `d.id, d.post_id AS "postId", d.channel_id AS "channelId", d.origin, d.state, d.hold_reason AS "holdReason", ${ms('d.due_at')} AS "dueAt",
  (SELECT count(*)::int FROM parts p WHERE p.delivery_id = d.id AND p.published_at IS NOT NULL) AS out,
  (SELECT count(*)::int FROM parts p WHERE p.delivery_id = d.id) AS parts,
  (d.epoch > 0 OR EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = d.id) OR EXISTS (SELECT 1 FROM reroutes r WHERE r.delivery_id = d.id)
   OR EXISTS (SELECT 1 FROM reroute_children k WHERE k.child_id = d.id)) AS touched,
  d.state = 'rerouted' AND EXISTS (SELECT 1 FROM reroutes r WHERE r.delivery_id = d.id AND r.settled_at IS NULL AND NOT ${outElsewhere}) AS "comesBack",
  NOT EXISTS (SELECT 1 FROM fallbacks w WHERE w.post_id = d.post_id AND w.channel_id = d.channel_id AND w.approved_at IS NOT NULL) AS "ownWords"`;

/** A channel of a post as it stands, also one that was archived since. */
export type PostChannel = ChannelRow & { readonly variant: Content | null };

export interface LockedPost {
  readonly post: PostRow;
  readonly deliveries: readonly DeliveryRow[];
}

/** Locks what is about to change: a claim waits for us, then finds another version and lets go. */
@Injectable()
export class PostLocks {
  /** @throws DomainError post-not-found, edited-meanwhile, post-cancelled, in-flight */
  async lock(manager: EntityManager, workspaceId: string, { postId, version }: { readonly postId: string; readonly version: number }): Promise<LockedPost> {
    const [post] = await manager.query<PostRow[]>(`SELECT ${postColumns} FROM posts WHERE workspace_id = $1 AND id = $2 FOR UPDATE`, [workspaceId, postId]);
    if (!post) throw fail('post-not-found');
    if (post.version !== version) throw fail('edited-meanwhile', {}, { version: post.version });
    if (post.cancelledAt !== null) throw fail('post-cancelled');
    const deliveries = await this.deliveriesOf(manager, [post.id]);
    if (deliveries.some(isInFlight)) throw fail('in-flight');
    return { post, deliveries };
  }

  /** Locks and reads, in two statements: what is read must be what the lock waited for. */
  async deliveriesOf(manager: EntityManager, postIds: readonly string[]): Promise<readonly (DeliveryRow & { readonly postId: string })[]> {
    await manager.query('SELECT 1 FROM deliveries WHERE post_id = ANY($1::uuid[]) ORDER BY id FOR UPDATE', [postIds]);
    return manager.query(`SELECT ${deliveryColumns} FROM deliveries d WHERE d.post_id = ANY($1::uuid[]) ORDER BY d.id`, [postIds]);
  }

  async channelsOf(manager: EntityManager, postId: string): Promise<readonly PostChannel[]> {
    return manager.query<PostChannel[]>(
      `SELECT ${channelColumns}, variant FROM channels JOIN post_channels x ON x.channel_id = channels.id WHERE x.post_id = $1 ORDER BY channels.id`,
      [postId],
    );
  }
}

export function isInFlight({ state }: Pick<DeliveryRow, 'state'>): boolean {
  return (lockedStates as readonly string[]).includes(state);
}

/** A fallback still to go out that says what the post says: it follows the post's words. */
export function followsPost({ origin, state, out, ownWords }: DeliveryRow): boolean {
  return origin === 'fallback' && ownWords && out === 0 && (state === 'scheduled' || state === 'held');
}

/** Something of it may stand there, or will: the post has no second place on that channel. */
export function standsInstead({ origin, state }: Pick<DeliveryRow, 'origin' | 'state'>): boolean {
  return origin === 'fallback' && !['failed', 'missed', 'skipped', 'cancelled'].includes(state);
}

/** Still to go out, or waiting for a person to send it again. */
export function isOpen({ state, out, parts }: DeliveryRow): boolean {
  return ['scheduled', 'held', 'failed', 'missed'].includes(state) && out < parts;
}
