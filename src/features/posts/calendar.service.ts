import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import type { Calendar, CalendarQuery } from './calendar.schema.js';
import { ms } from './flight-columns.js';
import { stateOf, wall } from './post-reads.service.js';
import type { Editing } from './post-rows.js';

type Item = Calendar['items'][number];
type Row = Omit<Item, 'state' | 'dueAt' | 'deliveries'> & { readonly editing: Editing; readonly cancelledAt: string | null; readonly dueMs: number };

/** The calendar: thousands of posts at a glance, so two plain statements and no more of each post than a card shows. */
@Injectable()
export class CalendarService {
  constructor(private readonly dataSource: DataSource) {}

  async month({ workspaceId }: Caller, { from, to, clientId }: CalendarQuery): Promise<Calendar> {
    const params = [workspaceId, from, to, clientId ?? null];
    const [posts, deliveries] = await Promise.all([
      this.dataSource.query<Row[]>(
        `SELECT p.id, p.client_id AS "clientId", p.series_id AS "seriesId", p.editing, p.choice, ${wall('p.wall_at')} AS "wallAt", p.zone, ${ms('p.due_at')} AS "dueMs",
                left(p.content #>> '{parts,0,text}', 120) AS text, jsonb_array_length(p.content #> '{parts,0,media}') AS media, p.labels, p.version,
                p.cancelled_at::text AS "cancelledAt"
           FROM posts p WHERE p.workspace_id = $1 AND p.due_at >= $2 AND p.due_at < $3 AND ($4::uuid IS NULL OR p.client_id = $4)
          ORDER BY p.due_at, p.id`,
        params,
      ),
      this.dataSource.query<(Item['deliveries'][number] & { readonly postId: string })[]>(
        `SELECT d.id, d.post_id AS "postId", d.channel_id AS "channelId", d.state FROM posts p JOIN deliveries d ON d.post_id = p.id
          WHERE p.workspace_id = $1 AND p.due_at >= $2 AND p.due_at < $3 AND ($4::uuid IS NULL OR p.client_id = $4)`,
        params,
      ),
    ]);
    const byPost = new Map<string, Item['deliveries']>();
    for (const { postId, id, channelId, state } of deliveries) {
      const mine = byPost.get(postId);
      if (mine) mine.push({ id, channelId, state });
      else byPost.set(postId, [{ id, channelId, state }]);
    }
    return {
      items: posts.map(({ editing, cancelledAt, dueMs, ...post }) => {
        const mine = byPost.get(post.id) ?? [];
        return { ...post, state: stateOf({ editing, cancelledAt }, mine), dueAt: new Date(dueMs).toISOString(), deliveries: mine };
      }),
    };
  }
}
