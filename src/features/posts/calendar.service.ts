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

interface Group {
  list: string;
  readonly states: { readonly state: string }[];
}

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
        `SELECT string_agg(${fields('d.post_id', 'd.id', 'd.channel_id', 'd.state')}, E'\\n') AS lines FROM (${found}) p JOIN deliveries d ON d.post_id = p.id`, params,
      ),
    ]);
    if ((posts?.count ?? 0) > most) throw fail('calendar-too-full', { most });
    const groups = groupsOf(deliveries?.lines ?? null);
    return `{"items":[${linesOf(posts?.lines ?? null).map((line) => cardOf(line, groups)).join(',')}]}`;
  }
}

function linesOf(lines: string | null): readonly string[] {
  return lines?.split('\n') ?? [];
}

/** Deliveries by the id of their post. */
function groupsOf(lines: string | null): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const line of linesOf(lines)) {
    const [postId = '', id = '', channelId = '', state = ''] = line.split(FIELD);
    const json = `{"id":"${id}","channelId":"${channelId}","state":"${state}"}`;
    const group = groups.get(postId);
    if (group) {
      group.list += `,${json}`;
      group.states.push({ state });
    } else {
      groups.set(postId, { list: json, states: [{ state }] });
    }
  }
  return groups;
}

/** Times as JSON, which is how Postgres writes them fastest. No field may be null: it would be left out, and the rest move up. */
const card = fields(
  'p.id', 'p.editing', `CASE WHEN p.cancelled_at IS NULL THEN '' ELSE '1' END`, 'p.client_id', `coalesce(p.series_id::text, '')`, 'p.choice', 'to_json(p.wall_at)', 'p.zone',
  `to_json(p.due_at AT TIME ZONE 'UTC')`, `to_json(left(coalesce(p.content #>> '{parts,0,text}', ''), 120))`, `coalesce(jsonb_array_length(p.content #> '{parts,0,media}'), 0)`,
  `CASE WHEN p.labels = '{}' THEN '[]' ELSE to_json(p.labels)::text END`, 'p.version',
);

/** Ids, choices, states and zones hold nothing that JSON would have to escape. */
function cardOf(line: string, groups: ReadonlyMap<string, Group>): string {
  const [id = '', editing, cancelled, clientId, seriesId, choice, wallAt, zone, dueAt = '', text, media, labels, version] = line.split(FIELD);
  const group = groups.get(id);
  const state = stateOf({ editing: editing as Editing, cancelledAt: cancelled === '' ? null : 'some time' }, group?.states ?? []);
  return `{"id":"${id}","clientId":"${clientId}","seriesId":${seriesId === '' ? 'null' : `"${seriesId}"`},"choice":"${choice}","wallAt":${wallAt},"zone":"${zone}","dueAt":${
    dueAt.slice(0, -1)}${dueAt.includes('.') ? '' : '.000'}Z","text":${text},"media":${media},"labels":${labels},"version":${version},"state":"${state}","deliveries":[${group?.list ?? ''}]}`;
}
