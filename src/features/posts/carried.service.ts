import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { PartContent } from '../../core/part.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import { contentHashOf, partKey } from '../../infra/part-key.js';
import { deliveryFact, type Flight } from './flight.schema.js';

/** A fallback that waits on a channel where one message carries several. */
export interface Carriable extends Pick<Flight, 'id' | 'postId' | 'channelId' | 'clientId' | 'workspaceId'> {
  readonly partId: string;
  readonly arming: number;
  /** As its own request would bring it. */
  readonly key: string;
  readonly content: PartContent;
  /** When its post was due on its own platform, ms. */
  readonly plannedAt: number;
  /** Of its post. */
  readonly author: unknown;
  /** What it says is a version a person wrote or approved for the channel. */
  readonly isWritten: boolean;
}

export interface Carried {
  readonly remoteId: string;
  readonly url: string;
}

/** So many in one message; what is more follows by itself. */
const AT_MOST = 40;

/** When the post of fallback `d` was due on its own platform, at first. */
export const plannedFor = `coalesce((SELECT min(o.due_at) FROM reroute_children k JOIN deliveries o ON o.id = k.delivery_id WHERE k.child_id = d.id), d.due_at)`;

export const isWritten = `EXISTS (SELECT FROM fallbacks f WHERE f.post_id = d.post_id AND f.channel_id = d.channel_id AND f.approved_at IS NOT NULL)`;

/** Fallbacks that leave in another one's message: where one message a day carries all of a brand (DESIGN §8). */
@Injectable()
export class CarriedDeliveries {
  constructor(private readonly facts: FactWriter) {}

  /** Beside the delivery of this part: the channel's other fallbacks that are due by now and wait for nothing else, in the order of their posts. */
  async waiting(manager: EntityManager, { workspaceId, channelId, partId }: { readonly workspaceId: string; readonly channelId: string; readonly partId: string }): Promise<readonly Carriable[]> {
    const rows = await manager.query<Omit<Carriable, 'key'>[]>(
      `SELECT d.id, d.post_id AS "postId", d.channel_id AS "channelId", d.client_id AS "clientId", d.workspace_id AS "workspaceId", d.arming, p.id AS "partId", p.content,
              (extract(epoch FROM ${plannedFor}) * 1000)::float8 AS "plannedAt", o.created_by AS author, ${isWritten} AS "isWritten"
         FROM deliveries d JOIN parts p ON p.delivery_id = d.id AND p.position = 0 AND p.published_at IS NULL JOIN posts o ON o.id = d.post_id
        WHERE d.workspace_id = $1 AND d.channel_id = $2 AND d.origin = 'fallback' AND p.id <> $3 AND ${mayGoAlong}
        ORDER BY ${plannedFor}, d.id LIMIT ${AT_MOST}`,
      [workspaceId, channelId, partId],
    );
    return rows.map((row) => ({ ...row, key: partKey(row.partId, row.arming) }));
  }

  /**
   * Holds them until the transaction ends, posts before deliveries and each in the order of ids. What a person is just editing
   * is not waited for. @returns ids of those that still say what was read of them
   */
  async lock(manager: EntityManager, ones: readonly Carriable[]): Promise<ReadonlySet<string>> {
    const free = await manager.query<{ id: string }[]>('SELECT id FROM posts WHERE id = ANY($1::uuid[]) ORDER BY id FOR KEY SHARE SKIP LOCKED', [ones.map(({ postId }) => postId)]);
    const posts = new Set(free.map(({ id }) => id));
    const held = ones.filter(({ postId }) => posts.has(postId));
    await manager.query('SELECT FROM deliveries WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE', [held.map(({ id }) => id)]);
    // Changed words are another part, armed anew it has another key. A claim of its own changes neither.
    const rows = await manager.query<{ id: string }[]>(
      `SELECT d.id FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::boolean[]) AS w (id, part_id, arming, written) JOIN deliveries d ON d.id = w.id JOIN parts p ON p.id = w.part_id AND p.delivery_id = d.id
        WHERE p.published_at IS NULL AND d.arming = w.arming AND ${isWritten} = w.written AND ${mayGoAlong}`,
      [held.map(({ id }) => id), held.map(({ partId }) => partId), held.map(({ arming }) => arming), held.map((one) => one.isWritten)],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * It is out with another one's message, in the transaction that makes that message and has locked it. What is just asking for
   * itself as well: whatever that request is told changes nothing any more. @returns false = it changed meanwhile, and has no part in it
   */
  async take(manager: EntityManager, { id, partId, content }: Carriable, { remoteId, url }: Carried): Promise<boolean> {
    const [out] = await manager.query<[Carriable[], number]>(
      `UPDATE deliveries d SET state = 'published', hold_reason = NULL, held_told = NULL, reason = NULL, ended_at = now(), tries = 0, failing_since = NULL, version = version + 1, ring = ring + 1, rung_until = NULL,
              lease_until = NULL, look_at = NULL, look_until = NULL, absent_at = NULL, looks = 0, rounds = 0
        WHERE id = $1 AND ${mayGoAlong} RETURNING id, post_id AS "postId", channel_id AS "channelId", client_id AS "clientId", workspace_id AS "workspaceId"`,
      [id],
    );
    const [row] = out;
    if (!row) return false;
    await manager.query('UPDATE parts SET published_at = now(), stamp_at = coalesce(stamp_at, now()), remote_id = $2, url = $3 WHERE id = $1', [partId, remoteId, url]);
    await manager.query(
      `INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, finished_at, content_hash, outcome, remote_id, detail)
       SELECT $2, id, $3, workspace_id, 'commit', arming, epoch, now(), decode($5, 'hex'), 'delivered', $4, 'carried by the message of another post' FROM deliveries WHERE id = $1`,
      [id, uuid(), partId, remoteId, contentHashOf(content)],
    );
    await this.facts.write(manager, [{ kind: 'delivery.published', workspaceId: row.workspaceId, subjectId: id, payload: deliveryFact(row, { remoteId, url }) }]);
    return true;
  }
}

/** Of a fallback `d`: nothing but its turn keeps it, or it is on its way already. */
const mayGoAlong = `d.approved AND d.due_at <= now() AND d.deadline_at > now() AND (d.state IN ('scheduled', 'sending', 'unconfirmed') OR d.state = 'held' AND d.hold_reason IN ('pace', 'suspect', 'outage'))`;
