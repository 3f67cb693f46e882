import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Instant } from '../../core/instant.js';
import type { WallTime } from '../../core/wall-time.js';
import { PostDeliveries } from './post-deliveries.service.js';
import { isInFlight, PostLocks } from './post-locks.service.js';
import { fail } from './post-problems.js';
import { wall } from './post-reads.service.js';
import { JUST_NOW_MS } from './post-timing.js';
import type { ComingPost } from './series-plan.js';

export interface LockedOccurrence extends ComingPost {
  /** Its deliveries that have not begun. */
  readonly waiting: readonly string[];
}

/** The posts of a series that are still to come. */
@Injectable()
export class SeriesPosts {
  constructor(
    private readonly locks: PostLocks,
    private readonly deliveries: PostDeliveries,
  ) {}

  /**
   * Locks the posts from an occurrence on (null = all), due from now on. Those behind us are history.
   * @throws DomainError in-flight when one of them is just being sent
   */
  async lock(
    manager: EntityManager,
    { seriesId, from, now }: { readonly seriesId: string; readonly from: WallTime | null; readonly now: Instant },
  ): Promise<readonly LockedOccurrence[]> {
    const posts = await manager.query<{ id: string; version: number; occurrence: WallTime; detached: boolean }[]>(
      `SELECT id, version, ${wall('occurrence')} AS occurrence, detached OR cancelled_at IS NOT NULL AS detached FROM posts
        WHERE series_id = $1 AND ($2::timestamp IS NULL OR occurrence >= $2) AND due_at >= to_timestamp($3::float8 / 1000)
        ORDER BY occurrence FOR UPDATE`,
      [seriesId, from, now - JUST_NOW_MS],
    );
    const ids = posts.map(({ id }) => id);
    const deliveries = await this.locks.deliveriesOf(manager, ids);
    const own = await this.ownWords(manager, ids);
    if (deliveries.some(isInFlight)) throw fail('in-flight');
    const byPost = new Map<string, typeof deliveries[number][]>();
    for (const delivery of deliveries) byPost.set(delivery.postId, [...(byPost.get(delivery.postId) ?? []), delivery]);
    return posts.map(({ detached, ...post }) => {
      const mine = byPost.get(post.id) ?? [];
      const waiting = mine.filter(({ state, out }) => (state === 'scheduled' || state === 'held') && out === 0);
      return { ...post, waiting: waiting.map(({ id }) => id), plain: !detached && !own.has(post.id) && waiting.length === mine.length && !mine.some(({ touched }) => touched) };
    });
  }

  /** Posts for which a person wrote what is said elsewhere: it would be lost with them. Read under their lock, which whoever writes more waits for. */
  private async ownWords(manager: EntityManager, postIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await manager.query<{ id: string }[]>(
      'SELECT post_id AS id FROM fallbacks WHERE post_id = ANY($1::uuid[]) AND NOT of_series UNION SELECT post_id FROM broadcasts WHERE post_id = ANY($1::uuid[])',
      [postIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Hands posts and their deliveries to the series that was cut off, with what the series says elsewhere. */
  async give(manager: EntityManager, posts: readonly ComingPost[], { from, to: seriesId }: { readonly from: string; readonly to: string }): Promise<void> {
    const ids = posts.map(({ id }) => id);
    await manager.query(
      `INSERT INTO series_fallbacks (workspace_id, series_id, channel_id, content, approved_by, approved_at, created_by)
       SELECT workspace_id, $2, channel_id, content, approved_by, approved_at, created_by FROM series_fallbacks WHERE series_id = $1`, [from, seriesId]);
    await manager.query('UPDATE posts SET series_id = $2 WHERE id = ANY($1::uuid[])', [ids, seriesId]);
    await manager.query('UPDATE deliveries SET series_id = $2 WHERE post_id = ANY($1::uuid[])', [ids, seriesId]);
  }

  /** Takes out posts that nothing ever came of, with all that hangs on them. */
  async erase(manager: EntityManager, ids: readonly string[]): Promise<void> {
    const rows = await manager.query<{ id: string }[]>('SELECT id FROM deliveries WHERE post_id = ANY($1::uuid[])', [ids]);
    await this.deliveries.erase(manager, rows.map(({ id }) => id));
    await manager.query('DELETE FROM fallbacks WHERE post_id = ANY($1::uuid[]) AND of_series', [ids]);
    await manager.query('DELETE FROM post_channels WHERE post_id = ANY($1::uuid[])', [ids]);
    await manager.query('DELETE FROM posts WHERE id = ANY($1::uuid[])', [ids]);
  }

  async rename(manager: EntityManager, renamed: readonly { readonly id: string; readonly occurrence: WallTime }[]): Promise<void> {
    await manager.query(
      `UPDATE posts p SET occurrence = w.occurrence FROM unnest($1::uuid[], $2::timestamp[]) AS w (id, occurrence)
        WHERE p.id = w.id AND NOT EXISTS (SELECT 1 FROM posts o WHERE o.series_id = p.series_id AND o.occurrence = w.occurrence)`,
      [renamed.map(({ id }) => id), renamed.map(({ occurrence }) => occurrence)],
    );
  }

  /** @returns ids of those that count as cancelled: nothing of them is out, or on its way */
  async markCancelled(manager: EntityManager, ids: readonly string[]): Promise<readonly string[]> {
    const [rows] = await manager.query<[{ id: string }[], number]>(
      `UPDATE posts p SET cancelled_at = now(), version = version + 1, updated_at = now()
        WHERE p.id = ANY($1::uuid[]) AND p.cancelled_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = p.id AND d.state NOT IN ('cancelled', 'failed', 'missed', 'skipped', 'rerouted'))
       RETURNING p.id`,
      [ids],
    );
    return rows.map(({ id }) => id);
  }
}
