import { dailyCap } from '../../core/broadcast.js';
import type { Seal, SealedRow } from '../../infra/seal.js';
import type { Sender } from './sender.schema.js';
import { dnsLines } from './sender-dns.service.js';
import { mailServerOf } from './mail-server.js';

export interface SenderRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly fromName: string;
  readonly fromAddress: string;
  readonly replyTo: string | null;
  readonly imprint: string;
  readonly sealedSmtpUrl: string | null;
  readonly sealedImapUrl: string | null;
  readonly sealedHookSecret: string;
  readonly bounceAddress: string | null;
  readonly dkimSelector: string;
  readonly sealedDkimKey: string;
  readonly dkimPublic: string;
  readonly ratePerSecond: number | null;
  readonly connections: number;
  readonly isWarm: boolean;
  readonly firstMailAt: Date | null;
  readonly checks: Sender['checks'];
  readonly checkedAt: Date | null;
  readonly verifiedAt: Date | null;
  readonly pausedAt: Date | null;
  readonly pauseReason: Sender['pauseReason'];
  readonly pauseDetail: string | null;
  readonly mailboxDetail: string | null;
  /** Times in a row that its mail server took nothing, and until when it is not asked again; null = it may be. */
  readonly troubles: number;
  readonly restUntil: number | null;
  readonly version: number;
  readonly createdAt: Date;
}

export const SENDER_COLUMNS = `s.id, s.workspace_id AS "workspaceId", s.client_id AS "clientId", s.from_name AS "fromName", s.from_address AS "fromAddress", s.reply_to AS "replyTo",
  s.imprint, s.sealed_smtp_url AS "sealedSmtpUrl", s.sealed_imap_url AS "sealedImapUrl", s.sealed_hook_secret AS "sealedHookSecret", s.bounce_address AS "bounceAddress",
  s.dkim_selector AS "dkimSelector", s.sealed_dkim_key AS "sealedDkimKey", s.dkim_public AS "dkimPublic", s.rate_per_second AS "ratePerSecond", s.connections, s.is_warm AS "isWarm",
  s.first_mail_at AS "firstMailAt", s.checks, s.checked_at AS "checkedAt", s.verified_at AS "verifiedAt", s.paused_at AS "pausedAt", s.pause_reason AS "pauseReason",
  s.pause_detail AS "pauseDetail", s.mailbox_detail AS "mailboxDetail", s.troubles, (extract(epoch FROM nullif(s.rest_until, '-infinity')) * 1000)::float8 AS "restUntil", s.version, s.created_at AS "createdAt"`;

type Owner = Pick<SenderRow, 'id' | 'workspaceId'>;
/** Where each secret of a sender is sealed for. */
export const place = {
  smtp: ({ id, workspaceId }: Owner): SealedRow => ({ workspaceId, rowId: `${id}/smtp` }),
  imap: ({ id, workspaceId }: Owner): SealedRow => ({ workspaceId, rowId: `${id}/imap` }),
  hook: ({ id, workspaceId }: Owner): SealedRow => ({ workspaceId, rowId: `${id}/hook` }),
  dkim: ({ id, workspaceId }: Owner): SealedRow => ({ workspaceId, rowId: `${id}/dkim` }),
};

export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase();

/** As people see it: no secret in it. */
export function toSender(row: SenderRow, { seal, now, hookUrl }: { readonly seal: Seal; readonly now: number; readonly hookUrl: string }): Sender {
  const { id, clientId, fromName, fromAddress, replyTo, imprint, bounceAddress, ratePerSecond, connections, isWarm, checks, pauseReason, pauseDetail, mailboxDetail, version } = row;
  const cap = dailyCap({ isWarm, firstAt: row.firstMailAt?.getTime() ?? null }, now);
  const hostOf = (sealed: string | null, where: SealedRow): string | null => (sealed === null ? null : mailServerOf(seal.open(sealed, where)).name);
  return {
    id, clientId, fromName, fromAddress, replyTo, imprint, bounceAddress, ratePerSecond, connections, isWarm, checks, pauseReason, pauseDetail, mailboxDetail, version, hookUrl,
    ownServer: hostOf(row.sealedSmtpUrl, place.smtp(row)), mailbox: hostOf(row.sealedImapUrl, place.imap(row)),
    dns: dnsLines(row).map((line) => ({ type: 'TXT', ...line })),
    checkedAt: row.checkedAt?.toISOString() ?? null, verifiedAt: row.verifiedAt?.toISOString() ?? null, pausedAt: row.pausedAt?.toISOString() ?? null,
    dailyCap: Number.isFinite(cap) ? cap : null, createdAt: row.createdAt.toISOString(),
  };
}
