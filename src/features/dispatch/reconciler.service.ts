import { Inject, Injectable, Logger } from '@nestjs/common';
import { componentId } from '../../core/component.js';
import { afterAbsence, type Means, nextLook, planLook } from '../../core/look.js';
import type { Instant } from '../../core/instant.js';
import type { Found } from '../../core/outcome.js';
import type { Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { Metrics } from '../../infra/metrics.js';
import { contentHashOf } from '../../infra/part-key.js';
import { scrub } from '../../infra/scrub.js';
import { ChannelStatesService } from '../channels/channel-states.service.js';
import { HealthService } from '../health/health.service.js';
import { type LookFlight, LooksService } from '../posts/looks.service.js';
import { OutcomesService } from '../posts/outcomes.service.js';
import { partOf, refusal, tried } from './flight.js';
import { RecorderService } from './recorder.service.js';
import { TIMES } from '../../core/times.js';
import { type Aboard, WorldsService } from './worlds.service.js';

const LOOKS_AT_ONCE = 20;
/** Of one component: one that hangs leaves room for the others. */
const LOOKS_PER_COMPONENT = 5;
/** Look at nothing older than this before the intent (DESIGN §6.5). */
const WINDOW_BEFORE_MS = 120_000;

/** In our hands since `ageMs`, which began before it was taken. */
type Look = LookFlight & { readonly ageMs: () => number };

/** The database's clock, as far as it can be told from here: a worker's own may be minutes off. */
function nowOf(look: Look): Instant {
  return look.takenAt + look.ageMs();
}

/** Clears up what may or may not be out: resent where the platform promises once, else looked for, else a person is asked. */
@Injectable()
export class ReconcilerService {
  private readonly logger = new Logger(ReconcilerService.name);
  /** Looks on their way, and of which component. */
  private readonly inHand = new Map<Promise<void>, string>();

  constructor(
    private readonly looks: LooksService,
    private readonly worlds: WorldsService,
    private readonly outcomes: OutcomesService,
    private readonly recorder: RecorderService,
    private readonly health: HealthService,
    private readonly channels: ChannelStatesService,
    private readonly heartbeat: Heartbeat,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** Looks at what is due to be looked at, and waits for all of it. @returns how many. */
  async round(): Promise<number> {
    const begun = await this.refill();
    await this.settled();
    return begun;
  }

  /** Begins to look, in places that are free; where none is, waits for the first to be. @returns how many were begun. */
  async refill(): Promise<number> {
    if (this.inHand.size >= LOOKS_AT_ONCE) await Promise.race(this.inHand.keys());
    const inHand = new Map<string, number>();
    for (const component of this.inHand.values()) inHand.set(component, (inHand.get(component) ?? 0) + 1);
    const ageMs = this.clock.startAge();
    const due = await this.looks.claim({ most: LOOKS_AT_ONCE - this.inHand.size, places: LOOKS_PER_COMPONENT, inHand }, this.times.leaseMs);
    for (const look of due) {
      const looking: Promise<void> = this.look({ ...look, ageMs })
        .catch((error: unknown) => this.logger.warn(`Looking for ${look.id}: ${String(error)}`))
        .finally(() => this.inHand.delete(looking));
      this.inHand.set(looking, look.componentId);
    }
    return due.length;
  }

  /** Resolves when nothing is being looked at any more. */
  async settled(): Promise<void> {
    await Promise.all(this.inHand.keys());
  }

  private async look(look: Look): Promise<void> {
    const aboard = await this.worlds.board(look, { ageMs: look.ageMs, requestMs: this.times.requestMs });
    if ('locked' in aboard) return this.later(look);
    const { connector } = aboard;
    const means: Means = {
      resendWindowMs: look.mayResend ? connector.resendWindowMs : null,
      keyIsAtomic: connector.keyIsAtomic === true,
      canFind: connector.find !== undefined,
      settleMs: Math.max(this.times.settleMs, connector.settleMs * (this.times.settleMs / SETTLE_MS_OF_DESIGN)),
    };
    const moment = { now: nowOf(look), times: this.times };
    const plan = planLook({ ...look, incidentEndAt: null }, means, moment);
    switch (plan.by) {
      case 'wait':
        return this.looks.again(look, plan.at, null);
      case 'resend':
        return this.resend(look, aboard);
      case 'find-resend':
        return this.findOr(look, aboard, () => this.resend(look, aboard));
      case 'find':
        return this.findOr(look, aboard, () => this.weigh(look, means));
      case 'person':
        // What only a resend can tell waits while a pause forbids it, as long as the platform remembers the key.
        if (planLook({ ...look, incidentEndAt: null }, { ...means, resendWindowMs: connector.resendWindowMs }, moment).by !== 'person') return this.later(look);
        return this.looks.askPerson({ look, reason: { code: 'ask-person' } });
    }
  }

  private later(look: Look): Promise<void> {
    return this.looks.again(look, nextLook(look.looks, nowOf(look), this.times), null);
  }

  /** Byte-identical, under the same key: the platform promises that nothing happens twice. */
  private async resend(look: Look, { connector, account, world }: Aboard): Promise<void> {
    const { workerId } = this.heartbeat;
    const resend = await this.looks.resending(look, { contentHash: contentHashOf(look.content), workerId });
    if (!resend) return; // a person said meanwhile what is to happen
    const outcome = await connector.commit(partOf(look), account, world).catch((error: unknown) => ({ kind: 'uncertain' as const, detail: String(error) }));
    this.metrics.attempts.inc({ connector: connector.id, outcome: outcome.kind });
    const finishedAt = nowOf(look);
    if (outcome.kind === 'delivered') {
      const record = tried(look, { ...resend, kind: 'resend', workerId, finishedAt });
      await this.recorder.delivered({ ...record, remoteId: outcome.remoteId, url: outcome.url });
      return;
    }
    const detail = scrub(outcome.detail).slice(0, 500);
    await this.looks.resent(look, { resend, outcome: outcome.kind, detail, finishedAt });
    // Had the first one been taken, the same key would have answered with it: a refusal means it never was.
    if (outcome.kind === 'refused') return this.looks.fail({ look, reason: refusal(outcome, detail) });
    if (outcome.kind === 'unauthorized') {
      await this.channels.markChecking(look.channelId, detail).catch((error: unknown) => this.logger.warn(`Channel ${look.channelId}: ${String(error)}`));
    }
    const wait = outcome.kind === 'throttled' && outcome.until !== null ? outcome.until - this.clock.now() : 0;
    await this.looks.again(look, Math.max(finishedAt + Math.min(wait, this.times.throttledCapMs), nextLook(look.looks, finishedAt, this.times)), null);
  }

  /** A look that failed concludes nothing, and nothing may follow from it. */
  private async findOr(look: Look, aboard: Aboard, absent: () => Promise<void>): Promise<void> {
    const startedAt = this.clock.now();
    const found = await this.ask(look, aboard);
    switch (found.kind) {
      case 'found':
        return this.close(look, found, startedAt);
      case 'unknown':
        return this.later(look);
      case 'absent':
        return absent();
    }
  }

  private async close(look: Look, found: Extract<Found, { kind: 'found' }>, startedAt: Instant): Promise<void> {
    const record = tried(look, { kind: 'find', workerId: this.heartbeat.workerId, startedAt, finishedAt: this.clock.now() });
    const closed = await this.recorder.delivered({ ...record, remoteId: found.remoteId, url: found.url });
    if (closed === 'known') await this.later(look); // another delivery that says the same was quicker: that one is its
  }

  /** Not seen now: what that means is a matter of time, and of whether what was read can be believed. */
  private async weigh(look: Look, means: Means): Promise<void> {
    const now = nowOf(look);
    const read = this.health.verdict(readComponent(look.componentId));
    const readIsUp = read.state === 'up' || read.state === 'degraded';
    const next = afterAbsence({ ...look, incidentEndAt: null }, { settleMs: means.settleMs, readIsUp, now, times: this.times });
    if (next.to === 'look-again') return this.looks.again(look, next.at, next.counts ? now : null);
    if (next.to === 'scheduled') return this.looks.absent({ look, reason: { code: 'found-absent' } });
    return this.looks.fail({ look, reason: { code: 'never-found' } });
  }

  private async ask(look: Look, { connector, account, world }: Aboard): Promise<Found> {
    if (!connector.find) return { kind: 'unknown', detail: 'this platform cannot be read back' };
    const since = look.intentAt - WINDOW_BEFORE_MS;
    try {
      return await connector.find(partOf(look), account, { ...world, window: { since, taken: await this.outcomes.taken(look.channelId, since) } });
    } catch (error) {
      return { kind: 'unknown', detail: String(error) };
    }
  }
}

/** What `settleMs` of a connector is measured against: where the times are scaled, its own is scaled alike. */
const SETTLE_MS_OF_DESIGN = 120_000;

/** `mastodon:publish@host` → `mastodon:read@host`; a host may hold a port. */
function readComponent(publish: string): string {
  const [platform = ''] = publish.split(':', 1);
  return componentId(platform, 'read', publish.slice(publish.indexOf('@') + 1));
}
