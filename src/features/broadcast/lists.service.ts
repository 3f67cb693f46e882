import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { AudienceService, type ListReadiness } from '../audience/audience.service.js';

/** What a channel to people on lists is connected with, as its connector checked it. */
const Account = z.object({ listIds: z.array(z.string()), segmentId: z.string().optional() });

export interface ListsOf {
  readonly who: { readonly workspaceId: string; readonly clientId: string; readonly listIds: readonly string[]; readonly segmentId: string | null };
  readonly lists: readonly ListReadiness[];
}

export interface OfChannel {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly account: unknown;
}

/** The lists a channel writes to. */
@Injectable()
export class Lists {
  constructor(private readonly audience: AudienceService) {}

  /** All of them there, of such addresses, and of this client; else what is wrong. */
  async of(manager: EntityManager, kind: ListReadiness['kind'], { workspaceId, clientId, account }: OfChannel): Promise<ListsOf | { readonly obstacle: 'other-clients-list'; readonly params: Readonly<Record<string, string>> }> {
    const { listIds, segmentId } = Account.parse(account);
    const lists: ListReadiness[] = [];
    for (const id of listIds) {
      const list = await this.audience.readinessOfList(workspaceId, id, manager);
      if (!list || list.kind !== kind || list.clientId !== clientId) return { obstacle: 'other-clients-list', params: {} };
      lists.push(list);
    }
    if (segmentId !== undefined) {
      const [segment]: unknown[] = await manager.query('SELECT FROM segments WHERE workspace_id = $1 AND id = $2 AND list_id = ANY($3::uuid[])', [workspaceId, segmentId, listIds]);
      if (!segment) return { obstacle: 'other-clients-list', params: {} };
    }
    return { who: { workspaceId, clientId, listIds, segmentId: segmentId ?? null }, lists };
  }
}
