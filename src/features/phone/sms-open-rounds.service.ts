import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { ClientDay } from '../../core/day.js';
import type { Instant } from '../../core/instant.js';
import { TIMES, type Times } from '../../core/times.js';
import { prepared } from '../../infra/database/prepared.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { mayGo as mayGoBy, type PauseOver, pauseOver } from '../broadcast/takings.service.js';
import { mayHaveIt, SmsNobody } from './sms-nobody.service.js';
import { ROUND_COLUMNS, type RoundRow } from './sms-round-row.js';
import type { SmsReason } from './told.schema.js';

export interface OpenRound extends RoundRow {
  readonly kind: 'live' | 'demo';
  readonly brand: string;
  readonly day: ClientDay;
}

/** Why a round waits for a person. */
export type RoundPause = Extract<SmsReason, 'no-gateway' | 'not-public' | 'account' | 'refusals' | 'silence' | 'pause-over'>;
/** Why a round ends with people left. */
const roundStops = ['over-cap', 'too-late', 'currency', 'archived', 'dropped-after-pause'] as const satisfies readonly SmsReason[];
export type RoundStop = (typeof roundStops)[number];

/** What people are told of a round. */
interface News {
  readonly kind: 'sms.over-cap' | 'sms.stopped' | 'sms.waiting' | 'sms.unsure';
  readonly cause: SmsReason;
  /** The gateway's words. */
  readonly detail?: string;
  /** How many went without. */
  readonly count?: number;
  /** Until when they wait, ms. */
  readonly until?: Instant;
  /** Of `nobody`: how many for which cause. */
  readonly params?: Readonly<Record<string, number>>;
}

/** Tries of a gateway that takes nothing; with the waits between them that is ten minutes (DESIGN §2.5). */
const TOLD_AFTER = 8;

const isOpen = `b.state IN ('frozen', 'sending')`;
/** Nobody has let it go on: at its deadline it ends as the others do, and one that has none after a week. */
const isGivenUp = `b.state = 'paused' AND least(b.deadline_at, b.paused_at + interval '7 days') <= now()`;
/** What still waits of a client, or a channel, that was put away goes to nobody. */
const isPutAway = `EXISTS (SELECT FROM channels h JOIN clients l ON l.id = h.client_id WHERE h.id = b.channel_id AND (h.archived_at IS NOT NULL OR l.archived_at IS NOT NULL))`;
export const mayGo = `${mayGoBy('sms')} AND NOT ${isPutAway}`;
/** Somebody may have it, or what became of its taking is written: before that there is nothing to take back. */
const mayEnd = `(EXISTS (SELECT FROM sms_recipients r WHERE r.round_id = b.id AND r.state IN ('sent', 'unconfirmed'))
  OR NOT EXISTS (SELECT FROM deliveries d WHERE d.post_id = b.post_id AND d.channel_id = b.channel_id AND d.state IN ('sending', 'unconfirmed')))`;
const hasWaiting = `EXISTS (SELECT FROM sms_recipients r WHERE r.round_id = b.id AND r.state = 'waiting')`;
const COLUMNS = `${ROUND_COLUMNS}, w.kind, c.name AS brand,
  jsonb_build_object('zone', c.zone, 'from', to_char(c.day_from, 'HH24:MI'), 'to', CASE c.day_to WHEN '24:00' THEN '24:00' ELSE to_char(c.day_to, 'HH24:MI') END) AS day`;

/** Which rounds are to be sent, by whom; one process holds a round at a time. */
@Injectable()
export class OpenRounds {
  constructor(
    private readonly database: DataSource,
    private readonly facts: FactWriter,
    private readonly nobody: SmsNobody,
    private readonly heartbeat: Heartbeat,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** With something to send and nothing against it; from now on they are sending. */
  async claim(most: number): Promise<readonly OpenRound[]> {
    const [rows]: [OpenRound[], number] = await this.database.query(
      prepared(`WITH free AS MATERIALIZED (
         SELECT b.id FROM sms_rounds b WHERE ${isOpen} AND b.rest_until <= now() AND b.lease_until < now() AND b.deadline_at > now() AND ${mayGo} AND ${hasWaiting}
          ORDER BY b.frozen_at LIMIT $3 FOR UPDATE OF b SKIP LOCKED)
       UPDATE sms_rounds b SET state = 'sending', lease_until = now() + $1 * interval '1 ms', lease_by = $2 FROM free, workspaces w, clients c
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
  async restUntil(round: RoundRow, at: Instant): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows]: [{ isLong: boolean }[], number] = await manager.query(
        `UPDATE sms_rounds SET rest_until = greatest(rest_until, to_timestamp($2::float8 / 1000)) WHERE id = $1 RETURNING rest_until > now() + $3 * interval '1 ms' AS "isLong"`, [round.id, at, this.times.untoldMs]);
      if (rows[0]?.isLong) await this.tell(manager, round, { kind: 'sms.waiting', cause: 'night', until: at });
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

  /** For good: the rest is not sent, and people are told. Of one whose taking is not written yet: in a moment. */
  async stop(round: RoundRow, reason: RoundStop): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [, ended]: [unknown, number] = await manager.query(`UPDATE sms_rounds b SET state = 'stopped', reason = $2, version = version + 1 WHERE id = $1 AND (${isOpen} OR b.state = 'paused') AND ${mayEnd}`, [round.id, reason]);
      if (ended === 0) {
        await manager.query(`UPDATE sms_rounds b SET rest_until = greatest(rest_until, now() + interval '1 second') WHERE id = $1 AND ${isOpen}`, [round.id]);
        return;
      }
      const left = await this.leaveOut(manager, round.id, reason);
      const { reached, params } = await this.nobody.fate(manager, round.id);
      const isNobodys = reached === 0 && round.recipients > 0;
      if (isNobodys) await this.nobody.end(manager, round, reason === 'dropped-after-pause' ? 'skipped' : 'failed');
      if (left > 0) await this.tell(manager, round, { kind: reason === 'over-cap' ? 'sms.over-cap' : 'sms.stopped', cause: reason, count: left });
      else if (isNobodys) await this.tell(manager, round, { kind: 'sms.stopped', cause: 'nobody', count: round.recipients, params });
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
    const ended: (RoundRow & { readonly putAway: boolean })[] = await this.database.query(
      `SELECT ${ROUND_COLUMNS}, ${isPutAway} AS "putAway" FROM sms_rounds b
        WHERE b.state IN ('frozen', 'sending', 'paused') AND (${isOpen} AND (b.deadline_at <= now() OR ${isPutAway}) AND ${hasWaiting} OR ${isGivenUp} OR b.state = 'paused' AND ${isPutAway}) AND ${mayEnd} LIMIT 50`);
    for (const round of ended) await this.stop(round, round.putAway ? 'archived' : 'too-late');
    await this.afterPauses();
    await this.endThrough();
    await this.tellUnsure();
    await this.takenUpAtTheStop();
    await this.knownSince();
  }

  private async takenUpAtTheStop(): Promise<void> {
    const left: { id: string; reason: string | null }[] = await this.database.query(
      `SELECT b.id, b.reason FROM sms_rounds b WHERE b.state = 'stopped' AND b.ended_at > now() - interval '1 hour' AND ${hasWaiting}`);
    for (const { id, reason } of left) await this.database.transaction((manager) => this.leaveOut(manager, id, reason ?? 'stopped'));
  }

  /** Of those that ended while it was not known of somebody whether they have it: nobody has, as is known by now. */
  private async knownSince(): Promise<void> {
    const nobodys: RoundRow[] = await this.database.query(
      `SELECT ${ROUND_COLUMNS} FROM sms_rounds b
        WHERE (b.state = 'sent' OR b.state = 'stopped' AND b.reason = ANY($1::text[])) AND b.ended_at > now() - interval '3 days' AND b.recipients > 0
          AND NOT EXISTS (SELECT FROM sms_recipients r WHERE r.round_id = b.id AND r.state IN ${mayHaveIt})
          AND EXISTS (SELECT FROM deliveries d JOIN parts p ON p.delivery_id = d.id AND p.channel_id = d.channel_id WHERE d.post_id = b.post_id AND d.channel_id = b.channel_id AND d.state = 'published' AND p.remote_id = b.id::text)`, [roundStops]);
    for (const round of nobodys) await this.database.transaction((manager) => this.toNobody(manager, round, { isEnding: false }));
  }

  /** What a pause held half way does as it said when it began (DESIGN §8): it ends, or stands for a person. */
  private async afterPauses(): Promise<void> {
    const over: (RoundRow & PauseOver)[] = await this.database.query(`SELECT ${ROUND_COLUMNS}, z.resume FROM sms_rounds b CROSS JOIN LATERAL (${pauseOver('sms')}) AS z WHERE ${isOpen} AND ${mayEnd} LIMIT 50`);
    for (const { resume, ...round } of over) await (resume === 'drop' ? this.stop(round, 'dropped-after-pause') : this.pause(round, 'pause-over', ''));
  }

  /** One that reached nobody, though there were people, is told of: no end is silent. */
  private async endThrough(): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [ended]: [RoundRow[], number] = await manager.query(
        `UPDATE sms_rounds b SET state = 'sent', ended_at = now(), version = version + 1 WHERE ${isOpen} AND ${mayEnd} AND NOT EXISTS (SELECT FROM sms_recipients r WHERE r.round_id = b.id AND r.state IN ('waiting', 'reserved', 'sending'))
         RETURNING ${ROUND_COLUMNS}`);
      for (const round of ended) if (round.recipients > 0) await this.toNobody(manager, round, { isEnding: true });
    });
  }

  private async toNobody(manager: EntityManager, round: RoundRow, { isEnding }: { readonly isEnding: boolean }): Promise<void> {
    const { reached, params } = await this.nobody.fate(manager, round.id);
    if (reached > 0) return;
    const isNews = await this.nobody.end(manager, round, round.reason === 'dropped-after-pause' ? 'skipped' : 'failed') > 0;
    // Of one that was stopped people know already that it ended.
    if (isEnding || (isNews && round.state === 'sent')) await this.tell(manager, round, { kind: 'sms.stopped', cause: 'nobody', count: round.recipients, params });
  }

  /** Of those that ended: of whom nobody will know any more whether they got it. Once, as soon as none is looked for. */
  private async tellUnsure(): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rounds]: [(RoundRow & { readonly unsure: number })[], number] = await manager.query(
        `UPDATE sms_rounds b SET unsure_told = true
           FROM (SELECT z.id, (SELECT count(*)::int FROM sms_recipients r WHERE r.round_id = z.id AND r.state = 'unconfirmed') AS unsure FROM sms_rounds z
                  WHERE z.ended_at > now() - interval '3 days' AND NOT z.unsure_told AND EXISTS (SELECT FROM sms_recipients r WHERE r.round_id = z.id AND r.state = 'unconfirmed')
                    AND NOT EXISTS (SELECT FROM sms_recipients r WHERE r.round_id = z.id AND (r.state = 'sending' OR r.state = 'unconfirmed' AND r.look_at IS NOT NULL)) FOR UPDATE OF z SKIP LOCKED) AS n
          WHERE b.id = n.id RETURNING ${ROUND_COLUMNS}, n.unsure`);
      for (const { unsure, ...round } of rounds) await this.tell(manager, round, { kind: 'sms.unsure', cause: 'unsure', count: unsure });
    });
  }

  private async tell(manager: EntityManager, { id, workspaceId, clientId, channelId, postId }: RoundRow, { kind, cause, detail, count, until, params }: News): Promise<void> {
    const reason = { code: `sms-${cause}`, ...(detail !== undefined && { detail }), ...(params && { params }) };
    await this.facts.write(manager, [{
      kind, workspaceId, subjectId: id, payload: { clientId, channelId, postId, reason, ...(count !== undefined && { count }), ...(until !== undefined && { to: new Date(until).toISOString() }) },
    }]);
  }
}
