import { DataSource } from 'typeorm';
import { resealTable } from '../../infra/reseal.js';
import type { Seal } from '../../infra/seal.js';

/** Gives the keys of erased addresses to another key: without them an erased person would be imported again. Made by the command, not by Nest. */
export class AudienceResealService {
  constructor(
    private readonly database: DataSource,
    private readonly seal: Seal,
  ) {}

  /** As `resealTable`. */
  resealAll(old: Seal): Promise<number> {
    return resealTable(this.database, {
      select: 'SELECT workspace_id AS id, workspace_id AS "workspaceId", ARRAY[sealed_key] AS sealed FROM audience_keys ORDER BY workspace_id FOR UPDATE',
      update: 'UPDATE audience_keys SET sealed_key = $3 WHERE workspace_id = $1 AND workspace_id = $2',
      reseal: [({ workspaceId }, sealed) => this.seal.reseal(sealed, { workspaceId, rowId: workspaceId }, old)],
    });
  }
}
