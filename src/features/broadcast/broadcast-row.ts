import { createHash } from 'node:crypto';
import type { BroadcastState } from '../../core/broadcast.js';
import { recipientStates } from '../../core/broadcast.js';
import { findSocialMarks } from '../../core/social-marks.js';
import type { Broadcast, IssueContent } from './broadcast.schema.js';

export interface BroadcastRow {
  readonly id: string;
  readonly number: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly channelId: string;
  readonly postId: string;
  /** Under which it was taken; null = never. */
  readonly partKey: string | null;
  readonly purpose: 'issue' | 'fallback';
  readonly listIds: readonly string[];
  readonly templateId: string | null;
  readonly subject: string;
  readonly preheader: string;
  readonly content: IssueContent;
  readonly state: BroadcastState;
  readonly pauseReason: Broadcast['pauseReason'];
  readonly pauseDetail: string | null;
  readonly approvedHash: string | null;
  readonly approvedBy: { readonly name: string } | null;
  readonly approvedAt: Date | null;
  /** A person drafted it: it goes out only as approved. Otherwise it says what its post says. */
  readonly isDrafted: boolean;
  readonly webToken: string;
  /** null = none. */
  readonly deadlineAt: Date | null;
  readonly recipients: number | null;
  /** The newsletter on whose page it stands, without a mail of its own. */
  readonly joinedTo: string | null;
  /** That one's mail says it too. */
  readonly carried: boolean;
  readonly version: number;
  readonly createdAt: Date;
  readonly frozenAt: Date | null;
  readonly endedAt: Date | null;
}

/** Of row `b`: what nobody drafted is approved in the moment it is frozen, with its post. */
export const isDrafted = (b: string): string => `(${b}.frozen_at IS NULL OR ${b}.approved_at IS DISTINCT FROM ${b}.frozen_at)`;

export const BROADCAST_COLUMNS = `b.id, b.number, b.workspace_id AS "workspaceId", b.client_id AS "clientId", b.channel_id AS "channelId", b.post_id AS "postId", b.part_key AS "partKey", b.purpose,
  b.list_ids AS "listIds", b.template_id AS "templateId", b.subject, b.preheader, b.content, b.state, b.pause_reason AS "pauseReason", b.pause_detail AS "pauseDetail",
  b.approved_hash AS "approvedHash", b.approved_by AS "approvedBy", b.approved_at AS "approvedAt", ${isDrafted('b')} AS "isDrafted", b.web_token AS "webToken",
  CASE WHEN isfinite(b.deadline_at) THEN b.deadline_at END AS "deadlineAt", b.recipients, b.joined_to AS "joinedTo", b.carried, b.version, b.created_at AS "createdAt", b.frozen_at AS "frozenAt", b.ended_at AS "endedAt"`;

/** Of a recipient: they have it, or nobody knows. */
export const hasIt = `state IN ('sent', 'unconfirmed', 'bounced', 'sending')`;

/** What an approval binds to: every word and picture, and what they are put into. */
export function hashOf({ subject, preheader, content: { text, media, link } }: Pick<BroadcastRow, 'subject' | 'preheader' | 'content'>, mjml: string): string {
  const said = [subject, preheader, text, media.map(({ mediaId, alt }) => [mediaId, alt]), link && [link.url, link.title], mjml];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}

/** Whose recipients get it: its own, or those of the mail that carries it. */
export const mailOf = ({ id, joinedTo, carried }: Pick<BroadcastRow, 'id' | 'joinedTo' | 'carried'>): string => (carried && joinedTo !== null ? joinedTo : id);

export type Counts = Readonly<Record<string, number>>;

export function toBroadcast(row: BroadcastRow, webUrl: string, counted: Counts | undefined): Broadcast {
  const { id, clientId, channelId, postId, purpose, subject, preheader, templateId, content, state, pauseReason, pauseDetail, joinedTo, carried, version } = row;
  const isOpen = state === 'drafted' || state === 'approved';
  return {
    id, clientId, channelId, postId, purpose, subject, preheader, templateId, content, state, pauseReason, pauseDetail, joinedTo, carried, version, webUrl,
    recipients: carried ? Object.values(counted ?? {}).reduce((sum, n) => sum + n, 0) : row.recipients,
    approvedBy: row.approvedHash === null ? null : (row.approvedBy?.name ?? null), approvedAt: row.approvedAt?.toISOString() ?? null,
    marks: isOpen ? [...findSocialMarks(content.text)] : [],
    counts: row.frozenAt === null ? null : Object.fromEntries(recipientStates.map((name) => [name, counted?.[name] ?? 0])),
    deadlineAt: row.deadlineAt?.toISOString() ?? null, createdAt: row.createdAt.toISOString(), frozenAt: row.frozenAt?.toISOString() ?? null, endedAt: row.endedAt?.toISOString() ?? null,
  };
}
