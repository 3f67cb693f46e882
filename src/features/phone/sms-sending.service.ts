import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { whyPause } from '../../core/broadcast.js';
import { TIMES, type Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import type { PhoneResult } from '../../infra/phone/gateway.js';
import { scrub } from '../../infra/scrub.js';
import { AudienceService } from '../audience/audience.service.js';
import { Gateways, type OpenGateway } from './gateways.service.js';
import { endOfSmsHours, isSmsHour, nextSmsHour } from '../../core/sms-hours.js';
import { roadObstacle } from './sms-obstacles.js';
import { type OpenRound, OpenRounds, type RoundPause } from './sms-open-rounds.service.js';
import { SmsReckoning } from './sms-reckoning.service.js';
import { type EndedSms, type ReservedSms, SmsRecipients } from './sms-recipients.service.js';
import { messageOf } from '../../core/sms-message.js';
import { Spending } from './spending.service.js';

/** Recipients taken up at once, and how many of them are under way at a time: gateways queue by themselves. */
const batch = 50;
const atOnce = 5;

/** Why a round ends here. `away`: the gateway took nothing. `cut`: this process stops, or the round is no longer ours. */
type End = { readonly kind: 'empty' | 'cut' | 'barred' | 'night' | 'over-cap' } | { readonly kind: 'away' | 'account' | 'refusals' | 'silence'; readonly detail: string } | { readonly kind: 'later'; readonly until: number | null; readonly detail: string };

interface Work {
  readonly round: OpenRound;
  readonly open: OpenGateway;
  readonly signal: AbortSignal;
  readonly recent: ('sent' | 'refused' | 'unsure')[];
  sent: number;
  /** Under way at a time. */
  lanes: number;
  end: End | null;
}

class TooDear extends Error {}

/** Sends one round until nobody is left, or something says stop. */
@Injectable()
export class SmsSending {
  private readonly logger = new Logger('SMS');

  constructor(
    private readonly database: DataSource,
    private readonly rounds: OpenRounds,
    private readonly recipients: SmsRecipients,
    private readonly gateways: Gateways,
    private readonly reckoning: SmsReckoning,
    private readonly spending: Spending,
    private readonly audience: AudienceService,
    private readonly clock: Clock,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  async run(round: OpenRound, signal: AbortSignal): Promise<void> {
    if (!this.isHour(round)) return this.untilMorning(round);
    const open = await this.gateways.open(round.workspaceId);
    const obstacle = roadObstacle(open, 'live');
    if (open === null || obstacle !== null) return this.rounds.pause(round, open === null ? 'no-gateway' : 'not-public', '');
    const reckoned = await this.reckonedAgain(round, open);
    if (reckoned !== 'fits') return this.rounds.stop(round, reckoned);
    const work: Work = { round, open, signal, recent: [], sent: 0, lanes: round.slowTimes > 0 ? 1 : atOnce, end: null };
    try {
      while (work.end === null) await this.batch(work);
    } finally {
      await this.recipients.release(round.id);
      if (work.sent > 0) await this.rounds.isWell(round.id);
    }
    await this.goOn(work);
  }

  /** The gateway of now may take more than the one it was frozen with. Where it takes too much the old prices stay, so that it does the next time too. */
  private async reckonedAgain(round: OpenRound, open: OpenGateway): Promise<'fits' | 'over-cap' | 'currency'> {
    const { id, workspaceId, clientId, currency } = round;
    if (open.currency !== currency) return 'currency';
    try {
      await this.database.transaction(async (manager) => {
        await this.spending.hold(manager, clientId);
        const costMinor = await this.reckoning.again(manager, round, open);
        if (costMinor === null) return;
        const { leftMinor } = await this.spending.budget(workspaceId, clientId, { currency, now: this.clock.now(), except: id }, manager);
        if (costMinor > leftMinor) throw new TooDear();
      });
      return 'fits';
    } catch (error) {
      if (error instanceof TooDear) return 'over-cap';
      throw error;
    }
  }

  private async batch(work: Work): Promise<void> {
    const waiting = [...(await this.recipients.reserve(work.round.id, batch))];
    if (waiting.length === 0) work.end ??= { kind: 'empty' };
    const lane = async (): Promise<void> => {
      for (let one = waiting.shift(); one && this.mayBegin(work); one = waiting.shift()) await this.one(work, one);
    };
    const lanes = await Promise.allSettled(Array.from({ length: work.lanes }, lane));
    const broken = lanes.find((each) => each.status === 'rejected');
    if (broken) throw broken.reason;
    await this.recipients.release(work.round.id);
    work.lanes = atOnce; // one that was too fast has found its pace again
  }

  private mayBegin(work: Work): boolean {
    if (work.signal.aborted) work.end ??= { kind: 'cut' };
    else if (!this.isHour(work.round)) work.end ??= { kind: 'night' };
    return work.end === null;
  }

  private async one(work: Work, recipient: ReservedSms): Promise<void> {
    const { round, open } = work;
    const since = this.clock.monotonic();
    const sinceWall = this.clock.now();
    const begun = await this.recipients.begin(round, recipient);
    if (begun === 'had-one-today' || begun === 'unwanted') return;
    if (begun !== 'go') {
      work.end ??= { kind: begun };
      return;
    }
    const sms = { to: recipient.to, from: round.fromName, text: messageOf(round.text, round.wayOut, this.audience.unsubscribeLink(recipient.token)), ref: recipient.ref, deadlineAt: this.worthUntil(round) };
    const age = (): number => Math.max(this.clock.monotonic() - since, this.clock.now() - sinceWall);
    // What is under way is not cut off when this process stops: its answer is worth more.
    const result = await open.gateway.send(sms, AbortSignal.timeout(this.times.requestMs), age);
    await this.until(work, () => this.recipients.end(round, recipient.id, this.judge(work, result)));
    if (result.kind === 'opted-out') await this.optOut(round, recipient.to);
  }

  /** Until the database has it: what became of an SMS is told by nobody else. */
  private async until({ signal }: Work, write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (signal.aborted) throw error;
        await this.clock.sleep(1_000, signal);
      }
    }
  }

  private judge(work: Work, result: PhoneResult): EndedSms {
    const detail = 'detail' in result ? scrub(result.detail).slice(0, 500) : null;
    switch (result.kind) {
      case 'accepted':
        work.sent += 1;
        this.note(work, 'sent', '');
        return { state: 'sent', remoteId: result.remoteId, detail: null };
      case 'opted-out':
        return { state: 'suppressed', detail };
      case 'refused':
        this.note(work, 'refused', detail ?? '');
        return { state: 'failed', detail };
      case 'uncertain':
        this.note(work, 'unsure', detail ?? '');
        return { state: 'unconfirmed', detail };
      case 'throttled':
        work.end ??= { kind: 'later', until: result.until, detail: detail ?? '' };
        return { state: 'waiting', detail };
      case 'account':
        work.end ??= { kind: 'account', detail: detail ?? '' };
        return { state: 'waiting', detail };
      case 'unavailable':
      case 'local':
        work.end ??= { kind: 'away', detail: detail ?? '' };
        return { state: 'waiting', detail };
    }
  }

  private note(work: Work, outcome: 'sent' | 'refused' | 'unsure', detail: string): void {
    work.recent.push(outcome);
    if (work.recent.length > 400) work.recent.splice(0, 200);
    const why = outcome === 'sent' ? null : whyPause(work.recent);
    if (why !== null) work.end ??= { kind: why, detail };
  }

  /** They told the gateway before they told us: nothing goes to this number any more, from nobody of the workspace. */
  private async optOut({ workspaceId }: OpenRound, addressKey: string): Promise<void> {
    await this.database.transaction((manager) => this.audience.suppress(manager, { workspaceId, clientId: null, kind: 'phone', addressKey, reason: 'stop', detail: 'told by the gateway' }));
  }

  private async goOn({ round, end, sent }: Work): Promise<void> {
    switch (end?.kind) {
      case 'away':
        this.logger.warn(`A gateway for SMS takes nothing at the moment: ${end.detail}`);
        return this.rounds.rest(round, end.detail);
      case 'later':
        return this.rounds.slowDown(round, { until: end.until, hasSent: sent > 0, detail: end.detail });
      case 'night':
        return this.untilMorning(round);
      case 'over-cap':
        return this.rounds.stop(round, 'over-cap');
      case 'account':
      case 'refusals':
      case 'silence': {
        const reason: RoundPause = end.kind;
        this.logger.error(`A round of SMS is paused (${reason}): look at the gateway, then resume it. ${end.detail}`);
        return this.rounds.pause(round, reason, end.detail);
      }
      case 'empty':
      case 'cut':
      case 'barred':
      case undefined:
    }
  }

  /** Told, as it may be long. */
  untilMorning(round: OpenRound): Promise<void> {
    return this.rounds.restUntil(round, nextSmsHour(round.day, this.clock.now()));
  }

  /** Gateways queue: what they have not passed on by then comes too late, or at night. */
  private worthUntil({ day, freeUntil, deadlineAt }: OpenRound): number {
    const now = this.clock.now();
    const hoursEnd = isSmsHour(day, now) ? endOfSmsHours(day, now) : now;
    return Math.min(deadlineAt, Math.max(freeUntil, hoursEnd));
  }

  isHour({ day, freeUntil }: OpenRound): boolean {
    const now = this.clock.now();
    return now < freeUntil || isSmsHour(day, now);
  }
}
