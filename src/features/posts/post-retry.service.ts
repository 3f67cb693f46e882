import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { stateNames } from '../../core/delivery.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { BellsService } from './bells.service.js';
import { BulkService, isRetryable } from './bulk.service.js';
import { BulkRows } from './bulk-rows.service.js';
import { PostDeliveries } from './post-deliveries.service.js';
import { isInFlight } from './post-locks.service.js';
import { fail } from './post-problems.js';

export interface RetriedRow {
  readonly id: string;
  readonly state: string;
  readonly version: number;
  readonly arming: number;
}

/** A person's "try again" on one delivery. */
@Injectable()
export class PostRetry {
  constructor(
    private readonly dataSource: DataSource,
    private readonly rows: BulkRows,
    private readonly bulk: BulkService,
    private readonly deliveries: PostDeliveries,
    private readonly audit: AuditService,
    private readonly bells: BellsService,
  ) {}

  /** @throws DomainError delivery-not-found, edited-meanwhile, in-flight, post-cancelled, not-retryable */
  async retry(caller: Caller, deliveryId: string, version: number): Promise<RetriedRow> {
    const { workspaceId, actor } = caller;
    const row = await this.dataSource.transaction(async (manager) => {
      const [before] = await manager.query<(RetriedRow & { readonly postId: string })[]>(
        'SELECT id, post_id AS "postId", state, version, arming FROM deliveries WHERE workspace_id = $1 AND id = $2',
        [workspaceId, deliveryId],
      );
      if (!before) throw fail('delivery-not-found');
      const locked = (await this.rows.lockPosts(manager, [before.postId])).find(({ id }) => id === deliveryId);
      if (!locked) throw fail('post-cancelled');
      const [current = before] = await manager.query<RetriedRow[]>('SELECT id, state, version, arming FROM deliveries WHERE id = $1', [deliveryId]);
      if (current.version !== version) throw fail('edited-meanwhile', {}, { version: current.version });
      if (isInFlight(locked)) throw fail('in-flight');
      if (!isRetryable(locked)) throw fail('not-retryable', { state: stateNames[locked.state] });
      await this.deliveries.rearm(manager, [this.bulk.retryTerms(locked)]);
      await this.audit.record(manager, { workspaceId, actor, action: 'delivery.retried', subject: 'delivery', subjectId: deliveryId, details: { state: locked.state } });
      const [after = current] = await manager.query<RetriedRow[]>('SELECT id, state, version, arming FROM deliveries WHERE id = $1', [deliveryId]);
      return after;
    });
    await this.bells.ring([deliveryId]);
    return row;
  }
}
