import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import type { CalendarQuery } from './calendar.schema.js';
import { fail } from './post-problems.js';
import { stateOf } from './post-reads.service.js';
import type { Editing } from './post-rows.js';
import { groupedBy, WarnedPosts, warningIn } from './warned-posts.service.js';

/** More than anybody looks at in one answer, and as much as may stand in memory at once: some 30 MB. */
const MOST_POSTS = 50_000;

/** An id's length, and the field after it. */
const ID = 36;
const AFTER_ID = ID + 1;

/**
 * The calendar: thousands of posts at a glance. Two plain statements, no more of each post than a card shows, and each
 * answers with one value, a line a post or delivery, its JSON written by Postgres: reading a row costs the driver more
 * than finding it costs Postgres, and a month of ten thousand posts is 4 MB that nobody takes apart. Only what a post's
 * state is, is said in core, and what speaks against its time, as a rule nothing, comes from elsewhere.
 */
@Injectable()
export class CalendarService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly warned: WarnedPosts,
  ) {}

  /** @returns JSON of the schema `Calendar`. @throws DomainError calendar-too-full; `most` posts are not too many */
  async month({ workspaceId, language }: Caller, { from, to, clientId }: CalendarQuery, most = MOST_POSTS): Promise<string> {
    const params = [workspaceId, from, to, clientId ?? null, most + 1];
    const found = `SELECT * FROM posts WHERE workspace_id = $1 AND due_at >= $2 AND due_at < $3 AND ($4::uuid IS NULL OR client_id = $4) ORDER BY due_at, id LIMIT $5`;
    const [[posts], [deliveries], warned] = await Promise.all([
      this.dataSource.query<{ count: number; lines: string | null }[]>(`SELECT count(*)::int AS count, string_agg(${card}, E'\\n') AS lines FROM (${found}) p`, params),
      this.dataSource.query<{ lines: string | null }[]>(
        `SELECT string_agg(concat(d.post_id, '|', d.state, '|{"id":"', d.id, '","channelId":"', d.channel_id, '","state":"', d.state, '"}'), E'\\n' ORDER BY p.due_at, p.id) AS lines
           FROM (${found}) p JOIN deliveries d ON d.post_id = p.id`,
        params,
      ),
      this.warned.of(workspaceId, { from, to, clientId }),
    ]);
    if ((posts?.count ?? 0) > most) throw fail('calendar-too-full', { most });
    const warnings = new Map([...groupedBy('postId', warned)].map(([id, mine]) => [id, JSON.stringify(mine.map((one) => warningIn(language, one)))]));
    return `{"items":[${written(linesOf(posts), linesOf(deliveries), warnings)}]}`;
  }
}

/** No line holds a line's end: in JSON it is escaped. */
function linesOf(row: { readonly lines: string | null } | undefined): readonly string[] {
  return row?.lines?.split('\n') ?? [];
}

/**
 * `<id>|<editing>|<1 when cancelled>|<JSON, up to its state>`. Ids, choices and zones hold nothing that JSON would have to
 * escape; times as JSON is how Postgres writes them fastest.
 */
const card = `concat(p.id, '|', p.editing, '|', CASE WHEN p.cancelled_at IS NULL THEN 0 ELSE 1 END, '|{"id":"', p.id, '","clientId":"', p.client_id,
  '","seriesId":', coalesce('"' || p.series_id || '"', 'null'), ',"choice":"', p.choice, '","wallAt":', to_json(p.wall_at), ',"zone":"', p.zone,
  '","dueAt":', rtrim(to_json(date_trunc('second', p.due_at AT TIME ZONE 'UTC'))::text, '"'), '.000Z","text":', to_json(left(p.content #>> '{parts,0,text}', 120)),
  ',"media":', jsonb_array_length(p.content #> '{parts,0,media}'), ',"labels":', to_json(p.labels), ',"version":', p.version)`;

/** Both lists are in the same order, so a post's deliveries are the next ones. Pieces are views of the long strings: nothing is copied but at the end. */
function written(posts: readonly string[], deliveries: readonly string[], warnings: ReadonlyMap<string, string>): string {
  const pieces: string[] = [];
  const said = new Map<string, string>();
  let next = 0;
  for (const line of posts) {
    const mine = line.slice(0, ID);
    const editingEnd = line.indexOf('|', AFTER_ID);
    const states: string[] = [];
    const own: string[] = [];
    for (; deliveries[next]?.startsWith(mine); next += 1) {
      const delivery = deliveries[next] ?? '';
      const stateEnd = delivery.indexOf('|', AFTER_ID);
      states.push(delivery.slice(AFTER_ID, stateEnd));
      own.push(own.length === 0 ? '' : ',', delivery.slice(stateEnd + 1));
    }
    const known = `${line.slice(AFTER_ID, editingEnd + 2)} ${states.join(' ')}`; // few posts of a month differ in this
    const state = said.get(known) ?? stateOf({ editing: line.slice(AFTER_ID, editingEnd) as Editing, cancelledAt: line[editingEnd + 1] === '1' ? 'some time' : null }, states.map((one) => ({ state: one })));
    said.set(known, state);
    pieces.push(pieces.length === 0 ? '' : ',', line.slice(editingEnd + 3), ',"state":"', state, '","deliveries":[', ...own, '],"warnings":', warnings.get(mine) ?? '[]', '}');
  }
  return pieces.join('');
}
