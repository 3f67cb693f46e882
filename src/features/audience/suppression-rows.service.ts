import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { SuppressionReason } from './suppression.schema.js';

export type AddressKind = 'email' | 'phone';

export interface NewSuppression {
  readonly workspaceId: string;
  /** null = from nobody of the workspace. */
  readonly clientId: string | null;
  readonly kind: AddressKind;
  /** Normalised, as `subscribers.address_key`; of an erased person the keyed hash. */
  readonly addressKey: string;
  readonly reason: SuppressionReason;
  /** E.g. what the mail server answered. */
  readonly detail?: string | null;
}

/** Where an address is known, for one brand. */
export interface Addressed {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly kind: AddressKind;
  /** The normalised one, and the hash it would have once erased. */
  readonly keys: readonly string[];
}

/** What somebody undoes by asking for it again and proving the mailbox. */
const undoneByAsking: readonly SuppressionReason[] = ['unsubscribed', 'erased', 'bounced'];
const ownDoing = undoneByAsking.map((reason) => `'${reason}'`).join(', ');
export const isOwnDoing = (reason: SuppressionReason): boolean => undoneByAsking.includes(reason);

/** The statements on who gets nothing. */
@Injectable()
export class SuppressionRows {
  /** @returns its id. An address that stands there already keeps its id; a reason that only a person may undo outweighs one's own. A STOP after a person's word stands beside it: who lifts that sees both. */
  async add(manager: EntityManager, { workspaceId, clientId, kind, addressKey, reason, detail = null }: NewSuppression): Promise<string> {
    const [row] = await manager.query<{ id: string }[]>(
      `INSERT INTO suppressions AS x (id, workspace_id, client_id, kind, address_key, reason, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (workspace_id, client_id, kind, address_key) DO UPDATE SET
         at = CASE WHEN x.reason IN (${ownDoing}) THEN now() ELSE x.at END, detail = CASE WHEN x.reason IN (${ownDoing}) THEN excluded.detail WHEN x.reason = 'person' AND excluded.reason = 'stop' AND position(excluded.detail IN coalesce(x.detail, '')) = 0 THEN concat_ws(' · ', x.detail, excluded.detail) ELSE x.detail END,
         reason = CASE WHEN x.reason IN (${ownDoing}) THEN excluded.reason ELSE x.reason END
       RETURNING id`,
      [uuid(), workspaceId, clientId, kind, addressKey, reason, detail],
    );
    if (!row) throw new Error('An upsert answered no row.');
    return row.id;
  }

  /** They answered START to what they had answered STOP to. @returns false when they had not */
  async liftStop(manager: EntityManager, workspaceId: string, addressKey: string): Promise<boolean> {
    const [, gone] = await manager.query<[unknown, number]>(
      `DELETE FROM suppressions WHERE workspace_id = $1 AND client_id IS NULL AND kind = 'phone' AND address_key = $2 AND reason = 'stop'`, [workspaceId, addressKey]);
    return gone > 0;
  }

  /** Why this address gets nothing; those that only a person may undo first. null = nothing stands against it. */
  async reasonFor(manager: EntityManager, { workspaceId, clientId, kind, keys }: Addressed): Promise<{ readonly reason: SuppressionReason; readonly isOwnDoing: boolean } | null> {
    const [row] = await manager.query<{ reason: SuppressionReason; isOwnDoing: boolean }[]>(
      `SELECT reason, reason IN (${ownDoing}) AND client_id IS NOT NULL AS "isOwnDoing" FROM suppressions
        WHERE workspace_id = $1 AND (client_id IS NULL OR client_id = $2) AND kind = $3 AND address_key = ANY($4::text[]) ORDER BY 2 LIMIT 1`,
      [workspaceId, clientId, kind, keys],
    );
    return row ?? null;
  }

  /** They asked for it again and proved it: what they did themselves, or a full mailbox, stands against them no more. */
  async liftOwn(manager: EntityManager, { workspaceId, clientId, kind, keys }: Addressed): Promise<void> {
    await manager.query(
      `DELETE FROM suppressions WHERE workspace_id = $1 AND client_id = $2 AND kind = $3 AND address_key = ANY($4::text[]) AND reason IN (${ownDoing})`,
      [workspaceId, clientId, kind, keys],
    );
  }
}
