import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Language } from '../../infra/http/problem.js';
import { type Planned, PostWarnings, type Warned, warnedOf } from './post-warnings.service.js';

/** Which posts are meant; what is left out does not matter. */
export interface Which {
  readonly postIds?: readonly string[];
  readonly seriesIds?: readonly string[];
  readonly clientId?: string | undefined;
  /** Of the posts: due at or after, ISO. */
  readonly from?: string;
  readonly to?: string;
}

interface PlannedOnPost extends Planned {
  readonly postId: string;
  readonly seriesId: string | null;
  /** null: nothing is planned there yet, as with a draft. */
  readonly deliveryId: string | null;
}

const columns = `p.id AS "postId", p.series_id AS "seriesId", p.zone`;
const meant = `p.workspace_id = $1 AND p.cancelled_at IS NULL AND p.zone IS NOT NULL
  AND ($3::uuid[] IS NULL OR p.id = ANY($3)) AND ($4::uuid[] IS NULL OR p.series_id = ANY($4)) AND ($5::uuid IS NULL OR p.client_id = $5)
  AND ($6::timestamptz IS NULL OR p.due_at >= $6) AND ($7::timestamptz IS NULL OR p.due_at < $7)`;
const within = (column: string): string => `${column} >= to_timestamp(w."from" / 1000) AND ${column} < to_timestamp(w."to" / 1000)`;

/**
 * What of stored posts is still to go out at a time that something speaks against: deliveries, and of a draft its channels.
 * One statement for a whole page, and none beyond the sources' own when nothing speaks against anything.
 */
@Injectable()
export class WarnedPosts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly warnings: PostWarnings,
  ) {}

  /** The soonest first. Asks on connections of its own, so never within a transaction. */
  async of(workspaceId: string, { postIds, seriesIds, clientId, from, to }: Which): Promise<readonly Warned<PlannedOnPost>[]> {
    const stretches = await this.warnings.against(workspaceId);
    if (stretches.length === 0) return [];
    const windows = stretches.map(({ channelId, from: begin, to: end }) => ({ channelId, from: begin, to: end }));
    const planned = await this.dataSource.query<PlannedOnPost[]>(
      `WITH w AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($2::jsonb) AS w ("channelId" uuid, "from" float8, "to" float8)),
       planned AS (
         SELECT d.id AS "deliveryId", d.channel_id AS "channelId", d.due_at AS due, ${columns}
           FROM w JOIN deliveries d ON d.channel_id = w."channelId" AND ${within('d.due_at')} JOIN posts p ON p.id = d.post_id
          WHERE d.workspace_id = $1 AND d.state IN ('scheduled', 'held') AND ${meant}
         UNION
         SELECT NULL, x.channel_id, p.due_at, ${columns}
           FROM posts p JOIN post_channels x ON x.post_id = p.id JOIN w ON w."channelId" = x.channel_id AND ${within('p.due_at')}
          WHERE p.editing = 'draft' AND p.due_at >= to_timestamp($8::float8 / 1000) AND p.due_at < to_timestamp($9::float8 / 1000) AND ${meant}
            AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = p.id AND d.channel_id = x.channel_id))
       SELECT "deliveryId", "channelId", "postId", "seriesId", zone, (extract(epoch FROM due) * 1000)::float8 AS "dueAt"
         FROM planned ORDER BY due, "postId", "deliveryId"`,
      [
        workspaceId, JSON.stringify(windows), postIds ?? null, seriesIds ?? null, clientId ?? null, from ?? null, to ?? null,
        Math.min(...stretches.map(({ from: begin }) => begin)), Math.max(...stretches.map(({ to: end }) => end)),
      ],
    );
    return warnedOf(stretches, planned);
  }
}

/** As it stands in the answer about a post. */
export function warningIn(language: Language, { about: { deliveryId, channelId }, code, sentence }: Warned<PlannedOnPost>) {
  return { code, sentence: sentence[language], deliveryId, channelId };
}

/** By the post or the series they are about. */
export function groupedBy<Key extends 'postId' | 'seriesId'>(key: Key, warned: readonly Warned<PlannedOnPost>[]): ReadonlyMap<PlannedOnPost[Key], readonly Warned<PlannedOnPost>[]> {
  const groups = new Map<PlannedOnPost[Key], Warned<PlannedOnPost>[]>();
  for (const one of warned) {
    const group = groups.get(one.about[key]);
    if (group) group.push(one);
    else groups.set(one.about[key], [one]);
  }
  return groups;
}
