import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Routes } from '../../core/failover-policy.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { PostLookups } from './post-lookups.service.js';
import { fail } from './post-problems.js';

/** Where a client's posts go that name no outlets of their own. */
@Injectable()
export class ClientWays {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lookups: PostLookups,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError client-not-found */
  async read({ workspaceId }: Caller, clientId: string): Promise<Routes> {
    const [client] = await this.dataSource.query<{ routes: Routes }[]>('SELECT reroute_to AS routes FROM clients WHERE workspace_id = $1 AND id = $2', [workspaceId, clientId]);
    if (!client) throw fail('client-not-found');
    return client.routes;
  }

  /** @throws DomainError client-not-found, channel-not-found, channel-of-another-client */
  async set(caller: Caller, clientId: string, rerouteTo: Routes): Promise<Routes> {
    const { workspaceId, actor } = caller;
    await this.dataSource.transaction(async (manager) => {
      await this.lookups.client(manager, workspaceId, clientId);
      await this.lookups.outlets(manager, workspaceId, clientId, rerouteTo);
      await manager.query('UPDATE clients SET reroute_to = $3 WHERE workspace_id = $1 AND id = $2', [workspaceId, clientId, JSON.stringify(rerouteTo)]);
      await this.audit.record(manager, { workspaceId, actor, action: 'client.way-out-set', subject: 'client', subjectId: clientId, details: { rerouteTo } });
    });
    return this.read(caller, clientId);
  }
}
