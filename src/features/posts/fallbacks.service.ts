import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { asksForItsOwn, connectors } from '../../connectors/registry.js';
import type { DeliveryState } from '../../core/delivery.js';
import { failoverPolicy, type Routes } from '../../core/failover-policy.js';
import type { PartContent } from '../../core/part.js';
import type { Choice, Policy } from '../../core/policy.js';
import { storable } from '../../infra/facts/fact-writer.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { BellsService } from './bells.service.js';
import type { Fallback, FallbackWrite } from './fallback.schema.js';
import { PostDeliveries } from './post-deliveries.service.js';
import { isInFlight } from './post-locks.service.js';
import { PostLookups } from './post-lookups.service.js';
import { fail } from './post-problems.js';
import type { ChannelRow, Content } from './post-rows.js';
import { partsFor } from './post-violations.js';
import { PostWriter } from './post-writer.service.js';
import { assertWithinLimits } from './posts.service.js';

interface PostOf {
  readonly clientId: string;
  readonly choice: Choice;
  readonly policy: Policy;
  readonly routes: Routes;
  readonly content: Content;
  readonly editing: string;
}

interface Following {
  readonly postId: string;
  readonly channel: ChannelRow | undefined;
  /** null = nothing is approved. */
  readonly parts: readonly PartContent[] | null;
  readonly approve: boolean;
}

/** As it stands in the tables; null = nothing is written. */
export interface FallbackColumns {
  readonly channelId: string;
  readonly channelName: string;
  readonly connectorId: string;
  readonly content: Content | null;
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly version: number | null;
}

/** What posts say elsewhere when their own platform is down: written and approved beforehand. */
@Injectable()
export class FallbacksService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lookups: PostLookups,
    private readonly writer: PostWriter,
    private readonly deliveries: PostDeliveries,
    private readonly bells: BellsService,
    private readonly audit: AuditService,
  ) {}

  /** Of every outlet the post may take, and of those something was written for; in the order of the way out. @throws DomainError post-not-found */
  async list({ workspaceId }: Caller, postId: string, manager: EntityManager = this.dataSource.manager): Promise<readonly Fallback[]> {
    const post = await this.post(manager, workspaceId, postId);
    const { routes } = failoverPolicy(post.choice, post.policy, post.routes);
    const rows = await manager.query<FallbackColumns[]>(
      `SELECT c.id AS "channelId", c.name AS "channelName", c.connector_id AS "connectorId", f.content, f.approved_by ->> 'name' AS "approvedBy", f.approved_at AS "approvedAt", f.version
         FROM channels c LEFT JOIN fallbacks f ON f.channel_id = c.id AND f.post_id = $2
        WHERE c.workspace_id = $1 AND c.client_id = $3 AND (f.content IS NOT NULL OR c.archived_at IS NULL AND c.id = ANY($4::uuid[])) ORDER BY c.name, c.id`,
      [workspaceId, postId, post.clientId, routes.flat()],
    );
    return rows.map((row) => fallbackOf(row, post.content, routes)).toSorted((a, b) => (a.set ?? Infinity) - (b.set ?? Infinity));
  }

  /**
   * Where it is about to go out already it goes out as it reads now, or waits until it is approved; what is out stays as it is.
   * @throws DomainError post-not-found, channel-not-found, channel-of-another-client, media-not-found, content-breaks-limits (when approved), edited-meanwhile, in-flight
   */
  async write(caller: Caller, { postId, channelId }: { readonly postId: string; readonly channelId: string }, { version, content, approve }: FallbackWrite): Promise<readonly Fallback[]> {
    const { workspaceId, actor } = caller;
    const waiting = await this.dataSource.transaction(async (manager) => {
      const post = await this.post(manager, workspaceId, postId, 'FOR UPDATE OF p');
      const channels = await this.lookups.channels(manager, workspaceId, post.clientId, [channelId]);
      const [said = { parts: [] }] = await this.lookups.contents(manager, workspaceId, [content.parts]);
      if (approve) assertWithinLimits(channels, said, new Map());
      const [written] = await manager.query<{ version: number }[]>(
        `INSERT INTO fallbacks AS f (id, workspace_id, post_id, channel_id, content, approved_by, approved_at, created_by)
         SELECT $1, $2, $3, $4, $5, CASE WHEN $6 THEN $7::jsonb END, CASE WHEN $6 THEN now() END, $7 WHERE $8::int = 0 OR EXISTS (SELECT 1 FROM fallbacks WHERE post_id = $3 AND channel_id = $4)
         ON CONFLICT (post_id, channel_id) DO UPDATE SET content = excluded.content, approved_by = excluded.approved_by, approved_at = excluded.approved_at, version = f.version + 1, updated_at = now(), of_series = false
           WHERE f.version = $8
         RETURNING version`,
        [uuid(), workspaceId, postId, channelId, storable(said), approve, JSON.stringify(actor), version],
      );
      if (!written) throw fail('edited-meanwhile');
      await this.audit.record(manager, {
        workspaceId, actor, action: approve ? 'fallback.approved' : 'fallback.written', subject: 'post', subjectId: postId, details: { channelId, version: written.version },
      });
      return this.follow(manager, workspaceId, { postId, channel: channels[0], parts: approve ? said.parts : null, approve });
    });
    await this.bells.ring(waiting);
    return this.list(caller, postId);
  }

  /** A mark of it stays: what its series says does not come back. @throws DomainError post-not-found, fallback-not-found, in-flight */
  async remove(caller: Caller, { postId, channelId }: { readonly postId: string; readonly channelId: string }): Promise<void> {
    const { workspaceId, actor } = caller;
    const waiting = await this.dataSource.transaction(async (manager) => {
      const post = await this.post(manager, workspaceId, postId, 'FOR UPDATE OF p');
      const [rows] = await manager.query<[unknown[], number]>(
        `UPDATE fallbacks SET content = NULL, approved_by = NULL, approved_at = NULL, version = 0, of_series = false, updated_at = now()
          WHERE workspace_id = $1 AND post_id = $2 AND channel_id = $3 AND content IS NOT NULL RETURNING 1`, [workspaceId, postId, channelId]);
      if (rows.length === 0) throw fail('fallback-not-found');
      await this.audit.record(manager, { workspaceId, actor, action: 'fallback.removed', subject: 'post', subjectId: postId, details: { channelId } });
      const [channel] = await this.lookups.known(manager, workspaceId, [channelId]);
      const parts = channel && !asksForItsOwn(channel.connectorId) ? post.content.parts : null;
      return this.follow(manager, workspaceId, { postId, channel, parts, approve: parts !== null && post.editing === 'ready' });
    });
    await this.bells.ring(waiting);
  }

  /**
   * It went another way and is not out yet: it says what is approved now (`parts`), or nothing until something is. What failed there says so too, if
   * somebody sends it anew. @returns whose bell to ring after the commit
   */
  private async follow(manager: EntityManager, workspaceId: string, { postId, channel, parts, approve }: Following): Promise<readonly string[]> {
    if (!channel) return [];
    const [child] = await manager.query<{ id: string; state: DeliveryState; begun: boolean }[]>(
      `SELECT d.id, d.state, EXISTS (SELECT 1 FROM parts p WHERE p.delivery_id = d.id AND p.published_at IS NOT NULL) AS begun FROM deliveries d WHERE d.post_id = $1 AND d.channel_id = $2 AND d.origin = 'fallback' FOR UPDATE`,
      [postId, channel.id],
    );
    if (!child) return [];
    if (isInFlight(child)) throw fail('in-flight');
    const isWaiting = child.state === 'scheduled' || child.state === 'held';
    if ((!isWaiting && child.state !== 'failed' && child.state !== 'missed') || child.begun) return [];
    if (parts) await this.writer.writeParts(manager, workspaceId, [{ id: child.id, channelId: channel.id, parts: partsFor(channel, parts) }]);
    await this.deliveries.approve(manager, [child.id], approve);
    return isWaiting ? [child.id] : [];
  }

  /**
   * Posts of a client due until then whose hour counts, and those of them that would go out nowhere if their platform were
   * down: no outlet of their way out has an approved version, or takes what the post says anyway.
   * @param until ms
   */
  async unwritten(workspaceId: string, clientId: string, until: number): Promise<{ readonly posts: number; readonly unwritten: number }> {
    const posts = await this.dataSource.query<(Pick<PostOf, 'choice' | 'policy' | 'routes'> & { readonly approved: readonly string[] })[]>(
      `SELECT p.choice, p.policy, c.reroute_to AS routes, coalesce((SELECT array_agg(f.channel_id::text) FROM fallbacks f WHERE f.post_id = p.id AND f.approved_at IS NOT NULL), '{}') AS approved
         FROM posts p JOIN clients c ON c.id = p.client_id
        WHERE p.workspace_id = $1 AND p.client_id = $2 AND p.choice = 'hour-counts' AND p.cancelled_at IS NULL
          AND EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = p.id AND d.origin = 'post' AND d.state IN ('scheduled', 'held') AND d.due_at > now() AND d.due_at <= to_timestamp($3::float8 / 1000))`,
      [workspaceId, clientId, until],
    );
    const open = await this.dataSource.query<{ id: string; connectorId: string }[]>('SELECT id, connector_id AS "connectorId" FROM channels WHERE workspace_id = $1 AND client_id = $2 AND archived_at IS NULL', [workspaceId, clientId]);
    const takesAnything = new Set(open.filter(({ connectorId }) => connectors.some(({ id, approvedOnly }) => id === connectorId && !approvedOnly)).map(({ id }) => id));
    const isOpen = new Set(open.map(({ id }) => id));
    const hasWay = ({ choice, policy, routes, approved }: (typeof posts)[number]): boolean =>
      failoverPolicy(choice, policy, routes).routes.flat().some((id) => takesAnything.has(id) || (isOpen.has(id) && approved.includes(id)));
    return { posts: posts.length, unwritten: posts.filter((post) => !hasWay(post)).length };
  }

  private async post(manager: EntityManager, workspaceId: string, postId: string, lock: '' | 'FOR UPDATE OF p' = ''): Promise<PostOf> {
    const [post] = await manager.query<PostOf[]>(
      `SELECT p.client_id AS "clientId", p.choice, p.policy, c.reroute_to AS routes, p.content, p.editing FROM posts p JOIN clients c ON c.id = p.client_id WHERE p.workspace_id = $1 AND p.id = $2 ${lock}`,
      [workspaceId, postId],
    );
    if (!post) throw fail('post-not-found');
    return post;
  }
}

/** `own`: what is said there where nothing was written. */
export function fallbackOf({ content, approvedAt, version, ...row }: FallbackColumns, own: Content, routes: Routes): Fallback {
  const set = routes.findIndex((ids) => ids.includes(row.channelId));
  const state = content === null ? 'none' : approvedAt === null ? 'draft' : 'approved';
  return {
    ...row, set: set < 0 ? null : set, state, needsApproval: asksForItsOwn(row.connectorId),
    content: forAnswer(content ?? own), approvedAt: approvedAt?.toISOString() ?? null, version: version ?? 0,
  };
}

/** Own lists, as the schema of an answer wants them. */
function forAnswer({ parts }: Content): Fallback['content'] {
  return { parts: parts.map((part) => ({ ...part, media: part.media.map((one) => ({ ...one })) })) };
}
