import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { asksForItsOwn, connectors, isCollected } from '../../connectors/registry.js';
import type { Routes } from '../../core/failover-policy.js';
import type { PartContent } from '../../core/part.js';
import type { OutletTrouble } from '../../core/routes.js';
import { pausedBy } from './flight-columns.js';
import type { ChannelRow, Content } from './post-rows.js';
import { brokenRules } from './post-violations.js';

/** An outlet a post may take instead, with what it would say there. */
export interface PossibleOutlet {
  readonly channelId: string;
  readonly name: string;
  readonly connectorId: string;
  readonly componentId: string;
  readonly channel: ChannelRow;
  /** As its author left it; empty where nothing may be said there. */
  readonly parts: readonly PartContent[];
  /** Of what was written for it; null = it says the post's own words, or nothing. */
  readonly writtenVersion: number | null;
  /** One message there carries all that a brand sends that way on a day. */
  readonly collects: boolean;
  /** What its own row says; health, hours and readiness are asked elsewhere. */
  readonly trouble: OutletTrouble | null;
}

/** A post, and the sets it may name. */
export interface Wayfarer {
  readonly postId: string;
  readonly routes: Routes;
}

interface Row extends ChannelRow {
  readonly postId: string;
  readonly state: string;
  readonly archived: boolean;
  readonly paused: boolean;
  readonly planned: boolean;
  readonly childState: string | null;
  readonly postContent: Content;
  readonly written: Content | null;
  readonly writtenVersion: number | null;
}

const ended: readonly string[] = ['failed', 'missed', 'skipped', 'cancelled'];

/** The ways a post may take when its own channel is shut. */
@Injectable()
export class OutletsOfPosts {
  constructor(private readonly dataSource: DataSource) {}

  /** Of one client only, whatever the policy names. In no order. */
  async of({ workspaceId, postId }: { readonly workspaceId: string; readonly postId: string }, routes: Routes): Promise<readonly PossibleOutlet[]> {
    return (await this.ofMany(workspaceId, [{ postId, routes }])).get(postId) ?? [];
  }

  /** As `of`, of many posts at once; a post without an outlet is left out. */
  async ofMany(workspaceId: string, posts: readonly Wayfarer[], manager: EntityManager = this.dataSource.manager): Promise<ReadonlyMap<string, readonly PossibleOutlet[]>> {
    const pairs = posts.flatMap(({ postId, routes }) => [...new Set(routes.flat())].map((channelId) => ({ postId, channelId })));
    if (pairs.length === 0) return new Map();
    const rows = await manager.query<Row[]>(
      `SELECT o.id AS "postId", c.id, c.client_id AS "clientId", c.name, c.connector_id AS "connectorId", c.component_id AS "componentId", c.learned, c.state, c.archived_at IS NOT NULL AS archived, ${pausedBy('c')} AS paused,
              EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = o.id AND d.channel_id = c.id AND d.state <> 'cancelled' AND d.origin <> 'fallback' AND d.origin NOT LIKE 'late:%') AS planned,
              (SELECT d.state FROM deliveries d WHERE d.post_id = o.id AND d.channel_id = c.id AND d.origin = 'fallback') AS "childState",
              o.content AS "postContent", f.content AS written, f.version AS "writtenVersion"
         FROM (SELECT DISTINCT * FROM unnest($2::uuid[], $3::uuid[]) AS w (post_id, channel_id)) w
         JOIN posts o ON o.id = w.post_id AND o.workspace_id = $1 JOIN channels c ON c.id = w.channel_id AND c.client_id = o.client_id
         LEFT JOIN fallbacks f ON f.post_id = o.id AND f.channel_id = c.id AND f.approved_at IS NOT NULL`,
      [workspaceId, pairs.map(({ postId }) => postId), pairs.map(({ channelId }) => channelId)],
    );
    const byPost = new Map<string, PossibleOutlet[]>();
    for (const row of rows) byPost.set(row.postId, [...(byPost.get(row.postId) ?? []), outletOf(row)]);
    return byPost;
  }
}

function outletOf(row: Row): PossibleOutlet {
  const { id, name, connectorId, componentId, clientId, learned } = row;
  const channel: ChannelRow = { id, name, connectorId, componentId, clientId, learned };
  const parts = partsThere(row);
  return { channelId: id, name, connectorId, componentId, channel, parts, writtenVersion: row.writtenVersion, collects: isCollected(connectorId), trouble: troubleOf(row, channel, parts) };
}

/** Where it goes to people who did not come for it, only what a person wrote or approved for it (DESIGN §2.12). */
function partsThere({ connectorId, written, postContent }: Row): readonly PartContent[] {
  if (written) return written.parts;
  return asksForItsOwn(connectorId) || !connectors.some(({ id }) => id === connectorId) ? [] : postContent.parts;
}

function troubleOf({ state, archived, paused, planned, childState }: Row, channel: ChannelRow, parts: readonly PartContent[]): OutletTrouble | null {
  if (archived || state === 'off') return 'gone';
  if (planned) return 'planned';
  if (childState !== null) return ended.includes(childState) ? 'tried' : null; // it is on its way there: another channel of the post joins it
  if (state !== 'connected') return 'account';
  if (paused) return 'paused';
  if (parts.length === 0) return 'unwritten';
  return brokenRules(channel, parts).length > 0 ? 'does-not-fit' : null;
}
