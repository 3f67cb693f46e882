import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { asksForItsOwn, isCollected } from '../../connectors/registry.js';
import { asksAt } from '../../core/asks-at.js';
import { failoverPolicy, type Routes } from '../../core/failover-policy.js';
import type { Instant } from '../../core/instant.js';
import { type Choice, lateLimit, type Policy } from '../../core/policy.js';
import { ifDown, waysSaid } from '../../core/promise.js';
import type { Outlet } from '../../core/routes.js';
import { timeWordOf } from '../../core/time-words.js';
import { defaultTimes } from '../../core/times.js';
import type { Caller } from '../../infra/http/access.js';
import { OutletNeeds } from './outlet-needs.service.js';
import { OutletReadiness } from './outlet-readiness.service.js';
import { OutletsOfPosts, type PossibleOutlet } from './outlets.service.js';
import { clientColumns } from './post-lookups.service.js';
import { fail } from './post-problems.js';
import type { ClientRow } from './post-rows.js';

interface Asked {
  /** Left out: it is not saved yet. */
  readonly postId?: string;
  readonly clientId: string;
  readonly choice: Choice;
  readonly policy: Policy;
  readonly dueAt: Instant | null;
  /** What it says: a word of time in it is read by a person once it is late. */
  readonly texts?: readonly string[] | undefined;
}

/** The sentence under a post: what happens to it if its platform is down. */
@Injectable()
export class IfDownService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly outlets: OutletsOfPosts,
    private readonly readiness: OutletReadiness,
    private readonly needs: OutletNeeds,
  ) {}

  /** @throws DomainError client-not-found */
  async say({ workspaceId, language }: Caller, { postId, clientId, choice, policy: custom, dueAt, texts = [] }: Asked): Promise<string> {
    const [client] = await this.dataSource.query<(ClientRow & { readonly routes: Routes })[]>(
      `SELECT ${clientColumns}, reroute_to AS routes FROM clients WHERE workspace_id = $1 AND id = $2`, [workspaceId, clientId]);
    if (!client) throw fail('client-not-found');
    const policy = failoverPolicy(choice, custom, client.routes);
    const deadlineAt = dueAt === null ? null : lateLimit(choice, custom, dueAt, client.day);
    const leaving = dueAt === null || deadlineAt === null ? null : { choice, policy, dueAt, deadlineAt, needsMs: await this.needs.of(workspaceId, policy.routes), day: client.day };
    const goesAt = leaving && asksAt(leaving, null, defaultTimes);
    const rule = {
      choice, policy, lateLimitMinutes: custom.lateLimitMinutes ?? null, timed: timeWordOf(texts) !== null, dueAt, deadlineAt,
      rerouteAt: goesAt !== null && deadlineAt !== null && goesAt < deadlineAt ? goesAt : null,
    };
    const saved = async (id: string): Promise<readonly PossibleOutlet[]> => {
      const outlets = await this.outlets.of({ workspaceId, postId: id }, policy.routes);
      if (leaving === null || goesAt === null) return outlets;
      return (await this.readiness.judged(workspaceId, [{ postId: id, dueAt: leaving.dueAt, day: client.day, outlets }], { at: goesAt, absentMs: defaultTimes.absentMs }))[0] ?? [];
    };
    const outlets = postId === undefined ? await this.unsaved({ workspaceId, clientId, texts }, policy.routes) : await saved(postId);
    return ifDown({ ...rule, ...waysSaid(rule, outlets) }, { language, zone: client.zone, who: 'team' });
  }

  /** Before it is saved nothing can be written for an outlet that asks for its own version. */
  private async unsaved({ workspaceId, clientId, texts }: { readonly workspaceId: string; readonly clientId: string; readonly texts: readonly string[] }, routes: Routes) {
    if (routes.length === 0) return [];
    const rows = await this.dataSource.query<{ channelId: string; name: string; connectorId: string; isGone: boolean }[]>(
      `SELECT id AS "channelId", name, connector_id AS "connectorId", archived_at IS NOT NULL OR state = 'off' AS "isGone" FROM channels WHERE workspace_id = $1 AND client_id = $2 AND id = ANY($3::uuid[])`,
      [workspaceId, clientId, routes.flat()]);
    return rows.map(({ connectorId, isGone, ...row }) => {
      const trouble: Outlet['trouble'] = isGone ? 'gone' : asksForItsOwn(connectorId) ? 'unwritten' : null;
      return { ...row, trouble, collects: isCollected(connectorId), parts: trouble === null ? texts.map((text) => ({ text })) : [] };
    });
  }
}
