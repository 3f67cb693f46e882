import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Instant, MINUTE_MS } from '../../core/instant.js';
import type { ReadinessFact, SmsLack } from '../../core/readiness.js';
import type { OutletTrouble } from '../../core/routes.js';
import { Clock } from '../../infra/clock.js';
import { ReadinessService } from '../library/readiness.service.js';
import { type OutletCost, OutletCosts } from '../posts/outlet-costs.service.js';
import { OutletReadiness, type ToBeReady } from '../posts/outlet-readiness.service.js';
import { Gateways } from './gateways.service.js';
import { isSmsHour } from '../../core/sms-hours.js';
import { capObstacle, roadObstacle } from './sms-obstacles.js';
import { type SmsChannel, type SmsEstimate, SmsPreviews } from './sms-preview.service.js';
import { Spending } from './spending.service.js';

/** How a gateway does now says nothing of what leaves later than this. */
const NEAR_MS = 15 * MINUTE_MS;

/** Whether SMS could go out in another outlet's place, what they would cost, and how ready a client is for that. */
@Injectable()
export class SmsReadiness implements OnModuleInit {
  constructor(
    private readonly outlets: OutletReadiness,
    private readonly costs: OutletCosts,
    private readonly readiness: ReadinessService,
    private readonly database: DataSource,
    private readonly gateways: Gateways,
    private readonly previews: SmsPreviews,
    private readonly spending: Spending,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.outlets.register('sms', (workspaceId, asked, at) => this.troubles(workspaceId, asked, at));
    this.costs.register('sms', (workspaceId, asked, at) => this.cost(workspaceId, asked, at));
    this.readiness.register('sms', (workspaceId, clientId) => this.fact(workspaceId, clientId));
  }

  /** One channel after the other, each looked at once for all posts that ask. */
  private async troubles(workspaceId: string, asked: readonly ToBeReady[], at: Instant): Promise<readonly (OutletTrouble | null)[]> {
    const found = new Map<ToBeReady, OutletTrouble | null>();
    for (const channelId of new Set(asked.map((one) => one.channelId))) {
      const mine = asked.filter((one) => one.channelId === channelId);
      const channel = await this.previews.channel(workspaceId, channelId);
      const estimates = channel && (await this.previews.estimates(channel, mine.map(toEstimate), at));
      for (const [n, one] of mine.entries()) found.set(one, this.trouble(channel, estimates?.[n]));
    }
    return asked.map((one) => found.get(one) ?? null);
  }

  private trouble(channel: SmsChannel | null, estimate: SmsEstimate | undefined): OutletTrouble | null {
    if (channel === null || estimate === undefined) return 'account';
    const { lists, reckoned, budget, open, currency, at } = estimate;
    if ('obstacle' in lists) return 'account';
    if (lists.lists.some(({ coversFallback }) => !coversFallback)) return 'not-covered';
    // They have it by this outlet or another one: what falls later joins what the first began.
    if (reckoned === null || (reckoned.people === 0 && reckoned.alreadyReached === 0)) return 'nobody';
    const road = roadObstacle(open, channel.kind);
    if (road !== null) return road;
    if (open?.isDown() && at - this.clock.now() < NEAR_MS) return 'down';
    if (open && open.trouble !== null) return 'account';
    const cap = channel.kind === 'live' ? capObstacle(budget, currency) : null;
    if (cap !== null) return cap.obstacle;
    if (channel.kind === 'live' && reckoned.costMinor > budget.leftMinor) return 'over-cap';
    return isSmsHour(channel.day, at) ? null : 'night';
  }

  private async cost(workspaceId: string, asked: ToBeReady, at: Instant): Promise<OutletCost | null> {
    const channel = await this.previews.channel(workspaceId, asked.channelId);
    if (!channel || asked.parts.length === 0) return null;
    const { reckoned, currency } = await this.previews.estimate(channel, { ...toEstimate(asked), at });
    return reckoned === null || currency === null ? null : { people: reckoned.people, minor: reckoned.costMinor, currency };
  }

  private async fact(workspaceId: string, clientId: string): Promise<ReadinessFact | null> {
    const [row]: { kind: 'live' | 'demo' }[] = await this.database.query(
      `SELECT w.kind FROM workspaces w WHERE w.id = $1 AND (EXISTS (SELECT FROM phone_gateways WHERE workspace_id = $1)
         OR EXISTS (SELECT FROM channels WHERE workspace_id = $1 AND client_id = $2 AND connector_id = 'sms' AND archived_at IS NULL))`, [workspaceId, clientId]);
    if (!row) return null;
    if (row.kind === 'demo') return { kind: 'sms', lacks: [] };
    const open = await this.gateways.open(workspaceId);
    const currency = open?.currency ?? null;
    const budget = await this.spending.budget(workspaceId, clientId, { currency, now: this.clock.now() });
    const cap = capObstacle(budget, currency)?.obstacle ?? (budget.leftMinor > 0 ? null : 'over-cap');
    const lacks: readonly (SmsLack | null)[] = [roadObstacle(open, row.kind), cap];
    return { kind: 'sms', lacks: lacks.filter((lack) => lack !== null) };
  }
}

/** Of what it really says. */
const toEstimate = ({ channelId, postId, parts: [part] }: ToBeReady) => ({ channelId, text: part?.text ?? '', link: part?.link ?? null, postId });
