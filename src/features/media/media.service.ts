import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import type { PartMedia } from '../../core/part.js';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { AuditService } from '../workspaces/audit.service.js';
import { type Incoming, isFullDisk } from './incoming-files.service.js';
import { MEDIA_STORE, type MediaStore } from './media-store.js';
import { usesOf } from './media-uses.js';
import { fail } from './media.problems.js';
import type { EditMedium, Medium, MediumQuery, UploadFields } from './media.schema.js';

const Key = z.tuple([z.iso.datetime({ offset: true }), z.uuid()]);
const COLUMNS = 'id, mime, bytes, width, height, alt, name, storage_key, version, created_at';

@Injectable()
export class MediaService {
  constructor(
    private readonly database: DataSource,
    @Inject(MEDIA_STORE) private readonly store: MediaStore,
    private readonly audit: AuditService,
  ) {}

  /** Keeps an upload. The same bytes again in the same workspace give the medium that is there already. */
  async keep(caller: Caller, incoming: Incoming, { name, alt }: UploadFields): Promise<Medium> {
    const id = uuid();
    const key = `${caller.workspaceId}/${id}`;
    const known = await this.#known(caller.workspaceId, incoming.sha256);
    if (known) return toMedium(known);
    await this.store.put(key, incoming.path).catch((error: unknown) => {
      throw isFullDisk(error) ? fail('disk-full') : error;
    });
    try {
      const row = await this.database.transaction(async (manager) => {
        const rows: MediumRow[] = await manager.query(
          `INSERT INTO media (id, workspace_id, sha256, mime, bytes, width, height, alt, name, storage_key)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           ON CONFLICT (workspace_id, sha256) WHERE deleted_at IS NULL DO NOTHING RETURNING ${COLUMNS}`,
          [
            id, caller.workspaceId, incoming.sha256, incoming.type.mime, incoming.bytes, incoming.width, incoming.height,
            clean(alt ?? ''), nameFor(name, incoming), key,
          ],
        );
        if (rows[0]) {
          await this.audit.record(manager, {
            workspaceId: caller.workspaceId, actor: caller.actor, action: 'media.uploaded', subject: 'media', subjectId: id,
            details: { name: rows[0].name, mime: rows[0].mime, bytes: incoming.bytes },
          });
        }
        return rows[0] ?? null;
      });
      if (row) return toMedium(row);
    } catch (error) {
      await this.store.remove(key);
      throw error;
    }
    await this.store.remove(key); // somebody uploaded the same bytes in the same moment
    const first = await this.#known(caller.workspaceId, incoming.sha256);
    if (!first) throw fail('edited-meanwhile');
    return toMedium(first);
  }

  /** Newest first. */
  async list(workspaceId: string, { limit, cursor }: MediumQuery): Promise<Page<Medium>> {
    const after = decodeCursor(cursor, Key);
    const rows: (MediumRow & { readonly key: string })[] = await this.database.query(
      `SELECT ${COLUMNS}, to_json(created_at) #>> '{}' AS key FROM media
        WHERE workspace_id = $1 AND deleted_at IS NULL AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
        ORDER BY created_at DESC, id DESC LIMIT $4`,
      [workspaceId, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, (row) => [row.key, row.id]);
    return { items: items.map(toMedium), next };
  }

  /** @throws DomainError media-not-found (404), also for one of another workspace. */
  async read(workspaceId: string, id: string): Promise<Medium> {
    return toMedium(await this.#row(workspaceId, id));
  }

  async edit(caller: Caller, id: string, { version, alt }: EditMedium): Promise<Medium> {
    await this.#row(caller.workspaceId, id);
    return this.database.transaction(async (manager) => {
      const [rows]: [MediumRow[], number] = await manager.query(
        `UPDATE media SET alt = $4, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL RETURNING ${COLUMNS}`,
        [caller.workspaceId, id, version, clean(alt)],
      );
      if (!rows[0]) throw fail('edited-meanwhile');
      await this.audit.record(manager, { workspaceId: caller.workspaceId, actor: caller.actor, action: 'media.edited', subject: 'media', subjectId: id, details: { alt: rows[0].alt } });
      return toMedium(rows[0]);
    });
  }

  /** Refused while a draft, a series or a post that is still to go out uses it, or it is the workspace's logo. */
  async remove(caller: Caller, id: string): Promise<void> {
    const row = await this.#row(caller.workspaceId, id);
    await this.database.transaction(async (manager) => {
      // Waits for posts being saved with it, which hold it FOR KEY SHARE; those that come now wait for this and do not find it.
      await manager.query(`SELECT 1 FROM media WHERE workspace_id = $1 AND id = $2 FOR UPDATE`, [caller.workspaceId, id]);
      const logos = await manager.query<unknown[]>(`SELECT 1 FROM workspaces WHERE id = $1 AND logo_media_id = $2`, [caller.workspaceId, id]);
      if (logos.length > 0) throw fail('media-is-logo');
      const count = await usesOf(manager, caller.workspaceId, id);
      if (count > 0) throw fail('media-in-use', { count });
      await manager.query(`UPDATE media SET deleted_at = now() WHERE workspace_id = $1 AND id = $2`, [caller.workspaceId, id]);
      await this.audit.record(manager, {
        workspaceId: caller.workspaceId, actor: caller.actor, action: 'media.deleted', subject: 'media', subjectId: id, details: { name: row.name },
      });
    });
    await this.store.remove(row.storage_key);
  }

  /** For posts: those of the ids that are media of this workspace, in the order asked. */
  async describe(workspaceId: string, ids: readonly string[]): Promise<PartMedia[]> {
    if (ids.length === 0) return [];
    const rows: MediumRow[] = await this.database.query(
      `SELECT ${COLUMNS} FROM media WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND deleted_at IS NULL`,
      [workspaceId, ids],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.flatMap((id) => {
      const row = byId.get(id);
      return row ? [{ mediaId: id, mime: row.mime, bytes: Number(row.bytes), width: row.width, height: row.height, alt: row.alt }] : [];
    });
  }

  /** The bytes, of this workspace only; read from the store while they are used. */
  async open(workspaceId: string, id: string): Promise<Blob> {
    const row = await this.#row(workspaceId, id);
    return this.store.open(row.storage_key, row.mime).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? fail('media-lost') : error;
    });
  }

  async #known(workspaceId: string, sha256: Buffer): Promise<MediumRow | null> {
    const rows: MediumRow[] = await this.database.query(
      `SELECT ${COLUMNS} FROM media WHERE workspace_id = $1 AND sha256 = $2 AND deleted_at IS NULL`,
      [workspaceId, sha256],
    );
    return rows[0] ?? null;
  }

  async #row(workspaceId: string, id: string): Promise<MediumRow> {
    const rows: MediumRow[] = await this.database.query(
      `SELECT ${COLUMNS} FROM media WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL`,
      [workspaceId, id],
    );
    if (!rows[0]) throw fail('media-not-found');
    return rows[0];
  }
}

interface MediumRow {
  readonly id: string;
  readonly mime: string;
  readonly bytes: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly alt: string;
  readonly name: string;
  readonly storage_key: string;
  readonly version: number;
  readonly created_at: Date;
}

function toMedium(row: MediumRow): Medium {
  return {
    id: row.id, mime: row.mime, bytes: Number(row.bytes), width: row.width, height: row.height, alt: row.alt, name: row.name,
    version: row.version, createdAt: row.created_at.toISOString(),
  };
}

/** The name a person gave it, without folders and with the ending its bytes deserve. */
function nameFor(name: string | undefined, { type }: Incoming): string {
  const base = clean(name ?? '').replaceAll('\n', ' ').split(/[/\\]/).at(-1) ?? '';
  const stem = base.replace(/\.[a-z0-9]{1,8}$/i, '').trim().slice(0, 150) || 'file';
  return `${stem}.${type.extension}`;
}

function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => (char === '\n' ? char : ' ')).trim();
}
