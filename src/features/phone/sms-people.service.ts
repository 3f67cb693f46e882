import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Watch } from '../../infra/watch.js';
import { PersonalSources } from '../audience/personal-sources.service.js';
import { countedOf } from './sms-round-row.js';

/** As recipients of newsletters (DESIGN §6). What they cost stays. */
const keep = '13 months';

/** What this room knows of somebody: handed out and erased with what the audience knows, and forgotten in time. */
@Injectable()
export class SmsPeople implements OnModuleInit {
  constructor(
    private readonly sources: PersonalSources,
    private readonly watch: Watch,
    private readonly database: DataSource,
  ) {}

  onModuleInit(): void {
    this.watch.hourly('old SMS', () => this.prune());
    this.sources.register({
      name: 'sms',
      know: async (manager, { clientId, subscriberId }) => manager.query(
        `SELECT b.text, r.state, r.address_key AS number, r.sent_at AS "sentAt", r.detail FROM sms_rounds b JOIN sms_recipients r ON r.round_id = b.id AND r.subscriber_id = $2
          WHERE b.client_id = $1 ORDER BY b.frozen_at`, [clientId, subscriberId]),
      erase: async (manager, { clientId, subscriberId, addressKey }) => {
        // One being sent just now is written to once more: nobody can call it back.
        await manager.query(
          `UPDATE sms_recipients r SET address_key = 'erased:' || r.subscriber_id, detail = NULL, remote_id = NULL, look_at = NULL, state = CASE WHEN r.state IN ('waiting', 'reserved') THEN 'suppressed' ELSE r.state END
             FROM sms_rounds b WHERE b.client_id = $1 AND r.round_id = b.id AND r.subscriber_id = $2`, [clientId, subscriberId]);
        // Known to another client too, it still counts today.
        await manager.query(
          `DELETE FROM sms_days d USING clients c WHERE c.id = $1 AND d.workspace_id = c.workspace_id AND d.address_key = $2
              AND NOT EXISTS (SELECT FROM subscribers p WHERE p.workspace_id = c.workspace_id AND p.kind = 'phone' AND p.address_key = $2 AND p.id <> $3)`, [clientId, addressKey, subscriberId]);
        await manager.query(`UPDATE reached r SET address_key = 'erased:' || $2 FROM posts p WHERE p.client_id = $1 AND r.post_id = p.id AND r.client_id = $1 AND r.address_key = $3`, [clientId, subscriberId, addressKey]);
      },
    });
  }

  /** What they got is gone; that there was a round, to how many and for how much, stays: counted once nothing changes any more. */
  async prune(): Promise<void> {
    await this.database.query(`UPDATE sms_rounds b SET counted = ${countedOf('r.round_id = b.id')} WHERE b.counted IS NULL AND b.ended_at < now() - interval '7 days'`);
    await this.database.query(`DELETE FROM sms_recipients r USING sms_rounds b WHERE r.round_id = b.id AND b.ended_at < now() - $1::interval`, [keep]);
    await this.database.query(`DELETE FROM reached r USING sms_rounds b WHERE r.post_id = b.post_id AND b.ended_at < now() - $1::interval`, [keep]);
    await this.database.query(`DELETE FROM sms_days WHERE day < current_date - 2`);
  }
}
