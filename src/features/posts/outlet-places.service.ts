import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { pageConnectors } from '../../connectors/registry.js';
import { asksAt } from '../../core/asks-at.js';
import { failoverPolicy, type Routes } from '../../core/failover-policy.js';
import type { Instant } from '../../core/instant.js';
import { type Choice, lateLimit, type Policy } from '../../core/policy.js';
import { defaultTimes } from '../../core/times.js';
import { clientColumns } from './post-lookups.service.js';
import type { ClientRow } from './post-rows.js';

/** What an outlet is to a post. */
export interface OutletPlace {
  /** It is no channel that the post is planned for. */
  readonly isFallback: boolean;
  /** When it would go out there: at its time, or as it leaves its platform; null = it has no time yet. */
  readonly at: Instant | null;
  /** In the set of outlets in which it stands there is one that makes a page of it. */
  readonly hasPageBeside: boolean;
}

interface Row extends ClientRow {
  readonly choice: Choice;
  readonly policy: Policy;
  readonly routes: Routes;
  readonly dueAt: number | null;
  readonly planned: boolean;
  readonly pages: readonly string[];
}

/** Whether a post is planned on an outlet or would take it instead, and when. For rooms to the right that tell what it would cost there. */
@Injectable()
export class OutletPlaces {
  constructor(private readonly database: DataSource) {}

  /** null = there is no such post. */
  async of(workspaceId: string, { postId, channelId }: { readonly postId: string; readonly channelId: string }): Promise<OutletPlace | null> {
    const [row]: Row[] = await this.database.query(
      `SELECT o.choice, o.policy, (extract(epoch FROM o.due_at) * 1000)::float8 AS "dueAt", b.*,
              EXISTS (SELECT FROM post_channels x WHERE x.post_id = o.id AND x.channel_id = $3) AS planned,
              ARRAY(SELECT c.id FROM channels c WHERE c.client_id = o.client_id AND c.connector_id = ANY($4::text[])) AS pages
         FROM posts o JOIN (SELECT ${clientColumns}, reroute_to AS routes FROM clients WHERE workspace_id = $1) b ON b.id = o.client_id WHERE o.workspace_id = $1 AND o.id = $2`,
      [workspaceId, postId, channelId, pageConnectors]);
    if (!row) return null;
    const { choice, policy: custom, dueAt, day, planned } = row;
    const policy = failoverPolicy(choice, custom, row.routes);
    const beside = policy.routes.find((set) => set.includes(channelId)) ?? [];
    const leaves = dueAt === null || planned ? null : asksAt({ choice, policy, dueAt, deadlineAt: lateLimit(choice, custom, dueAt, day), day }, null, defaultTimes);
    return { isFallback: !planned, at: leaves ?? dueAt, hasPageBeside: beside.some((id) => row.pages.includes(id)) };
  }
}
