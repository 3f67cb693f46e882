import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Seal } from '../../infra/seal.js';
import type { AddressKind } from './suppression-rows.service.js';

/** What stands for an address of somebody who wanted to be erased: found again when it comes back, and telling nobody what it was. */
export type EraseMark = (kind: AddressKind, addressKey: string) => string;

/** Keyed hashes, by a key of each workspace: kept sealed, so a copy of the table alone tries no addresses against them. */
@Injectable()
export class ErasedAddresses {
  constructor(private readonly seal: Seal) {}

  /** null = nobody of this workspace was erased yet. */
  async mark(manager: EntityManager, workspaceId: string): Promise<EraseMark | null> {
    const [row] = await manager.query<{ sealed: string }[]>('SELECT sealed_key AS sealed FROM audience_keys WHERE workspace_id = $1', [workspaceId]);
    if (!row) return null;
    const key = Buffer.from(this.seal.open(row.sealed, { workspaceId, rowId: workspaceId }), 'base64');
    return (kind, addressKey) => `erased:${createHmac('sha256', key).update(`${kind} ${addressKey}`).digest('base64url')}`;
  }

  /** The same; the key is made if there is none. */
  async makeMark(manager: EntityManager, workspaceId: string): Promise<EraseMark> {
    const sealed = this.seal.seal(randomBytes(32).toString('base64'), { workspaceId, rowId: workspaceId });
    await manager.query('INSERT INTO audience_keys (workspace_id, sealed_key) VALUES ($1, $2) ON CONFLICT DO NOTHING', [workspaceId, sealed]);
    const mark = await this.mark(manager, workspaceId);
    if (!mark) throw new Error('A row just written is not there.');
    return mark;
  }
}
