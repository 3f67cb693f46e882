import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { PhoneNews, type PhoneTold } from './phone-news.service.js';

/** What gateways tell of SMS they took. What it cost stays spent: they charge for what they tried. */
@Injectable()
export class SmsNews implements OnModuleInit {
  constructor(
    private readonly news: PhoneNews,
    private readonly database: DataSource,
  ) {}

  onModuleInit(): void {
    this.news.register((told) => this.take(told));
  }

  private async take({ workspaceId, ref, remoteId, state, detail }: PhoneTold): Promise<boolean> {
    if (!z.uuid().safeParse(ref).success) return false;
    const [known]: unknown[] = await this.database.query('SELECT 1 FROM sms_recipients r JOIN sms_rounds b ON b.id = r.round_id WHERE r.ref = $1 AND b.workspace_id = $2', [ref, workspaceId]);
    if (!known) return false;
    if (state === 'failed' || state === 'opted-out') {
      // Of one whose answer we still wait for, it outweighs the answer.
      await this.database.query(
        `UPDATE sms_recipients SET state = CASE state WHEN 'sending' THEN state ELSE $4 END, told = $4, detail = $2, remote_id = coalesce(remote_id, $3), look_at = NULL
          WHERE ref = $1 AND state IN ('sending', 'sent', 'unconfirmed')`, [ref, detail?.slice(0, 500) ?? state, remoteId, state === 'failed' ? 'failed' : 'suppressed']);
    } else {
      await this.database.query(
        `UPDATE sms_recipients SET state = CASE state WHEN 'unconfirmed' THEN 'sent' ELSE state END, told = coalesce(told, 'sent'), sent_at = coalesce(sent_at, now()), detail = CASE state WHEN 'unconfirmed' THEN NULL ELSE detail END, look_at = NULL, remote_id = coalesce(remote_id, $2)
          WHERE ref = $1 AND state IN ('sending', 'sent', 'unconfirmed')`, [ref, remoteId]);
    }
    return true;
  }
}
