import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { isInside, nextOpening } from '../../core/day.js';
import { decide, type Decision } from '../../core/failover.js';
import type { ReasonCode } from '../../core/reason.js';
import type { Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { HealthService } from '../health/health.service.js';
import { ClaimsService } from '../posts/claims.service.js';
import { type DueDelivery, DuesService } from '../posts/dues.service.js';
import { OutletNeeds } from '../posts/outlet-needs.service.js';
import { ComponentSlots, SLOTS_PER_COMPONENT } from './component-slots.js';
import { DrainService } from './drain.service.js';
import { EarlierLifeService } from './earlier-life.service.js';
import { PreparesService } from './prepares.service.js';
import { SenderService } from './sender.service.js';
import { WaysOutService } from './ways-out.service.js';
import { TIMES } from '../../core/times.js';

/** A delivery put back waits this many times `paceMs` at most. */
const CROWD_AT_MOST = 10;

/** What happens when a bell rings: read, decide, and take the one step the decision names (DESIGN §6). */
@Injectable()
export class DispatchService {
  private readonly slots = new ComponentSlots(SLOTS_PER_COMPONENT);

  constructor(
    private readonly dues: DuesService,
    private readonly claims: ClaimsService,
    private readonly prepares: PreparesService,
    private readonly drain: DrainService,
    private readonly earlierLife: EarlierLifeService,
    private readonly sender: SenderService,
    private readonly waysOut: WaysOutService,
    private readonly needs: OutletNeeds,
    private readonly health: HealthService,
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  async run(deliveryId: string): Promise<void> {
    const due = await this.dues.read(deliveryId);
    if (!due) return; // cancelled, moved away, or already out

    const decision = await this.decide(due);
    const said = decision.kind === 'hold' ? saidOf(due, decision.code) : due.channelDetail;
    const detail = said === null ? {} : { detail: said };
    switch (decision.kind) {
      case 'leave':
        return;
      case 'wait':
        return this.claims.ringAnew(due.id);
      case 'hold':
        if (decision.code === 'by-hand' && (await this.isPutOff(due))) return;
        await this.claims.hold({ ...due, hold: decision.reason, until: decision.until, reason: { code: decision.code, ...detail }, ...(decision.rerouteAt !== undefined && { rerouteAt: decision.rerouteAt }) });
        return;
      case 'skip':
        await this.claims.skip({ ...due, reason: { code: decision.code } });
        return;
      case 'miss':
        await this.claims.miss({ ...due, reason: { code: decision.code, ...detail } });
        return;
      case 'reroute': {
        const instead = await this.waysOut.reroute(due, decision);
        return instead ? this.deliver(due, instead) : undefined;
      }
      case 'next-slot':
        return this.waysOut.toNextSlot(due);
      case 'deliver':
        return this.deliver(due, decision);
    }
  }

  /** What would leave later by another way leaves in time for everybody there; only then it is asked how long that takes. */
  private async decide(due: DueDelivery): Promise<Decision> {
    const verdict = this.health.verdict(due.componentId, due.hasMedia ? 'media' : 'text');
    const decision = decide(due, verdict, due.readAt, this.times);
    if (decision.kind !== 'hold' || decision.rerouteAt === undefined) return decision;
    return decide({ ...due, needsMs: await this.needs.of(due.workspaceId, due.policy.routes) }, verdict, due.readAt, this.times);
  }

  /** Nobody is asked at night for what is late. A person's own “not now”, or their “go”, is kept whatever the hour. */
  private async isPutOff(due: DueDelivery): Promise<boolean> {
    const day = { zone: due.zone, from: due.dayFrom, to: due.dayTo };
    if (due.readAt - due.dueAt <= this.times.lateMs || due.released || due.holdReason === 'ask' || isInside(day, due.readAt)) return false;
    await this.claims.hold({ ...due, hold: 'pace', until: nextOpening(day, due.readAt), reason: { code: 'pace' } });
    return true;
  }

  private async deliver(due: DueDelivery, how: { readonly late: boolean; readonly alone: boolean }): Promise<void> {
    if (how.late && !(await this.drain.mayGo(due))) return;
    if (!this.slots.take(due.componentId)) return this.putBack(due);
    this.slots.letIn(due.componentId, due.id);
    const holder = uuid(); // not the worker's: one whose lease ran out must not give back what the next one holds
    try {
      if (how.alone && !(await this.claims.takeComponentSlot(due.componentId, holder, this.times.leaseMs))) return await this.putBack(due);
      try {
        await this.deliverInSlot(due);
      } finally {
        if (how.alone) await this.claims.giveComponentSlotBack(due.componentId, holder);
      }
    } finally {
      this.slots.giveBack(due.componentId);
    }
  }

  private async deliverInSlot(due: DueDelivery): Promise<void> {
    const early = due.readyAt - due.readAt;
    if (early > 0) await this.clock.sleep(early); // a bell up to 2 s early waits (§6.3)

    if (due.lookBackTo !== null && !(await this.earlierLife.hasNot(due, due.lookBackTo))) return;
    if (!(await this.prepares.makeReady(due))) return;

    const age = this.clock.startAge(); // from before the UPDATE is sent (§6.3)
    const flight = await this.claims.claim(due, { workerId: this.heartbeat.workerId, leaseMs: this.times.leaseMs, earlyMs: this.times.earlyMs });
    if (!flight) return; // something changed: the next bell decides anew
    // Whoever saw that it did not come out may have posted it themselves (DESIGN §8).
    const lookFirst = due.beforeArming || due.followsSince !== null || due.readAt - due.dueAt > this.times.lateMs;
    await this.sender.send(flight, age, { lookFirst, lookSince: due.followsSince, canary: due.canary, healthy: due.healthy });
  }

  /** A full component never waits in a slot (§6.9). The more wait for it, the later each asks again: asking costs as well. */
  private async putBack(due: DueDelivery): Promise<void> {
    const crowd = Math.min(CROWD_AT_MOST, this.slots.turnedAway(due.componentId, due.id));
    const until = due.readAt + this.times.paceMs * crowd * (0.5 + Math.random());
    await this.claims.hold({ ...due, hold: 'pace', until, reason: { code: 'crowded' } });
  }
}

/** What the reason of a hold names beside itself. */
function saidOf({ timeWord, placeName, channelDetail }: DueDelivery, code: ReasonCode): string | null {
  if (code === 'by-hand') return placeName;
  return code === 'words-of-time' && timeWord !== null ? timeWord : channelDetail;
}
