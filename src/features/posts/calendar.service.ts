import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import type { CalendarQuery } from './calendar.schema.js';
import { card, type Cards, chip, written } from './calendar-cards.js';
import { fail } from './post-problems.js';
import { groupedBy, WarnedPosts, warningIn, type Which } from './warned-posts.service.js';

/** More than anybody looks at in one answer, and as much as may stand in memory at once: some 30 MB. */
const MOST_POSTS = 50_000;

/**
 * The calendar: thousands of posts at a glance. Plain statements, no more of each post than a card shows, and each
 * answers with one value, a line a post or delivery, its JSON written by Postgres: reading a row costs the driver more
 * than finding it costs Postgres, and a month of ten thousand posts is 4 MB that nobody takes apart. Only what a post's
 * state is, is said in core, and what speaks against its time, as a rule nothing, comes from elsewhere. What went to
 * another day alone, to a free slot or late, is found by its own time; a post that went there whole stands there.
 */
@Injectable()
export class CalendarService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly warned: WarnedPosts,
  ) {}

  /** @returns JSON of the schema `Calendar`. @throws DomainError calendar-too-full; `most` posts are not too many */
  async month(caller: Caller, { from, to, clientId }: CalendarQuery, most = MOST_POSTS): Promise<string> {
    const params = [caller.workspaceId, from, to, clientId ?? null];
    const [planned, [moved]] = await Promise.all([
      this.cards(caller, { from, to, clientId }, {
        found: 'SELECT * FROM posts WHERE workspace_id = $1 AND due_at >= $2 AND due_at < $3 AND ($4::uuid IS NULL OR client_id = $4) ORDER BY due_at, id LIMIT $5', params: [...params, most + 1],
      }),
      this.dataSource.query<{ postIds: readonly string[] }[]>(
        `SELECT coalesce(jsonb_agg(DISTINCT d.post_id), '[]') AS "postIds" FROM deliveries d
          WHERE d.workspace_id = $1 AND d.due_at >= $2 AND d.due_at < $3 AND ($4::uuid IS NULL OR d.client_id = $4)
            AND NOT EXISTS (SELECT 1 FROM posts p WHERE p.workspace_id = $1 AND p.due_at >= $2 AND p.due_at < $3 AND p.id = d.post_id)`,
        params,
      ),
    ]);
    const postIds = moved?.postIds ?? [];
    if (planned.count + postIds.length > most) throw fail('calendar-too-full', { most });
    const others = postIds.length === 0 ? [] : [await this.cards(caller, { postIds }, { found: 'SELECT * FROM posts WHERE workspace_id = $1 AND id = ANY($2::uuid[]) ORDER BY due_at, id', params: [caller.workspaceId, postIds] })];
    return `{"items":[${written([planned, ...others], { from: new Date(from).toISOString(), to: new Date(to).toISOString() })}]}`;
  }

  private async cards({ workspaceId, language }: Caller, which: Which, { found, params }: { readonly found: string; readonly params: readonly unknown[] }): Promise<Cards> {
    const [[posts], [deliveries], warned] = await Promise.all([
      this.dataSource.query<{ count: number; lines: string | null }[]>(`SELECT count(*)::int AS count, string_agg(${card}, E'\\n') AS lines FROM (${found}) p`, [...params]),
      this.dataSource.query<{ lines: string | null }[]>(`SELECT string_agg(${chip}, E'\\n' ORDER BY p.due_at, p.id) AS lines FROM (${found}) p JOIN deliveries d ON d.post_id = p.id`, [...params]),
      this.warned.of(workspaceId, which),
    ]);
    const warnings = new Map([...groupedBy('postId', warned)].map(([id, mine]) => [id, JSON.stringify(mine.map((one) => warningIn(language, one)))]));
    return { count: posts?.count ?? 0, posts: linesOf(posts), deliveries: linesOf(deliveries), warnings };
  }
}

/** No line holds a line's end: in JSON it is escaped. */
function linesOf(row: { readonly lines: string | null } | undefined): readonly string[] {
  return row?.lines?.split('\n') ?? [];
}
