import { DataSource } from 'typeorm';
import { resealTable } from '../../infra/reseal.js';
import type { Seal } from '../../infra/seal.js';

/** Gives the secrets of webhooks to another key. Made by the command, not by Nest. */
export class WebhookResealService {
  constructor(
    private readonly database: DataSource,
    private readonly seal: Seal,
  ) {}

  /** As `resealTable`. */
  resealAll(old: Seal): Promise<number> {
    const reseal = ({ id, workspaceId }: { readonly id: string; readonly workspaceId: string }, sealed: string): string =>
      this.seal.reseal(sealed, { workspaceId, rowId: id }, old);
    return resealTable(this.database, {
      select: `SELECT id, workspace_id AS "workspaceId", ARRAY[sealed_secret, sealed_old_secret] AS sealed FROM webhook_endpoints ORDER BY id FOR UPDATE`,
      update: `UPDATE webhook_endpoints SET sealed_secret = $3, sealed_old_secret = $4 WHERE id = $1 AND workspace_id = $2`,
      reseal: [reseal, reseal],
    });
  }
}
