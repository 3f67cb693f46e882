import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Watch } from '../../infra/watch.js';
import { PersonalSources } from '../audience/personal-sources.service.js';

/** Recipients are kept so long (DESIGN §6), and nobody for ever. */
const keep = '13 months';

/** What this room knows of somebody: handed out and erased with what the audience knows, and forgotten in time. */
@Injectable()
export class Readers implements OnModuleInit {
  constructor(
    private readonly sources: PersonalSources,
    private readonly watch: Watch,
    private readonly database: DataSource,
  ) {}

  onModuleInit(): void {
    this.watch.hourly('old recipients', () => this.prune());
    this.sources.register({
      name: 'newsletters',
      know: async (manager, { clientId, subscriberId }) => manager.query(
        `SELECT b.subject, r.state, r.address, r.sent_at AS "sentAt", r.detail FROM broadcasts b JOIN recipients r ON r.broadcast_id = b.id AND r.subscriber_id = $2
          WHERE b.client_id = $1 AND b.frozen_at IS NOT NULL ORDER BY b.frozen_at`, [clientId, subscriberId]),
      erase: async (manager, { clientId, subscriberId, addressKey }) => {
        // One being sent just now is written to once more: nobody can call it back.
        await manager.query(
          `UPDATE recipients r SET address = '', address_key = 'erased:' || r.subscriber_id, detail = NULL, state = CASE WHEN r.state IN ('waiting', 'reserved') THEN 'suppressed' ELSE r.state END
             FROM broadcasts b WHERE b.client_id = $1 AND b.frozen_at IS NOT NULL AND r.broadcast_id = b.id AND r.subscriber_id = $2`, [clientId, subscriberId]);
        await manager.query(`UPDATE bounces SET detail = NULL WHERE subscriber_id = $1`, [subscriberId]);
        await manager.query(`UPDATE reached r SET address_key = 'erased:' || $2 FROM posts p WHERE p.client_id = $1 AND r.post_id = p.id AND r.client_id = $1 AND r.address_key = $3`, [clientId, subscriberId, addressKey]);
      },
    });
  }

  /** What they got is gone; that there was a newsletter, and to how many, stays. */
  async prune(): Promise<void> {
    await this.database.query(`DELETE FROM recipients r USING broadcasts b WHERE r.broadcast_id = b.id AND b.ended_at < now() - $1::interval`, [keep]);
    await this.database.query(`DELETE FROM reached r USING broadcasts b WHERE r.post_id = b.post_id AND b.ended_at < now() - $1::interval`, [keep]);
    await this.database.query(`DELETE FROM bounces WHERE at < now() - $1::interval`, [keep]);
  }
}
