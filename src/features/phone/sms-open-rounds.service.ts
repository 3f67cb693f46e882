import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { ClientDay } from '../../core/day.js';
import type { Instant } from '../../core/instant.js';
import { TIMES, type Times } from '../../core/times.js';
import { prepared } from '../../infra/database/prepared.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { mayGo as mayGoBy } from '../broadcast/takings.service.js';
import { ROUND_COLUMNS, type RoundRow } from './sms-round-row.js';

export interface OpenRound extends RoundRow {
  readonly kind: 'live' | 'demo';
  readonly brand: string;
  readonly day: ClientDay;
}

/** Why a round waits for a person. */
export type RoundPause = 'no-gateway' | 'account' | 'refusals' | 'silence';

/** Why a round ends with people left. */
const stopped = {
  'over-cap': () => 'over the limit',
  'too-late': (left: number, all: number) => `it was too late for ${left} of ${all} people`,
  currency: () => 'the gateway counts in another currency now than when it was reckoned',
} as const;

/** What people are told of a round. */
interface News {
  readonly kind: 'sms.over-cap' | 'sms.stopped' | 'sms.waiting';
  readonly cause: RoundPause | keyof typeof stopped | 'nobody' | 'later' | 'away';
  readonly detail: string;
  /** How many went without. */
  readonly count?: number;
}

/** Tries of a gateway that takes nothing; with the waits between them that is ten minutes (DESIGN §2.5). */
const TOLD_AFTER = 8;

const isOpen = `b.state IN ('frozen', 'sending')`;
/** Nobody has let it go on: at its deadline it ends as the others do, and one that has none after a week. */
const isGivenUp = `b.state = 'paused' AND least(b.deadline_at, b.paused_at + interval '7 days') <= now()`;
const mayGo = mayGoBy('sms');
const hasWaiting = `EXISTS (SELECT FROM sms_recipients r WHERE r.round_id = b.id AND r.state = 'waiting')`;
const COLUMNS = `${ROUND_COLUMNS}, w.kind, c.name AS brand,
  jsonb_build_object('zone', c.zone, 'from', to_char(c.day_from, 'HH24:MI'), 'to', CASE c.day_to WHEN '24:00' THEN '24:00' ELSE to_char(c.day_to, 'HH24:MI') END) AS day`;

/** Which rounds are to be sent, by whom; one process holds a round at a time. */
@Injectable()
export class OpenRounds {
  constructor(
    private readonly database: DataSource,
    private readonly facts: FactWriter,
    private readonly heartbeat: Heartbeat,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** With something to send and nothing against it; from now on they are sending. */
  async claim(most: number): Promise<readonly OpenRound[]> {
    const [rows]: [OpenRound[], number] = await this.database.query(
      prepared(`UPDATE sms_rounds b SET state = 'sending', lease_until = now() + $1 * interval '1 ms', lease_by = $2
         FROM (SELECT b.id FROM sms_rounds b WHERE ${isOpen} AND b.rest_until <= now() AND b.lease_until < now() AND b.deadline_at > now() AND ${mayGo} AND ${hasWaiting}
                ORDER BY b.frozen_at LIMIT $3 FOR UPDATE OF b SKIP LOCKED) AS free, workspaces w, clients c
        WHERE b.id = free.id AND w.id = b.workspace_id AND c.id = b.client_id RETURNING ${COLUMNS}`), [this.times.leaseMs, this.heartbeat.workerId, most]);
    return rows;
  }

  /** @returns false: it is another process's now, or is not sending any more */
  async renew(id: string): Promise<boolean> {
    const [, held]: [unknown, number] = await this.database.query(
      `UPDATE sms_rounds b SET lease_until = now() + $3 * interval '1 ms' WHERE id = $1 AND lease_by = $2 AND state = 'sending' AND deadline_at > now() AND ${mayGo}`, [id, this.heartbeat.workerId, this.times.leaseMs]);
    return held > 0;
  }

  async letGo(id: string): Promise<void> {
    await this.database.query(`UPDATE sms_rounds SET lease_until = '-infinity', lease_by = NULL WHERE id = $1 AND lease_by = $2`, [id, this.heartbeat.workerId]);
  }

  /** Not again before then; who would be surprised by the wait is told. */
  async restUntil(round: RoundRow, at: Instant, detail: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows]: [{ isLong: boolean }[], number] = await manager.query(
        `UPDATE sms_rounds SET rest_until = greatest(rest_until, to_timestamp($2::float8 / 1000)) WHERE id = $1 RETURNING rest_until > now() + $3 * interval '1 ms' AS "isLong"`, [round.id, at, this.times.untoldMs]);
      if (rows[0]?.isLong) await this.tell(manager, round, { kind: 'sms.waiting', cause: 'later', detail });
    });
  }

  /**
   * The gateway took no more at this pace. Nobody's try: the round rests for as long as it says, else ever longer while nothing is taken.
   * @param until when it may again, ms; null = it did not say
   */
  async slowDown(round: RoundRow, { until, hasSent, detail }: { readonly until: Instant | null; readonly hasSent: boolean; readonly detail: string }): Promise<void> {
    const { throttledFirstMs, throttledMostMs, throttledCapMs, untoldMs } = this.times;
    await this.database.transaction(async (manager) => {
      const [rows]: [{ isLong: boolean }[], number] = await manager.query(
        `UPDATE sms_rounds b SET slow_times = was.times + 1, slow_since = was.since, detail = $5,
                rest_until = now() + CASE WHEN $2::float8 IS NULL THEN least($7, $6 * 2 ^ least(was.times, 20)) ELSE least($8, greatest(0, $2 - extract(epoch FROM now()) * 1000)) END * interval '1 ms'
           FROM (SELECT CASE WHEN $3 THEN 0 ELSE slow_times END AS times, CASE WHEN $3 OR slow_times = 0 THEN now() ELSE slow_since END AS since, rest_until AS until FROM sms_rounds WHERE id = $1 FOR UPDATE) AS was
          WHERE b.id = $1 RETURNING b.rest_until > was.since + $4 * interval '1 ms' AND NOT (was.times > 0 AND was.until > was.since + $4 * interval '1 ms') AS "isLong"`,
        [round.id, until, hasSent, untoldMs, detail, throttledFirstMs, throttledMostMs, throttledCapMs]);
      if (rows[0]?.isLong) await this.tell(manager, round, { kind: 'sms.waiting', cause: 'later', detail });
    });
  }

  /** The gateway took nothing: not again at once, and ever later. */
  async rest(round: RoundRow, detail: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows]: [{ troubles: number }[], number] = await manager.query(
        `UPDATE sms_rounds SET troubles = troubles + 1, detail = $3, rest_until = now() + least(300000, $2 * 2 ^ least(troubles, 10)) * interval '1 ms' WHERE id = $1 RETURNING troubles`, [round.id, this.times.retryFirstMs, detail]);
      if (rows[0]?.troubles === TOLD_AFTER) await this.tell(manager, round, { kind: 'sms.waiting', cause: 'away', detail });
    });
  }

  async isWell(id: string): Promise<void> {
    await this.database.query('UPDATE sms_rounds SET troubles = 0, slow_times = 0, detail = NULL WHERE id = $1 AND (troubles > 0 OR slow_times > 0)', [id]);
  }

  /** Until a person has looked. */
  async pause(round: RoundRow, reason: RoundPause, detail: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [, paused]: [unknown, number] = await manager.query(`UPDATE sms_rounds b SET state = 'paused', reason = $2, detail = $3, paused_at = now(), version = version + 1 WHERE id = $1 AND ${isOpen}`, [round.id, reason, detail]);
      if (paused > 0) await this.tell(manager, round, { kind: 'sms.stopped', cause: reason, detail });
    });
  }

  /** For good: the rest is not sent, and people are told. */
  async stop(round: RoundRow, reason: keyof typeof stopped): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [, ended]: [unknown, number] = await manager.query(`UPDATE sms_rounds b SET state = 'stopped', reason = $2, version = version + 1 WHERE id = $1 AND (${isOpen} OR b.state = 'paused')`, [round.id, reason]);
      if (ended === 0) return;
      const left = await this.leaveOut(manager, round.id, reason);
      if (left === 0) return;
      await this.tell(manager, round, { kind: reason === 'over-cap' ? 'sms.over-cap' : 'sms.stopped', cause: reason, detail: stopped[reason](left, round.recipients), count: left });
    });
  }

  /** Those not begun get nothing any more, and are free for another round of the same post. One being taken up just now follows with the next call. @returns how many */
  async leaveOut(manager: EntityManager, id: string, detail: string): Promise<number> {
    const [row]: { left: number }[] = await manager.query(
      `WITH open AS (
         SELECT subscriber_id FROM sms_recipients WHERE round_id = $1 AND state IN ('waiting', 'reserved') FOR UPDATE SKIP LOCKED),
       ended AS (
         UPDATE sms_recipients r SET state = 'expired', detail = $2, lease_until = NULL, lease_by = NULL FROM open o WHERE r.round_id = $1 AND r.subscriber_id = o.subscriber_id RETURNING r.address_key),
       freed AS (DELETE FROM reached r USING sms_rounds b, ended e WHERE b.id = $1 AND r.client_id = b.client_id AND r.post_id = b.post_id AND r.address_key = e.address_key)
       SELECT count(*)::int AS left FROM ended`, [id, detail]);
    await manager.query('UPDATE sms_rounds SET ended_at = coalesce(ended_at, now()) WHERE id = $1', [id]);
    return row?.left ?? 0;
  }

  /** Of those that wait for nothing any more, and of those nobody may send: where each stands. */
  async settle(): Promise<void> {
    await this.database.query(
      `UPDATE sms_rounds b SET state = 'paused', reason = 'restored', detail = NULL, paused_at = now(), version = version + 1 FROM installation i
        WHERE ${isOpen} AND i.paused_at IS NOT NULL AND i.pause_reason <> 'operator' AND b.frozen_at < i.paused_at`); // its original may have sent the rest
    const late: RoundRow[] = await this.database.query(
      `SELECT ${ROUND_COLUMNS} FROM sms_rounds b WHERE ${isOpen} AND b.deadline_at <= now() AND ${hasWaiting} OR ${isGivenUp} LIMIT 50`);
    for (const round of late) await this.stop(round, 'too-late');
    await this.endThrough();
    // Stopped while somebody was being taken up.
    const left: { id: string; reason: string | null }[] = await this.database.query(
      `SELECT b.id, b.reason FROM sms_rounds b WHERE b.state = 'stopped' AND b.ended_at > now() - interval '1 hour' AND ${hasWaiting}`);
    for (const { id, reason } of left) await this.database.transaction((manager) => this.leaveOut(manager, id, reason ?? 'stopped'));
  }

  /** One that reached nobody, though there were people, is told of: no end is silent. */
  private async endThrough(): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [ended]: [(RoundRow & { readonly reached: boolean })[], number] = await manager.query(
        `UPDATE sms_rounds b SET state = 'sent', ended_at = now(), version = version + 1 WHERE ${isOpen} AND NOT EXISTS (SELECT FROM sms_recipients r WHERE r.round_id = b.id AND r.state IN ('waiting', 'reserved', 'sending'))
         RETURNING ${ROUND_COLUMNS}, EXISTS (SELECT FROM sms_recipients r WHERE r.round_id = b.id AND r.state IN ('sent', 'unconfirmed')) AS reached`);
      for (const round of ended) if (!round.reached && round.recipients > 0) await this.tell(manager, round, { kind: 'sms.stopped', cause: 'nobody', detail: `none of ${round.recipients} people got it: they had one today, want no more, or their numbers were refused` });
    });
  }

  private async tell(manager: EntityManager, { id, workspaceId, clientId, channelId, postId }: RoundRow, { kind, ...said }: News): Promise<void> {
    await this.facts.write(manager, [{ kind, workspaceId, subjectId: id, payload: { clientId, channelId, postId, ...said } }]);
  }
}
