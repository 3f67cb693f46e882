import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { type DeliveryState, postState } from '../../core/delivery.js';
import { sentence, type StoredReason } from '../../core/reason.js';
import { timeWordOf } from '../../core/time-words.js';
import type { Caller } from '../../infra/http/access.js';
import type { Language } from '../../infra/http/problem.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { IfDownService } from './if-down.service.js';
import type { Post, PostQuery, PostSummary } from './post.schema.js';
import { fail } from './post-problems.js';
import type { Editing } from './post-rows.js';
import { groupedBy, WarnedPosts, warningIn } from './warned-posts.service.js';

/** ISO in UTC, as `Date` writes it; infinity, "nobody knows when", becomes null. */
export const iso = (column: string): string =>
  `CASE WHEN isfinite(${column}) THEN to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') END`;
export const wall = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS')`;

const postColumns = `p.id, p.client_id AS "clientId", p.series_id AS "seriesId", ${wall('p.occurrence')} AS occurrence, p.editing, p.choice, p.policy,
  p.content, (SELECT coalesce(jsonb_agg(v -> 'text'), '[]') FROM post_channels x, jsonb_array_elements(x.variant -> 'parts') AS v WHERE x.post_id = p.id) AS "variantTexts", ${wall('p.wall_at')} AS "wallAt", p.zone, ${iso('p.due_at')} AS "dueAt", p.evergreen, p.labels, p.version, p.created_by AS "createdBy",
  ${iso('p.created_at')} AS "createdAt", ${iso('p.updated_at')} AS "updatedAt", ${iso('p.cancelled_at')} AS "cancelledAt"`;

const deliveryColumns = `d.id, d.post_id AS "postId", d.channel_id AS "channelId", c.name AS "channelName", d.connector_id AS "connectorId", d.origin,
  d.state, d.hold_reason AS "holdReason", d.reason, d.choice, ${iso('d.due_at')} AS "dueAt", ${iso('d.ready_at')} AS "readyAt",
  ${iso('d.deadline_at')} AS "deadlineAt", d.approved, d.released, d.perhaps_twice AS "perhapsTwice", d.version, d.arming, ${iso('d.ended_at')} AS "endedAt",
  (SELECT url FROM parts WHERE delivery_id = d.id AND position = 0) AS url`;

const Key = z.tuple([z.uuid()]);

interface Head extends Omit<PostSummary, 'state' | 'deliveries' | 'warnings' | 'timeWord'> {
  readonly variantTexts: readonly string[];
}
type DeliveryOut = Post['deliveries'][number];
type RawDelivery = Omit<DeliveryOut, 'reason' | 'parts' | 'attempts'> & { readonly postId: string; readonly reason: StoredReason | null };

/** Reads posts, with all that became of them. */
@Injectable()
export class PostReads {
  constructor(
    private readonly dataSource: DataSource,
    private readonly warned: WarnedPosts,
    private readonly ifDown: IfDownService,
  ) {}

  /** A post with every channel, delivery, part, attempt and reason. @throws DomainError post-not-found */
  async one(caller: Caller, postId: string): Promise<Post> {
    const [found] = await this.dataSource.query<Head[]>(`SELECT ${postColumns} FROM posts p WHERE p.workspace_id = $1 AND p.id = $2`, [caller.workspaceId, postId]);
    if (!found) throw fail('post-not-found');
    const { texts, ...head } = saidBy(found);
    const [channels, deliveries, parts, attempts, warned, ifDown] = await Promise.all([
      this.dataSource.query<Post['channels']>(
        `SELECT x.channel_id AS "channelId", c.name AS "channelName", c.connector_id AS "connectorId", x.variant
           FROM post_channels x JOIN channels c ON c.id = x.channel_id WHERE x.workspace_id = $1 AND x.post_id = $2 ORDER BY c.name, c.id`,
        [caller.workspaceId, postId],
      ),
      this.deliveriesOf(caller, [postId]),
      this.dataSource.query<(DeliveryOut['parts'][number] & { readonly deliveryId: string })[]>(
        `SELECT t.id, t.delivery_id AS "deliveryId", t.position, t.kind, t.content, t.remote_id AS "remoteId", t.url, ${iso('t.published_at')} AS "publishedAt"
           FROM parts t JOIN deliveries d ON d.id = t.delivery_id WHERE d.workspace_id = $1 AND d.post_id = $2 ORDER BY t.position`,
        [caller.workspaceId, postId],
      ),
      this.dataSource.query<(DeliveryOut['attempts'][number] & { readonly deliveryId: string })[]>(
        `SELECT a.id, a.delivery_id AS "deliveryId", a.kind, a.part_id AS "partId", t.position, a.arming, a.epoch, ${iso('a.started_at')} AS "startedAt",
                ${iso('a.finished_at')} AS "finishedAt", a.outcome, a.detail, a.remote_id AS "remoteId",
                (SELECT e.body FROM evidence e WHERE e.attempt_id = a.id ORDER BY e.at DESC LIMIT 1) AS evidence
           FROM attempts a JOIN deliveries d ON d.id = a.delivery_id LEFT JOIN parts t ON t.id = a.part_id
          WHERE d.workspace_id = $1 AND d.post_id = $2 ORDER BY a.started_at, a.id`,
        [caller.workspaceId, postId],
      ),
      this.warned.of(caller.workspaceId, { postIds: [postId] }),
      this.ifDown.say(caller, { postId, texts, clientId: head.clientId, choice: head.choice, policy: head.policy, dueAt: head.dueAt === null ? null : Date.parse(head.dueAt) }),
    ]);
    return {
      ...head,
      state: stateOf(head, deliveries),
      warnings: warned.map((one) => warningIn(caller.language, one)),
      ifDown,
      channels,
      deliveries: deliveries.map((delivery) => ({
        ...delivery,
        reason: reasonOf(delivery.reason, caller.language),
        parts: parts.filter(({ deliveryId }) => deliveryId === delivery.id),
        attempts: attempts.filter(({ deliveryId }) => deliveryId === delivery.id),
      })),
    };
  }

  /** Newest first. */
  async list(caller: Caller, query: PostQuery): Promise<Page<PostSummary>> {
    const before = decodeCursor(query.cursor, Key);
    const heads = await this.dataSource.query<Head[]>(
      `SELECT ${postColumns} FROM posts p
        WHERE p.workspace_id = $1 AND ($2::uuid IS NULL OR p.id < $2)
          AND ($3::uuid IS NULL OR p.client_id = $3) AND ($4::uuid IS NULL OR p.series_id = $4)
          AND ($5::text IS NULL OR p.editing = $5) AND ($6::text IS NULL OR $6 = ANY(p.labels))
          AND ($7::timestamptz IS NULL OR p.due_at >= $7) AND ($8::timestamptz IS NULL OR p.due_at < $8)
          AND ($9::uuid IS NULL OR EXISTS (SELECT 1 FROM post_channels x WHERE x.post_id = p.id AND x.channel_id = $9))
          ${query.deliveryState === undefined ? 'AND $10::text IS NULL' : 'AND p.id IN (SELECT d.post_id FROM deliveries d WHERE d.workspace_id = $1 AND d.state = $10)'}
        ORDER BY p.id DESC LIMIT $11`,
      [
        caller.workspaceId, before?.[0] ?? null, query.clientId ?? null, query.seriesId ?? null, query.editing ?? null, query.label ?? null,
        query.from ?? null, query.to ?? null, query.channelId ?? null, query.deliveryState ?? null, query.limit + 1,
      ],
    );
    const page = toPage(heads, query.limit, ({ id }) => [id]);
    const postIds = page.items.map(({ id }) => id);
    const [deliveries, warned] = await Promise.all([this.deliveriesOf(caller, postIds), this.warned.of(caller.workspaceId, { postIds })]);
    const warnings = groupedBy('postId', warned);
    return {
      next: page.next,
      items: page.items.map((found) => {
        const { texts: _, ...head } = saidBy(found);
        const mine = deliveries.filter(({ postId }) => postId === head.id); // 200 posts at most
        return {
          ...head, state: stateOf(head, mine), warnings: (warnings.get(head.id) ?? []).map((one) => warningIn(caller.language, one)),
          deliveries: mine.map((delivery) => ({ ...delivery, reason: reasonOf(delivery.reason, caller.language) })),
        };
      }),
    };
  }

  private deliveriesOf(caller: Caller, postIds: readonly string[]): Promise<RawDelivery[]> {
    return this.dataSource.query<RawDelivery[]>(
      `SELECT ${deliveryColumns} FROM deliveries d JOIN channels c ON c.id = d.channel_id
        WHERE d.workspace_id = $1 AND d.post_id = ANY($2::uuid[]) ORDER BY c.name, d.created_at, d.id`,
      [caller.workspaceId, postIds],
    );
  }
}

/** What a person calls the post's state. A cancelled post is cancelled, whatever became of its deliveries before. */
export function stateOf(post: { readonly editing: Editing; readonly cancelledAt: string | null }, deliveries: readonly { readonly state: string }[]): string {
  return post.cancelledAt === null ? postState(post.editing, deliveries.map(({ state }) => state as DeliveryState)) : 'cancelled';
}

/** On all its channels. */
function saidBy({ variantTexts, ...head }: Head) {
  const texts = [...head.content.parts.map(({ text }) => text), ...variantTexts];
  return { ...head, texts, timeWord: timeWordOf(texts) };
}

function reasonOf(reason: StoredReason | null, language: Language): DeliveryOut['reason'] {
  return reason && { code: reason.code, detail: reason.detail ?? null, sentence: sentence(reason, language) };
}
