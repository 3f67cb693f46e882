import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import type { CalendarQuery } from './calendar.schema.js';
import { fail } from './post-problems.js';
import { stateOf, wall } from './post-reads.service.js';
import type { Editing } from './post-rows.js';

/** More than anybody looks at in one answer, and as much as may stand in memory at once: some 30 MB. */
const MOST_POSTS = 50_000;

/** A delivery comes as the id of its post and its JSON, in one field. */
const ID = 36;
const STATE = '"state":"';

interface Group {
  list: string;
  readonly states: { readonly state: string }[];
}

/**
 * The calendar: thousands of posts at a glance. Two plain statements, no more of each post than a card shows, and
 * Postgres writes the JSON, one field a row: reading a field costs the driver more than finding it costs Postgres, and a
 * month of ten thousand posts is 6 MB that nobody walks through twice. Only what a post's state is, is said in core.
 */
@Injectable()
export class CalendarService {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns JSON of the schema `Calendar`. @throws DomainError calendar-too-full; `most` posts are not too many */
  async month({ workspaceId }: Caller, { from, to, clientId }: CalendarQuery, most = MOST_POSTS): Promise<string> {
    const where = `p.workspace_id = $1 AND p.due_at >= $2 AND p.due_at < $3 AND ($4::uuid IS NULL OR p.client_id = $4)`;
    const params = [workspaceId, from, to, clientId ?? null];
    const [{ count } = { count: 0 }] = await this.dataSource.query<{ count: number }[]>(
      `SELECT count(*)::int AS count FROM (SELECT 1 FROM posts p WHERE ${where} LIMIT $5) found`, [...params, most + 1],
    );
    if (count > most) throw fail('calendar-too-full', { most });
    const [posts, deliveries] = await Promise.all([
      this.dataSource.query<{ one: string }[]>(`SELECT ${card} AS one FROM posts p WHERE ${where} ORDER BY p.due_at, p.id`, params),
      this.dataSource.query<{ one: string }[]>(
        `SELECT concat(d.post_id, '{"id":"', d.id, '","channelId":"', d.channel_id, '",${STATE}', d.state, '"}') AS one
           FROM posts p JOIN deliveries d ON d.post_id = p.id WHERE ${where}`,
        params,
      ),
    ]);
    const groups = new Map<string, Group>();
    for (const { one } of deliveries) {
      const json = one.slice(ID);
      const state = { state: json.slice(json.lastIndexOf(STATE) + STATE.length, -2) };
      const group = groups.get(one.slice(0, ID));
      if (group) {
        group.list += `,${json}`;
        group.states.push(state);
      } else {
        groups.set(one.slice(0, ID), { list: json, states: [state] });
      }
    }
    return `{"items":[${posts.map(({ one }) => finished(one, groups)).join(',')}]}`;
  }
}

/**
 * `<id>|<editing>|<1 when cancelled>|<JSON, up to the deliveries>`. Ids, choices, times and zones hold nothing that JSON
 * would have to escape.
 */
const card = `concat(p.id, '|', p.editing, '|', CASE WHEN p.cancelled_at IS NULL THEN 0 ELSE 1 END, '|{"id":"', p.id, '","clientId":"', p.client_id,
  '","seriesId":', coalesce('"' || p.series_id || '"', 'null'), ',"choice":"', p.choice, '","wallAt":"', ${wall('p.wall_at')}, '","zone":"', p.zone,
  '","dueAt":"', to_char(p.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '","text":', to_json(left(p.content #>> '{parts,0,text}', 120)),
  ',"media":', jsonb_array_length(p.content #> '{parts,0,media}'), ',"labels":', to_json(p.labels), ',"version":', p.version)`;

function finished(one: string, groups: ReadonlyMap<string, Group>): string {
  const editingEnd = one.indexOf('|', ID + 1);
  const post = { editing: one.slice(ID + 1, editingEnd) as Editing, cancelledAt: one[editingEnd + 1] === '1' ? 'some time' : null };
  const group = groups.get(one.slice(0, ID));
  return `${one.slice(editingEnd + 3)},"state":"${stateOf(post, group?.states ?? [])}","deliveries":[${group?.list ?? ''}]}`;
}
