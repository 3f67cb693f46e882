import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import type { CalendarQuery } from './calendar.schema.js';
import { fail } from './post-problems.js';
import { stateOf } from './post-reads.service.js';
import type { Editing } from './post-rows.js';

/** More than anybody looks at in one answer, and as much as may stand in memory at once: some 30 MB. */
const MOST_POSTS = 50_000;

/** Between the fields of a line. Texts and labels come as JSON, in which neither it nor a line's end stands bare. */
const FIELD = '\u001f';
const fields = (...columns: readonly string[]): string => `concat_ws('${FIELD}', ${columns.join(', ')})`;

/**
 * The calendar: thousands of posts at a glance. Two plain statements, no more of each post than a card shows, and each
 * answers with one value, a line a post: reading a row costs the driver more than finding it costs Postgres. The JSON is
 * put together here, once; a month of ten thousand posts is 4 MB that nobody walks through twice.
 */
@Injectable()
export class CalendarService {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns JSON of the schema `Calendar`. @throws DomainError calendar-too-full; `most` posts are not too many */
  async month({ workspaceId }: Caller, { from, to, clientId }: CalendarQuery, most = MOST_POSTS): Promise<string> {
    const params = [workspaceId, from, to, clientId ?? null, most + 1];
    const found = `SELECT * FROM posts WHERE workspace_id = $1 AND due_at >= $2 AND due_at < $3 AND ($4::uuid IS NULL OR client_id = $4) ORDER BY due_at, id LIMIT $5`;
    const [[posts], [deliveries]] = await Promise.all([
      this.dataSource.query<{ count: number; lines: string | null }[]>(`SELECT count(*)::int AS count, string_agg(${card}, E'\\n') AS lines FROM (${found}) p`, params),
      this.dataSource.query<{ lines: string | null }[]>(
        `SELECT string_agg(${fields('d.post_id', 'd.id', 'd.channel_id', 'd.state')}, E'\\n' ORDER BY p.due_at, p.id) AS lines FROM (${found}) p JOIN deliveries d ON d.post_id = p.id`, params,
      ),
    ]);
    if ((posts?.count ?? 0) > most) throw fail('calendar-too-full', { most });
    return `{"items":[${written(linesOf(posts), linesOf(deliveries)).join(',')}]}`;
  }
}

function linesOf(row: { readonly lines: string | null } | undefined): readonly string[] {
  return row?.lines?.split('\n') ?? [];
}

/** Both in the same order, so each post's deliveries are the next ones. */
function written(posts: readonly string[], deliveries: readonly string[]): readonly string[] {
  let next = 0;
  return posts.map((line) => {
    const mine = line.slice(0, line.indexOf(FIELD));
    const states: { readonly state: string }[] = [];
    let list = '';
    for (; deliveries[next]?.startsWith(mine); next += 1) {
      const [, id = '', channelId = '', state = ''] = deliveries[next]?.split(FIELD) ?? [];
      list += `${list === '' ? '' : ','}{"id":"${id}","channelId":"${channelId}","state":"${state}"}`;
      states.push({ state });
    }
    return cardOf(line, states, list);
  });
}

/** Times as JSON, which is how Postgres writes them fastest. No field may be null: it would be left out, and the rest move up. */
const card = fields(
  'p.id', 'p.editing', `CASE WHEN p.cancelled_at IS NULL THEN '' ELSE '1' END`, 'p.client_id', `coalesce(p.series_id::text, '')`, 'p.choice', 'to_json(p.wall_at)', 'p.zone',
  `to_json(p.due_at AT TIME ZONE 'UTC')`, `to_json(left(coalesce(p.content #>> '{parts,0,text}', ''), 120))`, `coalesce(jsonb_array_length(p.content #> '{parts,0,media}'), 0)`,
  `CASE WHEN p.labels = '{}' THEN '[]' ELSE to_json(p.labels)::text END`, 'p.version',
);

/** Ids, choices, states and zones hold nothing that JSON would have to escape. */
function cardOf(line: string, states: readonly { readonly state: string }[], deliveries: string): string {
  const [id, editing, cancelled, clientId, seriesId, choice, wallAt, zone, dueAt = '', text, media, labels, version] = line.split(FIELD);
  const state = stateOf({ editing: editing as Editing, cancelledAt: cancelled === '' ? null : 'some time' }, states);
  return `{"id":"${id}","clientId":"${clientId}","seriesId":${seriesId === '' ? 'null' : `"${seriesId}"`},"choice":"${choice}","wallAt":${wallAt},"zone":"${zone}","dueAt":${
    dueAt.slice(0, -1)}${dueAt.includes('.') ? '' : '.000'}Z","text":${text},"media":${media},"labels":${labels},"version":${version},"state":"${state}","deliveries":[${deliveries}]}`;
}
