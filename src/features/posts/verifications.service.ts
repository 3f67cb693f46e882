import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Instant } from '../../core/instant.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import { deliveryFact, type Flight } from './flight.schema.js';
import { flightColumns, interval, partColumns } from './flight-columns.js';

/** A published delivery of the sample, with its first part, in our hands for one look. */
export interface Sampled extends Flight {
  readonly remoteId: string | null;
  readonly looks: number;
}

/**
 * Of the published, all whose hour counts and one in fifty of the rest are read back (DESIGN §6.7: 1–5 %), once the
 * platform had time to settle. Never changes the state: what is gone is told, a person decides.
 */
export const SAMPLE_SHARE = 0.02;

/** What we put out ourselves: a person's own post may read otherwise, and not finding it says nothing. */
const ours = `state = 'published' AND reason ->> 'code' IS DISTINCT FROM 'said-by-hand'`;

/** The statements of the sample. `verify_at` is both the time of the next look and, while one is on, its lease. */
@Injectable()
export class VerificationsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly facts: FactWriter,
  ) {}

  async claim(most: number, leaseMs: number): Promise<readonly Sampled[]> {
    return this.dataSource.query<Sampled[]>(
      `WITH due AS (
         SELECT id FROM deliveries WHERE verify_at <= now() ORDER BY verify_at LIMIT $1 FOR UPDATE SKIP LOCKED),
       c AS (
         UPDATE deliveries d SET verify_at = now() + ${interval('$2')} FROM due WHERE d.id = due.id RETURNING d.*)
       SELECT ${flightColumns('c')}, ${partColumns('c')}, p.remote_id AS "remoteId", c.looks
         FROM c JOIN parts p ON p.delivery_id = c.id AND p.position = 0`,
      [most, leaseMs],
    );
  }

  /** Seen, or nothing to look with: the sample is done with it. */
  async close(id: string, seen: boolean | null): Promise<void> {
    await this.dataSource.query(`UPDATE deliveries SET verify_at = NULL, looks = 0, seen = coalesce($2, seen) WHERE id = $1 AND verify_at IS NOT NULL`, [id, seen]);
  }

  /** What was published in the last hour is read back now, one of each of up to `most` clients. */
  async soon(componentId: string, most: number): Promise<void> {
    await this.dataSource.query(
      `UPDATE deliveries SET verify_at = now(), looks = 0 WHERE id IN (
         SELECT id FROM (SELECT DISTINCT ON (client_id) id, ended_at FROM deliveries
                          WHERE channel_id IN (SELECT id FROM channels WHERE component_id = $1) AND ${ours} AND due_at > now() - interval '2 hours' AND ended_at > now() - interval '1 hour' AND verify_at IS NULL
                          ORDER BY client_id, ended_at DESC) AS latest
          ORDER BY ended_at DESC LIMIT $2)`,
      [componentId, most],
    );
  }

  /**
   * Whether posts can be seen again, at times hours after the last one: read back is the newest that went out since (a
   * canary: what a platform took before it may have lost for good), else what was nowhere to be seen, else the latest of
   * each client, of the last thirty days.
   */
  async accusers(componentId: string, most: number, downSince: Instant): Promise<void> {
    await this.dataSource.query(
      `WITH latest AS (
         SELECT d.*, CASE WHEN ended_at > to_timestamp($3::float8 / 1000) THEN CASE WHEN ended_at = max(ended_at) OVER () THEN 0 ELSE 3 END
                          WHEN seen = false AND ended_at > to_timestamp($3::float8 / 1000) - interval '1 day' THEN 1 ELSE 2 END AS place
           FROM channels c CROSS JOIN LATERAL (
             SELECT id, client_id, ended_at, verify_at, seen FROM deliveries
              WHERE channel_id = c.id AND ${ours} AND due_at > now() - interval '30 days' ORDER BY due_at DESC LIMIT 20) d
          WHERE c.component_id = $1),
       telling AS (SELECT DISTINCT ON (client_id) * FROM latest WHERE place = (SELECT min(place) FROM latest) AND verify_at IS NULL ORDER BY client_id, ended_at DESC)
       UPDATE deliveries SET verify_at = now(), looks = 0 WHERE id IN (SELECT id FROM telling ORDER BY ended_at DESC LIMIT $2)`,
      [componentId, most, downSince],
    );
  }

  async again(id: string, inMs: number): Promise<void> {
    await this.dataSource.query(`UPDATE deliveries SET verify_at = now() + ${interval('$2')}, looks = looks + 1 WHERE id = $1 AND verify_at IS NOT NULL`, [id, inMs]);
  }

  /** Accepted, and nowhere to be seen; told once, however often it is looked for. */
  async vanished(sampled: Sampled): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[{ isNews: boolean }[], number]>(
        `UPDATE deliveries d SET verify_at = NULL, looks = 0, seen = false, reason = '{"code":"vanished"}', version = d.version + CASE WHEN old.seen = false THEN 0 ELSE 1 END
           FROM (SELECT id, seen FROM deliveries WHERE id = $1 FOR UPDATE) old
          WHERE d.id = old.id AND d.verify_at IS NOT NULL AND d.state = 'published' RETURNING old.seen IS DISTINCT FROM false AS "isNews"`,
        [sampled.id],
      );
      if (!rows[0]?.isNews) return;
      await this.facts.write(manager, [
        { kind: 'delivery.vanished', workspaceId: sampled.workspaceId, subjectId: sampled.id, payload: deliveryFact(sampled, { remoteId: sampled.remoteId }) },
      ]);
    });
  }
}
