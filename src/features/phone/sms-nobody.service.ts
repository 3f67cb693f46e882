import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CameToNothing } from '../posts/came-to-nothing.service.js';
import type { RoundRow } from './sms-round-row.js';

/** Of a recipient: they have it, may have it, or may yet get it. */
export const mayHaveIt = `('waiting', 'reserved', 'sending', 'sent', 'unconfirmed')`;

export interface SmsFate {
  /** Who has it, or may have it. */
  readonly reached: number;
  /** Why the others have not. */
  readonly params: Readonly<Record<'today' | 'unwanted' | 'refused', number>>;
}

/** A round of which nobody got anything: it has not gone out after all. */
@Injectable()
export class SmsNobody {
  constructor(private readonly nothing: CameToNothing) {}

  async fate(manager: EntityManager, roundId: string): Promise<SmsFate> {
    const [row]: (SmsFate['params'] & Pick<SmsFate, 'reached'>)[] = await manager.query(
      `SELECT count(*) FILTER (WHERE state IN ${mayHaveIt})::int AS reached, count(*) FILTER (WHERE state = 'expired')::int AS today,
              count(*) FILTER (WHERE state = 'suppressed')::int AS unwanted, count(*) FILTER (WHERE state = 'failed')::int AS refused FROM sms_recipients WHERE round_id = $1`, [roundId]);
    const { reached, ...params } = row ?? { reached: 0, today: 0, unwanted: 0, refused: 0 };
    return { reached, params };
  }

  /** What it stood for may still go another way, and its people may have the post by that. @returns 0 = that is known already */
  async end(manager: EntityManager, { id, workspaceId }: Pick<RoundRow, 'id' | 'workspaceId'>, as: 'failed' | 'skipped'): Promise<number> {
    await this.free(manager, id);
    return this.nothing.end(manager, { workspaceId, remoteIds: [id], as });
  }

  /** Whom nobody reached with this round, another one of the post may reach; whoever was free before may be on their way to it by now. */
  async free(manager: EntityManager, roundId: string): Promise<void> {
    await manager.query(
      `DELETE FROM reached h USING sms_rounds b, sms_recipients r
        WHERE b.id = $1 AND r.round_id = b.id AND r.state NOT IN ${mayHaveIt} AND h.client_id = b.client_id AND h.post_id = b.post_id AND h.address_key = r.address_key
          AND NOT EXISTS (SELECT FROM sms_rounds o JOIN sms_recipients q ON q.round_id = o.id WHERE o.post_id = b.post_id AND o.id <> b.id AND q.subscriber_id = r.subscriber_id AND q.state IN ${mayHaveIt})`, [roundId]);
  }
}
