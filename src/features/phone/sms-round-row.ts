import type { BroadcastState } from '../../core/broadcast.js';
import type { SmsChange } from '../../core/sms.js';
import { type SmsRound, smsStates } from './sms.schema.js';

export interface RoundRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly channelId: string;
  readonly postId: string;
  readonly purpose: 'issue' | 'fallback';
  readonly listIds: readonly string[];
  readonly fromName: string | null;
  readonly text: string;
  readonly wayOut: string;
  readonly changes: readonly SmsChange[];
  readonly encoding: 'gsm-7' | 'ucs-2';
  readonly segments: number;
  readonly currency: string;
  readonly costMinor: number;
  readonly state: Exclude<BroadcastState, 'drafted' | 'approved'>;
  readonly reason: string | null;
  readonly detail: string | null;
  /** ms; Infinity = none. */
  readonly deadlineAt: number;
  /** ms; -Infinity = never. */
  readonly freeUntil: number;
  readonly recipients: number;
  readonly version: number;
  /** Times in a row that it was too fast for the gateway, and nothing was taken. */
  readonly slowTimes: number;
  /** Not to be tried again before this, ms. */
  readonly restUntil: number;
  readonly frozenAt: Date;
  readonly endedAt: Date | null;
}

const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

export const ROUND_COLUMNS = `b.id, b.workspace_id AS "workspaceId", b.client_id AS "clientId", b.channel_id AS "channelId", b.post_id AS "postId", b.purpose, b.list_ids AS "listIds", b.from_name AS "fromName",
  b.text, b.way_out AS "wayOut", b.changes, b.encoding, b.segments, b.currency, b.cost_minor::float8 AS "costMinor", b.state, b.reason, b.detail, ${ms('b.deadline_at')} AS "deadlineAt",
  ${ms('b.free_until')} AS "freeUntil", ${ms('b.rest_until')} AS "restUntil", b.recipients, b.slow_times AS "slowTimes", b.version, b.frozen_at AS "frozenAt", b.ended_at AS "endedAt"`;

/** Of a round `b` of the client `c`: whoever waits for it may still get it today, and it may cost what it was reckoned at. One that stands paused since another day counts for nothing. */
export const mayYetGo = `(b.state IN ('frozen', 'sending') OR b.state = 'paused' AND (b.paused_at AT TIME ZONE c.zone)::date = (now() AT TIME ZONE c.zone)::date) AND b.deadline_at > now()`;

/** Of recipients `r`, all of one round: RoundCounts. */
export const countedOf = (where: string): string => `(
  SELECT jsonb_build_object('counts', coalesce(jsonb_object_agg(q.state, q.n), '{}'), 'spentMinor', coalesce(sum(q.spent), 0)) FROM (
    SELECT r.state, count(*)::int AS n, coalesce(sum(r.cost_minor) FILTER (WHERE r.month IS NOT NULL), 0)::float8 AS spent FROM sms_recipients r WHERE ${where} GROUP BY 1) AS q)`;

export interface RoundCounts {
  readonly counts: Readonly<Record<string, number>>;
  /** Of those that went or may have gone. */
  readonly spentMinor: number;
}

export function toRound(row: RoundRow, counted: RoundCounts | undefined): SmsRound {
  const isOpen = row.state === 'frozen' || row.state === 'sending';
  const { id, clientId, channelId, postId, purpose, text, wayOut, encoding, segments, currency, costMinor, state, reason, detail, recipients, version } = row;
  return {
    id, clientId, channelId, postId, purpose, text, wayOut, changes: [...row.changes], from: row.fromName, encoding, segments, currency, costMinor, spentMinor: counted?.spentMinor ?? 0, state, reason, detail, recipients,
    counts: Object.fromEntries(smsStates.map((name) => [name, counted?.counts[name] ?? 0])),
    deadlineAt: Number.isFinite(row.deadlineAt) ? new Date(row.deadlineAt).toISOString() : null, waitsUntil: isOpen && Number.isFinite(row.restUntil) ? new Date(row.restUntil).toISOString() : null, frozenAt: row.frozenAt.toISOString(), endedAt: row.endedAt?.toISOString() ?? null, version,
  };
}
