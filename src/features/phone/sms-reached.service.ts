import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { recipientSaid } from '../../core/recipients.js';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { fail } from './sms-problems.js';
import type { SmsRecipient, SmsRecipientQuery } from './sms-recipient.schema.js';
import type { smsStates } from './sms.schema.js';

const Key = z.tuple([z.uuid()]);

interface Row {
  readonly id: string;
  readonly to: string;
  readonly state: (typeof smsStates)[number];
  readonly detail: string | null;
  readonly at: Date | null;
}

/** Who gets a round of SMS, and what became of each. */
@Injectable()
export class SmsReached {
  constructor(private readonly database: DataSource) {}

  /** @throws DomainError round-unknown (404) */
  async list({ workspaceId, language }: Caller, roundId: string, { limit, cursor, state }: SmsRecipientQuery): Promise<Page<SmsRecipient>> {
    const [known]: unknown[] = await this.database.query('SELECT 1 FROM sms_rounds WHERE workspace_id = $1 AND id = $2', [workspaceId, roundId]);
    if (!known) throw fail('round-unknown');
    const after = decodeCursor(cursor, Key);
    const rows: Row[] = await this.database.query(
      `SELECT r.subscriber_id AS id, r.address_key AS "to", r.state, r.detail, coalesce(r.sent_at, r.intent_at) AS at FROM sms_recipients r JOIN sms_rounds b ON b.id = r.round_id
        WHERE b.workspace_id = $1 AND r.round_id = $2 AND ($3::text IS NULL OR r.state = $3) AND ($4::uuid IS NULL OR r.subscriber_id > $4) ORDER BY r.subscriber_id LIMIT $5`,
      [workspaceId, roundId, state ?? null, after?.[0] ?? null, limit + 1]);
    const { items, next } = toPage(rows, limit, (row) => [row.id]);
    return { items: items.map((row) => shown(row, language)), next };
  }
}

function shown(row: Row, language: Caller['language']): SmsRecipient {
  const { why, detail } = recipientSaid('sms', row);
  return { subscriberId: row.id, address: row.to.startsWith('erased:') ? null : row.to, state: row.state, why: why[language], detail, at: row.at?.toISOString() ?? null };
}
