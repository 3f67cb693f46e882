import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { failoverPolicy, type Routes } from '../../core/failover-policy.js';
import { storable } from '../../infra/facts/fact-writer.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import type { Fallback, FallbackWrite } from './fallback.schema.js';
import { type FallbackColumns, fallbackOf } from './fallbacks.service.js';
import { PostLookups } from './post-lookups.service.js';
import { fail as failPost } from './post-problems.js';
import { assertWithinLimits } from './posts.service.js';
import { fail } from './series-problems.js';
import { seriesColumns, type SeriesRow } from './series-rows.service.js';

interface Place {
  readonly seriesId: string;
  readonly channelId: string;
}

/** What the occurrences of a series say elsewhere: written and approved once. What somebody wrote for one of them alone stays as it is. */
@Injectable()
export class SeriesFallbacks {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lookups: PostLookups,
    private readonly audit: AuditService,
  ) {}

  /** Of every outlet its occurrences may take, and of those something was written for; in the order of the way out. @throws DomainError series-not-found */
  async list({ workspaceId }: Caller, seriesId: string): Promise<readonly Fallback[]> {
    const { manager } = this.dataSource;
    const { clientId, template } = await this.series(manager, workspaceId, seriesId);
    const [client] = await manager.query<{ routes: Routes }[]>('SELECT reroute_to AS routes FROM clients WHERE id = $1', [clientId]);
    const { routes } = failoverPolicy(template.choice, template.policy, client?.routes ?? []);
    const rows = await manager.query<FallbackColumns[]>(
      `SELECT c.id AS "channelId", c.name AS "channelName", c.connector_id AS "connectorId", f.content, f.approved_by ->> 'name' AS "approvedBy", f.approved_at AS "approvedAt", f.version
         FROM channels c LEFT JOIN series_fallbacks f ON f.channel_id = c.id AND f.series_id = $2
        WHERE c.workspace_id = $1 AND c.client_id = $3 AND (f.series_id IS NOT NULL OR c.archived_at IS NULL AND c.id = ANY($4::uuid[])) ORDER BY c.name, c.id`,
      [workspaceId, seriesId, clientId, routes.flat()],
    );
    return rows.map((row) => fallbackOf(row, template.content, routes)).toSorted((a, b) => (a.set ?? Infinity) - (b.set ?? Infinity));
  }

  /**
   * Also for the occurrences that are there and still to come, unless something was written for one of them alone.
   * @throws DomainError series-not-found, channel-not-found, channel-of-another-client, media-not-found, content-breaks-limits (when approved), edited-meanwhile
   */
  async write(caller: Caller, { seriesId, channelId }: Place, { version, content, approve }: FallbackWrite): Promise<readonly Fallback[]> {
    const { workspaceId, actor } = caller;
    await this.dataSource.transaction(async (manager) => {
      const { clientId } = await this.series(manager, workspaceId, seriesId, 'FOR UPDATE');
      const channels = await this.lookups.channels(manager, workspaceId, clientId, [channelId]);
      const [said = { parts: [] }] = await this.lookups.contents(manager, workspaceId, [content.parts]);
      if (approve) assertWithinLimits(channels, said, new Map());
      const [written] = await manager.query<{ version: number }[]>(
        `INSERT INTO series_fallbacks AS f (workspace_id, series_id, channel_id, content, approved_by, approved_at, created_by)
         SELECT $1, $2, $3, $4, CASE WHEN $5 THEN $6::jsonb END, CASE WHEN $5 THEN now() END, $6 WHERE $7::int = 0 OR EXISTS (SELECT 1 FROM series_fallbacks WHERE series_id = $2 AND channel_id = $3)
         ON CONFLICT (series_id, channel_id) DO UPDATE SET content = excluded.content, approved_by = excluded.approved_by, approved_at = excluded.approved_at, version = f.version + 1
           WHERE f.version = $7
         RETURNING version`,
        [workspaceId, seriesId, channelId, storable(said), approve, JSON.stringify(actor), version],
      );
      if (!written) throw failPost('edited-meanwhile');
      await copyFallbacks(manager, seriesId, await this.coming(manager, seriesId));
      await this.audit.record(manager, {
        workspaceId, actor, action: approve ? 'fallback.approved' : 'fallback.written', subject: 'series', subjectId: seriesId, details: { channelId, version: written.version },
      });
    });
    return this.list(caller, seriesId);
  }

  /** Also from the occurrences still to come that have it from here. @throws DomainError series-not-found, fallback-not-found */
  async remove({ workspaceId, actor }: Caller, { seriesId, channelId }: Place): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await this.series(manager, workspaceId, seriesId, 'FOR UPDATE');
      const [rows] = await manager.query<[unknown[], number]>('DELETE FROM series_fallbacks WHERE series_id = $1 AND channel_id = $2 RETURNING 1', [seriesId, channelId]);
      if (rows.length === 0) throw failPost('fallback-not-found');
      await manager.query('DELETE FROM fallbacks WHERE post_id = ANY($1::uuid[]) AND channel_id = $2 AND of_series', [await this.coming(manager, seriesId), channelId]);
      await this.audit.record(manager, { workspaceId, actor, action: 'fallback.removed', subject: 'series', subjectId: seriesId, details: { channelId } });
    });
  }

  private async series(manager: EntityManager, workspaceId: string, seriesId: string, lock: '' | 'FOR UPDATE' = ''): Promise<SeriesRow> {
    const [row] = await manager.query<SeriesRow[]>(`SELECT ${seriesColumns} FROM series s WHERE s.workspace_id = $1 AND s.id = $2 ${lock}`, [workspaceId, seriesId]);
    if (!row) throw fail('series-not-found');
    return row;
  }

  /** Occurrences nothing became of yet, locked: whoever writes for one of them, or sends it another way, comes before or after. */
  private async coming(manager: EntityManager, seriesId: string): Promise<readonly string[]> {
    const rows = await manager.query<{ id: string }[]>(
      `SELECT id FROM posts p WHERE series_id = $1 AND due_at > now() AND cancelled_at IS NULL AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = p.id AND d.origin = 'fallback') ORDER BY id FOR UPDATE`, [seriesId]);
    return rows.map(({ id }) => id);
  }
}

/**
 * What is written for the series is written for these posts of it, too: those that still say what the series says. Not over what
 * a person wrote for one of them, and not where a person took it out.
 */
export async function copyFallbacks(manager: EntityManager, seriesId: string, postIds: readonly string[]): Promise<void> {
  await manager.query(
    `INSERT INTO fallbacks AS f (id, workspace_id, post_id, channel_id, content, approved_by, approved_at, created_by, of_series)
     SELECT gen_random_uuid(), s.workspace_id, p.id, s.channel_id, s.content, s.approved_by, s.approved_at, s.created_by, true
       FROM series_fallbacks s JOIN series r ON r.id = s.series_id JOIN posts p ON p.series_id = s.series_id
      WHERE s.series_id = $1 AND p.id = ANY($2::uuid[]) AND ${saysAsSeries('p', 'r')}
     ON CONFLICT (post_id, channel_id) DO UPDATE SET content = excluded.content, approved_by = excluded.approved_by, approved_at = excluded.approved_at, version = f.version + 1, updated_at = now()
       WHERE f.of_series AND (f.content, f.approved_at) IS DISTINCT FROM (excluded.content, excluded.approved_at)`,
    [seriesId, postIds],
  );
}

/** An occurrence that was moved still does; one whose words were changed, on whatever channel, does not. */
export const saysAsSeries = (post: string, series: string): string =>
  `(NOT ${post}.detached OR ${post}.content = ${series}.template -> 'content' AND NOT EXISTS (
     SELECT 1 FROM post_channels x WHERE x.post_id = ${post}.id AND x.variant -> 'parts' IS DISTINCT FROM (
       SELECT v -> 'parts' FROM jsonb_array_elements(${series}.template -> 'variants') AS v WHERE v ->> 'channelId' = x.channel_id::text)))`;
