import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { isCollected } from '../../connectors/registry.js';
import { endOf } from '../../core/day.js';
import { decide, type Decision, type OrElse, takesAlongUntil } from '../../core/failover.js';
import type { Routes } from '../../core/failover-policy.js';
import { type Instant, MINUTE_MS, SECOND_MS } from '../../core/instant.js';
import { hasMedia } from '../../core/part.js';
import { chooseRoute, type Outlet, type OutletTrouble, passedOver } from '../../core/routes.js';
import { timeWordOf } from '../../core/time-words.js';
import { TIMES, type Times } from '../../core/times.js';
import type { VerdictState } from '../../core/verdict.js';
import { HealthService } from '../health/health.service.js';
import { ClaimsService } from '../posts/claims.service.js';
import { type DueDelivery, DuesService } from '../posts/dues.service.js';
import { OutletReadiness, type Way } from '../posts/outlet-readiness.service.js';
import { OutletsOfPosts, type PossibleOutlet } from '../posts/outlets.service.js';
import { type PassedOver, PassedOverOutlets } from '../posts/passed-over.service.js';
import { type Companion, ReroutesService } from '../posts/reroutes.service.js';
import { SlotMoves } from '../posts/slot-moves.service.js';

/** Whether a way out is open by now is looked at this often; the sooner, the less time is left. */
const WAYS_AGAIN_MS = 15 * MINUTE_MS;
const WAYS_AGAIN_LEAST_MS = 30 * SECOND_MS;
/** So many looks at least in what is left. */
const LOOKS_LEFT = 5;

type Wayfaring = Pick<DueDelivery, 'workspaceId' | 'clientId' | 'postId' | 'dueAt' | 'readAt' | 'zone' | 'dayFrom' | 'dayTo'>;

const shut: readonly VerdictState[] = ['down', 'maintenance'];

/** Sends elsewhere what cannot go out on its own platform, by the first set of outlets that can be used (DESIGN §8). */
@Injectable()
export class WaysOutService {
  private readonly turns = new Map<string, Promise<void>>();

  constructor(
    private readonly outlets: OutletsOfPosts,
    private readonly readiness: OutletReadiness,
    private readonly health: HealthService,
    private readonly passed: PassedOverOutlets,
    private readonly reroutes: ReroutesService,
    private readonly slots: SlotMoves,
    private readonly claims: ClaimsService,
    private readonly dues: DuesService,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** @returns what to do instead on its own platform; null = it is done */
  async reroute(due: DueDelivery, { code, orElse }: Extract<Decision, { kind: 'reroute' }>): Promise<Extract<OrElse, { kind: 'deliver' }> | null> {
    const outlets = await this.of(due, due.policy.routes);
    const chosen = chooseRoute(due.policy.routes, outlets);
    if (!chosen) return this.stay(due, orElse, outlets);
    const overCap = overCapOf(due, outlets, { chosen });
    const terms = { reason: { code, detail: namesOf(chosen) }, after: due.policy.afterReroute, ways: chosen, day: dayOf(due), now: due.readAt, also: (manager: EntityManager) => this.passed.tell(overCap, manager) };
    if (chosen.some(({ connectorId }) => isCollected(connectorId))) {
      await this.inTurn(due.clientId, async () => {
        // Taken along meanwhile: what the first one read for all is not read again by each.
        if ((await this.dues.read(due.id))?.version === due.version) await this.reroutes.reroute(due, terms, await this.along(due, chosen));
      });
    } else await this.reroutes.reroute(due, terms);
    return null;
  }

  /** Bells of one client that ring at once, one after the other: whoever waits here holds no connection. */
  private async inTurn(clientId: string, work: () => Promise<void>): Promise<void> {
    const mine = (this.turns.get(clientId) ?? Promise.resolve()).then(work);
    const settled = mine.catch(() => undefined);
    this.turns.set(clientId, settled);
    try {
      await mine;
    } finally {
      if (this.turns.get(clientId) === settled) this.turns.delete(clientId);
    }
  }

  /**
   * Of one message a day the brand's posts share: what would take that way too leaves with this one, and is in it. What leaves
   * later, or comes back to its platform before, has no part in it.
   */
  private async along(due: DueDelivery, chosen: readonly Way[]): Promise<readonly Companion[]> {
    const collecting = chosen.filter(({ connectorId }) => isCollected(connectorId));
    if (collecting.length === 0) return [];
    const shared = new Set(collecting.map(({ channelId }) => channelId));
    const until = takesAlongUntil(due, dayOf(due), due.readAt);
    const ids = await this.reroutes.mayLeaveToo(due, { channelIds: [...shared], connectorIds: collecting.map(({ connectorId }) => connectorId), absentMs: this.times.absentMs });
    const others = await Promise.all(ids.map((id) => this.dues.read(id)));
    const leaving = others.flatMap((other) => {
      const code = other && this.leavesBy(other, until);
      return other && code ? [{ other, code }] : [];
    });
    const found = await this.ofMany(leaving.map(({ other }) => ({ due: other, routes: other.policy.routes })));
    return leaving.flatMap(({ other, code }, at): Companion[] => {
      const ways = chooseRoute(other.policy.routes, found[at] ?? []);
      return ways?.some(({ channelId }) => shared.has(channelId)) ? [{ leaving: other, reason: { code, detail: namesOf(ways) }, after: other.policy.afterReroute, ways }] : [];
    });
  }

  /** Whether it would leave its platform by then if nothing changes, and why; as its own bell would have it decided. */
  private leavesBy(other: DueDelivery, until: Instant): Extract<Decision, { kind: 'reroute' }>['code'] | null {
    const verdict = this.health.verdict(other.componentId, other.hasMedia ? 'media' : 'text');
    const decision = decide({ ...other, readyAt: other.readAt }, verdict, other.readAt, this.times);
    if (decision.kind === 'reroute') return decision.code;
    if (decision.kind !== 'hold' || decision.rerouteAt === undefined || decision.rerouteAt > until) return null;
    return decision.reason === 'outage' ? 'rerouted-outage' : 'rerouted-late';
  }

  /** To the next free slot; where there is none a person decides. */
  async toNextSlot(due: DueDelivery): Promise<void> {
    if (await this.slots.move(due)) return;
    await this.claims.hold({ ...due, hold: 'late', until: null, reason: { code: 'late-limit-passed' } });
  }

  /**
   * All that these sets name and its client has, each with what stands in its way.
   * @param ahead as it will be then; left out: now
   */
  async of(due: Wayfaring, routes: Routes, ahead?: Instant): Promise<readonly Way[]> {
    return (await this.ofMany([{ due, routes }], ahead))[0] ?? [];
  }

  /** As `of`, of several of one client at once. */
  private async ofMany(asked: readonly { readonly due: Wayfaring; readonly routes: Routes }[], ahead?: Instant): Promise<readonly (readonly Way[])[]> {
    const [first] = asked;
    if (!first) return [];
    const { workspaceId, readAt } = first.due;
    const byPost = await this.outlets.ofMany(workspaceId, asked.map(({ due: { postId }, routes }) => ({ postId, routes })));
    const leaving = asked.map(({ due }) => ({ postId: due.postId, dueAt: due.dueAt, day: dayOf(due), outlets: byPost.get(due.postId) ?? [] }));
    // How an outlet does now says nothing of then.
    return this.readiness.judged(workspaceId, leaving, { at: ahead ?? readAt, absentMs: this.times.absentMs, ...(ahead === undefined && { verdictOn: (outlet) => this.verdictOn(outlet) }) });
  }

  private verdictOn({ componentId, parts }: PossibleOutlet): OutletTrouble | null {
    const { state, impaired } = this.health.verdict(componentId, parts.some(hasMedia) ? 'media' : 'text');
    return shut.includes(state) || impaired ? 'down' : null;
  }

  private async stay(due: DueDelivery, orElse: OrElse, outlets: readonly Way[]): Promise<Extract<OrElse, { kind: 'deliver' }> | null> {
    if (orElse.kind === 'deliver') return orElse;
    const reason = { code: orElse.code, ...(orElse.code === 'no-way-out' ? { detail: namesOf(outlets) } : {}) };
    let isDone: boolean;
    let isMissed = false;
    if (outlets.some(({ trouble }) => trouble === 'words-of-time')) {
      const word = due.timeWord ?? timeWordOf(outlets.flatMap(({ parts }) => parts.map(({ text }) => text)));
      isDone = await this.claims.hold({ ...due, hold: 'late', until: null, reason: { code: 'words-of-time', ...(word === null ? {} : { detail: word }) } });
    } else if (orElse.kind === 'miss') {
      isDone = await this.claims.miss({ ...due, reason });
      isMissed = true;
      // An outlet may come back, and a night ends.
    } else isDone = await this.claims.hold({ ...due, hold: orElse.reason, until: orElse.until ?? lookAgainAt(due), reason });
    if (isDone) await this.passed.tell(overCapOf(due, outlets, { chosen: null, isMissed }));
    return null;
  }
}

/** Those it would have left by, had their limit not been used up. */
function overCapOf(
  { id, workspaceId, clientId, postId, policy: { routes } }: DueDelivery, outlets: readonly Way[], { chosen, isMissed = false }: { readonly chosen: readonly Way[] | null; readonly isMissed?: boolean },
): readonly PassedOver[] {
  const instead = (chosen ?? []).map(({ name }) => name);
  return passedOver(routes, outlets, chosen).filter(({ trouble }) => trouble === 'over-cap').map((outlet) => ({ workspaceId, clientId, postId, deliveryId: id, outlet, instead, isMissed }));
}

/** Its limit, or the end of the day, is the end of all ways. */
function lookAgainAt(due: DueDelivery): Instant {
  const left = Math.min(due.deadlineAt, endOf(due.day, due.readAt)) - due.readAt;
  return due.readAt + Math.max(WAYS_AGAIN_LEAST_MS, Math.min(WAYS_AGAIN_MS, left / LOOKS_LEFT));
}

export const dayOf = ({ zone, dayFrom, dayTo }: Pick<DueDelivery, 'zone' | 'dayFrom' | 'dayTo'>) => ({ zone, from: dayFrom, to: dayTo });

export const namesOf = (outlets: readonly Outlet[]): string => outlets.map(({ name }) => name).join(', ');
