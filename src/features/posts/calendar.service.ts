import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import type { CalendarQuery } from './calendar.schema.js';
import { stateOf, wall } from './post-reads.service.js';
import type { Editing } from './post-rows.js';

interface Row {
  readonly id: string;
  readonly clientId: string;
  readonly seriesId: string | null;
  readonly editing: Editing;
  readonly cancelledAt: string | null;
  readonly choice: string;
  readonly wallAt: string;
  readonly zone: string;
  readonly dueAt: string;
  readonly text: string | null;
  readonly media: string | null;
  readonly labels: string;
  readonly version: string;
}

/** Ids are 36 characters long: a delivery comes as post, delivery and channel id and its state, in one field. */
const ID = 36;

/**
 * The calendar: thousands of posts at a glance. Two plain statements, no more of each post than a card shows, few fields
 * (reading a field costs the driver more than it costs Postgres to find it), and the JSON is written straight from the
 * rows: a month of ten thousand posts is 6 MB that nobody walks through twice.
 */
@Injectable()
export class CalendarService {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns JSON of the schema `Calendar` */
  async month({ workspaceId }: Caller, { from, to, clientId }: CalendarQuery): Promise<string> {
    const where = `p.workspace_id = $1 AND p.due_at >= $2 AND p.due_at < $3 AND ($4::uuid IS NULL OR p.client_id = $4)`;
    const params = [workspaceId, from, to, clientId ?? null];
    const [posts, deliveries] = await Promise.all([
      this.dataSource.query<Row[]>(
        `SELECT p.id, p.client_id AS "clientId", p.series_id AS "seriesId", p.editing, p.cancelled_at::text AS "cancelledAt", p.choice, ${wall('p.wall_at')} AS "wallAt", p.zone,
                to_char(p.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "dueAt", left(p.content #>> '{parts,0,text}', 120) AS text,
                jsonb_array_length(p.content #> '{parts,0,media}')::text AS media, to_json(p.labels)::text AS labels, p.version::text AS version
           FROM posts p WHERE ${where} ORDER BY p.due_at, p.id`,
        params,
      ),
      this.dataSource.query<{ one: string }[]>(
        `SELECT concat(d.post_id, d.id, d.channel_id, d.state) AS one FROM posts p JOIN deliveries d ON d.post_id = p.id WHERE ${where}`,
        params,
      ),
    ]);
    const byPost = new Map<string, { list: string; states: { state: string }[] }>();
    for (const { one } of deliveries) {
      const postId = one.slice(0, ID);
      const state = one.slice(3 * ID);
      const json = `{"id":"${one.slice(ID, 2 * ID)}","channelId":"${one.slice(2 * ID, 3 * ID)}","state":"${state}"}`;
      const mine = byPost.get(postId);
      if (mine) {
        mine.list += `,${json}`;
        mine.states.push({ state });
      } else {
        byPost.set(postId, { list: json, states: [{ state }] });
      }
    }
    return `{"items":[${posts.map((post) => cardOf(post, byPost.get(post.id))).join(',')}]}`;
  }
}

/** Ids, states, times and zones hold nothing that JSON would have to escape; labels come as JSON already. */
function cardOf(post: Row, deliveries: { readonly list: string; readonly states: readonly { readonly state: string }[] } | undefined): string {
  const { id, clientId, seriesId, choice, wallAt, zone, dueAt, text, media, labels, version } = post;
  return (
    `{"id":"${id}","clientId":"${clientId}","seriesId":${seriesId === null ? 'null' : `"${seriesId}"`},"state":"${stateOf(post, deliveries?.states ?? [])}",` +
    `"choice":"${choice}","wallAt":"${wallAt}","zone":"${zone}","dueAt":"${dueAt}","text":${JSON.stringify(text ?? '')},"media":${media ?? 0},` +
    `"labels":${labels},"version":${version},"deliveries":[${deliveries?.list ?? ''}]}`
  );
}
