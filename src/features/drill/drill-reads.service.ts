import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ClientDay } from '../../core/day.js';
import { defaultTimes } from '../../core/times.js';

/** A planned post on one channel, and what became of it. */
export interface PlayedDelivery {
  readonly id: string;
  readonly clientId: string;
  readonly channelId: string;
  readonly state: string;
  readonly text: string;
  readonly version: number;
  readonly outAt: number | null;
  readonly isLate: boolean;
  /** A person had put it out: it was found, or said. */
  readonly isByHand: boolean;
  /** It went elsewhere, and is out there. */
  readonly isElsewhere: boolean;
}

/** Something that reached, or was to reach, one person. */
export interface Reached {
  readonly clientId: string;
  readonly postId: string;
  readonly address: string;
  readonly state: string;
  readonly at: number | null;
}

export interface LetterOut {
  readonly to: string;
  /** What it says of the outage: that it is there, that it is over. */
  readonly kind: string;
  /** null = to the team, which is told at any hour. */
  readonly clientId: string | null;
  readonly at: number | null;
}

const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** What the product wrote of a drill, for its tally. */
@Injectable()
export class DrillReads {
  constructor(private readonly database: DataSource) {}

  deliveries(workspaceId: string): Promise<PlayedDelivery[]> {
    return this.database.query(
      `SELECT d.id, d.client_id AS "clientId", d.channel_id AS "channelId", d.state, d.version, p.content ->> 'text' AS text, ${ms('p.published_at')} AS "outAt",
              d.state = 'published' AND p.published_at > d.due_at + interval '${defaultTimes.lateMs} ms' AS "isLate",
              d.state = 'published' AND (d.reason ->> 'code' = 'said-by-hand' OR NOT EXISTS (SELECT FROM attempts a WHERE a.delivery_id = d.id AND a.kind IN ('commit', 'resend') AND a.outcome = 'delivered')) AS "isByHand",
              d.state = 'rerouted' AND EXISTS (SELECT FROM reroute_children k JOIN deliveries f ON f.id = k.child_id WHERE k.delivery_id = d.id AND f.state = 'published') AS "isElsewhere"
         FROM deliveries d JOIN parts p ON p.delivery_id = d.id AND p.position = 0 WHERE d.workspace_id = $1 AND d.origin = 'post' ORDER BY d.due_at, d.id`, [workspaceId]);
  }

  /** Of what went in a platform's place. */
  mails(workspaceId: string): Promise<Reached[]> {
    return this.database.query(
      `SELECT b.client_id AS "clientId", b.post_id AS "postId", r.address_key AS address, r.state, ${ms('r.sent_at')} AS at
         FROM recipients r JOIN broadcasts b ON b.id = r.broadcast_id WHERE b.workspace_id = $1 AND b.purpose = 'fallback'`, [workspaceId]);
  }

  texts(workspaceId: string): Promise<Reached[]> {
    return this.database.query(
      `SELECT s.client_id AS "clientId", s.post_id AS "postId", r.address_key AS address, r.state, ${ms('r.sent_at')} AS at
         FROM sms_recipients r JOIN sms_rounds s ON s.id = r.round_id WHERE s.workspace_id = $1`, [workspaceId]);
  }

  articles(workspaceId: string): Promise<{ readonly clientId: string; readonly title: string; readonly at: number }[]> {
    return this.database.query(`SELECT client_id AS "clientId", title, ${ms('published_at')} AS at FROM articles WHERE workspace_id = $1`, [workspaceId]);
  }

  /** Letters about the outage that left. */
  letters(workspaceId: string): Promise<LetterOut[]> {
    return this.database.query(
      `SELECT l.to_address AS "to", coalesce(n.kind, substring(l.once FROM '[^:]+$')) AS kind, n.client_id AS "clientId", ${ms('l.created_at')} AS at
         FROM letters l LEFT JOIN client_notices n ON l.about = 'client-notice' AND n.id::text = split_part(l.once, ':', 2)
        WHERE l.workspace_id = $1 AND l.about IN ('incident', 'client-notice') AND l.state = 'sent'`, [workspaceId]);
  }

  async days(workspaceId: string): Promise<ReadonlyMap<string, ClientDay>> {
    const rows = await this.database.query<(ClientDay & { readonly id: string })[]>(
      `SELECT id, zone, to_char(day_from, 'HH24:MI') AS "from", CASE day_to WHEN '24:00' THEN '24:00' ELSE to_char(day_to, 'HH24:MI') END AS "to" FROM clients WHERE workspace_id = $1`, [workspaceId]);
    return new Map(rows.map(({ id, ...day }) => [id, day]));
  }
}
