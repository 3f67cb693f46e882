import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Instant } from '../../core/instant.js';
import type { PartContent } from '../../core/part.js';
import type { OutletTrouble } from '../../core/routes.js';
import { ReadinessService } from '../library/readiness.service.js';
import { type OutletCost, OutletCosts } from '../posts/outlet-costs.service.js';
import { OutletReadiness } from '../posts/outlet-readiness.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { Gateways } from './gateways.service.js';
import { isSmsHour } from './sms-day.js';
import { roadObstacle } from './sms-obstacles.js';
import { SmsPreviews } from './sms-preview.service.js';

/** A text of which nobody knows yet what it says: one message. */
const some = { text: 'a', link: null };

/** Whether SMS could go out in another outlet's place, what they would cost, and how ready a client is for that. */
@Injectable()
export class SmsReadiness implements OnModuleInit {
  constructor(
    private readonly outlets: OutletReadiness,
    private readonly costs: OutletCosts,
    private readonly readiness: ReadinessService,
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly gateways: Gateways,
    private readonly previews: SmsPreviews,
  ) {}

  onModuleInit(): void {
    this.outlets.register('sms', (workspaceId, channelIds, now) => this.troubles(workspaceId, channelIds, now));
    this.costs.register('sms', (workspaceId, channelId, parts, postId) => this.cost(workspaceId, channelId, { parts, postId }));
    this.readiness.register('sms', async (workspaceId, clientId) => {
      const [row]: { capMinor: number; asked: boolean }[] = await this.database.query(
        `SELECT coalesce((SELECT cap_minor FROM sms_caps WHERE client_id = $2), 0)::int AS "capMinor",
                EXISTS (SELECT FROM phone_gateways WHERE workspace_id = $1) OR EXISTS (SELECT FROM channels WHERE workspace_id = $1 AND client_id = $2 AND connector_id = 'sms' AND archived_at IS NULL) AS asked`, [workspaceId, clientId]);
      return row?.asked ? { kind: 'sms', capMinor: row.capMinor } : null;
    });
  }

  private async troubles(workspaceId: string, channelIds: readonly string[], now: Instant): Promise<ReadonlyMap<string, OutletTrouble>> {
    const found = await Promise.all(channelIds.map(async (id) => [id, await this.trouble(workspaceId, id, now)] as const));
    return new Map(found.flatMap(([id, trouble]) => (trouble === null ? [] : [[id, trouble] as const])));
  }

  private async trouble(workspaceId: string, channelId: string, now: Instant): Promise<OutletTrouble | null> {
    const channel = await this.previews.channel(workspaceId, channelId);
    if (!channel) return 'account';
    const { kind, clientId } = channel;
    const { lists, reckoned, budget, open } = await this.previews.estimate(channel, { ...some, hasPage: false, postId: null });
    if ('obstacle' in lists) return 'account';
    if (lists.lists.some(({ coversFallback }) => !coversFallback)) return 'not-covered';
    if (reckoned === null || reckoned.people === 0) return 'nobody';
    const road = roadObstacle(open, kind);
    if (road !== null) return road === 'not-public' ? 'not-public' : 'unverified';
    if (open?.isDown()) return 'down';
    if (open && open.trouble !== null) return 'unverified';
    if (kind === 'live' && (budget.capMinor === 0 || reckoned.costMinor > budget.leftMinor)) return 'over-cap';
    const { zone, day } = await this.clients.read(workspaceId, clientId);
    return isSmsHour({ zone, ...day }, now) ? null : 'night';
  }

  private async cost(workspaceId: string, channelId: string, { parts, postId }: { readonly parts: readonly PartContent[]; readonly postId: string }): Promise<OutletCost | null> {
    const channel = await this.previews.channel(workspaceId, channelId);
    const [part] = parts;
    if (!channel || !part) return null;
    const { reckoned, currency } = await this.previews.estimate(channel, { text: part.text, link: part.link, hasPage: part.link === null, postId });
    return reckoned === null || currency === null ? null : { people: reckoned.people, minor: reckoned.costMinor, currency };
  }
}
