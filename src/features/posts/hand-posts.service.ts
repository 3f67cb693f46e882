import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { isByHand } from '../../connectors/registry.js';
import type { DeliveryState, HoldReason } from '../../core/delivery.js';
import type { PartContent } from '../../core/part.js';
import type { StoredReason } from '../../core/reason.js';
import { OpenChannelsService } from '../channels/open-channels.service.js';
import { unpaused } from './flight-columns.js';

/** A post that a person publishes, with what they need for it. */
export interface HandPost {
  readonly id: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly channelId: string;
  readonly version: number;
  readonly state: DeliveryState;
  readonly holdReason: HoldReason | null;
  readonly reason: StoredReason | null;
  readonly clientName: string;
  /** The client's: its times are said in it. */
  readonly zone: string;
  /** As people say it. */
  readonly platform: string;
  /** Where one posts there; null = the account cannot be opened with the key in use. */
  readonly page: string | null;
  readonly instructions: string | null;
  readonly dueAt: Date;
  /** When it is looked at next; null = a person's turn. */
  readonly readyAt: Date | null;
  /** null = a person said: go, although it is late. */
  readonly deadlineAt: Date | null;
  /** When it ended; null = it has not. */
  readonly endedAt: Date | null;
  readonly parts: readonly PartContent[];
  /** Where it stands, if somebody said. */
  readonly url: string | null;
}

type Row = Omit<HandPost, 'platform' | 'page' | 'instructions'> & { readonly connectorId: string; readonly placeName: string };

/** What the account of such a channel holds: src/connectors/by-hand. */
const Place = z.object({ platform: z.string(), page: z.string(), instructions: z.string().optional() });

/** It waits for a person to post it, and nobody put it off. In SQL, of a delivery that is there. */
export const waitsForHand = (delivery: string): string =>
  `(${delivery}.state = 'held' AND ${delivery}.hold_reason = 'ask' AND coalesce(${delivery}.reason ->> 'code', '') = 'by-hand')`;

/** Nothing else is in its way: it is approved, and nobody paused it. In SQL. */
export const mayBeAskedFor = (delivery: string): string => `(${delivery}.approved AND ${unpaused(delivery)})`;

/** What people post themselves, for the rooms that ask them to. */
@Injectable()
export class HandPosts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly channels: OpenChannelsService,
  ) {}

  /** null = there is no such delivery in this workspace, or a machine posts it. Not within a transaction: it opens the channel. */
  async read(workspaceId: string, deliveryId: string): Promise<HandPost | null> {
    const [row] = await this.dataSource.query<Row[]>(
      `SELECT d.id, d.workspace_id AS "workspaceId", d.client_id AS "clientId", d.channel_id AS "channelId", d.connector_id AS "connectorId", d.version, d.state, d.hold_reason AS "holdReason", d.reason,
              b.name AS "clientName", b.zone, coalesce(c.learned ->> 'platform', c.name) AS "placeName", d.due_at AS "dueAt", CASE WHEN isfinite(d.ready_at) THEN d.ready_at END AS "readyAt",
              CASE WHEN isfinite(d.deadline_at) AND NOT d.released THEN d.deadline_at END AS "deadlineAt", d.ended_at AS "endedAt",
              (SELECT jsonb_agg(p.content ORDER BY p.position) FROM parts p WHERE p.delivery_id = d.id) AS parts,
              (SELECT p.url FROM parts p WHERE p.delivery_id = d.id AND p.position = 0) AS url
         FROM deliveries d JOIN clients b ON b.id = d.client_id JOIN channels c ON c.id = d.channel_id
        WHERE d.workspace_id = $1 AND d.id = $2`,
      [workspaceId, deliveryId],
    );
    if (!row || !isByHand(row.connectorId)) return null;
    const { connectorId: _connector, placeName, ...post } = row;
    const channel = (await this.channels.open([post.channelId])).get(post.channelId);
    const place = Place.safeParse(channel?.kind === 'open' ? channel.account : null).data;
    return { ...post, platform: place?.platform ?? placeName, page: place?.page ?? null, instructions: place?.instructions ?? null };
  }

  /** Somebody was asked: nobody need be told besides that it waits. */
  async told(manager: EntityManager, deliveryId: string): Promise<void> {
    await manager.query('UPDATE deliveries SET told_at = coalesce(told_at, now()) WHERE id = $1', [deliveryId]);
  }
}
