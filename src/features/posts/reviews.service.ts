import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { isByHand } from '../../connectors/registry.js';
import { sentence, type StoredReason } from '../../core/reason.js';
import { reviewActsOf } from '../../core/review.js';
import { timeWordOf } from '../../core/time-words.js';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { outElsewhere, unreadTexts } from './flight-columns.js';
import type { Review, ReviewQuery } from './review.schema.js';

const Cursor = z.tuple([z.iso.datetime(), z.uuid()]);
/** As the cursor says it. */
const DUE = `date_trunc('milliseconds', d.due_at)`;
const SHOWN = 120;
/** What ended unhappily longer ago is no news: GET /deliveries lists it. */
const RECENT = `interval '30 days'`;

/** Out elsewhere, and a person is asked what becomes of it on its own platform. */
const undecided = `r.settled_at IS NULL AND r.after IN ('ask', 'publish-edited') AND ${outElsewhere}`;

/** Of delivery `d`: a person is asked whether it is out, or what becomes of it on its own platform after it went out elsewhere. */
export const asksPerson = `(d.state = 'unconfirmed' AND coalesce(d.reason ->> 'code', '') = 'ask-person' OR d.state = 'rerouted' AND EXISTS (SELECT 1 FROM reroutes r WHERE r.delivery_id = d.id AND ${undecided}))`;

type Row = Omit<Review, 'dueAt' | 'deadlineAt' | 'reason' | 'can'> & {
  readonly dueAt: Date;
  readonly deadlineAt: Date;
  readonly reason: StoredReason | null;
  readonly begun: boolean;
  readonly unread: readonly string[] | null;
};

/** What waits for a person, in one list per client (DESIGN §8): late, doubtful, failed, missed, or out elsewhere alone. */
@Injectable()
export class ReviewsService {
  constructor(private readonly dataSource: DataSource) {}

  async list(caller: Pick<Caller, 'workspaceId' | 'language'>, { clientId, limit, cursor }: ReviewQuery, manager: EntityManager = this.dataSource.manager): Promise<Page<Review>> {
    const after = decodeCursor(cursor, Cursor);
    const rows = await manager.query<Row[]>(
      `SELECT d.id, d.post_id AS "postId", d.client_id AS "clientId", b.name AS "clientName", d.channel_id AS "channelId", c.name AS "channelName", d.connector_id AS "connectorId",
              d.state, d.hold_reason AS "holdReason", d.reason, d.due_at AS "dueAt", d.deadline_at AS "deadlineAt", d.released, d.version,
              coalesce(left(p.content ->> 'text', ${SHOWN}), '') AS text,
              (SELECT q.time_word FROM parts q WHERE q.delivery_id = d.id AND q.published_at IS NULL AND q.time_word IS NOT NULL ORDER BY q.position LIMIT 1) AS "timeWord", ${unreadTexts} AS unread,
              coalesce(p.published_at IS NOT NULL, false) AS begun
         FROM deliveries d JOIN clients b ON b.id = d.client_id JOIN channels c ON c.id = d.channel_id
         LEFT JOIN LATERAL (SELECT content, published_at FROM parts WHERE delivery_id = d.id ORDER BY position LIMIT 1) p ON true
        WHERE d.workspace_id = $1 AND ($2::uuid IS NULL OR d.client_id = $2)
          AND (d.state = 'held' AND d.hold_reason IN ('late', 'ask') AND NOT d.released OR d.state IN ('failed', 'missed') AND d.due_at > now() - ${RECENT}
               OR ${asksPerson})
          AND ($3::timestamptz IS NULL OR (${DUE}, d.id) > ($3, $4::uuid))
        ORDER BY ${DUE}, d.id LIMIT $5`,
      [caller.workspaceId, clientId ?? null, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    );
    return toPage(
      rows.map(({ begun, reason, unread, ...row }) => ({
        ...row, timeWord: row.timeWord ?? timeWordOf(unread ?? []), dueAt: row.dueAt.toISOString(), deadlineAt: row.deadlineAt.toISOString(),
        reason: reason && { code: reason.code, sentence: sentence(reason, caller.language) },
        can: [...reviewActsOf({ state: row.state, holdReason: row.holdReason, begun, byHand: isByHand(row.connectorId) })],
      })),
      limit,
      (row) => [row.dueAt, row.id],
    );
  }
}
