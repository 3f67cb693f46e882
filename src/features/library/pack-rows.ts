import type { PartContent } from '../../core/part.js';
import { packHash } from './pack-hash.js';
import type { Pack, PackHead, PackSummary, PackVariant, VariantFor } from './pack.schema.js';

/** A pack with its variants, as one statement reads it. */
export interface PackRow extends PackHead {
  readonly id: string;
  readonly clientId: string;
  readonly headHash: string;
  readonly expired: boolean;
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly approvedHash: string | null;
  readonly proposals: Pack['proposals'];
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly archivedAt: Date | null;
  readonly variants: readonly VariantRow[];
  readonly sortTitle: string;
}

export interface VariantRow {
  readonly id: string;
  readonly connectorId: string | null;
  readonly channelId: string | null;
  readonly channelName: string | null;
  readonly draft: boolean;
  readonly parts: readonly PartContent[];
  readonly hash: string;
}

export const packColumns = `k.id, k.client_id AS "clientId", k.title, k.use_when AS "useWhen", k.tags, k.language, to_char(k.expires_on, 'YYYY-MM-DD') AS "expiresOn",
  k.head_hash AS "headHash", coalesce(k.expires_on < (now() AT TIME ZONE c.zone)::date, false) AS expired, k.approved_by ->> 'name' AS "approvedBy", k.approved_at AS "approvedAt", k.approved_hash AS "approvedHash",
  k.proposals, k.version, k.created_at AS "createdAt", k.updated_at AS "updatedAt", k.archived_at AS "archivedAt", lower(k.title) AS "sortTitle",
  coalesce((SELECT jsonb_agg(jsonb_build_object('id', v.id, 'connectorId', v.connector_id, 'channelId', v.channel_id, 'channelName', h.name, 'draft', v.draft, 'parts', v.content -> 'parts', 'hash', v.hash)
                             ORDER BY v.draft, coalesce(v.connector_id, h.name, ''), v.id)
              FROM pack_variants v LEFT JOIN channels h ON h.id = v.channel_id WHERE v.pack_id = k.id), '[]') AS variants`;

/** Approved as it stands now, and still in its time. In SQL, of `k` with its client `c`; `approved` is cleared by every change. */
export const isOffered = `(k.approved_at IS NOT NULL AND k.archived_at IS NULL AND (k.expires_on IS NULL OR k.expires_on >= (now() AT TIME ZONE c.zone)::date))`;

/** A name for where a variant is said, unique within a pack: '' = everywhere. */
export function whereOf({ connectorId, channelId }: Pick<VariantRow, 'connectorId' | 'channelId'>): string {
  return connectorId ?? channelId ?? '';
}

export function forOf({ connectorId, channelId }: Pick<VariantRow, 'connectorId' | 'channelId'>): VariantFor {
  if (channelId !== null) return { kind: 'channel', channelId };
  return connectorId === null ? { kind: 'all' } : { kind: 'connector', connectorId };
}

export function hashOf(row: Pick<PackRow, 'headHash' | 'variants'>): string {
  return packHash(row.headHash, row.variants.map((variant) => ({ ...variant, where: whereOf(variant) })));
}

function headOf(row: PackRow): Omit<PackSummary, 'variants'> {
  const { id, clientId, title, useWhen, tags, language, expiresOn, expired, approvedBy, approvedAt, version, createdAt, updatedAt, archivedAt } = row;
  return {
    id, clientId, title, useWhen, tags, language, expiresOn, expired, offered: approvedAt !== null && !expired && archivedAt === null,
    approvedBy, approvedAt: approvedAt?.toISOString() ?? null, version,
    createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString(), archivedAt: archivedAt?.toISOString() ?? null,
  };
}

export function toSummary(row: PackRow): PackSummary {
  return { ...headOf(row), variants: row.variants.map((variant) => ({ for: forOf(variant), draft: variant.draft, text: (variant.parts[0]?.text ?? '').slice(0, 120) })) };
}

export function toPack(row: PackRow): Pack {
  return { ...headOf(row), hash: hashOf(row), variants: row.variants.map(toVariant), proposals: row.proposals };
}

function toVariant(row: VariantRow): PackVariant {
  const { id, channelName, draft, parts, hash } = row;
  return { id, for: forOf(row), channelName, draft, parts: parts.map((part) => ({ ...part, media: part.media.map((one) => ({ ...one })) })), hash };
}
