import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type Instant, MINUTE_MS, SECOND_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Loop } from '../../infra/loop.js';
import type { PhoneGateway, PhoneResult } from '../../infra/phone/gateway.js';
import { scrub } from '../../infra/scrub.js';
import { Watch } from '../../infra/watch.js';
import { type ClaimedCall, CallRows, type DueCall } from './call-rows.service.js';
import { Gateways } from './gateways.service.js';
import { PhoneNews } from './phone-news.service.js';

const everyMs = 1_000;
/** On their way at once, in one process: there are few. And of one workspace: nobody waits for another's gateway. */
const callsAtOnce = 10;
const ofOneAtOnce = 2;
/** How soon a gateway that is down, or was taken away, is asked again. */
const waitMs = 10 * SECOND_MS;
const waitAtMostMs = 60 * SECOND_MS;
/** Of one that could not even be begun: twice as long each time. */
const stuckAtMostMs = 5 * MINUTE_MS;

/** Makes the calls that wait, each once. */
@Injectable()
export class CallLoop implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Calls');
  private readonly cut = new AbortController();
  /** By the call's id. */
  private readonly running = new Map<string, Promise<void>>();
  /** How often in a row one could not be begun, by its id. */
  private readonly stuck = new Map<string, number>();
  private readonly loop: Loop;

  constructor(
    private readonly rows: CallRows,
    private readonly gateways: Gateways,
    private readonly news: PhoneNews,
    private readonly watch: Watch,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.loop = new Loop('Calls', everyMs, clock, () => this.round());
  }

  onModuleInit(): void {
    this.news.register((told) => this.rows.told(told));
    this.watch.hourly('old calls', () => this.rows.prune());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  /** What is being asked for is finished, or cut off by its own time limit; none is begun. */
  async onModuleDestroy(): Promise<void> {
    this.cut.abort();
    await this.loop.stop();
    await this.idle();
  }

  async round(): Promise<void> {
    if (!(await this.rows.sweep())) return this.stuck.clear();
    const free = callsAtOnce - this.running.size;
    if (free <= 0 || this.cut.signal.aborted) return;
    for (const call of await this.rows.due({ most: free, ofOne: ofOneAtOnce, but: [...this.running.keys()] })) {
      this.running.set(call.id, this.one(call));
    }
  }

  /** Resolves when nobody is being called. */
  async idle(): Promise<void> {
    await Promise.all(this.running.values());
  }

  /** Never throws. Only what was served rings for the next one at once: one that cannot be would ring for itself for ever. */
  private async one(call: DueCall): Promise<void> {
    let isServed = true;
    try {
      await this.serve(call);
      this.stuck.delete(call.id);
    } catch (error) {
      isServed = false;
      await this.putOff(call, error);
    }
    this.running.delete(call.id);
    if (isServed) this.loop.ring();
  }

  private async putOff(call: DueCall, error: unknown): Promise<void> {
    const times = this.stuck.get(call.id) ?? 0;
    this.stuck.set(call.id, times + 1);
    const ms = Math.min(stuckAtMostMs, waitMs * 2 ** Math.min(times, 10));
    this.logger.warn(`A call could not be made, and is looked at again in ${ms / SECOND_MS} s: ${scrub(String(error))}`);
    await this.rows.defer(call, this.clock.now() + ms, 'stuck').catch(() => undefined); // the next round sees what is wrong
  }

  private async serve(call: DueCall): Promise<void> {
    const open = await this.gateways.open(call.workspaceId);
    if (open?.gateway.call === undefined) return this.rows.defer(call, this.clock.now() + waitMs, 'no-gateway');
    if (open.isDown()) return this.rows.defer(call, this.clock.now() + waitMs, 'gateway-down');
    if (this.cut.signal.aborted) return;
    const ageMs = this.clock.startAge();
    const claimed = await this.rows.claim(call, { minor: open.callMinor, currency: open.currency, now: this.clock.now() });
    if (claimed === null) return;
    const result = await this.ring(open.gateway, claimed, ageMs);
    await this.rows.record(claimed, result, againAt(result, claimed, this.clock.now()));
  }

  private async ring(gateway: PhoneGateway, { id, to, text, language }: ClaimedCall, ageMs: () => number): Promise<PhoneResult> {
    // Not cut off when the process stops: it takes seconds, and what was cut off may have rung.
    return (await gateway.call?.({ to, text, language, ref: id }, new AbortController().signal, ageMs)) ?? { kind: 'refused', detail: 'The gateway cannot call.' };
  }
}

function againAt(result: PhoneResult, { tries }: ClaimedCall, now: Instant): Instant {
  const soonest = now + Math.min(waitAtMostMs, 5 * SECOND_MS * 2 ** Math.min(tries - 1, 10));
  return result.kind === 'throttled' && result.until !== null ? Math.max(result.until, now + SECOND_MS) : soonest;
}
