import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { connectors } from '../../connectors/registry.js';
import { componentId as idOf, partsOf } from '../../core/component.js';
import { detectorConfig } from '../../core/detector-config.js';
import type { Signal } from '../../core/signal.js';
import type { Verdict } from '../../core/verdict.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { storable } from '../../infra/facts/fact-writer.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { Loop } from '../../infra/loop.js';
import { ComponentRows, type Told } from './component-rows.service.js';
import { OutletsService } from './outlets.service.js';
import { SelfGuardService } from './self-guard.service.js';

/** How often the verdicts are read anew (DESIGN §7). */
const READ_EVERY_MS = 500;
/** Signals of this long travel together. */
const SEND_EVERY_MS = 250;
/** With the database away they wait here; more would only be older. */
const WAITING_AT_MOST = 20_000;
/** So many of each component find room all the same: one that storms does not drown out the others. */
const FAIR_SHARE = 1_000;
const BATCH = 2_000;
/** With no leader to take them up they would pile up: what is older than the detector's window goes, looked for this often. */
const PRUNE_EVERY_MS = 60_000;

/** A component that is used no more leaves no newer row behind: whether all are still there is looked for this often. */
const WEED_EVERY_MS = 60_000;

/** To every component: what a process says of itself. */
export const EVERY_COMPONENT = '*';

/** The detector's port: what is said of a component, and what was seen of it. */
@Injectable()
export class HealthService implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Health');
  private readonly reader: Loop;
  private readonly sender: Loop;
  private readonly told = new Map<string, Told>();
  private version = '0';
  private weededAt = -Infinity;
  private waiting: (readonly [string, Signal])[] = [];
  /** How many of each component wait. */
  private readonly crowds = new Map<string, number>();
  private prunedAt = -Infinity;

  constructor(
    private readonly rows: ComponentRows,
    private readonly guard: SelfGuardService,
    private readonly outlets: OutletsService,
    private readonly dataSource: DataSource,
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ROLES'>,
  ) {
    this.reader = new Loop('Verdicts', READ_EVERY_MS, clock, () => this.read());
    this.sender = new Loop('Signals', SEND_EVERY_MS, clock, () => this.send());
  }

  onModuleInit(): void {
    this.guard.onTick(({ reading, at, controls, answering }) => {
      const tick = { kind: 'guard', at, process: this.heartbeat.workerId, controls } as const;
      this.report(EVERY_COMPONENT, { ...tick, impaired: reading === 'impaired' });
      for (const id of this.told.keys()) if (answering.includes(partsOf(id).host)) this.report(id, { ...tick, impaired: false });
    });
    this.guard.ask(() => [...new Set([...this.told.keys()].map(partsOf).filter(({ platform }) => connectors.some(({ id }) => id === platform)).map(({ host }) => host))]);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.ROLES.includes('worker') && !this.config.ROLES.includes('watch')) return;
    await this.read().catch((error: unknown) => this.logger.warn(`The verdicts are read as soon as the database answers: ${String(error)}`));
    this.reader.start();
    this.sender.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.reader.stop(), this.sender.stop()]);
    await this.send().catch(() => undefined); // evidence, no more
  }

  /**
   * Asked for every delivery: answers from memory, never from the database. A component nobody judged yet is unknown.
   * @param of what the delivery carries: with only media down, text flows
   */
  verdict(componentId: string, of: 'text' | 'media' = 'text'): Verdict {
    const { platform, capability, host } = partsOf(componentId);
    if (this.guard.isImpaired(host)) return { state: 'unknown', impaired: true };
    if (capability === 'read') {
      const told = this.told.get(idOf(platform, 'publish', host));
      return { state: told?.readOk === false ? 'down' : 'up', impaired: told?.impaired ?? false };
    }
    const told = this.told.get(componentId);
    if (!told) return { state: 'unknown', impaired: false };
    return { state: of === 'media' ? told.mediaState : told.state, impaired: told.impaired };
  }

  /** What was seen of a component. Never throws, never waits. */
  report(componentId: string, signal: Signal): void {
    // A mail server may stand beside us: that it answers says nothing of the network (DESIGN §7: SMTP is no control).
    if (signal.kind === 'write' && signal.outcome === 'delivered' && !this.outlets.has(componentId)) this.guard.delivered(partsOf(componentId).host, signal.at);
    const crowd = this.crowds.get(componentId) ?? 0;
    if (this.waiting.length >= WAITING_AT_MOST && crowd >= FAIR_SHARE) return;
    this.crowds.set(componentId, crowd + 1);
    this.waiting.push([componentId, signal]);
  }

  /** Takes over what the leader changed since the last time. */
  async read(): Promise<void> {
    for (const told of await this.rows.since(this.version)) {
      const before = this.told.get(told.id);
      if (before && before.state !== told.state) this.logger.log(`${told.id} was ${before.state}, is ${told.state}.`);
      this.told.set(told.id, told);
      this.version = told.version;
    }
    if (this.clock.monotonic() - this.weededAt < WEED_EVERY_MS) return;
    this.weededAt = this.clock.monotonic();
    const there = new Set(await this.rows.ids());
    for (const id of this.told.keys()) if (!there.has(id)) this.told.delete(id);
  }

  /** Sends what was reported to the leader. */
  async send(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, BATCH);
      await this.dataSource.query('INSERT INTO health_signals (signals) VALUES ($1::jsonb)', [storable(batch)]);
      this.waiting = this.waiting.slice(batch.length);
      for (const [id] of batch) this.crowds.set(id, (this.crowds.get(id) ?? 0) - 1);
    }
    this.crowds.clear();
    if (this.clock.monotonic() - this.prunedAt >= PRUNE_EVERY_MS) await this.prune();
  }

  /** How a canary ended is kept for the leader to come, however old it is. Mostly nothing is old, and nothing is written. */
  private async prune(): Promise<void> {
    this.prunedAt = this.clock.monotonic();
    const isOld = `told_at < now() - ${detectorConfig.windowMs} * interval '1 ms'`;
    const [oldest] = await this.dataSource.query<{ isOld: boolean }[]>(`SELECT ${isOld} AS "isOld" FROM health_signals ORDER BY id LIMIT 1`);
    if (oldest?.isOld) await this.dataSource.query(`DELETE FROM health_signals WHERE ${isOld} AND NOT signals @? '$[*][1].kind ? (@ == "canary")'`);
  }
}
