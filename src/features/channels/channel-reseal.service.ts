import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Seal } from '../../infra/seal.js';
import { AccountSeal } from './account-seal.js';

/** Gives what channels keep sealed to another key. */
@Injectable()
export class ChannelResealService {
  constructor(
    private readonly database: DataSource,
    private readonly accounts: AccountSeal,
  ) {}

  /**
   * All or nothing, and again without harm: what is sealed with the key in use stays as it is. For a stopped
   * installation. Answers how many rows changed.
   * @throws SealError when something was sealed with neither key.
   */
  async resealAll(old: Seal): Promise<number> {
    return this.database.transaction(async (manager) => {
      const rows: SealedRow[] = await manager.query(
        `SELECT id, workspace_id, sealed_account, sealed_session FROM channels WHERE sealed_account <> '' ORDER BY id FOR UPDATE`,
      );
      let changed = 0;
      for (const row of rows) {
        const place = { id: row.id, workspaceId: row.workspace_id };
        const account = this.accounts.resealAccount(place, row.sealed_account, old);
        const session = row.sealed_session === null ? null : this.accounts.resealSession(place, row.sealed_session, old);
        if (account === row.sealed_account && session === row.sealed_session) continue;
        changed += 1;
        await manager.query(
          `UPDATE channels SET sealed_account = $3, sealed_session = $4, version = version + 1 WHERE id = $1 AND workspace_id = $2`,
          [row.id, row.workspace_id, account, session],
        );
      }
      return changed;
    });
  }
}

interface SealedRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly sealed_account: string;
  readonly sealed_session: string | null;
}
