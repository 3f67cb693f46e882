import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Instant } from '../../core/instant.js';
import { afterDelivered, afterTick, countingControls, guardEveryMs, type GuardReading, initialGuard, readGuard } from '../../core/self-guard.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Outgoing } from '../../infra/http/outgoing.js';
import { Loop } from '../../infra/loop.js';

const LOOK_EVERY_MS = 1_000;
const TIMEOUT_MS = 5_000;
/** Platforms asked while the controls are silent; and how long an answer of theirs holds, as for a delivered post (§7). */
const PLATFORMS_ASKED = 20;
const ANSWERED_FOR_MS = 15_000;
/** A page of a control is not read further than this. */
const MOST_BYTES = 2_000_000;

export interface GuardTick {
  readonly reading: GuardReading;
  readonly at: Instant;
  /** How many controls count. */
  readonly controls: number;
  /** Hosts of platforms that answer us all the same. */
  readonly answering: readonly string[];
}

/** "Is it us?" of this process: asks the controls, and tells who listens after each tick (DESIGN §7). */
@Injectable()
export class SelfGuardService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('SelfGuard');
  private readonly loop: Loop;
  private readonly listeners: ((tick: GuardTick) => void)[] = [];
  private guard = initialGuard();
  private askedAt = -Infinity;
  private platforms: () => readonly string[] = () => [];
  /** Host → when it answered. */
  private readonly answered = new Map<string, Instant>();

  constructor(
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ROLES' | 'CONTROL_TARGETS'>,
  ) {
    this.loop = new Loop('Self guard', LOOK_EVERY_MS, clock, () => this.round());
  }

  /** Call it in `onModuleInit`. */
  onTick(listener: (tick: GuardTick) => void): void {
    this.listeners.push(listener);
  }

  /** Which hosts are asked themselves while all controls are silent: a firewall before the controls is no outage of ours. Call it in `onModuleInit`. */
  ask(platforms: () => readonly string[]): void {
    this.platforms = platforms;
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker') || this.config.ROLES.includes('watch')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  reading(): GuardReading {
    return readGuard(this.guard, this.clock.now());
  }

  /** Nothing can be said of what is out there: nothing is claimed, no evidence counts. Not so hosts of our own ground, nor those that answer us all the same. */
  isImpaired(host: string): boolean {
    return this.reading() === 'impaired' && !this.outgoing.isOwnGround(host) && !this.answers(host);
  }

  /** A post got through to a host. One of our own ground proves nothing. @param begunAt when its request was begun */
  delivered(host: string, begunAt: Instant): void {
    if (!this.outgoing.isOwnGround(host)) this.guard = afterDelivered(this.guard, begunAt);
  }

  /** Asks the controls when it is time. What they answer does not matter, only that they do. */
  async round(): Promise<void> {
    const before = this.reading();
    if (this.clock.monotonic() - this.askedAt < guardEveryMs(before)) return;
    this.askedAt = this.clock.monotonic();
    const fetch = this.outgoing.fetch({ timeoutMs: TIMEOUT_MS, maxBytes: MOST_BYTES });
    const ask = (url: string): Promise<boolean> => fetch(url, { method: 'HEAD' }).then(() => true, () => false);
    const hosts = before === 'impaired' ? this.platforms().slice(0, PLATFORMS_ASKED) : [];
    const [answers] = await Promise.all([
      Promise.all(this.config.CONTROL_TARGETS.map(async (url): Promise<[string, boolean]> => [url, await ask(url)])),
      ...hosts.map(async (host) => (await ask(`https://${host}/`)) && this.answered.set(host, this.clock.now())),
    ]);
    const at = this.clock.now();
    this.guard = afterTick(this.guard, new Map(answers), at);
    const reading = this.reading();
    if (reading === 'impaired' && before !== 'impaired') this.logger.warn('Our own network is in doubt: nothing is sent and no platform is blamed until a control answers again.');
    if (reading !== 'impaired' && before === 'impaired') this.logger.log('Our own network is back.');
    for (const host of this.answered.keys()) if (!this.answers(host)) this.answered.delete(host);
    const answering = reading === 'impaired' ? [...this.answered.keys()] : [];
    for (const listener of this.listeners) listener({ reading, at, controls: countingControls(this.guard, at), answering });
  }

  private answers(host: string): boolean {
    return Math.abs(this.clock.now() - (this.answered.get(host) ?? -Infinity)) <= ANSWERED_FOR_MS;
  }
}
