import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type DeliveryState, stateNames } from '../../core/delivery.js';
import { againAfterDeadlock } from '../../infra/database/deadlock.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { BellsService } from './bells.service.js';
import { fail } from './deliveries.problems.js';
import { fail as failPost } from './post-problems.js';
import type { MovedToSlot, SlotAct, SlotActResult } from './review.schema.js';
import { type Movable, type Moved, SlotMoves } from './slot-moves.service.js';

/** Each is a step of its own, under its client's lock. */
const AT_MOST = 500;

const columns = `d.id, d.version, d.workspace_id AS "workspaceId", d.client_id AS "clientId", d.channel_id AS "channelId", d.choice, d.state, d.post_id AS "postId"`;
type Row = Movable & { readonly state: DeliveryState; readonly postId: string };

/** A person sends what waits for them to the client's next free slot, one or many. */
@Injectable()
export class SlotActs {
  constructor(
    private readonly dataSource: DataSource,
    private readonly slots: SlotMoves,
    private readonly facts: FactWriter,
    private readonly audit: AuditService,
    private readonly bells: BellsService,
  ) {}

  /** @throws DomainError delivery-not-found, edited-meanwhile, not-in-this-state, no-free-slot */
  async one(caller: Caller, id: string, version: number): Promise<MovedToSlot> {
    const moved = await againAfterDeadlock(() => this.dataSource.transaction(async (manager) => {
      const [row] = await manager.query<Row[]>(`SELECT ${columns} FROM deliveries d WHERE d.id = $1 AND d.workspace_id = $2`, [id, caller.workspaceId]);
      if (!row) throw fail('delivery-not-found');
      if (row.version !== version) throw fail('edited-meanwhile', {}, { version: row.version });
      const how = await this.move(manager, caller, row);
      if (how === 'no-slot') throw failPost('no-free-slot');
      if (how === 'changed') throw await this.whyNot(manager, row);
      const [after] = await manager.query<{ dueAt: Date; version: number }[]>('SELECT due_at AS "dueAt", version FROM deliveries WHERE id = $1', [id]);
      return { id, dueAt: (after?.dueAt ?? new Date()).toISOString(), version: after?.version ?? version };
    }));
    await this.bells.ring([id]);
    return moved;
  }

  /** Soonest due first, so that they keep their order. @throws DomainError too-many-matches */
  async bulk(caller: Caller, { filter, dryRun }: SlotAct): Promise<SlotActResult> {
    const rows = await this.dataSource.query<Row[]>(
      `SELECT ${columns} FROM deliveries d
        WHERE d.workspace_id = $1 AND d.state IN ('held', 'missed', 'failed') AND ($2::uuid[] IS NULL OR d.id = ANY($2)) AND ($3::text IS NULL OR d.state = $3) AND ($4::text IS NULL OR d.hold_reason = $4)
          AND ($5::uuid IS NULL OR d.client_id = $5) AND ($6::uuid IS NULL OR d.channel_id = $6) AND ($7::text IS NULL OR d.connector_id = $7)
          AND ($8::timestamptz IS NULL OR d.due_at >= $8) AND ($9::timestamptz IS NULL OR d.due_at < $9)
        ORDER BY d.due_at, d.id LIMIT ${AT_MOST + 1}`,
      [caller.workspaceId, filter.deliveryIds ?? null, filter.state ?? null, filter.holdReason ?? null, filter.clientId ?? null, filter.channelId ?? null, filter.connectorId ?? null, filter.dueFrom ?? null, filter.dueTo ?? null],
    );
    if (rows.length > AT_MOST) throw failPost('too-many-matches', { count: `${AT_MOST}+`, max: AT_MOST }, { max: AT_MOST });
    const how: Moved[] = [];
    for (const row of dryRun ? [] : rows) {
      const done = await againAfterDeadlock(() => this.dataSource.transaction((manager) => this.move(manager, caller, row)));
      if (done === 'moved') await this.bells.ring([row.id]);
      how.push(done);
    }
    const count = (which: Moved): number => how.filter((one) => one === which).length;
    return { matched: rows.length, moved: count('moved'), noSlot: count('no-slot'), leftOut: count('changed'), dryRun };
  }

  private async move(manager: EntityManager, { workspaceId, actor }: Caller, row: Row): Promise<Moved> {
    const how = await this.slots.moveWithin(manager, row, 'a-person');
    if (how !== 'moved') return how;
    await this.facts.write(manager, [{ kind: 'post.changed', workspaceId, subjectId: row.postId, payload: { postId: row.postId, clientId: row.clientId } }]);
    await this.audit.record(manager, { workspaceId, actor, action: 'delivery.next-slot', subject: 'delivery', subjectId: row.id });
    return how;
  }

  private async whyNot(manager: EntityManager, { id, version }: Row): Promise<Error> {
    const [row] = await manager.query<{ state: DeliveryState; version: number }[]>('SELECT state, version FROM deliveries WHERE id = $1', [id]);
    if (!row) return fail('delivery-not-found');
    return row.version === version ? fail('not-in-this-state', { state: stateNames[row.state] }) : fail('edited-meanwhile', {}, { version: row.version });
  }
}
