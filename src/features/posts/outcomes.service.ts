import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { DeliveryState, HoldReason } from '../../core/delivery.js';
import type { Instant } from '../../core/instant.js';
import type { OutcomeKind } from '../../core/outcome.js';
import type { Reason } from '../../core/reason.js';
import { TIMES, type Times } from '../../core/times.js';
import { Gather } from '../../infra/database/gather.js';
import { prepared } from '../../infra/database/prepared.js';
import type { Fact } from '../../infra/facts/facts.js';
import { FactWriter, storable } from '../../infra/facts/fact-writer.js';
import { deliveryFact, type Flight } from './flight.schema.js';
import { heldNews, interval } from './flight-columns.js';
import { SAMPLE_SHARE } from './verifications.service.js';

/** One try of a part, as it is recorded. Plain JSON: it also goes through the journal. */
export interface Tried {
  readonly attemptId: string;
  readonly deliveryId: string;
  readonly partId: string;
  readonly workspaceId: string;
  readonly kind: 'commit' | 'resend' | 'find' | 'by-hand';
  readonly arming: number;
  readonly epoch: number;
  readonly workerId: string | null;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  /** SHA-256 of the frozen content, hex. */
  readonly contentHash: string;
  readonly stampAt: Instant;
}

export interface DeliveredRecord extends Tried {
  readonly remoteId: string;
  readonly url: string | null;
}

export interface SetbackRecord extends Tried {
  readonly outcome: Exclude<OutcomeKind, 'delivered'>;
  readonly detail: string;
  readonly to: Extract<DeliveryState, 'scheduled' | 'held' | 'unconfirmed' | 'failed'>;
  readonly hold: HoldReason | null;
  /** When to try or to look again; null = a person's turn, or its late limit. */
  readonly at: Instant | null;
  readonly reason: Reason;
}

export type Closed =
  /** Out, and nothing more to send. */
  | 'published'
  /** Out, more parts to go: it is scheduled again, for now, and only goes forward. */
  | 'more'
  /** It was out already, or a newer claim is sending it: perhaps it stands there twice. */
  | 'perhaps-twice'
  /** Nothing to write: known already, or what a look found is another part's. */
  | 'known';

interface ClosedRow {
  readonly id: string;
  readonly next: DeliveryState;
  readonly twice: boolean;
}

const RECORD = `s (
  "attemptId" uuid, "deliveryId" uuid, "partId" uuid, "workspaceId" uuid, kind text, arming int, epoch int, "workerId" uuid,
  "startedAt" float8, "finishedAt" float8, "contentHash" text, "stampAt" float8, "remoteId" text, url text,
  outcome text, detail text, "to" text, hold text, at float8, reason jsonb, "publishedFact" uuid, "twiceFact" uuid)`;

/** A look writes nothing that could stand there twice, nor does an answer that the journal tells again. */
const isNews = `s.kind <> 'find' AND NOT EXISTS (
  SELECT 1 FROM attempts a WHERE a.id = s."attemptId" AND a.started_at = to_timestamp(s."startedAt" / 1000) AND a.outcome = 'delivered')`;

const at = (column: string): string => `to_timestamp(${column} / 1000)`;

/** Writes what attempts told us. Conditional on the epoch, except `delivered`, which is a fact (DESIGN §6.4). */
@Injectable()
export class OutcomesService {
  private readonly deliveredOnes = new Gather<DeliveredRecord, Closed>((records) => this.recordAll(records), { most: 200, parallel: 2 });
  private readonly setbacks = new Gather<SetbackRecord, boolean>((records) => this.setBackAll(records), { most: 200, parallel: 1 });

  constructor(
    private readonly dataSource: DataSource,
    private readonly facts: FactWriter,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  delivered(record: DeliveredRecord): Promise<Closed> {
    return this.deliveredOnes.add(record);
  }

  /** @returns false = the claim was no longer ours; the attempt is recorded all the same. */
  setback(record: SetbackRecord): Promise<boolean> {
    return this.setbacks.add(record);
  }

  /** Remote ids on the channel that are ours already, since an hour before the intent. */
  async taken(channelId: string, since: Instant): Promise<ReadonlySet<string>> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT remote_id AS id FROM parts WHERE channel_id = $1 AND remote_id IS NOT NULL
          AND published_at >= to_timestamp($2::float8 / 1000) - interval '1 hour'`,
      [channelId, since],
    );
    return new Set(rows.map(({ id }) => id));
  }

  private async recordAll(records: readonly DeliveredRecord[]): Promise<Closed[]> {
    const alone = new Set(records.map(({ deliveryId }) => deliveryId)).size < records.length; // one statement cannot close a row twice
    try {
      if (!alone) return await this.close(records);
    } catch (error) {
      // One remote id that another row already claims must not keep the others from being recorded.
      if (records.length === 1) throw error;
    }
    const results: Closed[] = [];
    for (const record of records) {
      const [closed] = await this.close([record]);
      if (closed) results.push(closed);
    }
    return results;
  }

  /** One statement, its facts too: a commit of its own, and one way to the database and back. */
  private async close(records: readonly DeliveredRecord[]): Promise<Closed[]> {
    const rows = await this.dataSource.query<ClosedRow[]>(
      prepared(`WITH s AS ( -- what a look found belongs to the part that holds its id already: then nothing was found
         SELECT * FROM jsonb_to_recordset($1::jsonb) AS ${RECORD}
          WHERE NOT (kind = 'find' AND EXISTS (SELECT 1 FROM parts o WHERE o.workspace_id = s."workspaceId" AND o.remote_id = s."remoteId" AND o.id <> s."partId"
                                                  AND o.channel_id = (SELECT channel_id FROM parts WHERE id = s."partId")))),
       -- mine: the row is about this part, or waits for this very answer. A part known to be out changes nothing else.
       before AS (
         SELECT d.id, d.state, p.published_at IS NOT NULL AND p.remote_id IS DISTINCT FROM s."remoteId" AND ${isNews} OR p.published_at IS NULL AND d.state = 'sending' AND d.epoch > s.epoch AS twice,
                EXISTS (SELECT 1 FROM parts q WHERE q.delivery_id = d.id AND q.published_at IS NULL AND q.id <> s."partId") AS more,
                CASE WHEN d.state = 'sending' THEN d.epoch = s.epoch OR d.epoch < s.epoch AND p.published_at IS NULL ELSE p.published_at IS NULL END AS mine
           FROM s JOIN deliveries d ON d.id = s."deliveryId" JOIN parts p ON p.id = s."partId"
          ORDER BY d.id FOR UPDATE OF d),
       -- A person's end is not undone: what was cancelled meanwhile ends as published, what failed waits for its person.
       becoming AS (
         SELECT *, CASE WHEN NOT mine OR state = 'published' OR more AND state IN ('failed', 'missed') THEN state
                        WHEN more AND state IN ('sending', 'unconfirmed', 'scheduled', 'held') THEN 'scheduled' ELSE 'published' END AS next
           FROM before),
       out AS (
         UPDATE parts p SET url = s.url,
                -- An id that another part of the channel holds already is not written twice: the answer stands, the id is in doubt.
                remote_id = CASE WHEN EXISTS (SELECT 1 FROM parts o WHERE o.channel_id = p.channel_id AND o.remote_id = s."remoteId" AND o.id <> p.id)
                                 THEN NULL ELSE s."remoteId" END, published_at = now(), stamp_at = coalesce(p.stamp_at, ${at('s."stampAt"')})
           FROM s WHERE p.id = s."partId" AND p.published_at IS NULL),
       tried AS (
         INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, worker_id, started_at, finished_at, content_hash, outcome, remote_id)
         SELECT "attemptId", "deliveryId", "partId", "workspaceId", kind, arming, epoch, "workerId", ${at('"startedAt"')}, ${at('"finishedAt"')},
                decode("contentHash", 'hex'), 'delivered', "remoteId" FROM s
         -- A resend has its row already, written before it left. What the journal tells again changes nothing.
         ON CONFLICT (id, started_at) DO UPDATE SET finished_at = excluded.finished_at, outcome = excluded.outcome, remote_id = excluded.remote_id WHERE attempts.outcome IS NULL),
       closed AS (
         UPDATE deliveries d
            SET state = b.next,
                hold_reason = CASE WHEN b.next = 'held' THEN d.hold_reason END,
                ended_at = CASE WHEN b.next = 'published' AND d.state <> 'published' THEN now() ELSE d.ended_at END,
                ready_at = CASE WHEN b.mine AND b.next = 'scheduled' THEN now() ELSE d.ready_at END,
                released = d.released OR b.mine AND b.next = 'scheduled',
                lease_until = CASE WHEN b.mine THEN NULL ELSE d.lease_until END,
                look_at = CASE WHEN b.mine THEN NULL ELSE d.look_at END, look_until = CASE WHEN b.mine THEN NULL ELSE d.look_until END,
                absent_at = CASE WHEN b.mine THEN NULL ELSE d.absent_at END, held_told = CASE WHEN b.mine THEN NULL ELSE d.held_told END, failing_since = CASE WHEN b.mine THEN NULL ELSE d.failing_since END,
                looks = CASE WHEN b.mine THEN 0 ELSE d.looks END, rounds = CASE WHEN b.mine THEN 0 ELSE d.rounds END, tries = CASE WHEN b.mine THEN 0 ELSE d.tries END,
                reason = CASE WHEN NOT b.mine OR b.next IN ('failed', 'missed') THEN d.reason
                              WHEN b.next = 'published' AND b.more THEN '{"code":"incomplete"}' END,
                perhaps_twice = d.perhaps_twice OR b.twice,
                verify_at = CASE WHEN b.mine AND NOT b.more AND d.state <> 'published' AND s.kind IN ('commit', 'resend')
                                  AND (d.choice = 'hour-counts' OR random() < ${SAMPLE_SHARE}) THEN now() + ${interval('$2')} ELSE d.verify_at END,
                version = d.version + 1, ring = d.ring + 1, rung_until = NULL
           FROM s, becoming b
          WHERE d.id = s."deliveryId" AND b.id = d.id AND (b.mine OR b.twice)
         RETURNING d.id, d.post_id, d.channel_id, d.client_id, d.workspace_id),
       told AS (
         SELECT f.id, f.kind, c.workspace_id, c.id AS subject_id,
                jsonb_build_object('deliveryId', c.id, 'postId', c.post_id, 'channelId', c.channel_id, 'clientId', c.client_id, 'remoteId', s."remoteId", 'url', s.url) AS payload
           FROM closed c JOIN becoming b ON b.id = c.id JOIN s ON s."deliveryId" = c.id
          CROSS JOIN LATERAL (VALUES (s."publishedFact", 'delivery.published', b.next = 'published' AND b.state <> 'published'), (s."twiceFact", 'delivery.perhaps-twice', b.twice)) AS f (id, kind, holds)
          WHERE f.holds),
       ${FactWriter.within('told', ['delivery.published', 'delivery.perhaps-twice'])}
       SELECT c.id, b.next, b.twice FROM closed c JOIN becoming b ON b.id = c.id`),
      [storable(records.map((record) => ({ ...record, publishedFact: uuid(), twiceFact: uuid() }))), this.times.settleMs],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return records.map((record): Closed => {
      const row = byId.get(record.deliveryId);
      if (!row) return 'known';
      return row.twice ? 'perhaps-twice' : row.next === 'scheduled' ? 'more' : 'published';
    });
  }

  private async setBackAll(records: readonly SetbackRecord[]): Promise<boolean[]> {
    return this.dataSource.transaction(async (manager) => {
      const rows = await manager.query<(Pick<Flight, 'id' | 'postId' | 'channelId' | 'clientId' | 'workspaceId'> & { readonly out: boolean; readonly state: DeliveryState; readonly heldNews: boolean })[]>(
        `WITH s AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS ${RECORD}),
         frozen AS (
           UPDATE parts p SET stamp_at = coalesce(p.stamp_at, ${at('s."stampAt"')}) FROM s WHERE p.id = s."partId" AND p.published_at IS NULL),
         tried AS (
           INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, worker_id, started_at, finished_at, content_hash, outcome, detail)
           SELECT "attemptId", "deliveryId", "partId", "workspaceId", kind, arming, epoch, "workerId", ${at('"startedAt"')}, ${at('"finishedAt"')},
                  decode("contentHash", 'hex'), outcome, detail FROM s
           ON CONFLICT DO NOTHING),
         kept AS (
           INSERT INTO evidence (attempt_id, workspace_id, body)
           SELECT s."attemptId", s."workspaceId", jsonb_build_object('content', p.content, 'outcome', s.outcome, 'detail', s.detail)
             FROM s JOIN parts p ON p.id = s."partId"
           ON CONFLICT DO NOTHING),
         -- out: an older answer said meanwhile that it is out; then this one changes nothing of that. Waits are the worker's, instants ours.
         told AS (
           SELECT s.*, p.published_at IS NOT NULL AS out, (s.at - s."finishedAt") * interval '1 millisecond' AS wait,
                  CASE WHEN p.published_at IS NULL THEN s."to"
                       WHEN EXISTS (SELECT 1 FROM parts q WHERE q.delivery_id = p.delivery_id AND q.published_at IS NULL) THEN 'scheduled' ELSE 'published' END AS next
             FROM s JOIN parts p ON p.id = s."partId"),
         moved AS (
           UPDATE deliveries d
              SET state = t.next, hold_reason = CASE WHEN t.next = 'held' THEN t.hold END, held_told = CASE WHEN t.next = 'held' THEN t.hold || '/' || (t.reason ->> 'code') END, reason = CASE WHEN NOT t.out THEN t.reason END,
                  ready_at = CASE WHEN t.out THEN now() WHEN t.next NOT IN ('scheduled', 'held') THEN d.ready_at
                                  ELSE least(coalesce(now() + t.wait, 'infinity'), CASE WHEN d.deadline_at > now() AND NOT d.released THEN d.deadline_at ELSE 'infinity' END) END,
                  look_at = CASE WHEN t.next = 'unconfirmed' THEN now() + coalesce(t.wait, interval '0') END,
                  looks = 0, absent_at = NULL,
                  lease_until = NULL, tries = d.tries + 1,
                  failing_since = CASE WHEN t.outcome IN ('unavailable', 'local') THEN coalesce(d.failing_since, now()) END,
                  ended_at = CASE WHEN t.next IN ('failed', 'published') THEN now() END,
                  version = d.version + 1, ring = d.ring + 1, rung_until = NULL
             FROM told t
            WHERE d.id = t."deliveryId" AND d.state = 'sending' AND d.epoch = t.epoch
           RETURNING d.id, d.post_id, d.channel_id, d.client_id, d.workspace_id, t.out, d.state, ${heldNews('d')})
         SELECT id, post_id AS "postId", channel_id AS "channelId", client_id AS "clientId", workspace_id AS "workspaceId", out, state, "heldNews" FROM moved`,
        [storable(records)],
      );
      const byId = new Map(rows.map((row) => [row.id, row]));
      const facts = records.flatMap((record): Fact[] => {
        const row = byId.get(record.deliveryId);
        const kind = row?.out ? (row.state === 'published' ? 'delivery.published' : null) : setbackFact(record.to);
        if (row?.out) return kind ? [{ kind, workspaceId: row.workspaceId, subjectId: row.id, payload: deliveryFact(row) }] : [];
        return row && kind && (kind !== 'delivery.held' || row.heldNews) ? [{ kind, workspaceId: row.workspaceId, subjectId: row.id, payload: deliveryFact(row, { reason: record.reason, hold: record.hold }) }] : [];
      });
      await this.facts.write(manager, facts);
      return records.map((record) => byId.has(record.deliveryId));
    });
  }
}

function setbackFact(to: SetbackRecord['to']): Fact['kind'] | null {
  switch (to) {
    case 'held':
      return 'delivery.held';
    case 'unconfirmed':
      return 'delivery.unconfirmed';
    case 'failed':
      return 'delivery.failed';
    case 'scheduled':
      return null;
  }
}

