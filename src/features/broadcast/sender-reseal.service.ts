import { DataSource } from 'typeorm';
import { resealTable } from '../../infra/reseal.js';
import type { Seal, SealedRow } from '../../infra/seal.js';
import { place } from './sender-row.js';

/** Gives the secrets of senders to another key. Made by the command, not by Nest. */
export class SenderResealService {
  constructor(
    private readonly database: DataSource,
    private readonly seal: Seal,
  ) {}

  /** As `resealTable`. */
  resealAll(old: Seal): Promise<number> {
    const by = (where: (owner: { readonly id: string; readonly workspaceId: string }) => SealedRow) =>
      (owner: { readonly id: string; readonly workspaceId: string }, sealed: string): string => this.seal.reseal(sealed, where(owner), old);
    return resealTable(this.database, {
      select: `SELECT id, workspace_id AS "workspaceId", ARRAY[sealed_smtp_url, sealed_imap_url, sealed_hook_secret, sealed_dkim_key] AS sealed FROM senders ORDER BY id FOR UPDATE`,
      update: `UPDATE senders SET sealed_smtp_url = $3, sealed_imap_url = $4, sealed_hook_secret = $5, sealed_dkim_key = $6 WHERE id = $1 AND workspace_id = $2`,
      reseal: [by(place.smtp), by(place.imap), by(place.hook), by(place.dkim)],
    });
  }
}
