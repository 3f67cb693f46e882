import type { Promised } from '../../core/commitments.js';
import { instantOf } from '../../core/schedule.js';
import type { Commitment } from './commitment.schema.js';
import { isOffered } from './pack-rows.js';

export interface CommitmentRow extends Omit<Commitment, 'fromAt' | 'untilAt' | 'createdAt' | 'archivedAt'> {
  readonly createdAt: Date;
  readonly archivedAt: Date | null;
  /** As a cursor holds it. */
  readonly sortUntil: string;
}

const wall = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS')`;

/** Of `m` (commitments) with its client `c` and its pack `k`, if it has one. */
export const commitmentColumns = `m.id, m.client_id AS "clientId", m.kind, m.title, m.connector_ids AS "connectorIds", ${wall('m.wall_from')} AS "wallFrom", ${wall('m.wall_until')} AS "wallUntil", m.zone, m.hours,
  m.say, m.contact, m.contact_public AS "contactPublic", m.pack_id AS "packId", CASE WHEN m.daily_budget IS NULL THEN NULL ELSE jsonb_build_object('minor', m.daily_budget, 'currency', m.currency) END AS "dailyBudget",
  CASE WHEN k.id IS NULL THEN NULL ELSE jsonb_build_object('id', k.id, 'title', k.title, 'offered', ${isOffered}) END AS pack,
  m.version, m.created_at AS "createdAt", m.archived_at AS "archivedAt", to_json(m.until_at) #>> '{}' AS "sortUntil"`;
const withClientAndPack = 'JOIN clients c ON c.id = m.client_id LEFT JOIN packs k ON k.id = m.pack_id AND k.workspace_id = m.workspace_id';
export const fromCommitments = `FROM commitments m ${withClientAndPack}`;

/** The same as they were at an instant, whatever was changed since; only what was put away is as it is now. */
export const fromCommitmentsAt = (at: string): string => `FROM commitments n
  LEFT JOIN LATERAL (SELECT v.was FROM commitment_versions v WHERE v.commitment_id = n.id AND v.changed_at > ${at} ORDER BY v.version LIMIT 1) v ON true
  CROSS JOIN LATERAL jsonb_populate_record(n, coalesce(v.was, '{}')) AS m ${withClientAndPack}`;

/** Its instants by the zone data of today: the wall is the truth, the columns only find the row. */
export function promisedOf({ kind, title, wallFrom, wallUntil, zone, hours, dailyBudget }: CommitmentRow): Promised {
  return { kind, title, from: instantOf(wallFrom, zone), until: instantOf(wallUntil, zone), zone, hours, daily: dailyBudget };
}

export function toCommitment({ sortUntil: _, ...row }: CommitmentRow): Commitment {
  const { from, until } = promisedOf({ sortUntil: _, ...row });
  return { ...row, fromAt: new Date(from).toISOString(), untilAt: new Date(until).toISOString(), createdAt: row.createdAt.toISOString(), archivedAt: row.archivedAt?.toISOString() ?? null };
}
