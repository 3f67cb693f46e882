import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Choice, Policy } from '../../core/policy.js';
import { lateLimit } from '../../core/policy.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import { BellsService } from './bells.service.js';
import { deliveryFact } from './flight.schema.js';
import { PostDeliveries } from './post-deliveries.service.js';
import { PostLookups } from './post-lookups.service.js';
import { SlotsService } from './slots.service.js';

export interface Movable {
  readonly id: string;
  readonly version: number;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly channelId: string;
  readonly choice: Choice;
}

/** `changed`: since it was read, or it cannot be moved. */
export type Moved = 'moved' | 'no-slot' | 'changed';

/** To the client's next free slot: by itself because *it can wait* and waited too long, after a pause, or by a person (DESIGN §8). */
@Injectable()
export class SlotMoves {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lookups: PostLookups,
    private readonly slots: SlotsService,
    private readonly deliveries: PostDeliveries,
    private readonly facts: FactWriter,
    private readonly bells: BellsService,
  ) {}

  /** @returns false = there is no free slot, or it changed since it was read. */
  async move(movable: Movable): Promise<boolean> {
    const moved = await this.dataSource.transaction((manager) => this.moveWithin(manager, movable, 'by-itself'));
    if (moved === 'moved') await this.bells.ring([movable.id]);
    return moved === 'moved';
  }

  /** As `move`, within the caller's transaction, who rings after the commit. Of which a part is out only goes forward. By itself it is told; a person's move is the caller's to tell. */
  async moveWithin(manager: EntityManager, { id, version, workspaceId, clientId, channelId, choice }: Movable, by: 'by-itself' | 'a-person'): Promise<Moved> {
    const client = await this.lookups.client(manager, workspaceId, clientId);
    const [slot] = await this.slots.nextFree(manager, client, [channelId], 1, true);
    const [row] = await manager.query<{ policy: Policy; approved: boolean; postId: string }[]>(
      `SELECT p.policy, d.approved, p.id AS "postId" FROM deliveries d JOIN posts p ON p.id = d.post_id
        WHERE d.id = $1 AND d.version = $2 AND d.state IN ('scheduled', 'held', 'failed', 'missed')
          AND NOT EXISTS (SELECT 1 FROM parts q WHERE q.delivery_id = d.id AND q.published_at IS NOT NULL) FOR UPDATE OF d`,
      [id, version],
    );
    if (!row) return 'changed';
    if (!slot) return 'no-slot';
    await this.deliveries.place(manager, [{ id, choice, approved: row.approved, dueAt: slot.at, deadlineAt: lateLimit(choice, row.policy, slot.at, client.day), moved: true }]);
    await manager.query(`UPDATE deliveries SET reroute_at = NULL, reason = CASE WHEN $2 THEN '{"code":"moved-to-slot"}'::jsonb END WHERE id = $1`, [id, by === 'by-itself']);
    if (by === 'by-itself') {
      const payload = deliveryFact({ id, channelId, clientId, postId: row.postId }, { dueAt: new Date(slot.at).toISOString() });
      await this.facts.write(manager, [{ kind: 'delivery.moved', workspaceId, subjectId: id, payload }]);
    }
    return 'moved';
  }
}
