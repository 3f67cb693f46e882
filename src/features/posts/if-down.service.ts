import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { rerouteAt } from '../../core/failover.js';
import { failoverPolicy, type Routes } from '../../core/failover-policy.js';
import type { Instant } from '../../core/instant.js';
import { type Choice, lateLimit, type Policy } from '../../core/policy.js';
import { ifDown } from '../../core/promise.js';
import type { Caller } from '../../infra/http/access.js';
import { clientColumns } from './post-lookups.service.js';
import { fail } from './post-problems.js';
import type { ClientRow } from './post-rows.js';

interface Asked {
  readonly clientId: string;
  readonly choice: Choice;
  readonly policy: Policy;
  readonly dueAt: Instant | null;
}

/** The sentence under a post: what happens to it if its platform is down. */
@Injectable()
export class IfDownService {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws DomainError client-not-found */
  async say({ workspaceId, language }: Caller, { clientId, choice, policy: custom, dueAt }: Asked): Promise<string> {
    const [client] = await this.dataSource.query<(ClientRow & { readonly routes: Routes })[]>(
      `SELECT ${clientColumns}, reroute_to AS routes FROM clients WHERE workspace_id = $1 AND id = $2`, [workspaceId, clientId]);
    if (!client) throw fail('client-not-found');
    const policy = failoverPolicy(choice, custom, client.routes);
    const first = policy.routes[0] ?? [];
    const names = first.length === 0 ? [] : await this.dataSource.query<{ name: string }[]>(
      `SELECT name FROM channels WHERE workspace_id = $1 AND client_id = $2 AND id = ANY($3::uuid[]) AND archived_at IS NULL ORDER BY array_position($3::uuid[], id)`, [workspaceId, clientId, first]);
    const deadlineAt = dueAt === null ? null : lateLimit(choice, custom, dueAt, client.day);
    const leavesAt = dueAt === null ? null : rerouteAt({ dueAt, policy }, null);
    return ifDown(
      {
        choice, policy, lateLimitMinutes: custom.lateLimitMinutes ?? null, ways: names.map(({ name }) => name), deadlineAt,
        rerouteAt: leavesAt !== null && deadlineAt !== null && leavesAt < deadlineAt ? leavesAt : null,
      },
      { language, zone: client.zone, who: 'team' },
    );
  }
}
