import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Instant } from '../../core/instant.js';
import { TIMES, type Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Loop } from '../../infra/loop.js';
import type { PhoneFound } from '../../infra/phone/gateway.js';
import { AudienceService } from '../audience/audience.service.js';
import { Gateways } from './gateways.service.js';
import { SmsRecipients } from './sms-recipients.service.js';
import { ROUND_COLUMNS, type RoundRow } from './sms-round-row.js';
import { messageOf } from '../../core/sms-message.js';

const everyMs = 1_000;
const most = 20;
/** A gateway's clock may be before ours. */
const beforeMs = 120_000;
/** Then it stays unconfirmed: a person knows more than we ever will. */
const giveUpMs = 24 * 3_600_000;

interface ToLookFor extends RoundRow {
  readonly recipientId: string;
  readonly to: string;
  readonly ref: string;
  readonly token: string | null;
  readonly intentAt: Instant;
  /** Absences that counted so far. */
  readonly looks: number;
}

/** What may or may not have gone is looked up where the gateway can be asked. It is never sent again by itself, also when it is not there. */
@Injectable()
export class SmsLooks implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('SMS');
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly gateways: Gateways,
    private readonly recipients: SmsRecipients,
    private readonly audience: AudienceService,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TIMES) private readonly times: Times,
  ) {
    this.loop = new Loop('Looks for SMS', everyMs, clock, (signal) => this.round(signal));
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }

  /** Each workspace's one after the other, and none waits for another's. */
  async round(signal: AbortSignal): Promise<void> {
    const claimed = await this.claim();
    const workspaces = [...new Set(claimed.map(({ workspaceId }) => workspaceId))];
    await Promise.all(workspaces.map((id) => this.lane(claimed.filter(({ workspaceId }) => workspaceId === id), signal)));
  }

  /** A gateway that cannot tell of one is not asked for the others now: they come again in a minute. */
  private async lane(lane: readonly ToLookFor[], signal: AbortSignal): Promise<void> {
    try {
      for (const one of lane) if (signal.aborted || (await this.look(one, signal)) === 'unknown') return;
    } catch (error) {
      this.logger.warn(`An SMS could not be looked for, and is again: ${String(error)}`);
    }
  }

  /** The next look is set before this one: a crash only repeats it. */
  private async claim(): Promise<readonly ToLookFor[]> {
    return this.database.query(
      `WITH due AS (SELECT round_id, subscriber_id FROM sms_recipients WHERE state = 'unconfirmed' AND look_at <= now() ORDER BY look_at LIMIT ${most} FOR UPDATE SKIP LOCKED),
       claimed AS (
         UPDATE sms_recipients r SET look_at = CASE WHEN r.intent_at > now() - $2 * interval '1 ms' THEN now() + $1 * interval '1 ms' END
           FROM due WHERE r.round_id = due.round_id AND r.subscriber_id = due.subscriber_id RETURNING r.*)
       SELECT ${ROUND_COLUMNS}, r.subscriber_id AS "recipientId", r.address_key AS "to", r.ref, p.token, (extract(epoch FROM r.intent_at) * 1000)::float8 AS "intentAt", r.looks
         FROM claimed r JOIN sms_rounds b ON b.id = r.round_id JOIN workspaces w ON w.id = b.workspace_id AND w.kind = 'live' LEFT JOIN subscribers p ON p.id = r.subscriber_id`, [this.times.absencesApartMs, giveUpMs]);
  }

  private async look(one: ToLookFor, signal: AbortSignal): Promise<PhoneFound['kind']> {
    const open = await this.gateways.open(one.workspaceId);
    // Without their own link nobody knows what it said.
    if (!open?.gateway.find || one.token === null) {
      await this.dontLook(one);
      return 'absent';
    }
    const sms = { to: one.to, from: one.fromName, text: messageOf(one.text, one.wayOut, this.audience.unsubscribeLink(one.token)), ref: one.ref, deadlineAt: null };
    const found = await open.gateway.find(sms, one.intentAt - beforeMs, AbortSignal.any([signal, AbortSignal.timeout(this.times.requestMs)]));
    await this.take(one, found);
    return found.kind;
  }

  private async take(one: ToLookFor, found: PhoneFound): Promise<void> {
    if (found.kind === 'found') {
      await this.database.transaction((manager) => this.recipients.endIn(manager, one, { id: one.recipientId, ended: { state: 'sent', remoteId: found.remoteId, detail: null }, by: null }));
      return;
    }
    // An absence means nothing while it may still be on its way.
    if (found.kind !== 'absent' || this.clock.now() - one.intentAt < this.times.settleMs) return;
    if (one.looks === 0) {
      await this.database.query('UPDATE sms_recipients SET looks = looks + 1 WHERE round_id = $1 AND subscriber_id = $2', [one.id, one.recipientId]);
      return;
    }
    await this.database.transaction((manager) => this.recipients.endIn(manager, one, { id: one.recipientId, ended: { state: 'failed', detail: 'the gateway never had it' }, by: null }));
  }

  private async dontLook({ id, recipientId }: ToLookFor): Promise<void> {
    await this.database.query('UPDATE sms_recipients SET look_at = NULL WHERE round_id = $1 AND subscriber_id = $2', [id, recipientId]);
  }
}
