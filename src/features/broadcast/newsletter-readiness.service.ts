import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { dailyCap } from '../../core/broadcast.js';
import { DAY_MS, type Instant, MINUTE_MS } from '../../core/instant.js';
import type { OutletTrouble } from '../../core/routes.js';
import { Clock } from '../../infra/clock.js';
import { AudienceService } from '../audience/audience.service.js';
import { OpenChannelsService } from '../channels/open-channels.service.js';
import { OutletReadiness } from '../posts/outlet-readiness.service.js';
import { Lists } from './lists.service.js';
import { SenderRoads } from './sender-roads.service.js';
import type { SenderRow } from './sender-row.js';
import { SendersService } from './senders.service.js';
import { Warmth } from './warmth.service.js';

/** Longer without a newsletter, and people and providers have forgotten the sender. */
const coldAfterMs = 60 * DAY_MS;
/** How a mail server does now says nothing of what leaves later than this. */
const nearMs = 15 * MINUTE_MS;

interface About {
  readonly id: string;
  readonly clientId: string;
  readonly kind: 'live' | 'demo';
}

/** Whether newsletters could go out in another outlet's place. */
@Injectable()
export class NewsletterReadiness implements OnModuleInit {
  constructor(
    private readonly readiness: OutletReadiness,
    private readonly database: DataSource,
    private readonly channels: OpenChannelsService,
    private readonly audience: AudienceService,
    private readonly senders: SendersService,
    private readonly roads: SenderRoads,
    private readonly lists: Lists,
    private readonly warmth: Warmth,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.readiness.register('newsletter', async (workspaceId, asked, at) => {
      const troubles = await this.of(workspaceId, [...new Set(asked.map(({ channelId }) => channelId))], at);
      return asked.map(({ channelId }) => troubles.get(channelId) ?? null);
    });
  }

  /** What stands in the way of each of these channels at that moment; those of which nothing does are missing. */
  async of(workspaceId: string, channelIds: readonly string[], now: Instant): Promise<ReadonlyMap<string, OutletTrouble>> {
    const rows: About[] = await this.database.query(
      `SELECT c.id, c.client_id AS "clientId", w.kind
         FROM channels c JOIN workspaces w ON w.id = c.workspace_id WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[])`, [workspaceId, channelIds]);
    const opened = await this.channels.open(channelIds);
    const found: [string, OutletTrouble][] = [];
    for (const about of rows) {
      const channel = opened.get(about.id);
      const trouble = channel?.kind === 'open' ? await this.troubleOf(workspaceId, { about, account: channel.account, now }) : 'account';
      if (trouble !== null) found.push([about.id, trouble]);
    }
    return new Map(found);
  }

  private async troubleOf(workspaceId: string, { about, account, now }: { readonly about: About; readonly account: unknown; readonly now: Instant }): Promise<OutletTrouble | null> {
    const { manager } = this.database;
    const { clientId, kind } = about;
    const lists = await this.lists.of(manager, 'email', { workspaceId, clientId, account });
    if ('obstacle' in lists) return 'account';
    if (lists.lists.some(({ coversFallback }) => !coversFallback)) return 'not-covered';
    const people = await this.audience.count(manager, lists.who);
    if (people === 0) return 'nobody';
    const sender = await this.senders.ofClient(manager, workspaceId, clientId);
    if (this.roads.isCaught(sender, kind)) return null;
    const obstacle = this.roads.obstacle(sender, kind);
    if (obstacle !== null || sender === null) return obstacle === 'not-https' ? 'not-public' : obstacle === 'sender-paused' ? 'paused' : 'unverified';
    if (now - this.clock.now() < nearMs && this.roads.isDown(sender, this.clock.now())) return 'down';
    const lastAt = await this.warmth.lastAt(manager, { workspaceId, clientId, listIds: lists.who.listIds });
    if (people > capOf(sender, now)) return 'too-many';
    return lastAt === null || now - lastAt > coldAfterMs ? 'cold' : null;
  }
}

/** How many a sender that is new may write to in a day. */
const capOf = ({ isWarm, firstMailAt }: SenderRow, now: Instant): number => dailyCap({ isWarm, firstAt: firstMailAt?.getTime() ?? null }, now);
