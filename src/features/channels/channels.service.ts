import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { CHANNEL_COLUMNS, type ChannelCard, type ChannelRow, toCard, toChannel } from './channel-row.js';
import type { Channel, ChannelQuery } from './channel.schema.js';
import { fail } from './channels.problems.js';

export type { ChannelCard } from './channel-row.js';

const Key = z.tuple([z.iso.datetime({ offset: true }), z.uuid()]);

/** Reads channels. Secrets leave this room through OpenChannelsService only, for those who send. */
@Injectable()
export class ChannelsService {
  constructor(private readonly database: DataSource) {}

  /** Oldest first. */
  async list(workspaceId: string, { limit, cursor, clientId, connectorId, archived }: ChannelQuery, manager: EntityManager = this.database.manager): Promise<Page<Channel>> {
    const after = decodeCursor(cursor, Key);
    const rows: (ChannelRow & { readonly key: string })[] = await manager.query(
      `SELECT ${CHANNEL_COLUMNS}, to_json(created_at) #>> '{}' AS key FROM channels
        WHERE workspace_id = $1
          AND ($2::timestamptz IS NULL OR (created_at, id) > ($2, $3::uuid))
          AND ($4::uuid IS NULL OR client_id = $4) AND ($5::text IS NULL OR connector_id = $5) AND ($6 OR archived_at IS NULL)
        ORDER BY created_at, id LIMIT $7`,
      [workspaceId, after?.[0] ?? null, after?.[1] ?? null, clientId ?? null, connectorId ?? null, archived, limit + 1],
    );
    const { items, next } = toPage(rows, limit, (row) => [row.key, row.id]);
    return { items: items.map(toChannel), next };
  }

  /** @throws DomainError channel-not-found (404), also for one of another workspace. */
  async read(workspaceId: string, id: string): Promise<Channel> {
    const rows: ChannelRow[] = await this.database.query(
      `SELECT ${CHANNEL_COLUMNS} FROM channels WHERE workspace_id = $1 AND id = $2`,
      [workspaceId, id],
    );
    if (!rows[0]) throw fail('channel-not-found');
    return toChannel(rows[0]);
  }

  /** Those of the ids that are channels of this workspace; the missing ones are foreign or gone. */
  async describe(workspaceId: string, ids: readonly string[]): Promise<Map<string, ChannelCard>> {
    const rows: ChannelRow[] = await this.database.query(
      `SELECT ${CHANNEL_COLUMNS} FROM channels WHERE workspace_id = $1 AND id = ANY($2::uuid[])`,
      [workspaceId, ids],
    );
    return new Map(rows.map((row) => [row.id, toCard(row)]));
  }
}
