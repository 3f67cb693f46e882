import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { newsletterNeedsMs } from '../../core/broadcast.js';
import { AudienceService } from '../audience/audience.service.js';
import { OpenChannelsService } from '../channels/open-channels.service.js';
import { OutletNeeds } from '../posts/outlet-needs.service.js';
import { Lists } from './lists.service.js';
import { SendersService } from './senders.service.js';

/** How long a newsletter takes at its sender's pace: a long list has to begin earlier to be through when the client's day ends. */
@Injectable()
export class NewsletterNeeds implements OnModuleInit {
  constructor(
    private readonly needs: OutletNeeds,
    private readonly channels: OpenChannelsService,
    private readonly audience: AudienceService,
    private readonly senders: SendersService,
    private readonly lists: Lists,
  ) {}

  onModuleInit(): void {
    this.needs.register((manager, workspaceId, channelIds) => this.longest(manager, workspaceId, channelIds));
  }

  private async longest(manager: EntityManager, workspaceId: string, channelIds: readonly string[]): Promise<number> {
    const rows: { id: string; clientId: string }[] = await manager.query(
      `SELECT id, client_id AS "clientId" FROM channels WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND connector_id = 'newsletter'`, [workspaceId, channelIds]);
    if (rows.length === 0) return 0;
    const opened = await this.channels.open(rows.map(({ id }) => id));
    let longest = 0;
    for (const { id, clientId } of rows) {
      const channel = opened.get(id);
      const sender = await this.senders.ofClient(manager, workspaceId, clientId);
      if (channel?.kind !== 'open' || sender === null || sender.ratePerSecond === null) continue;
      const lists = await this.lists.of(manager, 'email', { workspaceId, clientId, account: channel.account });
      if ('obstacle' in lists) continue;
      longest = Math.max(longest, newsletterNeedsMs(await this.audience.count(manager, lists.who), sender.ratePerSecond));
    }
    return longest;
  }
}
