import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { TIMES, type Times } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { prepared } from '../../infra/database/prepared.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { mayStillGetSql } from '../audience/audience.service.js';
import { mayGo } from './sms-open-rounds.service.js';
import type { RoundRow } from './sms-round-row.js';
import { monthOf, Spending } from './spending.service.js';

/** A recipient whose SMS may be made ready; nothing was promised yet. */
export interface ReservedSms {
  readonly id: string;
  readonly to: string;
  readonly ref: string;
  readonly costMinor: number;
  /** Of the links of this person. */
  readonly token: string;
}

/** `barred`: it was stopped, paused, taken by another process, or is too late. `unwanted`: they took back their consent. */
export type Begun = 'go' | 'barred' | 'unwanted' | 'had-one-today' | 'over-cap';

/** What became of an SMS that had its intent. `waiting`: it was not taken, and may go again as soon as its round does. */
export interface EndedSms {
  readonly state: 'sent' | 'failed' | 'unconfirmed' | 'suppressed' | 'waiting';
  readonly remoteId?: string | null;
  readonly detail: string | null;
}

type OfRound = Pick<RoundRow, 'id' | 'workspaceId' | 'clientId' | 'currency'>;

/** It may cost money, and takes up the person's SMS of the day. */
interface Held {
  readonly was: string;
  readonly addressKey: string;
  readonly costMinor: number;
  /** Into which its cost falls; null = it costs nothing. */
  readonly month: string | null;
  readonly day: string | null;
  /** By the gateway, before it answered. */
  readonly told: 'sent' | 'failed' | 'suppressed' | null;
}
const HELD = `state AS was, told, address_key AS "addressKey", cost_minor::float8 AS "costMinor", month, day::text AS day`;

/** Of `r` in its round `b`. */
const wanted = mayStillGetSql('r.subscriber_id', 'b.list_ids');

class OverCap extends Error {}

/** All statements on SMS on their way, with the money and the day that each takes up. */
@Injectable()
export class SmsRecipients {
  constructor(
    private readonly database: DataSource,
    private readonly heartbeat: Heartbeat,
    private readonly spending: Spending,
    private readonly clock: Clock,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** The next that may go; empty = none now. */
  async reserve(roundId: string, most: number): Promise<readonly ReservedSms[]> {
    const [rows]: [Omit<ReservedSms, 'token'>[], number] = await this.database.query(
      prepared(`WITH picked AS MATERIALIZED ( -- as a subquery of the update it may be run again for each row, and its limit with it
         SELECT w.subscriber_id FROM sms_recipients w WHERE w.round_id = $1 AND w.state = 'waiting' ORDER BY w.subscriber_id LIMIT $2 FOR UPDATE SKIP LOCKED)
       UPDATE sms_recipients r SET state = 'reserved', lease_by = $3, lease_until = now() + $4 * interval '1 ms' FROM picked
        WHERE r.round_id = $1 AND r.subscriber_id = picked.subscriber_id AND EXISTS (SELECT FROM sms_rounds b WHERE b.id = $1 AND b.state = 'sending' AND b.deadline_at > now())
       RETURNING r.subscriber_id AS id, r.address_key AS "to", r.ref, r.cost_minor::float8 AS "costMinor"`), [roundId, most, this.heartbeat.workerId, this.times.leaseMs]);
    if (rows.length === 0) return [];
    const people: { id: string; token: string }[] = await this.database.query(prepared('SELECT id, token FROM subscribers WHERE id = ANY($1::uuid[])'), [rows.map(({ id }) => id)]);
    const tokens = new Map(people.map(({ id, token }) => [id, token]));
    return rows.map((row) => ({ ...row, token: tokens.get(row.id) ?? '' }));
  }

  /** Intent, day and money in one transaction: after `go` it may leave, and only then. That they still want it, and that nobody has said to wait, is asked in the same statement. */
  async begin(round: OfRound, { id, costMinor }: ReservedSms): Promise<Begun> {
    const now = this.clock.now();
    try {
      return await this.database.transaction(async (manager) => {
        const [rows]: [{ addressKey: string; month: string; day: string }[], number] = await manager.query(
          prepared(`UPDATE sms_recipients r SET state = 'sending', intent_at = now(), month = ${monthOf('$4')}, day = (to_timestamp($4::float8 / 1000) AT TIME ZONE c.zone)::date,
                lease_until = now() + $5 * interval '1 ms'
           FROM sms_rounds b JOIN clients c ON c.id = b.client_id
          WHERE r.round_id = $1 AND r.subscriber_id = $2 AND r.state = 'reserved' AND r.lease_by = $3 AND b.id = r.round_id AND b.state = 'sending' AND b.deadline_at > now() AND ${mayGo} AND ${wanted}
         RETURNING r.address_key AS "addressKey", r.month, r.day::text AS day`), [round.id, id, this.heartbeat.workerId, now, this.times.leaseMs]);
        const [row] = rows;
        if (!row) return (await this.suppress(manager, round.id, id)) ? 'unwanted' : 'barred';
        const day: unknown[] = await manager.query('INSERT INTO sms_days (workspace_id, address_key, day) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1', [round.workspaceId, row.addressKey, row.day]);
        if (day.length === 0) {
          await manager.query(`UPDATE sms_recipients SET state = 'expired', detail = 'had one today', intent_at = NULL, month = NULL, day = NULL, lease_until = NULL, lease_by = NULL WHERE round_id = $1 AND subscriber_id = $2`, [round.id, id]);
          await this.freePost(manager, round.id, row.addressKey);
          return 'had-one-today';
        }
        if ((await this.spending.reserve(manager, { ...round, minor: costMinor, month: row.month })) === 'over-cap') throw new OverCap();
        return 'go';
      });
    } catch (error) {
      if (error instanceof OverCap) return 'over-cap'; // with the transaction its intent and its day never were
      throw error;
    }
  }

  /** They want no more, since the audience was frozen. @returns false: that is not why */
  private async suppress(manager: EntityManager, roundId: string, id: string): Promise<boolean> {
    const [, suppressed]: [unknown, number] = await manager.query(
      `UPDATE sms_recipients r SET state = 'suppressed', lease_until = NULL, lease_by = NULL FROM sms_rounds b
        WHERE b.id = r.round_id AND r.round_id = $1 AND r.subscriber_id = $2 AND r.state = 'reserved' AND r.lease_by = $3 AND NOT ${wanted}`, [roundId, id, this.heartbeat.workerId]);
    return suppressed > 0;
  }

  /** What went, or may have gone, is booked; what did not, gives its money and its day back. That it went is true however late. */
  async end(round: OfRound, id: string, ended: EndedSms): Promise<void> {
    await this.database.transaction((manager) => this.endIn(manager, round, { id, ended, by: this.heartbeat.workerId }));
  }

  /** @param by whose claim it is; null = of an unconfirmed one, which is nobody's */
  async endIn(manager: EntityManager, round: OfRound, { id, ended, by }: { readonly id: string; readonly ended: EndedSms; readonly by: string | null }): Promise<boolean> {
    const [held]: Held[] = await manager.query(
      `SELECT ${HELD} FROM sms_recipients WHERE round_id = $1 AND subscriber_id = $2 AND (state = 'sending' AND lease_by = $3 OR state = 'unconfirmed' AND ($4 OR $3::uuid IS NULL)) FOR UPDATE`, [round.id, id, by, ended.state === 'sent']);
    if (!held) return false;
    // What was told is true whatever was answered: it had it.
    const state = (held.was === 'sending' ? held.told : null) ?? ended.state;
    const went = state === 'sent' || state === 'unconfirmed' || held.told !== null;
    await manager.query(
      `UPDATE sms_recipients SET state = $3, detail = CASE WHEN told IS NOT NULL THEN detail ELSE $4 END, remote_id = coalesce($5, remote_id), lease_until = NULL, lease_by = NULL,
              sent_at = CASE WHEN $3 = 'sent' THEN coalesce(sent_at, now()) END, look_at = CASE WHEN $3 = 'unconfirmed' THEN now() + $7 * interval '1 ms' END, month = CASE WHEN $6 THEN month END, day = CASE WHEN $6 THEN day END
        WHERE round_id = $1 AND subscriber_id = $2`, [round.id, id, state, ended.detail, ended.remoteId ?? null, went, this.times.firstLookMs]);
    await this.settle(manager, round, { held, went });
    return true;
  }

  /** What was reserved here and not begun is anybody's again. */
  async release(roundId: string): Promise<void> {
    await this.database.query(`UPDATE sms_recipients SET state = 'waiting', lease_until = NULL, lease_by = NULL WHERE round_id = $1 AND state = 'reserved' AND lease_by = $2`, [roundId, this.heartbeat.workerId]);
  }

  /** Leases that ran out: of what meant nothing, and of what may have left and is never sent again by itself. @returns how many became unconfirmed */
  async sweep(): Promise<number> {
    await this.database.query(`UPDATE sms_recipients SET state = 'waiting', lease_until = NULL, lease_by = NULL WHERE state = 'reserved' AND lease_until < now()`);
    return this.database.transaction(async (manager) => {
      const late: (Held & OfRound)[] = await manager.query(
        `WITH late AS (SELECT round_id, subscriber_id FROM sms_recipients WHERE state = 'sending' AND lease_until < now() LIMIT 500 FOR UPDATE SKIP LOCKED),
         swept AS (
           UPDATE sms_recipients r SET state = coalesce(r.told, 'unconfirmed'), lease_until = NULL, lease_by = NULL,
                  look_at = CASE WHEN r.told IS NULL THEN now() END,
                  detail = CASE WHEN r.told IS NOT NULL THEN r.detail ELSE 'the process that sent it ended before it was told what became of it' END
             FROM late WHERE r.round_id = late.round_id AND r.subscriber_id = late.subscriber_id RETURNING r.*)
         SELECT b.id, b.workspace_id AS "workspaceId", b.client_id AS "clientId", b.currency, s.address_key AS "addressKey", 'sending' AS was, s.cost_minor::float8 AS "costMinor",
                s.month, s.day::text AS day, s.told FROM swept s JOIN sms_rounds b ON b.id = s.round_id ORDER BY b.client_id, b.id`);
      for (const row of late) await this.settle(manager, row, { held: row, went: true });
      return late.length;
    });
  }

  /** Whom it did not reach, another round of the post may. */
  async freePost(manager: EntityManager, roundId: string, addressKey: string): Promise<void> {
    await manager.query('DELETE FROM reached r USING sms_rounds b WHERE b.id = $1 AND r.client_id = b.client_id AND r.post_id = b.post_id AND r.address_key = $2', [roundId, addressKey]);
  }

  private async settle(manager: EntityManager, round: OfRound, { held: { was, addressKey, costMinor, month, day }, went }: { readonly held: Held; readonly went: boolean }): Promise<void> {
    if (month === null) return;
    const spent = { workspaceId: round.workspaceId, clientId: round.clientId, currency: round.currency, month, kind: 'sms', subjectId: round.id } as const;
    const wasBooked = was === 'unconfirmed';
    if (went && !wasBooked) await this.spending.book(manager, { ...spent, minor: costMinor, pieces: 1 });
    if (went) return;
    if (wasBooked) await this.spending.book(manager, { ...spent, minor: -costMinor, pieces: -1 });
    await manager.query('DELETE FROM sms_days WHERE workspace_id = $1 AND address_key = $2 AND day = $3', [round.workspaceId, addressKey, day]);
    await this.spending.giveBack(manager, { ...spent, minor: costMinor });
  }
}
