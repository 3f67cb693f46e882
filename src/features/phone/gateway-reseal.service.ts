import { DataSource } from 'typeorm';
import { resealTable } from '../../infra/reseal.js';
import type { Seal, SealedRow } from '../../infra/seal.js';
import { place } from './gateway-row.js';

/** Gives the secrets of gateways to another key. Made by the command, not by Nest. */
export class GatewayResealService {
  constructor(
    private readonly database: DataSource,
    private readonly seal: Seal,
  ) {}

  /** As `resealTable`. */
  resealAll(old: Seal): Promise<number> {
    const by = (where: (workspaceId: string) => SealedRow) => ({ workspaceId }: { readonly workspaceId: string }, sealed: string): string => this.seal.reseal(sealed, where(workspaceId), old);
    return resealTable(this.database, {
      select: `SELECT workspace_id AS id, workspace_id AS "workspaceId", ARRAY[sealed_account, sealed_hook_secret] AS sealed FROM phone_gateways ORDER BY workspace_id FOR UPDATE`,
      update: `UPDATE phone_gateways SET sealed_account = $3, sealed_hook_secret = $4 WHERE workspace_id = $1 AND workspace_id = $2`,
      reseal: [by(place.account), by(place.hook)],
    });
  }
}
