import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DAY_MS, type Instant } from '../../core/instant.js';
import { lateLimit } from '../../core/policy.js';
import { rederive } from '../../core/schedule.js';
import { BellsService } from './bells.service.js';
import { ms } from './flight-columns.js';
import { PostDeliveries } from './post-deliveries.service.js';
import { clientColumns } from './post-lookups.service.js';
import { isInFlight, PostLocks } from './post-locks.service.js';
import { wall } from './post-reads.service.js';
import type { ClientRow, PostRow } from './post-rows.js';

/** How far ahead times are derived anew: far more than any zone ever moved, few enough rows to ask every hour. */
const LOOKED_AT_MS = 2 * DAY_MS;

type Timed = Pick<PostRow, 'id' | 'clientId' | 'choice' | 'policy' | 'editing'> & { readonly wallAt: string; readonly zone: string; readonly dueAt: Instant };

/** Keeps instants true to the wall: when the zone data changes, what is due in the next two days moves (DESIGN §2.9). */
@Injectable()
export class PostTimes {
  constructor(
    private readonly dataSource: DataSource,
    private readonly locks: PostLocks,
    private readonly deliveries: PostDeliveries,
    private readonly bells: BellsService,
  ) {}

  /** @returns posts that moved */
  async rederive(now: Instant): Promise<number> {
    const posts = await this.dataSource.query<Timed[]>(
      `SELECT id, client_id AS "clientId", choice, policy, editing, ${wall('wall_at')} AS "wallAt", zone, ${ms('due_at')} AS "dueAt" FROM posts
        WHERE due_at > to_timestamp($1::float8 / 1000) AND due_at < to_timestamp($2::float8 / 1000) AND cancelled_at IS NULL AND wall_at IS NOT NULL`,
      [now, now + LOOKED_AT_MS],
    );
    let moved = 0;
    for (const post of posts) {
      const at = rederive({ wall: post.wallAt, zone: post.zone, at: post.dueAt });
      if (at !== null && (await this.moveTo(post, at))) moved += 1;
    }
    return moved;
  }

  /** What has begun, or is in flight, stays; what waits for a person too. */
  private async moveTo(post: Timed, dueAt: Instant): Promise<boolean> {
    const placed = await this.dataSource.transaction(async (manager) => {
      const [client] = await manager.query<ClientRow[]>(`SELECT ${clientColumns} FROM clients WHERE id = $1`, [post.clientId]);
      const rows = await manager.query<unknown[]>(`SELECT 1 FROM posts WHERE id = $1 AND due_at = to_timestamp($2::float8 / 1000) FOR UPDATE`, [post.id, post.dueAt]);
      const deliveries = await this.locks.deliveriesOf(manager, [post.id]);
      if (!client || rows.length === 0 || deliveries.some(isInFlight)) return null;
      await manager.query('UPDATE posts SET due_at = to_timestamp($2::float8 / 1000), version = version + 1 WHERE id = $1', [post.id, dueAt]);
      const waiting = deliveries.filter(({ state, out }) => state === 'scheduled' && out === 0);
      await this.deliveries.place(manager, waiting.map(({ id }) => ({
        id, choice: post.choice, approved: post.editing === 'ready', dueAt, deadlineAt: lateLimit(post.choice, post.policy, dueAt, client.day), moved: true,
      })));
      return waiting.map(({ id }) => id);
    });
    if (placed) await this.bells.ring(placed);
    return placed !== null;
  }
}
