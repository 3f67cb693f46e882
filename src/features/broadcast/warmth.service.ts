import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Instant } from '../../core/instant.js';

interface WhoseList {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly listIds: readonly string[];
}

/** When people last had an ordinary newsletter from the sender there is now: what goes in a platform's place makes nobody used to it. */
@Injectable()
export class Warmth {
  /** To one of these lists, from the address the sender writes from now, with one mail at least that went. @returns ms; null = never */
  async lastAt(manager: EntityManager, { workspaceId, clientId, listIds }: WhoseList): Promise<Instant | null> {
    const [row]: { at: number | null }[] = await manager.query(
      `SELECT (extract(epoch FROM max(w.sent_at)) * 1000)::float8 AS at FROM senders s JOIN broadcasts b ON b.client_id = s.client_id
         CROSS JOIN LATERAL (SELECT r.sent_at FROM recipients r WHERE r.broadcast_id = b.id AND r.sent_at IS NOT NULL LIMIT 1) AS w
        WHERE s.workspace_id = $1 AND s.client_id = $2 AND b.purpose = 'issue' AND b.frozen_at IS NOT NULL AND b.list_ids && $3::uuid[] AND coalesce(b.sent_from, s.from_address) = s.from_address`,
      [workspaceId, clientId, listIds]);
    return row?.at ?? null;
  }

  /** To one of the lists whose people agreed to what goes in a platform's place. */
  async lastToCovering(manager: EntityManager, { workspaceId, clientId }: Omit<WhoseList, 'listIds'>): Promise<Instant | null> {
    const rows: { id: string }[] = await manager.query(`SELECT id FROM lists WHERE workspace_id = $1 AND client_id = $2 AND kind = 'email' AND covers_fallback AND archived_at IS NULL`, [workspaceId, clientId]);
    return this.lastAt(manager, { workspaceId, clientId, listIds: rows.map(({ id }) => id) });
  }
}
