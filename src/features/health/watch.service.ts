import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { partsOf } from '../../core/component.js';
import { step } from '../../core/detector.js';
import { type DetectorConfig, detectorConfig } from '../../core/detector-config.js';
import { anew, initial, restored } from '../../core/detector-state.js';
import type { Signal } from '../../core/signal.js';
import { verdict } from '../../core/story.js';
import { wants } from '../../core/wants.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { Outgoing } from '../../infra/http/outgoing.js';
import { Lease, LeaseLostError, RENEW_EVERY_MS } from '../../infra/lease.js';
import { Loop } from '../../infra/loop.js';
import type { UsedComponent } from '../channels/channel-components.service.js';
import { BellsService } from '../posts/bells.service.js';
import { OutagesService } from '../posts/outages.service.js';
import { AnnouncementsService } from './announcements.service.js';
import { CanariesService } from './canaries.service.js';
import { ComponentNews, unsaid } from './component-news.service.js';
import { ComponentRows, type Kept } from './component-rows.service.js';
import { EVERY_COMPONENT } from './health.service.js';
import { OfficialService } from './official.service.js';
import { OutletsService } from './outlets.service.js';
import { ProbesService } from './probes.service.js';
import { SurroundingsService } from './surroundings.service.js';
import { WitnessesService } from './witnesses.service.js';

/** Every timed change of the detector hangs on its tick (DESIGN §7). */
const TICK_EVERY_MS = 1_000;
/**
 * Signals taken up in one round, give or take a batch: some ten megabytes, judged well before the database ends a
 * transaction that says nothing (lease.ts). A backlog is taken up in several.
 */
const SIGNALS = 50_000;
/** And batches, looked at to count them. */
const BATCHES = 500;
/** With nothing new a component's state is written this often, so that a restart finds it fresh. */
const KEEP_EVERY_MS = 15_000;
/** Verdicts under which deliveries are held. */
const shut = new Set(['down', 'maintenance']);

/** The detector's numbers, handed in so that a test may have others. */
export const DETECTOR = Symbol('detector');

/** The watch leader: takes up what was seen, ticks the detectors, writes the verdicts, and does what they want done. */
@Injectable()
export class HealthWatchService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('HealthWatch');
  private readonly lease: Lease;
  private readonly loop: Loop;
  private leasedAt = -Infinity;
  private takes = SIGNALS;
  private epoch: string | null = null;
  /** null = not the leader. */
  private components: ReadonlyMap<string, Kept> | null = null;
  private readonly keptAt = new Map<string, number>();
  /** What this process's own probes and looks saw since the last round. */
  private seen: (readonly [string, Signal])[] = [];
  private readonly errands = new Set<Promise<void>>();
  private readonly busy = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly rows: ComponentRows,
    private readonly surroundings: SurroundingsService,
    private readonly probes: ProbesService,
    private readonly witnesses: WitnessesService,
    private readonly official: OfficialService,
    private readonly announcements: AnnouncementsService,
    private readonly outlets: OutletsService,
    private readonly canaries: CanariesService,
    private readonly news: ComponentNews,
    private readonly outages: OutagesService,
    private readonly bells: BellsService,
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
    heartbeat: Heartbeat,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ROLES'>,
    @Inject(DETECTOR) private readonly numbers: DetectorConfig = detectorConfig,
  ) {
    this.lease = new Lease(dataSource, 'health', heartbeat.workerId);
    this.loop = new Loop('Health watch', TICK_EVERY_MS, clock, (signal) => this.round(signal));
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('watch')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    await Promise.all(this.errands);
    if (this.components !== null) await this.lease.giveBack().catch(() => undefined);
  }

  /** One tick. Whatever goes wrong in it is not taken over: the next one begins with what is written. */
  async round(signal: AbortSignal): Promise<void> {
    if (!(await this.leads())) return;
    try {
      await this.tick(signal);
      this.takes = SIGNALS;
    } catch (error) {
      this.components = null;
      if (error instanceof LeaseLostError) return; // lost before anything was taken up
      this.takes = Math.ceil(this.takes / 2); // too much for this machine, perhaps: the same again would fail again
      throw error;
    }
  }

  private async leads(): Promise<boolean> {
    if (this.components !== null && this.clock.monotonic() - this.leasedAt < RENEW_EVERY_MS) return true;
    const epoch = await this.lease.take();
    this.leasedAt = this.clock.monotonic();
    if (epoch === null) this.seen = [];
    if (epoch !== this.epoch) this.components = null; // somebody else led meanwhile, or may have
    this.epoch = epoch;
    if (epoch !== null) this.components ??= await this.load();
    return epoch !== null;
  }

  private async load(): Promise<ReadonlyMap<string, Kept>> {
    this.announcements.forget();
    const rows = await this.rows.all();
    this.logger.log(`Watches ${rows.length} components.`);
    return new Map(rows.map(({ id, detector, said, canary }) => {
      const config = this.numbersOf(id); // the row does not keep them
      return [id, { state: restored({ ...detector, config }, config), said, canary }];
    }));
  }

  private numbersOf(id: string): DetectorConfig {
    return { ...this.numbers, guarded: !this.outgoing.isOwnGround(partsOf(id).host), hasShadow: this.probes.hasShadow(id) };
  }

  private async tick(signal: AbortSignal): Promise<void> {
    const before = this.components ?? new Map<string, Kept>();
    const around = await this.surroundings.read();
    const own = this.seen;
    const { after, bells, news } = await this.dataSource.transaction(async (manager) => {
      await this.lease.guard(manager);
      const taken = [...(await this.takeUp(manager)), ...own];
      const stepped = this.step(before, taken, around);
      const gone = [...before.keys()].filter((id) => !stepped.has(id));
      await this.rows.forget(manager, gone);
      const ring = [...(await this.canaries.tend(manager, stepped))];
      for (const [id, { state }] of stepped) {
        // Asked at each tick: a worker that had not yet read the news may hold one more.
        const open = { texts: !shut.has(verdict(state).state), media: !shut.has(verdict(state, 'media').state) };
        if (around.held.has(id) && (open.texts || open.media)) ring.push(...(await this.outages.release(manager, id, open)));
      }
      const changes = this.news.of(before, stepped);
      for (const [id, { said }] of changes) {
        const kept = stepped.get(id);
        if (kept && said) stepped.set(id, { ...kept, said });
      }
      await this.news.write(manager, changes);
      await this.rows.save(manager, this.worthWriting(before, stepped, taken));
      return { after: stepped, bells: ring, news: changes };
    });
    this.news.measure(news);
    this.components = after;
    this.seen = this.seen.slice(own.length);
    await this.bells.ring(bells);
    this.errand('official pages', async () => {
      await this.official.round(around.used);
      await this.announcements.round(around.used, (manager) => this.lease.guard(manager));
      return [];
    });
    for (const component of around.used) this.send(component, after.get(component.id), signal);
  }

  /** What the processes reported, oldest first; gone from the table only if this round is written. */
  private async takeUp(manager: EntityManager): Promise<(readonly [string, Signal])[]> {
    const [rows] = await manager.query<[{ id: string; signals: (readonly [string, Signal])[] }[], number]>(
      `DELETE FROM health_signals WHERE id IN (
         SELECT id FROM (SELECT id, amount, sum(amount) OVER (ORDER BY id) AS upto FROM (SELECT id, amount FROM health_signals ORDER BY id LIMIT ${BATCHES}) AS oldest) AS counted
          WHERE upto - amount < $1)
       RETURNING id, signals`,
      [this.takes],
    );
    return rows.toSorted((one, other) => Number(BigInt(one.id) - BigInt(other.id))).flatMap(({ signals }) => signals);
  }

  private step(before: ReadonlyMap<string, Kept>, taken: readonly (readonly [string, Signal])[], around: Awaited<ReturnType<SurroundingsService['read']>>): Map<string, Kept> {
    const now = this.clock.now();
    const after = new Map<string, Kept>();
    const signals = new Map<string, Signal[]>(around.used.map(({ id }) => [id, []]));
    for (const [to, one] of taken) for (const list of to === EVERY_COMPONENT ? signals.values() : toList(signals.get(to))) list.push(one);
    for (const { id, clients } of around.used) {
      const kept = before.get(id) ?? { state: initial(this.numbersOf(id)), said: unsaid, canary: null };
      let { state } = kept;
      try {
        for (const one of around.signals(id, before)) state = step(state, one, now);
        for (const one of signals.get(id) ?? []) state = step(state, 'clients' in one ? { ...one, clients } : one, now);
        state = step(state, { kind: 'tick', held: around.held.get(id) ?? 0, due: around.wanted.has(id) }, now);
      } catch (error) {
        this.logger.error(`${id} could not be judged: what was said of it stays, its evidence is dropped. All others are judged. Please report this: ${error instanceof Error ? error.stack : String(error)}`);
        state = anew(kept.state, now);
      }
      after.set(id, { ...kept, state });
    }
    return after;
  }

  /** Written is what signals or time changed, and now and then the rest. */
  private worthWriting(before: ReadonlyMap<string, Kept>, after: ReadonlyMap<string, Kept>, taken: readonly (readonly [string, Signal])[]): ReadonlyMap<string, Kept> {
    const now = this.clock.monotonic();
    const touched = new Set(taken.map(([id]) => id));
    const worth = [...after].filter(([id, kept]) => {
      const old = before.get(id);
      const changed = !old || touched.has(id) || old.canary !== kept.canary || old.state.canary !== kept.state.canary || old.said !== kept.said || old.state.phase !== kept.state.phase || JSON.stringify(verdict(old.state)) !== JSON.stringify(verdict(kept.state));
      return changed || now - (this.keptAt.get(id) ?? -Infinity) >= KEEP_EVERY_MS;
    });
    for (const [id] of worth) this.keptAt.set(id, now);
    return new Map(worth);
  }

  /** Probes and looks take their time; what they see is taken up by the next tick. */
  private send(component: UsedComponent, kept: Kept | undefined, signal: AbortSignal): void {
    if (!kept) return;
    const { probeEveryMs, shadowAt, looks, readBacks } = wants(kept.state);
    if (this.probes.isDue(component.id, probeEveryMs)) this.errand(`probe ${component.id}`, async () => toList(await this.probe(component, signal)).map((one) => [component.id, one]));
    if (this.probes.isShadowDue(component.id, shadowAt)) this.errand(`shadow ${component.id}`, async () => toList(await this.probes.shadow(component, signal)).map((one) => [component.id, one]));
    if (looks) this.errand(`looks ${component.id}`, async () => (await this.witnesses.ask(component, signal)).map((one) => [component.id, one]));
    if (readBacks) this.errand(`read-backs ${component.id}`, async () => this.witnesses.readBack(component, readBacks.downSince).then(() => []));
  }

  private probe(component: UsedComponent, signal: AbortSignal): Promise<Signal | null> {
    return this.outlets.has(component.id) ? this.outlets.probe(component.id, signal) : this.probes.probe(component, signal);
  }

  private errand(name: string, run: () => Promise<readonly (readonly [string, Signal])[]>): void {
    if (this.busy.has(name)) return;
    this.busy.add(name);
    const done: Promise<void> = run()
      .then((seen) => void this.seen.push(...seen), (error: unknown) => this.logger.warn(`${name}: ${String(error)}`))
      .finally(() => {
        this.busy.delete(name);
        this.errands.delete(done);
      });
    this.errands.add(done);
  }
}

function toList<T>(one: T | null | undefined): readonly T[] {
  return one === null || one === undefined ? [] : [one];
}
