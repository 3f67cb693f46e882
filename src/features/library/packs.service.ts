import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { PostLookups } from '../posts/post-lookups.service.js';
import { assertWithinLimits } from '../posts/posts.service.js';
import { fail } from './library-problems.js';
import { hashOf, isOffered, packColumns, type PackRow, toPack, toSummary, type VariantRow } from './pack-rows.js';
import type { NewPack, Pack, PackAt, PackChange, PackQuery, PackSummary } from './pack.schema.js';
import { PackWrites } from './pack-writes.service.js';

const from = 'FROM packs k JOIN clients c ON c.id = k.client_id';

/** What brands say when something does not go as planned, ready beforehand. */
@Injectable()
export class PacksService {
  constructor(
    private readonly database: DataSource,
    private readonly writes: PackWrites,
    private readonly clients: ClientsService,
    private readonly lookups: PostLookups,
    private readonly audit: AuditService,
  ) {}

  /** By title. */
  async list(workspaceId: string, { limit, cursor, clientId, tag, find, offered, archived }: PackQuery): Promise<Page<PackSummary>> {
    const after = decodeCursor(cursor, z.tuple([z.string(), z.uuid()]));
    const rows = await this.database.query<PackRow[]>(
      `SELECT ${packColumns} ${from}
        WHERE k.workspace_id = $1 AND ($2::uuid IS NULL OR k.client_id = $2) AND ($3 OR k.archived_at IS NULL)
          AND ($4::text IS NULL OR EXISTS (SELECT FROM unnest(k.tags) t WHERE lower(t) = lower($4)))
          AND ($5::text IS NULL OR strpos(lower(k.title || ' ' || k.use_when), lower($5)) > 0)
          AND ($6::boolean IS NULL OR $6 = ${isOffered})
          AND ($7::text IS NULL OR (lower(k.title), k.id) > ($7, $8::uuid)) ORDER BY lower(k.title), k.id LIMIT $9`,
      [workspaceId, clientId ?? null, archived, tag ?? null, find ?? null, offered ?? null, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, ({ sortTitle, id }) => [sortTitle, id]);
    return { items: items.map(toSummary), next };
  }

  /** Those put away too. @throws DomainError pack-unknown (404) */
  async read(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<Pack> {
    return toPack(await this.row(workspaceId, id, manager));
  }

  /** Those put away too. @throws DomainError pack-unknown (404) */
  async row(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<PackRow> {
    const [row] = await manager.query<PackRow[]>(`SELECT ${packColumns} ${from} WHERE k.workspace_id = $1 AND k.id = $2`, [workspaceId, id]);
    if (!row) throw fail('pack-unknown');
    return row;
  }

  /** @throws DomainError client-unknown (404), and what its variants may lack: PackWrites.said */
  async create({ workspaceId, actor }: Caller, { clientId: of, variants, ...written }: NewPack): Promise<Pack> {
    return this.database.transaction(async (manager) => {
      const { id: clientId, language } = await this.clients.read(workspaceId, of, manager);
      const head = { ...written, language: written.language ?? language };
      const said = await this.writes.said(manager, { workspaceId, clientId }, variants);
      const id = await this.writes.insert(manager, { workspaceId, clientId }, { head, variants: said, actor });
      await this.audit.record(manager, { workspaceId, actor, action: 'pack.created', subject: 'pack', subjectId: id, details: { clientId, title: head.title } });
      return this.read(workspaceId, id, manager);
    });
  }

  /** @throws DomainError pack-unknown (404), pack-archived, edited-meanwhile (409), and what its variants may lack */
  async change({ workspaceId, actor }: Caller, id: string, { version, variants, proposals, ...change }: PackChange): Promise<Pack> {
    return this.database.transaction(async (manager) => {
      const row = await this.at(manager, workspaceId, id, { version });
      const { title, useWhen, tags, language, expiresOn } = row;
      const head = { title, useWhen, tags, language, expiresOn, ...(Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as typeof change) };
      const said = variants === undefined ? null : await this.writes.said(manager, { workspaceId, clientId: row.clientId }, variants);
      await this.writes.update(manager, workspaceId, row, { head: head as PackRow, variants: said, proposals: proposals === undefined ? row.proposals : [] });
      await this.audit.record(manager, { workspaceId, actor, action: 'pack.changed', subject: 'pack', subjectId: id, details: { ...change, ...(variants && { variants: variants.length }) } });
      return this.read(workspaceId, id, manager);
    });
  }

  /**
   * Somebody read it and stands for it, as it is.
   * @throws DomainError pack-unknown (404), pack-archived, edited-meanwhile (409), pack-empty, content-breaks-limits (422)
   */
  async approve({ workspaceId, actor }: Caller, id: string, at: PackAt): Promise<Pack> {
    return this.database.transaction(async (manager) => {
      const row = await this.at(manager, workspaceId, id, at);
      const inForce = row.variants.filter(({ draft }) => !draft);
      if (inForce.length === 0) throw fail('pack-empty');
      await this.assertFits(manager, { workspaceId, clientId: row.clientId }, inForce);
      await this.writes.approve(manager, workspaceId, row, actor);
      await this.audit.record(manager, { workspaceId, actor, action: 'pack.approved', subject: 'pack', subjectId: id, details: { hash: hashOf(row) } });
      return this.read(workspaceId, id, manager);
    });
  }

  /** Puts it away: it is offered nowhere, and nothing of it is deleted. @throws DomainError pack-unknown (404), pack-archived, edited-meanwhile (409) */
  async archive({ workspaceId, actor }: Caller, id: string, version: number): Promise<void> {
    await this.database.transaction(async (manager) => {
      await this.at(manager, workspaceId, id, { version });
      await this.writes.archive(manager, workspaceId, id);
      await this.audit.record(manager, { workspaceId, actor, action: 'pack.archived', subject: 'pack', subjectId: id });
    });
  }

  private async at(manager: EntityManager, workspaceId: string, id: string, { version, hash }: PackAt): Promise<PackRow> {
    const row = await this.writes.open(manager, workspaceId, id);
    if (row.version !== version || (hash !== undefined && hash !== hashOf(row))) throw fail('edited-meanwhile', {}, { version: row.version });
    return row;
  }

  /** Every channel of the client that a variant speaks on would take it. */
  private async assertFits(manager: EntityManager, { workspaceId, clientId }: { readonly workspaceId: string; readonly clientId: string }, variants: readonly VariantRow[]): Promise<void> {
    const open = await manager.query<{ id: string; connectorId: string }[]>(
      'SELECT id, connector_id AS "connectorId" FROM channels WHERE workspace_id = $1 AND client_id = $2 AND archived_at IS NULL ORDER BY name, id', [workspaceId, clientId],
    );
    const said = new Map(open.flatMap((channel) => {
      const variant = variantFor(variants, channel);
      return variant ? [[channel.id, { parts: variant.parts }]] : [];
    }));
    assertWithinLimits(await this.lookups.channels(manager, workspaceId, clientId, [...said.keys()]), { parts: [] }, said);
  }
}

/** What is said on a channel: its own variant, else that of its kind, else the one for all. Drafts are never said. */
export function variantFor(variants: readonly VariantRow[], channel: { readonly id: string; readonly connectorId: string }): VariantRow | undefined {
  const inForce = variants.filter(({ draft }) => !draft);
  return inForce.find(({ channelId }) => channelId === channel.id)
    ?? inForce.find(({ connectorId }) => connectorId === channel.connectorId)
    ?? inForce.find(({ channelId, connectorId }) => channelId === null && connectorId === null);
}
