import { DataSource } from 'typeorm';
import type { Seal } from '../../infra/seal.js';

/** Gives the secrets of webhooks to another key. Made by the command, not by Nest. */
export class WebhookResealService {
  constructor(
    private readonly database: DataSource,
    private readonly seal: Seal,
  ) {}

  /**
   * All or nothing, and again without harm: what is sealed with the key in use stays as it is. Answers how many rows changed.
   * @throws SealError when something was sealed with neither key.
   */
  async resealAll(old: Seal): Promise<number> {
    return this.database.transaction(async (manager) => {
      const rows: SealedRow[] = await manager.query(`SELECT id, workspace_id, sealed_secret, sealed_old_secret FROM webhook_endpoints ORDER BY id FOR UPDATE`);
      let changed = 0;
      for (const row of rows) {
        const place = { workspaceId: row.workspace_id, rowId: row.id };
        const secret = this.seal.reseal(row.sealed_secret, place, old);
        const former = row.sealed_old_secret === null ? null : this.seal.reseal(row.sealed_old_secret, place, old);
        if (secret === row.sealed_secret && former === row.sealed_old_secret) continue;
        changed += 1;
        await manager.query(`UPDATE webhook_endpoints SET sealed_secret = $3, sealed_old_secret = $4 WHERE workspace_id = $1 AND id = $2`, [row.workspace_id, row.id, secret, former]);
      }
      return changed;
    });
  }
}

interface SealedRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly sealed_secret: string;
  readonly sealed_old_secret: string | null;
}
