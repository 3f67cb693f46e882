import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { lateLimit, type Policy } from '../../core/policy.js';
import { BellsService } from './bells.service.js';
import { PostLookups } from './post-lookups.service.js';
import { SlotsService } from './slots.service.js';

/** *It can wait*, and it waited too long: it takes the client's next free slot (DESIGN §8). */
@Injectable()
export class SlotMoves {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lookups: PostLookups,
    private readonly slots: SlotsService,
    private readonly bells: BellsService,
  ) {}

  /** @returns false = there is no free slot, or it changed since it was read. */
  async move({ id, version, workspaceId, clientId, channelId, choice }: Movable): Promise<boolean> {
    const moved = await this.dataSource.transaction(async (manager) => {
      const client = await this.lookups.client(manager, workspaceId, clientId);
      const [slot] = await this.slots.nextFree(manager, client, [channelId], 1, true);
      if (!slot) return false;
      const [post] = await manager.query<{ policy: Policy }[]>('SELECT policy FROM posts WHERE id = (SELECT post_id FROM deliveries WHERE id = $1)', [id]);
      const [rows] = await manager.query<[unknown[], number]>(
        `UPDATE deliveries SET state = 'scheduled', hold_reason = NULL, held_told = NULL, reroute_at = NULL, reason = '{"code":"moved-to-slot"}',
                due_at = to_timestamp($3::float8 / 1000), ready_at = to_timestamp($3::float8 / 1000), deadline_at = to_timestamp($4::float8 / 1000), told_at = NULL,
                version = version + 1, ring = ring + 1, rung_until = NULL
          WHERE id = $1 AND version = $2 AND state IN ('scheduled', 'held') RETURNING 1`,
        [id, version, slot.at, lateLimit(choice, post?.policy ?? {}, slot.at, client.day)],
      );
      return rows.length > 0;
    });
    if (moved) await this.bells.ring([id]);
    return moved;
  }
}

interface Movable {
  readonly id: string;
  readonly version: number;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly channelId: string;
  readonly choice: 'can-wait' | 'today' | 'hour-counts';
}
