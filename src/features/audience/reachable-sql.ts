import type { SegmentRule } from './segment.schema.js';
import { Params, ruleSql } from './segment-sql.js';

/** The people of one brand, on some of its lists. */
export interface Who {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly listIds: readonly string[];
  /** A part of one of the lists; the other lists count whole. */
  readonly segmentId?: string | null;
  /** One of so many equal shares of them, from 0; `of`: a power of two. */
  readonly share?: { readonly nr: number; readonly of: number };
}

/** The rule of the segment, and whose it is. */
export interface Narrowed {
  readonly listId: string;
  readonly rule: SegmentRule;
}

export interface Statement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** No suppression stands against `p` (subscribers). */
export const notSuppressed = `NOT EXISTS (SELECT FROM suppressions x
  WHERE x.workspace_id = p.workspace_id AND x.kind = p.kind AND x.address_key = p.address_key AND (x.client_id IS NULL OR x.client_id = p.client_id))`;

/** What makes a subscription `s` of `p` one that may be written to. */
export const mayGet = `s.state = 'confirmed' AND p.erased_at IS NULL AND ${notSuppressed}
  AND EXISTS (SELECT FROM lists l WHERE l.id = s.list_id AND l.archived_at IS NULL)`;

/**
 * Each is looked up by its id, and OFFSET 0 keeps it so: of a list that came after the last ANALYZE the planner expects a handful, and
 * would compare each of 100,000 with each.
 * Columns: subscriber_id, address, address_key, name, language, token, list_id. One row per person, however many of the lists they are on.
 */
export function reachableSql({ workspaceId, clientId, listIds, share }: Who, narrowed: Narrowed | null, firstParam = 1): Statement {
  const params = new Params(firstParam);
  const workspace = `${params.put(workspaceId)}::uuid`;
  const sql = `SELECT DISTINCT ON (p.id) p.id AS subscriber_id, p.address, p.address_key, p.name, p.language, p.token, s.list_id
    FROM subscriptions s CROSS JOIN LATERAL (SELECT * FROM subscribers WHERE id = s.subscriber_id AND workspace_id = s.workspace_id OFFSET 0) AS p
   WHERE s.workspace_id = ${workspace} AND p.client_id = ${params.put(clientId)}::uuid AND s.list_id = ANY(${params.put(listIds)}::uuid[]) AND ${mayGet}
     ${share ? `AND uuid_hash(s.subscriber_id) & ${params.put(share.of - 1)}::int = ${params.put(share.nr)}::int` : ''}
     ${narrowed ? `AND (s.list_id <> ${params.put(narrowed.listId)}::uuid OR ${ruleSql(narrowed.rule, params)})` : ''}
   ORDER BY p.id, s.list_id`;
  return { sql, params: params.values };
}

const confirmed = `(SELECT count(*) FROM subscriptions s WHERE s.list_id = l.id AND s.state = 'confirmed')`;
/** Of `lists l`: how many are confirmed, and how many of them may be written to. By those who may not: of a million they are the few. Each looked up, as above. */
export const confirmedCount = `${confirmed}::int`;
export const reachableCount = `CASE WHEN l.archived_at IS NULL THEN (${confirmed} - (
  SELECT count(DISTINCT p.id) FROM suppressions x
    CROSS JOIN LATERAL (SELECT id FROM subscribers WHERE client_id = l.client_id AND kind = x.kind AND address_key = x.address_key OFFSET 0) AS p
    CROSS JOIN LATERAL (SELECT FROM subscriptions WHERE subscriber_id = p.id AND list_id = l.id AND state = 'confirmed' OFFSET 0) AS s
   WHERE x.workspace_id = l.workspace_id AND x.kind = l.kind AND (x.client_id IS NULL OR x.client_id = l.client_id)))::int ELSE 0 END`;
