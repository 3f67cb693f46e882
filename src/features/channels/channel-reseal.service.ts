import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { resealTable } from '../../infra/reseal.js';
import type { Seal } from '../../infra/seal.js';
import { AccountSeal } from './account-seal.js';

/** Gives what channels keep sealed to another key. */
@Injectable()
export class ChannelResealService {
  constructor(
    private readonly database: DataSource,
    private readonly accounts: AccountSeal,
  ) {}

  /** As `resealTable`. */
  resealAll(old: Seal): Promise<number> {
    return resealTable(this.database, {
      select: `SELECT id, workspace_id AS "workspaceId", ARRAY[sealed_account, sealed_session] AS sealed FROM channels WHERE sealed_account <> '' ORDER BY id FOR UPDATE`,
      update: `UPDATE channels SET sealed_account = $3, sealed_session = $4, version = version + 1 WHERE id = $1 AND workspace_id = $2`,
      reseal: [
        (channel, sealed) => this.accounts.resealAccount(channel, sealed, old),
        (channel, sealed) => this.accounts.resealSession(channel, sealed, old),
      ],
    });
  }
}
