import { Inject, Injectable } from '@nestjs/common';
import { isInside } from '../../core/day.js';
import type { Decision, OrElse } from '../../core/failover.js';
import type { Routes } from '../../core/failover-policy.js';
import { MINUTE_MS } from '../../core/instant.js';
import { hasMedia } from '../../core/part.js';
import { chooseRoute, type Outlet, type OutletTrouble } from '../../core/routes.js';
import { timeWordOf } from '../../core/time-words.js';
import { TIMES, type Times } from '../../core/times.js';
import type { VerdictState } from '../../core/verdict.js';
import { HealthService } from '../health/health.service.js';
import { ClaimsService } from '../posts/claims.service.js';
import type { DueDelivery } from '../posts/dues.service.js';
import { OutletReadiness } from '../posts/outlet-readiness.service.js';
import { OutletsOfPosts, type PossibleOutlet } from '../posts/outlets.service.js';
import { ReroutesService } from '../posts/reroutes.service.js';
import { SlotMoves } from '../posts/slot-moves.service.js';

/** Whether a way out is open by now is looked at this often. */
const WAYS_AGAIN_MS = 15 * MINUTE_MS;

const shut: readonly VerdictState[] = ['down', 'maintenance'];

/** Sends elsewhere what cannot go out on its own platform, by the first set of outlets that can be used (DESIGN §8). */
@Injectable()
export class WaysOutService {
  constructor(
    private readonly outlets: OutletsOfPosts,
    private readonly readiness: OutletReadiness,
    private readonly health: HealthService,
    private readonly reroutes: ReroutesService,
    private readonly slots: SlotMoves,
    private readonly claims: ClaimsService,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** @returns what to do instead on its own platform; null = it is done */
  async reroute(due: DueDelivery, { code, orElse }: Extract<Decision, { kind: 'reroute' }>): Promise<Extract<OrElse, { kind: 'deliver' }> | null> {
    const outlets = await this.of(due, due.policy.routes);
    const chosen = chooseRoute(due.policy.routes, outlets);
    if (!chosen) return this.stay(due, orElse, outlets);
    await this.reroutes.reroute(due, {
      reason: { code, detail: namesOf(chosen) }, after: due.policy.afterReroute, ways: chosen, day: dayOf(due), now: due.readAt,
    });
    return null;
  }

  /** To the next free slot; where there is none a person decides. */
  async toNextSlot(due: DueDelivery): Promise<void> {
    if (await this.slots.move(due)) return;
    await this.claims.hold({ ...due, hold: 'late', until: null, reason: { code: 'late-limit-passed' } });
  }

  /** All that these sets name and its client has, each with what stands in its way now. */
  async of(due: Pick<DueDelivery, 'workspaceId' | 'clientId' | 'postId' | 'dueAt' | 'readAt' | 'zone' | 'dayFrom' | 'dayTo'>, routes: Routes): Promise<readonly (PossibleOutlet & Outlet)[]> {
    const possible = await this.outlets.of(due, routes);
    const unready = await this.readiness.of(due.workspaceId, possible, due.readAt);
    const night: OutletTrouble | null = isInside(dayOf(due), due.readAt) ? null : 'night';
    const isLate = due.readAt - due.dueAt > this.times.absentMs;
    const spoken = ({ parts }: PossibleOutlet): OutletTrouble | null => (isLate && timeWordOf(parts.map(({ text }) => text)) !== null ? 'words-of-time' : null);
    return possible.map((outlet) => ({ ...outlet, trouble: outlet.trouble ?? spoken(outlet) ?? this.verdictOn(outlet) ?? night ?? unready.get(outlet.channelId) ?? null }));
  }

  private verdictOn({ componentId, parts }: PossibleOutlet): OutletTrouble | null {
    const { state, impaired } = this.health.verdict(componentId, parts.some(hasMedia) ? 'media' : 'text');
    return shut.includes(state) || impaired ? 'down' : null;
  }

  private async stay(due: DueDelivery, orElse: OrElse, outlets: readonly Outlet[]): Promise<Extract<OrElse, { kind: 'deliver' }> | null> {
    if (orElse.kind === 'deliver') return orElse;
    const reason = { code: orElse.code, ...(orElse.code === 'no-way-out' ? { detail: namesOf(outlets) } : {}) };
    if (outlets.some(({ trouble }) => trouble === 'words-of-time')) {
      await this.claims.hold({ ...due, hold: 'late', until: null, reason: { code: 'words-of-time', ...(due.timeWord === null ? {} : { detail: due.timeWord }) } });
    } else if (orElse.kind === 'miss') await this.claims.miss({ ...due, reason });
    // An outlet may come back, and a night ends.
    else await this.claims.hold({ ...due, hold: orElse.reason, until: orElse.until ?? due.readAt + WAYS_AGAIN_MS, reason });
    return null;
  }
}

export const dayOf = ({ zone, dayFrom, dayTo }: Pick<DueDelivery, 'zone' | 'dayFrom' | 'dayTo'>) => ({ zone, from: dayFrom, to: dayTo });

export const namesOf = (outlets: readonly Outlet[]): string => outlets.map(({ name }) => name).join(', ');
