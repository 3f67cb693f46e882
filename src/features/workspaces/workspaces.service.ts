import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import type { Actor, Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { problems, type Language } from '../../infra/http/problem.js';
import { AuditService } from './audit.service.js';
import { MembersService } from './members.service.js';
import type { MadeWorkspace, NewWorkspace, Workspace, WorkspaceChange } from './workspace.schema.js';

const fail = problems({
  'workspace-gone': { status: 404, en: 'There is no such workspace. Check the id.', it: 'Questo workspace non esiste. Controlla l’id.' },
  'logo-unknown': {
    status: 404,
    en: 'The logo must be a picture of this workspace. Upload it with `POST /media`, and name its id.',
    it: 'Il logo deve essere un’immagine di questo workspace. Caricala con `POST /media` e indicane l’id.',
  },
});

const columns = 'id, name, kind, language, logo_media_id, created_at';

/** Workspaces themselves; what is inside belongs to its members, and not to the operator. */
@Injectable()
export class WorkspacesService {
  constructor(
    private readonly database: DataSource,
    private readonly members: MembersService,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError workspace-gone (404) */
  async read(id: string): Promise<Workspace> {
    const rows: WorkspaceRow[] = await this.database.query(`SELECT ${columns} FROM workspaces WHERE id = $1`, [id]);
    if (!rows[0]) throw fail('workspace-gone');
    return shape(rows[0]);
  }

  /** The one demo workspace; null before it was set up. */
  async demo(manager: EntityManager = this.database.manager): Promise<Workspace | null> {
    const rows: WorkspaceRow[] = await manager.query(`SELECT ${columns} FROM workspaces WHERE kind = 'demo' AND NOT is_drill ORDER BY id LIMIT 1`);
    return rows.map(shape)[0] ?? null;
  }

  async list({ limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<Page<Workspace>> {
    const after = decodeCursor(cursor, z.tuple([z.uuid()]));
    const rows: WorkspaceRow[] = await this.database.query(
      `SELECT ${columns} FROM workspaces WHERE ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2`, [after?.[0] ?? null, limit + 1]);
    return toPage(rows.map(shape), limit, ({ id }) => [id]);
  }

  /** A new workspace with its first owner, who may have an account already. */
  async create(actor: Actor, { name, language, owner }: NewWorkspace): Promise<MadeWorkspace> {
    return this.database.transaction(async (manager) => {
      const workspace = await this.make(manager, actor, { name, language, kind: 'live' });
      return { workspace, owner: await this.members.add(manager, { workspaceId: workspace.id, actor }, { ...owner, role: 'owner', language }) };
    });
  }

  /** A workspace without a member yet: whoever makes it lets somebody join in the same transaction. */
  async make(manager: EntityManager, actor: Actor, { name, language, kind }: { name: string; language: Language; kind: Workspace['kind'] }): Promise<Workspace> {
    const rows: WorkspaceRow[] = await manager.query(
      `INSERT INTO workspaces (id, name, kind, language) VALUES ($1, $2, $3, $4) RETURNING ${columns}`, [uuid(), name, kind, language]);
    const [workspace] = rows.map(shape);
    if (!workspace) throw new Error('The workspace was not written.');
    await this.audit.record(manager, { workspaceId: workspace.id, actor, action: 'workspace.created', subject: 'workspace', subjectId: workspace.id, details: { name, kind } });
    return workspace;
  }

  /** @throws DomainError workspace-gone, logo-unknown (404) */
  async change({ workspaceId, actor }: Caller, { name, language, logoMediaId }: WorkspaceChange): Promise<Workspace> {
    return this.database.transaction(async (manager) => {
      if (logoMediaId) await assertPicture(manager, workspaceId, logoMediaId);
      const [rows] = await manager.query<[WorkspaceRow[], number]>(
        `UPDATE workspaces SET name = coalesce($2, name), language = coalesce($3, language), logo_media_id = CASE WHEN $4 THEN $5::uuid ELSE logo_media_id END
          WHERE id = $1 RETURNING ${columns}`,
        [workspaceId, name ?? null, language ?? null, logoMediaId !== undefined, logoMediaId ?? null],
      );
      const [workspace] = rows.map(shape);
      if (!workspace) throw fail('workspace-gone');
      await this.audit.record(manager, { workspaceId, actor, action: 'workspace.changed', subject: 'workspace', subjectId: workspaceId, details: { name, language, logoMediaId } });
      return workspace;
    });
  }
}

/** Held until it stands there, so that it is not deleted meanwhile. */
async function assertPicture(manager: EntityManager, workspaceId: string, mediaId: string): Promise<void> {
  const rows = await manager.query<unknown[]>(
    `SELECT 1 FROM media WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL AND mime LIKE 'image/%' FOR KEY SHARE`, [workspaceId, mediaId]);
  if (rows.length === 0) throw fail('logo-unknown');
}

interface WorkspaceRow {
  readonly id: string;
  readonly name: string;
  readonly kind: Workspace['kind'];
  readonly language: Language;
  readonly logo_media_id: string | null;
  readonly created_at: Date;
}

function shape({ created_at, logo_media_id: logoMediaId, ...row }: WorkspaceRow): Workspace {
  return { ...row, logoMediaId, createdAt: created_at.toISOString() };
}
