import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { freeSlots, type FreeSlot, type Slot as WeekSlot } from '../../core/slots.js';
import { Clock } from '../../infra/clock.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { PostLookups } from './post-lookups.service.js';
import type { ClientRow } from './post-rows.js';
import { ms } from './flight-columns.js';
import { fail } from './slot-problems.js';
import type { Slot, SlotCreate } from './slot.schema.js';

const columns = `id, client_id AS "clientId", channel_id AS "channelId", weekday, to_char(wall_time, 'HH24:MI:SS') AS "wallTime"`;

/** The standing places of a client's week, and which of them are free. */
@Injectable()
export class SlotsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lookups: PostLookups,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  async list(caller: Caller, clientId: string): Promise<readonly Slot[]> {
    await this.lookups.client(this.dataSource.manager, caller.workspaceId, clientId);
    return this.dataSource.query<Slot[]>(
      `SELECT ${columns} FROM slots WHERE workspace_id = $1 AND client_id = $2 ORDER BY weekday, wall_time, id`,
      [caller.workspaceId, clientId],
    );
  }

  /** @throws DomainError slot-exists */
  async create(caller: Caller, clientId: string, slot: SlotCreate): Promise<Slot> {
    return this.dataSource.transaction(async (manager) => {
      await this.lookups.client(manager, caller.workspaceId, clientId);
      if (slot.channelId) await this.lookups.channels(manager, caller.workspaceId, clientId, [slot.channelId]);
      const [row] = await manager.query<Slot[]>(
        `INSERT INTO slots (id, workspace_id, client_id, channel_id, weekday, wall_time) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING RETURNING ${columns}`,
        [uuid(), caller.workspaceId, clientId, slot.channelId, slot.weekday, slot.wallTime],
      );
      if (!row) throw fail('slot-exists');
      await this.audit.record(manager, { workspaceId: caller.workspaceId, actor: caller.actor, action: 'slot.created', subject: 'slot', subjectId: row.id, details: { ...row } });
      return row;
    });
  }

  /** Posts that already stand in it stay where they are. */
  async remove(caller: Caller, slotId: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[unknown[], number]>('DELETE FROM slots WHERE workspace_id = $1 AND id = $2 RETURNING id', [caller.workspaceId, slotId]);
      if (rows.length === 0) throw fail('slot-not-found');
      await this.audit.record(manager, { workspaceId: caller.workspaceId, actor: caller.actor, action: 'slot.removed', subject: 'slot', subjectId: slotId });
    });
  }

  async free(caller: Caller, clientId: string, { channelIds, limit }: { readonly channelIds: readonly string[]; readonly limit: number }): Promise<{ readonly zone: string; readonly slots: readonly FreeSlot[] }> {
    const { manager } = this.dataSource;
    const client = await this.lookups.client(manager, caller.workspaceId, clientId);
    await this.lookups.channels(manager, caller.workspaceId, clientId, channelIds);
    return { zone: client.zone, slots: await this.nextFree(manager, client, channelIds, limit) };
  }

  /**
   * The next free slots for a post on these channels (none named = any). A slot of one channel serves posts for it alone.
   * With `lock`, nobody else takes a slot of this client until the transaction ends.
   */
  async nextFree(manager: EntityManager, client: ClientRow, channelIds: readonly string[], limit: number, lock = false): Promise<readonly FreeSlot[]> {
    if (lock) await manager.query('SELECT 1 FROM clients WHERE id = $1 FOR NO KEY UPDATE', [client.id]);
    const slots = await manager.query<WeekSlot[]>(
      `SELECT weekday, to_char(wall_time, 'HH24:MI:SS') AS "wallTime" FROM slots
        WHERE client_id = $1 AND (channel_id IS NULL OR ARRAY[channel_id] @> $2::uuid[])`,
      [client.id, channelIds],
    );
    const taken = await manager.query<{ dueAt: number }[]>(
      `SELECT DISTINCT ${ms('p.due_at')} AS "dueAt" FROM posts p
        WHERE p.client_id = $1 AND p.due_at >= $3 AND p.cancelled_at IS NULL
          AND (cardinality($2::uuid[]) = 0 OR EXISTS (SELECT 1 FROM post_channels c WHERE c.post_id = p.id AND c.channel_id = ANY($2::uuid[])))
       UNION SELECT ${ms('d.due_at')} FROM deliveries d -- moved there by themselves, without their post
        WHERE d.channel_id = ANY($2::uuid[]) AND d.client_id = $1 AND d.due_at >= $3 AND d.state IN ('scheduled', 'held')`,
      [client.id, channelIds, new Date(this.clock.now())],
    );
    return freeSlots({ slots, zone: client.zone, after: this.clock.now(), taken: new Set(taken.map(({ dueAt }) => dueAt)), limit });
  }
}
