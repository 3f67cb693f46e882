import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { LatePace } from '../../core/drain.js';
import type { Instant } from '../../core/instant.js';
import { interval, ms } from './flight-columns.js';

interface Surroundings {
  /** What the client set of its pace; the rest is the default. */
  readonly pace: Partial<LatePace>;
  /** Planned posts of the channel two hours around now, other than this one. */
  readonly plannedAt: readonly Instant[];
}

/** What the pace of late posts needs to know of a channel, and the channel's turn. */
@Injectable()
export class LatesService {
  constructor(private readonly dataSource: DataSource) {}

  async surroundings({ id, channelId, clientId }: { readonly id: string; readonly channelId: string; readonly clientId: string }): Promise<Surroundings> {
    const [row] = await this.dataSource.query<{ pace: Partial<LatePace>; planned: number[] | null }[]>(
      `SELECT late_pace AS pace,
              (SELECT array_agg(${ms('d.due_at')}) FROM deliveries d
                WHERE d.channel_id = $2 AND d.id <> $3 AND d.due_at BETWEEN now() - interval '2 hours' AND now() + interval '2 hours'
                  AND (d.state = 'scheduled' AND d.due_at > now() OR d.state = 'published' AND d.ended_at < d.due_at + interval '1 minute')) AS planned
         FROM clients WHERE id = $1`,
      [clientId, channelId, id],
    );
    return { pace: row?.pace ?? {}, plannedAt: row?.planned ?? [] };
  }

  /**
   * Takes the channel's turn for a late post: at least `gapMs` after the last one, unless that one was this delivery.
   * @returns 0 = the turn is ours; else ms until it may be.
   */
  async takeTurn(channelId: string, deliveryId: string, gapMs: number): Promise<number> {
    const [row] = await this.dataSource.query<{ taken: boolean; wait: number | null }[]>(
      `WITH turn AS (
         UPDATE channels SET late_at = now(), late_by = $2
          WHERE id = $1 AND (late_at IS NULL OR late_by = $2 OR late_at <= now() - ${interval('$3')})
         RETURNING id)
       SELECT EXISTS (SELECT 1 FROM turn) AS taken,
              (SELECT extract(epoch FROM late_at + ${interval('$3')} - now()) * 1000 FROM channels WHERE id = $1)::float8 AS wait`,
      [channelId, deliveryId, gapMs],
    );
    if (!row || row.taken) return 0;
    return Math.max(1, row.wait ?? gapMs);
  }
}
