import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TIMES, type Times } from '../../core/times.js';
import { prepared } from '../../infra/database/prepared.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { mayGo } from './takings.service.js';

/** A recipient whose mail may be made ready; nothing was promised yet. */
export interface Reserved {
  readonly id: string;
  readonly listId: string;
  readonly address: string;
  /** Tries that were put off. */
  readonly tries: number;
  /** Of the links of this person. */
  readonly token: string;
}

/** What became of a mail that had its intent. `waiting`: it was not taken, again in `againS` seconds. */
export interface Ended {
  readonly id: string;
  readonly state: 'sent' | 'failed' | 'unconfirmed' | 'waiting';
  readonly detail: string | null;
  readonly againS: number;
  /** It counts as a try of this mail: their server put it off. */
  readonly isTry: boolean;
}

/** The end of one mail and the beginning of the next of the same connection: written together, so that each has at most one that is uncertain. */
export interface Turn {
  readonly ended: Ended | null;
  /** The recipient whose mail is to leave now. */
  readonly begun: string | null;
}

/** How many leases a mail may take, connection included. */
const LEASES = { reserved: 1, sending: 3 } as const;

/** All statements on mails on their way. */
@Injectable()
export class RecipientRows {
  constructor(
    private readonly database: DataSource,
    private readonly heartbeat: Heartbeat,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** Takes up to `most` that may go now. Those who may not be written to any more, or too late, end here. */
  async reserve(broadcastId: string, most: number): Promise<readonly Reserved[]> {
    const [rows]: [{ id: string; listId: string; address: string; tries: number }[], number] = await this.database.query(
      prepared(`WITH picked AS MATERIALIZED ( -- as a subquery of the update it may be run again for each row, and its limit with it
         SELECT w.subscriber_id FROM recipients w WHERE w.broadcast_id = $1 AND w.state = 'waiting' AND w.next_at <= now() ORDER BY w.next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       UPDATE recipients r SET state = 'reserved', lease_by = $3, lease_until = now() + $4 * interval '1 ms' FROM picked
        WHERE r.broadcast_id = $1 AND r.subscriber_id = picked.subscriber_id AND EXISTS (SELECT FROM broadcasts b WHERE b.id = $1 AND b.state = 'sending' AND b.deadline_at > now())
       RETURNING r.subscriber_id AS id, r.list_id AS "listId", r.address, r.tries`),
      [broadcastId, most, this.heartbeat.workerId, this.times.leaseMs * LEASES.reserved]);
    if (rows.length === 0) return [];
    const people: { id: string; token: string }[] = await this.database.query(prepared('SELECT id, token FROM subscribers WHERE id = ANY($1::uuid[])'), [rows.map(({ id }) => id)]);
    const tokens = new Map(people.map(({ id, token }) => [id, token]));
    return rows.map((row) => ({ ...row, token: tokens.get(row.id) ?? '' }));
  }

  /** Consent was taken back, or something stands against writing to them, since the audience was frozen. */
  async suppress(broadcastId: string, ids: readonly string[]): Promise<void> {
    await this.database.query(
      `UPDATE recipients SET state = 'suppressed', lease_until = NULL, lease_by = NULL WHERE broadcast_id = $1 AND subscriber_id = ANY($2::uuid[]) AND state = 'reserved' AND lease_by = $3`,
      [broadcastId, ids, this.heartbeat.workerId]);
  }

  /** Ends and intents of many connections in one commit. @returns for each turn whether what it begins may leave */
  async turn(broadcastId: string, turns: readonly Turn[]): Promise<readonly boolean[]> {
    const ended = turns.flatMap((one) => one.ended ?? []);
    const begun = turns.flatMap((one) => one.begun ?? []);
    const [rows]: [{ id: string }[], number] = await this.database.query(
      prepared(`WITH ended AS (
         UPDATE recipients r SET state = e.state, detail = e.detail, tries = r.tries + e.tried, lease_until = NULL, lease_by = NULL,
                next_at = CASE WHEN e.state = 'waiting' THEN now() + e.again * interval '1 second' ELSE r.next_at END, sent_at = CASE WHEN e.state = 'sent' THEN now() END
           FROM unnest($2::uuid[], $3::text[], $4::text[], $5::float8[], $6::int[]) AS e (id, state, detail, again, tried)
          WHERE r.broadcast_id = $1 AND r.subscriber_id = e.id AND (r.state = 'sending' AND r.lease_by = $8 OR r.state = 'unconfirmed' AND e.state = 'sent')) -- that it went is true, however late
       UPDATE recipients r SET state = 'sending', intent_at = now(), lease_until = now() + $9 * interval '1 ms'
         FROM unnest($7::uuid[]) AS i (id)
        WHERE r.broadcast_id = $1 AND r.subscriber_id = i.id AND r.state = 'reserved' AND r.lease_by = $8
          AND EXISTS (SELECT FROM broadcasts b WHERE b.id = $1 AND b.state = 'sending' AND b.deadline_at > now() AND ${mayGo('newsletter')})
       RETURNING r.subscriber_id AS id`),
      [broadcastId, ended.map(({ id }) => id), ended.map(({ state }) => state), ended.map(({ detail }) => detail), ended.map(({ againS }) => againS), ended.map(({ isTry }) => (isTry ? 1 : 0)),
        begun, this.heartbeat.workerId, this.times.leaseMs * LEASES.sending]);
    const granted = new Set(rows.map(({ id }) => id));
    return turns.map((one) => one.begun !== null && granted.has(one.begun));
  }

  /** What was reserved here and not begun is anybody's again. */
  async release(broadcastId: string): Promise<void> {
    await this.database.query(
      `UPDATE recipients SET state = 'waiting', lease_until = NULL, lease_by = NULL WHERE broadcast_id = $1 AND state = 'reserved' AND lease_by = $2`, [broadcastId, this.heartbeat.workerId]);
  }

  /** Leases that ran out: of what meant nothing, and of what may have left and is never sent again by itself. @returns how many became unconfirmed */
  async sweep(): Promise<number> {
    const rows: { unconfirmed: number }[] = await this.database.query(
      prepared(`WITH late AS (
         SELECT broadcast_id, subscriber_id FROM recipients WHERE state IN ('reserved', 'sending') AND lease_until < now() LIMIT 5000 FOR UPDATE SKIP LOCKED),
       swept AS (
         UPDATE recipients r SET state = CASE r.state WHEN 'reserved' THEN 'waiting' ELSE 'unconfirmed' END, lease_until = NULL, lease_by = NULL,
                detail = CASE r.state WHEN 'sending' THEN 'the process that sent it ended before it was told what became of it' END
           FROM late WHERE r.broadcast_id = late.broadcast_id AND r.subscriber_id = late.subscriber_id RETURNING r.state)
       SELECT count(*) FILTER (WHERE state = 'unconfirmed')::int AS unconfirmed FROM swept`));
    return rows[0]?.unconfirmed ?? 0;
  }
}
