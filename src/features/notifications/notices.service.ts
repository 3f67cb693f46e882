import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { storable } from '../../infra/facts/fact-writer.js';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { type Language, problems } from '../../infra/http/problem.js';
import { type NoticeParams, noticeText } from './notice-text.js';
import type { Notice, NoticeKind, NoticeQuery } from './notice.schema.js';

/** Something people are to be told. */
export interface Matter {
  readonly workspaceId: string;
  readonly kind: NoticeKind;
  /** What it is about, e.g. `failed:<channel>`: one notice per matter. */
  readonly matter: string;
  /** `hour`: what follows within an hour raises the count of the same notice. `never`: told once, whatever follows. */
  readonly fold: 'hour' | 'never';
  /** Told in the app alone: who is to have a letter gets one of another kind. */
  readonly quiet?: boolean;
  readonly params: NoticeParams;
}

interface NoticeRow {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly params: NoticeParams;
  readonly created_at: Date;
  readonly seen_at: Date | null;
}

const idsAtMost = 20;
const Key = z.tuple([z.iso.datetime({ offset: true }), z.uuid()]);
const installation = '00000000-0000-0000-0000-000000000000';

const fail = problems({
  'notice-not-found': {
    status: 404,
    en: 'There is no such notice in this workspace. `GET /notices` lists yours.',
    it: 'In questo workspace non c’è questo avviso. `GET /notices` elenca i tuoi.',
  },
});

/** What people are told: in the app at once, by mail if there is one (notice-mails.service.ts). */
@Injectable()
export class NoticesService {
  constructor(private readonly database: DataSource) {}

  /** Tells, in the transaction of what is told. A notice that grew is unseen again. */
  async tell(manager: EntityManager, matters: readonly Matter[]): Promise<void> {
    if (matters.length === 0) return;
    const rows = gathered(matters);
    // A notice older than an hour gives up its key: the matter begins a new one.
    await manager.query(
      `UPDATE notices n SET dedupe = n.dedupe || '@' || n.id
       FROM jsonb_to_recordset($1::jsonb) AS m ("workspaceId" uuid, matter text, fold text)
       WHERE m.fold = 'hour' AND coalesce(n.workspace_id, '${installation}') = m."workspaceId" AND n.dedupe = m.matter AND n.created_at < now() - interval '1 hour'`,
      [storable(rows)],
    );
    await manager.query(
      `INSERT INTO notices AS n (id, workspace_id, incident_id, kind, dedupe, params, mailed_at)
       SELECT id, "workspaceId", (params ->> 'incidentId')::uuid, kind, matter, params || jsonb_build_object('fold', fold), CASE WHEN quiet THEN now() END
       FROM jsonb_to_recordset($1::jsonb) AS m (id uuid, "workspaceId" uuid, kind text, matter text, fold text, quiet boolean, params jsonb)
       ORDER BY "workspaceId", matter
       ON CONFLICT (coalesce(workspace_id, '${installation}'), dedupe) DO UPDATE SET
         params = n.params || excluded.params || jsonb_build_object(
           'count', (n.params ->> 'count')::integer + (excluded.params ->> 'count')::integer,
           'deliveryIds', jsonb_path_query_array(coalesce(n.params -> 'deliveryIds', '[]') || coalesce(excluded.params -> 'deliveryIds', '[]'), '$[0 to ${idsAtMost - 1}]')),
         seen_at = NULL
       WHERE excluded.params ->> 'fold' = 'hour'`,
      [storable(rows)],
    );
  }

  /** Shows a notice as unseen again: there is more of the same matter. */
  async raise(manager: EntityManager, workspaceId: string, matter: string): Promise<void> {
    await manager.query('UPDATE notices SET seen_at = NULL WHERE workspace_id = $1 AND dedupe = $2', [workspaceId, matter]);
  }

  /** Newest first. */
  async list({ workspaceId, language }: Caller, { limit, cursor, unseen }: NoticeQuery): Promise<Page<Notice>> {
    const after = decodeCursor(cursor, Key);
    const rows: (NoticeRow & { readonly key: string })[] = await this.database.query(
      `SELECT id, kind, params, created_at, seen_at, to_json(created_at) #>> '{}' AS key FROM notices
        WHERE workspace_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3)) AND (NOT $4 OR seen_at IS NULL)
        ORDER BY created_at DESC, id DESC LIMIT $5`,
      [workspaceId, after?.[0] ?? null, after?.[1] ?? null, unseen, limit + 1],
    );
    const { items, next } = toPage(rows, limit, (row) => [row.key, row.id]);
    return { items: items.map((row) => toNotice(row, language)), next };
  }

  /** For the whole workspace: one person has seen it. */
  async see({ workspaceId, language }: Caller, id: string): Promise<Notice> {
    const [rows]: [NoticeRow[], number] = await this.database.query(
      `UPDATE notices SET seen_at = coalesce(seen_at, now()) WHERE workspace_id = $1 AND id = $2 RETURNING id, kind, params, created_at, seen_at`,
      [workspaceId, id],
    );
    if (!rows[0]) throw fail('notice-not-found');
    return toNotice(rows[0], language);
  }
}

function toNotice({ id, kind, params, created_at, seen_at }: NoticeRow, language: Language): Notice {
  return {
    id, kind, ...noticeText(kind, params, language), count: params.count, clientId: params.clientId ?? null, channelId: params.channelId ?? null,
    incidentId: params.incidentId ?? null,
    deliveryIds: [...(params.deliveryIds ?? [])], createdAt: created_at.toISOString(), seenAt: seen_at?.toISOString() ?? null,
  };
}

/** One row per matter: one statement must not meet the same row twice. */
function gathered(matters: readonly Matter[]): readonly (Matter & { readonly id: string })[] {
  const rows = new Map<string, Matter & { readonly id: string }>();
  for (const matter of matters) {
    const key = `${matter.workspaceId} ${matter.matter}`;
    const before = rows.get(key);
    if (before && matter.fold === 'never') continue;
    const deliveryIds = [...(before?.params.deliveryIds ?? []), ...(matter.params.deliveryIds ?? [])].slice(0, idsAtMost);
    rows.set(key, { ...matter, id: before?.id ?? uuid(), params: { ...matter.params, count: (before?.params.count ?? 0) + matter.params.count, deliveryIds } });
  }
  return [...rows.values()];
}
