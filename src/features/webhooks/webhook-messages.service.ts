import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { Metrics } from '../../infra/metrics.js';
import { Watch } from '../../infra/watch.js';
import { MESSAGE_COLUMNS, type MessageRow, toMessage } from './webhook-row.js';
import type { WebhookMessage, WebhookMessageQuery } from './webhook.schema.js';
import { fail } from './webhooks.problems.js';
import { WebhooksService } from './webhooks.service.js';

const keep = '30 days';
const Key = z.tuple([z.iso.datetime({ offset: true }), z.uuid()]);

/** The messages of an endpoint: what was sent, what came back, and sending it again. */
@Injectable()
export class WebhookMessagesService implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly webhooks: WebhooksService,
    private readonly watch: Watch,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.watch.hourly('old webhook messages', () =>
      this.database.query(`DELETE FROM webhook_messages WHERE created_at < now() - $1::interval AND state <> 'waiting'`, [keep]),
    );
    this.metrics.sampled({
      name: 'postern_webhook_backlog',
      help: 'Webhook messages not delivered yet.',
      sample: async () => {
        const [row]: { n: number }[] = await this.database.query(`SELECT count(*)::integer AS n FROM webhook_messages WHERE state = 'waiting'`);
        return { all: row?.n ?? 0 };
      },
    });
  }

  /** Newest first. */
  async list(workspaceId: string, endpointId: string, { limit, cursor, state }: WebhookMessageQuery): Promise<Page<WebhookMessage>> {
    await this.webhooks.read(workspaceId, endpointId);
    const after = decodeCursor(cursor, Key);
    const rows: (MessageRow & { readonly key: string })[] = await this.database.query(
      `SELECT ${MESSAGE_COLUMNS}, to_json(created_at) #>> '{}' AS key FROM webhook_messages
        WHERE endpoint_id = $1 AND workspace_id = $2 AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4)) AND ($5::text IS NULL OR state = $5)
        ORDER BY created_at DESC, id DESC LIMIT $6`,
      [endpointId, workspaceId, after?.[0] ?? null, after?.[1] ?? null, state ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, (row) => [row.key, row.id]);
    return { items: items.map(toMessage), next };
  }

  async read(workspaceId: string, endpointId: string, id: string): Promise<WebhookMessage> {
    await this.webhooks.read(workspaceId, endpointId);
    const rows: MessageRow[] = await this.database.query(
      `SELECT ${MESSAGE_COLUMNS} FROM webhook_messages WHERE workspace_id = $1 AND endpoint_id = $2 AND id = $3`,
      [workspaceId, endpointId, id],
    );
    if (!rows[0]) throw fail('webhook-message-not-found');
    return toMessage(rows[0]);
  }

  /** A message that means nothing, to see whether it arrives; sent within a second, whatever kinds the endpoint asked for. */
  async ping(workspaceId: string, endpointId: string): Promise<WebhookMessage> {
    await this.mustBeOn(workspaceId, endpointId);
    const body = `jsonb_build_object('type', 'ping', 'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'data', jsonb_build_object('workspaceId', $2::uuid))::text`;
    const rows: MessageRow[] = await this.database.query(
      `INSERT INTO webhook_messages (id, workspace_id, endpoint_id, event_id, kind, body) VALUES ($1, $2, $3, $4, 'ping', ${body}) RETURNING ${MESSAGE_COLUMNS}`,
      [uuid(), workspaceId, endpointId, uuid()],
    );
    return toMessage(rows[0] as MessageRow);
  }

  /** Sends one that has ended again, as it was, under its id: a receiver that has it already knows it. */
  async replay(workspaceId: string, endpointId: string, id: string): Promise<WebhookMessage> {
    await this.mustBeOn(workspaceId, endpointId);
    const [rows]: [MessageRow[], number] = await this.database.query(
      `UPDATE webhook_messages SET ${again} WHERE workspace_id = $1 AND endpoint_id = $2 AND id = $3 AND state <> 'waiting' RETURNING ${MESSAGE_COLUMNS}`,
      [workspaceId, endpointId, id],
    );
    if (rows[0]) return toMessage(rows[0]);
    await this.read(workspaceId, endpointId, id);
    throw fail('message-on-its-way');
  }

  /** Sends all failed ones made since then again. Answers how many. */
  async replayFailed(workspaceId: string, endpointId: string, since: string): Promise<number> {
    await this.mustBeOn(workspaceId, endpointId);
    const [, count]: [unknown, number] = await this.database.query(
      `UPDATE webhook_messages SET ${again} WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'failed' AND created_at >= $3`,
      [workspaceId, endpointId, since],
    );
    return count;
  }

  private async mustBeOn(workspaceId: string, endpointId: string): Promise<void> {
    if ((await this.webhooks.read(workspaceId, endpointId)).state === 'off') throw fail('webhook-off');
  }
}

const again = `state = 'waiting', tries = 0, next_at = now(), lease_until = NULL, status = NULL, detail = NULL, ended_at = NULL`;
