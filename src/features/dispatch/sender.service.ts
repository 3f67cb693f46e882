import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Instant } from '../../core/instant.js';
import type { Outcome, OutcomeKind, Setback } from '../../core/outcome.js';
import { afterSetback, type Next } from '../../core/retry.js';
import type { Reason } from '../../core/reason.js';
import type { Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { Metrics } from '../../infra/metrics.js';
import { scrub } from '../../infra/scrub.js';
import { ChannelStatesService } from '../channels/channel-states.service.js';
import type { Flight } from '../posts/flight.schema.js';
import { BellsService } from '../posts/bells.service.js';
import { OutcomesService } from '../posts/outcomes.service.js';
import { EvidenceService, type Terms } from './evidence.service.js';
import { partOf, refusal, tried } from './flight.js';
import { RecorderService } from './recorder.service.js';
import { TIMES } from '../../core/times.js';
import { type Aboard, WorldsService } from './worlds.service.js';

const DETAIL_AT_MOST = 500;
/** Before a late delivery goes out, what went out since shortly before it was due is looked through (DESIGN §6.5). */
const LOOK_BACK_MS = 120_000;
/** A busy moment lets a claim grow too old; only what stays so needs a person. */
const TRIES_BEFORE_ALARM = 2;

interface Answer {
  readonly outcome: Outcome;
  readonly startedAt: Instant;
  readonly kind: 'commit' | 'find';
  /** null = nothing was written to the platform. */
  readonly firstByteAt: Instant | null;
  /** Of ours, through which the account works. */
  readonly app: string | null;
}

/** The one visible request of a claimed part, and what came of it written down. */
@Injectable()
export class SenderService {
  private readonly logger = new Logger(SenderService.name);

  constructor(
    private readonly worlds: WorldsService,
    private readonly outcomes: OutcomesService,
    private readonly recorder: RecorderService,
    private readonly bells: BellsService,
    private readonly channels: ChannelStatesService,
    private readonly evidence: EvidenceService,
    private readonly heartbeat: Heartbeat,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** @param ageMs of the claim, started before its UPDATE was sent */
  async send(flight: Flight, ageMs: () => number, terms: Terms): Promise<void> {
    const { outcome, startedAt, kind, firstByteAt, app } = await this.attempt(flight, ageMs, terms);
    // What a look found was no write; that the platform answers so is its read's business.
    if (kind === 'commit' || terms.canary) this.evidence.attempted(flight, terms, { outcome: seenOf(outcome), startedAt, firstByteAt, app });
    const record = tried(flight, { kind, workerId: this.heartbeat.workerId, startedAt, finishedAt: this.clock.now() });
    this.metrics.attempts.inc({ connector: flight.connectorId, outcome: outcome.kind });
    if (outcome.kind !== 'delivered') return this.setBack(flight, record, outcome);

    const closed = await this.recorder.delivered({ ...record, remoteId: outcome.remoteId, url: outcome.url });
    this.markHealthy(flight.channelId);
    if (closed === 'more') await this.bells.ring([flight.id]);
  }

  private async attempt(flight: Flight, ageMs: () => number, { lookFirst, lookSince }: Terms): Promise<Answer> {
    const aboard = await this.worlds.board(flight, { ageMs, requestMs: this.times.requestMs }).catch((error: unknown) => ({ locked: String(error) }));
    const startedAt = this.clock.now();
    if ('locked' in aboard) return { outcome: { kind: 'local', detail: aboard.locked }, startedAt, kind: 'commit', firstByteAt: null, app: null };
    const app = aboard.connector.app?.(aboard.account) ?? null;
    if (lookFirst && aboard.connector.find) {
      const found = await this.find(flight, aboard, Math.min(lookSince ?? Infinity, flight.dueAt, flight.intentAt) - LOOK_BACK_MS);
      if (found) return { outcome: found, startedAt, kind: 'find', firstByteAt: null, app };
    }
    const outcome = await this.commit(flight, aboard);
    const firstByteAt = aboard.firstByteAt();
    if (firstByteAt !== null && flight.position === 0 && flight.tries === 0 && !lookFirst) {
      this.metrics.lateness.observe(Math.max(0, firstByteAt - flight.dueAt) / 1000);
    }
    return { outcome, startedAt, kind: 'commit', firstByteAt, app };
  }

  /** A connector never throws; whatever it throws after the first byte counts as uncertain, before it as local (DESIGN §5). */
  private async commit(flight: Flight, { connector, account, world, wrote }: Aboard): Promise<Outcome> {
    try {
      return await connector.commit(partOf(flight), account, world);
    } catch (error) {
      this.logger.error(`The connector ${connector.id} threw: report it. ${scrub(String(error))}`);
      return { kind: wrote() ? 'uncertain' : 'local', detail: `the connector threw: ${String(error)}` };
    }
  }

  /** null = not there, so it may go out; a look that tells nothing holds it back as `unavailable`. */
  private async find(flight: Flight, { connector, account, world }: Aboard, since: Instant): Promise<Outcome | null> {
    try {
      const found = await connector.find?.(partOf(flight), account, { ...world, window: { since, taken: await this.outcomes.taken(flight.channelId, since), byOthers: true as const } });
      if (!found || found.kind === 'absent') return null;
      if (found.kind === 'found') return { kind: 'delivered', remoteId: found.remoteId, url: found.url };
      return { kind: 'unavailable', detail: found.detail };
    } catch (error) {
      return { kind: 'local', detail: `looking for it failed: ${String(error)}` };
    }
  }

  private async setBack(flight: Flight, record: ReturnType<typeof tried>, setback: Setback): Promise<void> {
    const detail = scrub(setback.detail).slice(0, DETAIL_AT_MOST);
    const next = afterSetback(setback, flight, { now: this.clock.now(), jitter: Math.random(), times: this.times });
    if (setback.kind === 'local') this.logger[flight.tries < TRIES_BEFORE_ALARM ? 'warn' : 'error'](`Delivery ${flight.id} could not leave, and it is us: ${detail}`);
    if (setback.kind === 'unauthorized') {
      await this.channels.markChecking(flight.channelId, detail).catch((error: unknown) => this.logger.warn(`Channel ${flight.channelId}: ${String(error)}`));
    }
    await this.recorder.setback({
      ...record,
      outcome: setback.kind,
      detail,
      to: next.to,
      hold: next.to === 'held' ? next.reason : null,
      at: wakeAt(next),
      reason: reasonFor(setback, next, detail),
    });
  }

  private markHealthy(channelId: string): void {
    this.channels.markHealthy([channelId]).catch((error: unknown) => this.logger.warn(`Channel ${channelId}: ${String(error)}`));
  }
}

/** What the outlet has to do with it: nothing, where it is we who ask for a moment. */
function seenOf(outcome: Outcome): OutcomeKind {
  return outcome.kind === 'throttled' && outcome.scope === 'house' ? 'local' : outcome.kind;
}

function wakeAt(next: Next): Instant | null {
  switch (next.to) {
    case 'scheduled':
      return next.at;
    case 'held':
      return next.until;
    case 'unconfirmed':
      return next.lookAt;
    case 'failed':
      return null;
  }
}

function reasonFor(setback: Setback, next: Next, detail: string): Reason {
  switch (setback.kind) {
    case 'refused':
      return refusal(setback, detail);
    case 'unauthorized':
      return { code: 'account-checked', detail };
    case 'throttled':
      return { code: 'throttled', detail };
    case 'uncertain':
      return { code: 'uncertain', detail };
    case 'unavailable':
      return { code: next.to === 'held' ? 'blocked' : 'retrying', detail };
    case 'local':
      return { code: 'our-fault', detail };
  }
}
