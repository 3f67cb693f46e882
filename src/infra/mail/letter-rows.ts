import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Address, Letter, LetterMail } from './letter.js';
import { LEASE_S, SECOND_ROAD_AFTER_S } from './letter-marks.js';
import type { LetterOutcome, Refusals } from './letter-outcome.js';

/** `catcher`: no road out, but a table that the desk shows. */
export type Place = 'first' | 'second' | 'catcher';

/** How the roads stand when letters are claimed. */
export interface Standing {
  readonly hasFirst: boolean;
  readonly hasSecond: boolean;
  readonly secondCarriesClients: boolean;
  readonly firstDown: boolean;
  readonly secondDown: boolean;
}

export interface ClaimedLetter {
  readonly id: string;
  readonly workspaceId: string | null;
  readonly once: string;
  readonly about: Letter['about'];
  readonly to: Address;
  readonly mail: LetterMail;
  readonly tries: number;
  /** Seconds since it was written. */
  readonly ageS: number;
  readonly isOver: boolean;
  /** Whether the second road may carry it. */
  readonly hasSecond: boolean;
  readonly refusals: Refusals;
}

const keepDays = { letters: 90, caught: 30 };

/** A letter to a client's contact. */
const toClient = `(l.user_id IS NULL OR l.about = 'client-notice')`;
const hasSecond = `($4 AND ($5 OR NOT ${toClient}))`;
/**
 * By which road a letter goes now. A demo's goes nowhere. What one road refuses for good is the other's. A road judged down
 * is passed over while the other is not; else the first has two minutes, and then they take turns.
 */
const road = `CASE
  WHEN NOT $3 OR w.kind = 'demo' THEN 'catcher'
  WHEN NOT ${hasSecond} THEN 'first'
  WHEN l.refusals ? 'first' THEN 'second'
  WHEN l.refusals ? 'second' OR ($7 AND NOT $6) THEN 'first'
  WHEN $6 AND NOT $7 THEN 'second'
  WHEN l.created_at > now() - make_interval(secs => ${SECOND_ROAD_AFTER_S}) OR l.road = 'second' THEN 'first'
  ELSE 'second' END`;
/** A copy that waits for its confirmation writes to no client, and nothing that its original may have sent. */
const mayGo = `NOT EXISTS (SELECT FROM installation i WHERE i.pause_reason <> 'operator' AND (l.created_at < i.paused_at OR ${toClient}))`;

/** All statements on letters on their way. */
@Injectable()
export class LetterRows {
  constructor(private readonly database: DataSource) {}

  /** Takes up to `most` letters that go by this road now, the one that waits longest first; the lease ends at next_at. */
  async claim(place: Place, most: number, { hasFirst, hasSecond: second, secondCarriesClients, firstDown, secondDown }: Standing): Promise<readonly ClaimedLetter[]> {
    const [rows]: [ClaimedLetter[], number] = await this.database.query(
      `WITH due AS MATERIALIZED (
         SELECT l.id, ${hasSecond} AS has_second FROM letters l LEFT JOIN workspaces w ON w.id = l.workspace_id
          WHERE l.state = 'waiting' AND l.next_at <= now() AND ${road} = $1 AND ${mayGo}
          ORDER BY l.next_at LIMIT $2 FOR UPDATE OF l SKIP LOCKED)
       UPDATE letters l SET tries = l.tries + 1, next_at = now() + make_interval(secs => ${LEASE_S}), sending_until = now() + make_interval(secs => ${LEASE_S}), road = $1 FROM due
        WHERE l.id = due.id
       RETURNING l.id, l.workspace_id AS "workspaceId", l.once, l.about, jsonb_build_object('name', l.to_name, 'address', l.to_address) AS "to", l.mail, l.tries,
         extract(epoch FROM now() - l.created_at)::float8 AS "ageS", l.until < now() AS "isOver", due.has_second AS "hasSecond", l.refusals`,
      [place, most, hasFirst, second, secondCarriesClients, firstDown, secondDown],
    );
    return rows;
  }

  /** Writes down what became of a try; `onLost` in the same transaction, when it was the last one. */
  async record({ id, tries }: ClaimedLetter, outcome: LetterOutcome, onLost: (manager: EntityManager) => Promise<void>): Promise<void> {
    const { state } = outcome;
    const { detail, refusedBy, againInS } = state === 'sent' ? { detail: null, refusedBy: null, againInS: 0 } : outcome;
    const write = async (manager: EntityManager): Promise<number> => {
      const [, count]: [unknown, number] = await manager.query(
        `UPDATE letters SET state = $3, detail = $4, next_at = now() + make_interval(secs => $5), sending_until = NULL,
           refusals = refusals || CASE WHEN $6::text IS NULL THEN '{}' ELSE jsonb_build_object($6::text, $4::text) END
          WHERE id = $1 AND (state = 'waiting' AND tries = $2 OR $3 = 'sent' AND state <> 'sent')`, // that it went is true whoever says it
        [id, tries, state, detail, againInS, refusedBy],
      );
      return count;
    };
    if (state !== 'failed') await write(this.database.manager);
    else await this.database.transaction(async (manager) => void ((await write(manager)) > 0 && (await onLost(manager))));
  }

  /** What could not go while it was news. */
  async drop({ id, tries }: ClaimedLetter, onLost: (manager: EntityManager) => Promise<void>): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [, count]: [unknown, number] = await manager.query(
        `UPDATE letters SET state = 'dropped', sending_until = NULL, detail = coalesce(detail || '; ', '') || 'too late to be news' WHERE id = $1 AND tries = $2 AND state = 'waiting'`,
        [id, tries],
      );
      if (count > 0) await onLost(manager);
    });
  }

  async catch({ id, workspaceId, about, to, mail }: ClaimedLetter): Promise<void> {
    await this.database.query(
      'INSERT INTO caught_mails (id, workspace_id, to_address, subject, mail) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING',
      [id, workspaceId, to.address, mail.subject, JSON.stringify({ ...mail, about, toName: to.name })],
    );
  }

  /** Is one waiting, or was one written within a quarter of an hour, so that more may come? */
  async isBusy(): Promise<boolean> {
    const [row]: { busy: boolean }[] = await this.database.query(
      `SELECT EXISTS (SELECT FROM letters WHERE state = 'waiting') OR EXISTS (SELECT FROM letters WHERE created_at > now() - interval '15 minutes') AS busy`,
    );
    return row?.busy ?? false;
  }

  /** They name people: none is kept for ever. */
  async prune(): Promise<void> {
    await this.database.query(`DELETE FROM letters WHERE state <> 'waiting' AND created_at < now() - make_interval(days => $1)`, [keepDays.letters]);
    await this.database.query('DELETE FROM caught_mails WHERE caught_at < now() - make_interval(days => $1)', [keepDays.caught]);
  }
}
