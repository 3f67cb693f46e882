import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Actor } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import type { AuditEntry, AuditQuery } from './audit.schema.js';

export interface Deed {
  /** null = the installation. */
  readonly workspaceId: string | null;
  readonly actor: Actor;
  /** What was done, subject first: `post.cancelled`, `member.removed`. */
  readonly action: string;
  /** What it was done to: `post`, `channel`, … */
  readonly subject: string;
  readonly subjectId: string;
  /** Plain JSON and no secret: ids, names, before and after. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const Key = z.tuple([z.string().regex(/^\d+$/)]);

/** Who did what. Written in the transaction that does it, so that neither stands without the other. */
@Injectable()
export class AuditService {
  constructor(private readonly database: DataSource) {}

  async record(manager: EntityManager, deed: Deed): Promise<void> {
    await manager.query(
      `INSERT INTO audit_log (workspace_id, actor, action, subject, subject_id, details) VALUES ($1, $2, $3, $4, $5, $6)`,
      [deed.workspaceId, JSON.stringify(deed.actor), deed.action, deed.subject, deed.subjectId, JSON.stringify(deed.details ?? {})],
    );
  }

  /** Newest first. `workspaceId: null` lists the installation's own deeds. */
  async list(workspaceId: string | null, { limit, cursor, subject, subjectId }: AuditQuery): Promise<Page<AuditEntry>> {
    const after = decodeCursor(cursor, Key);
    const rows: AuditRow[] = await this.database.query(
      `SELECT id, actor, action, subject, subject_id, details, at FROM audit_log
        WHERE workspace_id IS NOT DISTINCT FROM $1
          AND ($2::bigint IS NULL OR id < $2)
          AND ($3::text IS NULL OR subject = $3)
          AND ($4::text IS NULL OR subject_id = $4)
        ORDER BY id DESC LIMIT $5`,
      [workspaceId, after?.[0] ?? null, subject ?? null, subjectId ?? null, limit + 1],
    );
    const entries = rows.map((row): AuditEntry => ({
      id: row.id, actor: row.actor, action: row.action, subject: row.subject, subjectId: row.subject_id, details: row.details,
      at: row.at.toISOString(),
    }));
    return toPage(entries, limit, (entry) => [entry.id]);
  }
}

interface AuditRow {
  readonly id: string;
  readonly actor: Actor;
  readonly action: string;
  readonly subject: string;
  readonly subject_id: string;
  readonly details: Record<string, unknown>;
  readonly at: Date;
}
