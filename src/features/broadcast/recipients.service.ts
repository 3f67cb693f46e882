import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import type { RecipientState } from '../../core/broadcast.js';
import { recipientSaid } from '../../core/recipients.js';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { mailOf } from './broadcast-row.js';
import { BroadcastsService } from './broadcasts.service.js';
import type { MailRecipient, MailRecipientQuery } from './recipient.schema.js';

const Key = z.tuple([z.uuid()]);

interface Row {
  readonly id: string;
  readonly address: string;
  readonly state: RecipientState;
  readonly detail: string | null;
  readonly at: Date | null;
}

/** Who gets a newsletter, and what became of each mail. */
@Injectable()
export class Recipients {
  constructor(
    private readonly database: DataSource,
    private readonly broadcasts: BroadcastsService,
  ) {}

  /** Of one that another's mail carried, the recipients of that mail. @throws DomainError broadcast-unknown (404) */
  async list({ workspaceId, language }: Caller, id: string, { limit, cursor, state }: MailRecipientQuery): Promise<Page<MailRecipient>> {
    const broadcast = await this.broadcasts.row(workspaceId, id);
    const after = decodeCursor(cursor, Key);
    const rows: Row[] = await this.database.query(
      `SELECT r.subscriber_id AS id, r.address, r.state, r.detail, coalesce(r.sent_at, r.intent_at) AS at FROM recipients r JOIN broadcasts b ON b.id = r.broadcast_id
        WHERE b.workspace_id = $1 AND r.broadcast_id = $2 AND ($3::text IS NULL OR r.state = $3) AND ($4::uuid IS NULL OR r.subscriber_id > $4) ORDER BY r.subscriber_id LIMIT $5`,
      [workspaceId, mailOf(broadcast), state ?? null, after?.[0] ?? null, limit + 1]);
    const { items, next } = toPage(rows, limit, (row) => [row.id]);
    return { items: items.map((row) => shown(row, language)), next };
  }
}

function shown(row: Row, language: Caller['language']): MailRecipient {
  const { why, detail } = recipientSaid('mail', row);
  return { subscriberId: row.id, address: row.address === '' ? null : row.address, state: row.state, why: why[language], detail, at: row.at?.toISOString() ?? null };
}
