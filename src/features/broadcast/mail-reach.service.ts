import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { dailyCap } from '../../core/broadcast.js';
import type { MailShut, ReadinessFact } from '../../core/readiness.js';
import { Clock } from '../../infra/clock.js';
import { AudienceService } from '../audience/audience.service.js';
import { OpenChannelsService } from '../channels/open-channels.service.js';
import { ReadinessService } from '../library/readiness.service.js';
import { Lists, type ListsOf } from './lists.service.js';
import { NewsletterReadiness } from './newsletter-readiness.service.js';
import { OpenBroadcasts } from './open-broadcasts.service.js';
import { SenderRoads } from './sender-roads.service.js';
import { SendersService } from './senders.service.js';

type Who = ListsOf['who'];

interface Reach {
  readonly today: number;
  readonly shut: MailShut | null;
}

interface Ways {
  /** Whom those that are open write to. */
  readonly open: readonly Who[];
  /** Why the first of the others does not. */
  readonly shut: MailShut | null;
}

/** How many people a client's newsletters would reach if they had to stand in today: each once, by what is open, and no more than the sender may. */
@Injectable()
export class MailReach implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly readiness: ReadinessService,
    private readonly channels: OpenChannelsService,
    private readonly lists: Lists,
    private readonly audience: AudienceService,
    private readonly newsletters: NewsletterReadiness,
    private readonly senders: SendersService,
    private readonly roads: SenderRoads,
    private readonly broadcasts: OpenBroadcasts,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.readiness.register('list', (workspaceId, clientId) => this.fact(workspaceId, clientId));
  }

  private async fact(workspaceId: string, clientId: string): Promise<ReadinessFact> {
    const lists: { id: string; covers: boolean }[] = await this.database.query(
      `SELECT id, covers_fallback AS covers FROM lists WHERE workspace_id = $1 AND client_id = $2 AND kind = 'email' AND archived_at IS NULL`, [workspaceId, clientId]);
    const count = (of: typeof lists): Promise<number> => this.count([{ workspaceId, clientId, listIds: of.map(({ id }) => id), segmentId: null }]);
    const [reachable, covered] = [await count(lists), await count(lists.filter(({ covers }) => covers))];
    const reach = covered === 0 ? { today: 0, shut: null } : await this.reach(workspaceId, clientId);
    return { kind: 'list', lists: lists.length, reachable, covered, ...reach };
  }

  private async reach(workspaceId: string, clientId: string): Promise<Reach> {
    const { open, shut } = await this.ways(workspaceId, clientId);
    if (open.length === 0) return { today: 0, shut };
    const today = Math.min(await this.count(open), await this.leftToday(workspaceId, clientId));
    return { today, shut: today === 0 ? 'all-sent' : null };
  }

  /** The channels of this client, each asked as dispatch asks it. */
  private async ways(workspaceId: string, clientId: string): Promise<Ways> {
    const rows: { id: string; isConnected: boolean }[] = await this.database.query(
      `SELECT id, state = 'connected' AS "isConnected" FROM channels WHERE workspace_id = $1 AND client_id = $2 AND connector_id = 'newsletter' AND archived_at IS NULL AND state <> 'off' ORDER BY name, id`, [workspaceId, clientId]);
    if (rows.length === 0) return { open: [], shut: 'no-channel' };
    const ids = rows.map(({ id }) => id);
    const [troubles, opened] = [await this.newsletters.of(workspaceId, ids, this.clock.now()), await this.channels.open(ids)];
    const open: Who[] = [];
    let shut: MailShut | null = null;
    for (const { id, isConnected } of rows) {
      const trouble = isConnected ? (troubles.get(id) ?? null) : 'account';
      const channel = opened.get(id);
      const found = trouble === null && channel?.kind === 'open' ? await this.lists.of(this.database.manager, 'email', { workspaceId, clientId, account: channel.account }) : null;
      if (found !== null && !('obstacle' in found)) open.push(found.who);
      else shut ??= trouble ?? 'account';
    }
    return { open, shut };
  }

  /** Of people on several of them, each once. */
  private async count(whos: readonly Who[]): Promise<number> {
    const asked = whos.filter(({ listIds }) => listIds.length > 0);
    if (asked.length === 0) return 0;
    const parts: string[] = [];
    const params: unknown[] = [];
    for (const who of asked) {
      const statement = await this.audience.reachable(this.database.manager, who, params.length + 1);
      parts.push(`(SELECT w.subscriber_id FROM (${statement.sql}) AS w)`);
      params.push(...statement.params);
    }
    const [row]: { people: number }[] = await this.database.query(`SELECT count(DISTINCT subscriber_id)::int AS people FROM (${parts.join(' UNION ALL ')}) AS everybody`, params);
    return row?.people ?? 0;
  }

  private async leftToday(workspaceId: string, clientId: string): Promise<number> {
    const sender = await this.senders.ofClient(this.database.manager, workspaceId, clientId);
    const [workspace]: { kind: 'live' | 'demo' }[] = await this.database.query('SELECT kind FROM workspaces WHERE id = $1', [workspaceId]);
    if (sender === null || this.roads.isCaught(sender, workspace?.kind ?? 'live')) return Infinity;
    const cap = dailyCap({ isWarm: sender.isWarm, firstAt: sender.firstMailAt?.getTime() ?? null }, this.clock.now());
    return Number.isFinite(cap) ? Math.max(0, cap - (await this.broadcasts.goneToday(clientId))) : Infinity;
  }
}
