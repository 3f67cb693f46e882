import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { connectors } from '../../connectors/registry.js';
import { advance, CAP_SHARE, type Flow, spend, startFlow } from '../../core/aimd.js';
import { partsOf } from '../../core/component.js';
import { defaultLatePace, followsAtOnce, mayGoAt } from '../../core/drain.js';
import { type Instant, MINUTE_MS, SECOND_MS } from '../../core/instant.js';
import { TIMES, type Times } from '../../core/times.js';
import { takeTurns, turnTimes } from '../../core/turns.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { Lease, LeaseLostError, RENEW_EVERY_MS } from '../../infra/lease.js';
import { Loop } from '../../infra/loop.js';
import { HealthService } from '../health/health.service.js';
import { BellsService } from '../posts/bells.service.js';
import { DrainQueue, type Head, type Kinds } from '../posts/drain-queue.service.js';
import { DrainsService } from '../posts/drains.service.js';

/** No more under way than leave in so many seconds: a platform that hangs is not filled up. */
const UNDER_WAY_S = 10;

interface Passage {
  readonly componentId: string;
  readonly shut: Kinds;
  /** One under way at a time. */
  readonly alone: boolean;
  /** Late posts a second that the platform allows; null = not known. */
  readonly limit: number | null;
  /** So many under way, all of them late, would still not break its limit. */
  readonly mostUnderWay: number;
}

/** A channel whose next late post waits for an hour that is known. */
interface Put {
  readonly head: Head;
  readonly at: Instant;
  readonly gapMs: number;
}

/** The drain's leader: once a second it sees what came of the turns it gave, and gives the next ones (DESIGN §8). */
@Injectable()
export class DrainRounds implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Drain');
  private readonly lease: Lease;
  private readonly loop: Loop;
  private leasedAt = -Infinity;
  /** null = not the leader. */
  private epoch: string | null = null;
  /** When people were last told the hours, by component. */
  private readonly toldAt = new Map<string, number>();
  /** Bells on their way to the queue: no round waits for them. */
  private readonly ringing = new Set<Promise<void>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly drains: DrainsService,
    private readonly queue: DrainQueue,
    private readonly health: HealthService,
    private readonly bells: BellsService,
    private readonly clock: Clock,
    heartbeat: Heartbeat,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ROLES'>,
    @Inject(TIMES) private readonly times: Times,
  ) {
    this.lease = new Lease(dataSource, 'drain', heartbeat.workerId);
    this.loop = new Loop('Drain', times.drainEveryMs, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('watch')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    await Promise.all(this.ringing);
    if (this.epoch !== null) await this.lease.giveBack().catch(() => undefined);
  }

  /** One round over all components; what goes wrong at one of them stops no other. */
  async round(): Promise<void> {
    if (!(await this.leads())) return;
    const paused = await this.dataSource.query<unknown[]>('SELECT 1 FROM installation WHERE paused_at IS NOT NULL');
    if (paused.length > 0) return;
    const components = await this.drains.components();
    for (const componentId of components) {
      try {
        this.ring(await this.dataSource.transaction((manager) => this.tend(manager, this.passageOf(componentId))));
      } catch (error) {
        if (error instanceof LeaseLostError) {
          this.epoch = null;
          return;
        }
        this.logger.warn(`${componentId}: late posts wait, it is tried again: ${String(error)}`);
      }
    }
    for (const known of this.toldAt.keys()) if (!components.includes(known)) this.toldAt.delete(known);
  }

  /** After the commit; what the queue does not take the planner rings. */
  private ring(ids: readonly string[]): void {
    const done: Promise<void> = this.bells.ring(ids).finally(() => this.ringing.delete(done));
    this.ringing.add(done);
  }

  private async leads(): Promise<boolean> {
    if (this.epoch !== null && this.clock.monotonic() - this.leasedAt < RENEW_EVERY_MS) return true;
    this.epoch = await this.lease.take();
    this.leasedAt = this.clock.monotonic();
    return this.epoch !== null;
  }

  private passageOf(componentId: string): Passage {
    const verdicts = { texts: this.health.verdict(componentId, 'text'), media: this.health.verdict(componentId, 'media') };
    const isShut = ({ state }: { readonly state: string }): boolean => state === 'down' || state === 'maintenance';
    const appLimit = connectors.find(({ id }) => id === partsOf(componentId).platform)?.appLimit;
    return {
      componentId,
      shut: { texts: isShut(verdicts.texts), media: isShut(verdicts.media) },
      alone: Object.values(verdicts).some(({ state }) => state === 'recovering' || state === 'suspect' || state === 'unknown'),
      limit: appLimit ? (appLimit.posts * SECOND_MS) / appLimit.perMs : null,
      mostUnderWay: appLimit ? Math.max(1, Math.floor((1 - CAP_SHARE) * appLimit.posts)) : Infinity,
    };
  }

  /** @returns whose bells to ring after the commit */
  private async tend(manager: EntityManager, passage: Passage): Promise<readonly string[]> {
    const { componentId, limit } = passage;
    await this.lease.guard(manager);
    const { now, drain } = await this.drains.read(manager, componentId);
    const { open, ...seen } = await this.drains.settle(manager, componentId, this.times.turnMs);
    // One that nobody led for long tells nothing of the platform of now.
    const known = drain && now - drain.flow.at < this.times.turnMs ? drain : { flow: startFlow(now, limit, this.times), credits: {} };
    const flow = advance(known.flow, seen, { now, limit, burst: passage.mostUnderWay - open, pace: this.times });

    const heads = await this.queue.heads(manager, componentId, this.times.absentMs);
    const gated = heads.filter((head) => head.gated).map(({ channelId }) => channelId);
    const woken = await this.queue.wake(manager, componentId, { channelIds: gated, shut: passage.shut });
    const put = heads.filter(({ id }) => !woken.includes(id)).map((head) => ({ head, ...this.openingFor(head, now) }));
    const ready = put.filter(({ at }) => at <= now).map(({ head }) => head);

    const underWay = passage.alone ? 1 : Math.min(passage.mostUnderWay, Math.ceil(UNDER_WAY_S * flow.rate) + 1);
    const room = Math.max(0, Math.min(ready.length, underWay - open));
    const { chosen, credits } = takeTurns(ready, known.credits, Math.min(room, Math.floor(flow.tokens)));
    const spread = chosen.length === 0 ? 0 : this.times.drainEveryMs / chosen.length; // a platform counts by the second as well
    const given = await this.queue.give(manager, componentId, chosen.map(({ id }, i) => ({ id, inMs: i * spread })));
    await this.foretell(manager, componentId, put.filter(({ at }) => at > now));

    const isQuiet = heads.length === 0 && open === 0 && known.flow.good + known.flow.bad + seen.good + seen.bad === 0;
    if (isQuiet && flow.steppedAt === now && drain) await this.drains.end(manager, componentId);
    else await this.save(manager, componentId, { flow: spend(flow, { given: given.length, pressed: room > Math.floor(flow.tokens) }), credits });
    return [...woken, ...given];
  }

  private async save(manager: EntityManager, componentId: string, drain: { readonly flow: Flow; readonly credits: Readonly<Record<string, number>> }): Promise<void> {
    await this.drains.save(manager, { componentId, epoch: this.epoch ?? '0', drain });
  }

  private openingFor(head: Head, now: Instant): { readonly at: Instant; readonly gapMs: number } {
    const { dueAt, released, zone, dayFrom, dayTo, pace, plannedAt, lateAt, own } = head;
    const day = { zone, from: dayFrom, to: dayTo };
    const late = { dueAt, follows: followsAtOnce(head, day), released, pace: { ...defaultLatePace, ...pace }, plannedAt: plannedAt ?? [], day };
    return mayGoAt(late, { at: lateAt, own }, { now, times: this.times });
  }

  /** The hours of all that waits for its channel are written down, for people to read: where they changed, and all now and then. */
  private async foretell(manager: EntityManager, componentId: string, waiting: readonly Put[]): Promise<void> {
    const isTime = this.clock.monotonic() - (this.toldAt.get(componentId) ?? -Infinity) >= this.times.drainStepMs;
    const put = isTime ? waiting : waiting.filter(({ head, at }) => isNews(head.toldAt, at));
    if (isTime) this.toldAt.set(componentId, this.clock.monotonic());
    if (put.length === 0) return;
    const behind = await this.queue.behind(manager, componentId, { channelIds: put.map(({ head }) => head.channelId), absentMs: this.times.absentMs });
    const news = put.flatMap(({ head, at, gapMs }) => {
      const mine = behind.filter(({ channelId }) => channelId === head.channelId);
      const times = turnTimes({ from: at, gapMs, day: { zone: head.zone, from: head.dayFrom, to: head.dayTo }, count: mine.length });
      return mine.flatMap(({ id, at: told }, i) => (isNews(told, times[i] ?? told) ? [{ id, at: times[i] ?? told }] : []));
    });
    await this.queue.foretell(manager, news);
  }
}

const isNews = (told: Instant, at: Instant): boolean => Math.abs(told - at) > MINUTE_MS;
