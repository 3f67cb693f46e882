import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { connectors } from '../../connectors/registry.js';
import type { PartContent } from '../../core/part.js';
import { storable } from '../../infra/facts/fact-writer.js';
import type { Actor } from '../../infra/http/access.js';
import { PostLookups } from '../posts/post-lookups.service.js';
import { fail } from './library-problems.js';
import { contentHash, headHash, packHash } from './pack-hash.js';
import { hashOf, packColumns, type PackRow, whereOf } from './pack-rows.js';
import type { PackHead, VariantFor, VariantInput } from './pack.schema.js';

/** A variant whose media are known. */
export interface SaidVariant {
  readonly connectorId: string | null;
  readonly channelId: string | null;
  readonly draft: boolean;
  readonly parts: readonly PartContent[];
  readonly hash: string;
}

interface Place {
  readonly workspaceId: string;
  readonly clientId: string;
}

/** Every statement that writes packs, whoever asks: a person by the API, or a folder. All within the caller's transaction. */
@Injectable()
export class PackWrites {
  constructor(private readonly lookups: PostLookups) {}

  /** Held until the end of the transaction. @throws DomainError pack-unknown, pack-archived */
  async open(manager: EntityManager, workspaceId: string, id: string): Promise<PackRow> {
    const [row] = await manager.query<PackRow[]>(`SELECT ${packColumns} FROM packs k JOIN clients c ON c.id = k.client_id WHERE k.workspace_id = $1 AND k.id = $2 FOR UPDATE OF k`, [workspaceId, id]);
    if (!row) throw fail('pack-unknown');
    if (row.archivedAt !== null) throw fail('pack-archived');
    return row;
  }

  /** What an author wrote, with its media looked up. @throws DomainError media-not-found, channel-not-found, channel-of-another-client, pack-connector-unknown, pack-variant-twice */
  async said(manager: EntityManager, { workspaceId, clientId }: Place, variants: readonly VariantInput[]): Promise<readonly SaidVariant[]> {
    const channelIds = variants.flatMap((variant) => (variant.for.kind === 'channel' ? [variant.for.channelId] : []));
    await this.lookups.channels(manager, workspaceId, clientId, channelIds);
    const contents = await this.lookups.contents(manager, workspaceId, variants.map(({ parts }) => parts));
    const shas = await this.shas(manager, workspaceId, contents.flatMap(({ parts }) => mediaOf(parts)));
    const said = variants.map(({ draft, ...variant }, i): SaidVariant => {
      const parts = contents[i]?.parts ?? [];
      return { ...placed(variant.for), draft, parts, hash: contentHash(parts, (id) => shas.get(id) ?? id) };
    });
    const twice = said.find((one, i) => !one.draft && said.some((other, j) => j < i && !other.draft && whereOf(other) === whereOf(one)));
    if (twice) throw fail('pack-variant-twice', { where: whereOf(twice) === '' ? { en: 'all channels', it: 'tutti i canali' } : `“${whereOf(twice)}”` });
    return said;
  }

  /** Of media, hex. */
  async shas(manager: EntityManager, workspaceId: string, mediaIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (mediaIds.length === 0) return new Map();
    const rows = await manager.query<{ id: string; sha: string }[]>(`SELECT id, encode(sha256, 'hex') AS sha FROM media WHERE workspace_id = $1 AND id = ANY($2::uuid[])`, [workspaceId, [...new Set(mediaIds)]]);
    return new Map(rows.map(({ id, sha }) => [id, sha]));
  }

  /** @returns its id */
  async insert(manager: EntityManager, { workspaceId, clientId }: Place, { head, variants, actor }: { readonly head: PackHead; readonly variants: readonly SaidVariant[]; readonly actor: Actor }): Promise<string> {
    const id = uuid();
    await manager.query(
      `INSERT INTO packs (id, workspace_id, client_id, title, use_when, tags, language, expires_on, head_hash, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [id, workspaceId, clientId, head.title, head.useWhen, head.tags, head.language, head.expiresOn, headHash(head), JSON.stringify(actor)],
    );
    await this.insertVariants(manager, workspaceId, id, variants);
    return id;
  }

  /**
   * Writes a pack that is held. What was approved stays approved only if it still says and is for exactly that.
   * @param variants all of them; null = as they are
   */
  async update(manager: EntityManager, workspaceId: string, row: PackRow, { head, variants, proposals }: { readonly head: PackHead; readonly variants: readonly SaidVariant[] | null; readonly proposals: PackRow['proposals'] }): Promise<void> {
    const hash = packHash(headHash(head), (variants ?? row.variants).map((variant) => ({ ...variant, where: whereOf(variant) })));
    await manager.query(
      `UPDATE packs SET title = $3, use_when = $4, tags = $5, language = $6, expires_on = $7, head_hash = $8, proposals = $9, version = version + 1, updated_at = now(),
              approved_by = CASE WHEN approved_hash = $10 THEN approved_by END, approved_at = CASE WHEN approved_hash = $10 THEN approved_at END, approved_hash = CASE WHEN approved_hash = $10 THEN approved_hash END
        WHERE workspace_id = $1 AND id = $2`,
      [workspaceId, row.id, head.title, head.useWhen, head.tags, head.language, head.expiresOn, headHash(head), storable(proposals), hash],
    );
    if (variants === null) return;
    await manager.query('DELETE FROM pack_variants WHERE workspace_id = $1 AND pack_id = $2', [workspaceId, row.id]);
    const kept = new Set<string>();
    await this.insertVariants(manager, workspaceId, row.id, variants.map((variant) => {
      const id = sameOf(row, variant)?.id;
      if (id === undefined || kept.has(id)) return variant;
      kept.add(id);
      return { ...variant, id };
    }));
  }

  async approve(manager: EntityManager, workspaceId: string, row: PackRow, actor: Actor): Promise<void> {
    await manager.query(
      'UPDATE packs SET approved_by = $3, approved_at = now(), approved_hash = $4, version = version + 1 WHERE workspace_id = $1 AND id = $2',
      [workspaceId, row.id, JSON.stringify(actor), hashOf(row)],
    );
  }

  async archive(manager: EntityManager, workspaceId: string, id: string): Promise<void> {
    await manager.query('UPDATE packs SET archived_at = now(), version = version + 1 WHERE workspace_id = $1 AND id = $2', [workspaceId, id]);
  }

  private async insertVariants(manager: EntityManager, workspaceId: string, packId: string, variants: readonly (SaidVariant & { readonly id?: string })[]): Promise<void> {
    const rows = variants.map(({ id = uuid(), connectorId, channelId, draft, parts, hash }) => ({ id, connectorId, channelId, draft, content: { parts }, hash }));
    await manager.query(
      `INSERT INTO pack_variants (id, workspace_id, pack_id, connector_id, channel_id, draft, content, hash)
       SELECT id, $2, $3, "connectorId", "channelId", draft, content, hash
         FROM jsonb_to_recordset($1::jsonb) AS v (id uuid, "connectorId" text, "channelId" uuid, draft boolean, content jsonb, hash text)`,
      [storable(rows), workspaceId, packId],
    );
  }
}

/** A variant keeps its id while it stands in its place; a draft, while it says what it said. */
function sameOf({ variants }: PackRow, of: SaidVariant): PackRow['variants'][number] | undefined {
  return variants.find((one) => one.draft === of.draft && whereOf(one) === whereOf(of) && (!of.draft || one.hash === of.hash));
}

export function mediaOf(parts: readonly PartContent[]): readonly string[] {
  return parts.flatMap(({ media, link }) => [...media.map(({ mediaId }) => mediaId), ...(link?.thumb ? [link.thumb.mediaId] : [])]);
}

function placed(where: VariantFor): Pick<SaidVariant, 'connectorId' | 'channelId'> {
  switch (where.kind) {
    case 'all':
      return { connectorId: null, channelId: null };
    case 'channel':
      return { connectorId: null, channelId: where.channelId.toLowerCase() };
    case 'connector':
      if (!connectors.some(({ id }) => id === where.connectorId)) throw fail('pack-connector-unknown', { connector: where.connectorId });
      return { connectorId: where.connectorId, channelId: null };
  }
}
