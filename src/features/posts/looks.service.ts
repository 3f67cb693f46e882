import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Instant } from '../../core/instant.js';
import type { OutcomeKind } from '../../core/outcome.js';
import type { Reason } from '../../core/reason.js';
import { FactWriter, storable } from '../../infra/facts/fact-writer.js';
import { deliveryFact, type Flight } from './flight.schema.js';
import { flightColumns, interval, ms, nextPart, partColumns, unpaused } from './flight-columns.js';

/** An unconfirmed delivery in our hands for one look, under its own epoch and lease. */
export interface LookFlight extends Flight {
  readonly looks: number;
  readonly absentAt: Instant | null;
  readonly rounds: number;
  readonly deaths: number;
  readonly died: boolean;
  /** When it was last resent, in this arming; null = never. */
  readonly resentAt: Instant | null;
  /** The database's clock when it was taken, ms. */
  readonly takenAt: Instant;
  /** No pause in force, and within its late limit: it may be sent again under its key. */
  readonly mayResend: boolean;
}

export interface LookResult {
  readonly look: LookFlight;
  readonly reason: Reason;
}

/** The trace of a resend: written before its request leaves, completed by its answer. */
export interface Resend {
  readonly attemptId: string;
  /** The database's clock, ms. */
  readonly startedAt: Instant;
}

export interface ResendAnswer {
  readonly resend: Resend;
  readonly outcome: Exclude<OutcomeKind, 'delivered'>;
  readonly detail: string;
  /** By the database's clock, ms. */
  readonly finishedAt: Instant;
}

/** How many looks there is room for. */
export interface LookPlaces {
  readonly most: number;
  /** Of one component. */
  readonly places: number;
  /** By component, what is being looked at already. */
  readonly inHand: ReadonlyMap<string, number>;
}

const LOOK_IS_DUE = `look_at <= now() AND (look_until IS NULL OR look_until < now())`;
const moved = `id, post_id AS "postId", channel_id AS "channelId", client_id AS "clientId", workspace_id AS "workspaceId"`;

/** Every statement on unconfirmed deliveries. Conditional on the look's epoch (DESIGN §6.5). */
@Injectable()
export class LooksService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly facts: FactWriter,
  ) {}

  /**
   * Takes up to `most` whose look is due, of one component no more than `places` less what is `inHand` of it already, so
   * that one that hangs does not stand before all others. Neither this nor `again` raises the version: looks are guarded
   * by their epoch, and nothing changes that a person has seen, who may act on it at any time.
   */
  async claim({ most, places, inHand }: LookPlaces, leaseMs: number): Promise<readonly LookFlight[]> {
    return this.dataSource.query<LookFlight[]>(
      `WITH ranked AS (
         SELECT id, look_at, row_number() OVER (PARTITION BY component_id ORDER BY look_at) + coalesce(($3::jsonb ->> component_id)::int, 0) AS place
           FROM deliveries WHERE state = 'unconfirmed' AND ${LOOK_IS_DUE}
            AND NOT EXISTS (SELECT 1 FROM installation WHERE paused_at IS NOT NULL)),
       due AS (
         SELECT id FROM deliveries
          WHERE id IN (SELECT id FROM ranked WHERE place <= $4 ORDER BY look_at LIMIT $1) AND state = 'unconfirmed' AND ${LOOK_IS_DUE}
          FOR UPDATE SKIP LOCKED),
       c AS (
         UPDATE deliveries d SET epoch = d.epoch + 1, look_until = now() + ${interval('$2')}
           FROM due WHERE d.id = due.id RETURNING d.*)
       SELECT ${flightColumns('c')}, ${partColumns('c')}, c.looks, ${ms('c.absent_at')} AS "absentAt", c.rounds, t.deaths, t.died, ${ms('t.resent_at')} AS "resentAt",
              ${ms('now()')} AS "takenAt", (c.released OR c.deadline_at > now()) AND ${unpaused('c')} AS "mayResend"
         FROM c ${nextPart('c')}
         CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE outcome IS NULL)::int AS deaths, coalesce((array_agg(outcome IS NULL ORDER BY epoch DESC))[1], false) AS died,
                  max(started_at) FILTER (WHERE kind = 'resend' AND part_id = p.id) AS resent_at
             FROM attempts a WHERE a.delivery_id = c.id AND a.arming = c.arming AND a.kind IN ('commit', 'resend')) t`,
      [most, leaseMs, JSON.stringify(Object.fromEntries(inHand)), places],
    );
  }

  /**
   * The intent of a resend, before its request leaves: should this process die with it, the next look knows that something
   * may be under way. null = the look is no longer ours, or a person has spoken meanwhile: nothing may be sent.
   */
  async resending(look: LookFlight, { contentHash, workerId }: { readonly contentHash: string; readonly workerId: string }): Promise<Resend | null> {
    const attemptId = uuid();
    const [row] = await this.dataSource.query<{ startedAt: Instant }[]>(
      `INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, worker_id, started_at, content_hash)
       SELECT $3, d.id, $4, d.workspace_id, 'resend', d.arming, d.epoch, $5, date_trunc('milliseconds', now()), decode($6, 'hex')
         FROM deliveries d WHERE d.id = $1 AND d.epoch = $2 AND d.state = 'unconfirmed' FOR UPDATE
       RETURNING ${ms('started_at')} AS "startedAt"`,
      [look.id, look.epoch, attemptId, look.partId, workerId, contentHash],
    );
    return row ? { attemptId, startedAt: row.startedAt } : null;
  }

  /** What a resend answered other than "it is out": kept as its attempt, whatever became of the look. */
  async resent(look: LookFlight, { resend, outcome, detail, finishedAt }: ResendAnswer): Promise<void> {
    await this.dataSource.query(
      `WITH tried AS (
         UPDATE attempts SET outcome = $3, detail = $4, finished_at = to_timestamp($5::float8 / 1000)
          WHERE id = $1 AND started_at = to_timestamp($2::float8 / 1000) RETURNING id, part_id, workspace_id)
       INSERT INTO evidence (attempt_id, workspace_id, body)
       SELECT t.id, t.workspace_id, jsonb_build_object('content', $6::jsonb, 'outcome', $3::text, 'detail', $4::text) FROM tried t`,
      [resend.attemptId, resend.startedAt, outcome, detail, finishedAt, storable(look.content)],
    );
  }

  /** Nothing concluded: look again. `absentAt` set = this absence counts. */
  async again(look: LookFlight, at: Instant, absentAt: Instant | null): Promise<void> {
    await this.dataSource.query(
      `UPDATE deliveries SET look_at = to_timestamp($3::float8 / 1000), look_until = NULL, looks = looks + 1,
              absent_at = coalesce(absent_at, to_timestamp($4::float8 / 1000))
        WHERE id = $1 AND epoch = $2 AND state = 'unconfirmed'`,
      [look.id, look.epoch, at, absentAt],
    );
  }

  /** Found absent: it may be sent again. Its late limit and policy are asked at the next bell. */
  async absent({ look, reason }: LookResult): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[unknown[], number]>(
        `UPDATE deliveries SET state = 'scheduled', ready_at = now(), look_at = NULL, look_until = NULL, looks = 0, absent_at = NULL,
                rounds = rounds + CASE WHEN $4 THEN 0 ELSE 1 END, tries = tries + 1, lease_until = NULL, reason = $3::jsonb, version = version + 1, ring = ring + 1, rung_until = NULL
          WHERE id = $1 AND epoch = $2 AND state = 'unconfirmed' RETURNING 1`,
        [look.id, look.epoch, storable(reason), look.died],
      );
      if (rows.length > 0) {
        await manager.query(
          `INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, finished_at, outcome, detail)
           VALUES ($1, $2, $3, $4, 'find', $5, $6, now(), 'absent', 'looked up twice and not there')`,
          [uuid(), look.id, look.partId, look.workspaceId, look.arming, look.epoch],
        );
      }
    });
  }

  async fail({ look, reason }: LookResult): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[Flight[], number]>(
        `UPDATE deliveries SET state = 'failed', look_at = NULL, look_until = NULL, lease_until = NULL, reason = $3::jsonb, ended_at = now(),
                version = version + 1, ring = ring + 1, rung_until = NULL
          WHERE id = $1 AND epoch = $2 AND state = 'unconfirmed' RETURNING ${moved}`,
        [look.id, look.epoch, storable(reason)],
      );
      await this.facts.write(
        manager,
        rows.map((row) => ({ kind: 'delivery.failed' as const, workspaceId: row.workspaceId, subjectId: row.id, payload: deliveryFact(row, { reason }) })),
      );
    });
  }

  /** Only a person can tell: no look any more until one said so. People are told, also where they heard of an earlier wait of it. */
  async askPerson({ look, reason }: LookResult): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[Flight[], number]>(
        `UPDATE deliveries SET look_at = 'infinity', look_until = NULL, told_at = NULL, reason = $3::jsonb, version = version + 1
          WHERE id = $1 AND epoch = $2 AND state = 'unconfirmed' RETURNING ${moved}`,
        [look.id, look.epoch, storable(reason)],
      );
      await this.facts.write(
        manager,
        rows.map((row) => ({ kind: 'delivery.unconfirmed' as const, workspaceId: row.workspaceId, subjectId: row.id, payload: deliveryFact(row, { reason }) })),
      );
    });
  }
}
