import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import type { PageQuery } from '../../infra/http/page.schema.js';
import { Seal } from '../../infra/seal.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ENDPOINT_COLUMNS, type EndpointRow, toWebhook } from './webhook-row.js';
import type { AddWebhook, EditWebhook, Webhook, WebhookWithSecret } from './webhook.schema.js';
import { fail } from './webhooks.problems.js';

const most = 50;
const overlap = '24 hours';
const Key = z.tuple([z.iso.datetime({ offset: true }), z.uuid()]);

/** The endpoints of a workspace. Their secrets are shown when made, and never again. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly database: DataSource,
    private readonly seal: Seal,
    private readonly audit: AuditService,
  ) {}

  /** Oldest first. */
  async list(workspaceId: string, { limit, cursor }: PageQuery): Promise<Page<Webhook>> {
    const after = decodeCursor(cursor, Key);
    const rows: (EndpointRow & { readonly key: string })[] = await this.database.query(
      `SELECT ${ENDPOINT_COLUMNS}, to_json(e.created_at) #>> '{}' AS key FROM webhook_endpoints e
        WHERE e.workspace_id = $1 AND e.deleted_at IS NULL AND ($2::timestamptz IS NULL OR (e.created_at, e.id) > ($2, $3))
        ORDER BY e.created_at, e.id LIMIT $4`,
      [workspaceId, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, (row) => [row.key, row.id]);
    return { items: items.map(toWebhook), next };
  }

  /** @throws DomainError webhook-not-found (404), also for one of another workspace. */
  async read(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<Webhook> {
    const rows: EndpointRow[] = await manager.query(
      `SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoints e WHERE e.workspace_id = $1 AND e.id = $2 AND e.deleted_at IS NULL`,
      [workspaceId, id],
    );
    if (!rows[0]) throw fail('webhook-not-found');
    return toWebhook(rows[0]);
  }

  async add(caller: Caller, asked: AddWebhook): Promise<WebhookWithSecret> {
    const id = uuid();
    const secret = newSecret();
    return this.database.transaction(async (manager) => {
      const made: unknown[] = await manager.query(
        `INSERT INTO webhook_endpoints (id, workspace_id, url, description, kinds, sealed_secret)
         SELECT $1, $2, $3, $4, $5, $6
         WHERE (SELECT count(*) FROM webhook_endpoints WHERE workspace_id = $2 AND deleted_at IS NULL) < $7 RETURNING id`,
        [id, caller.workspaceId, asked.url, asked.description, asked.kinds, this.seal.seal(secret, { workspaceId: caller.workspaceId, rowId: id }), most],
      );
      if (made.length === 0) throw fail('webhook-limit', { most });
      await this.note(manager, caller, { action: 'webhook.added', id, details: { url: asked.url, kinds: asked.kinds } });
      return { ...(await this.read(caller.workspaceId, id, manager)), secret };
    });
  }

  /** Turning it on forgets its failures. Turning it off ends what waits as failed: it can be replayed. */
  async edit(caller: Caller, id: string, { version, ...asked }: EditWebhook): Promise<Webhook> {
    return this.database.transaction(async (manager) => {
      const [, changed]: [unknown, number] = await manager.query(
        `UPDATE webhook_endpoints SET url = coalesce($4, url), kinds = coalesce($5, kinds), description = coalesce($6, description),
                state = CASE $7::text WHEN 'on' THEN 'on' WHEN 'off' THEN 'off' ELSE state END,
                off_reason = CASE $7::text WHEN 'off' THEN 'person' WHEN 'on' THEN NULL ELSE off_reason END,
                failing_since = CASE WHEN $7::text IS NULL THEN failing_since END, version = version + 1
          WHERE workspace_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL`,
        [caller.workspaceId, id, version, asked.url ?? null, asked.kinds ?? null, asked.description ?? null, asked.state ?? null],
      );
      const webhook = await this.read(caller.workspaceId, id, manager);
      if (changed === 0) throw fail('edited-meanwhile');
      if (asked.state === 'off') await endWaiting(manager, id);
      await this.note(manager, caller, { action: 'webhook.changed', id, details: asked });
      return asked.state === 'off' ? { ...webhook, waiting: 0 } : webhook;
    });
  }

  async remove(caller: Caller, id: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [, gone]: [unknown, number] = await manager.query(
        `UPDATE webhook_endpoints SET deleted_at = now(), version = version + 1 WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL`,
        [caller.workspaceId, id],
      );
      if (gone === 0) throw fail('webhook-not-found');
      await endWaiting(manager, id);
      await this.note(manager, caller, { action: 'webhook.deleted', id });
    });
  }

  /** A new secret. For a day messages are signed with both, so that the receiver can change over without losing one. */
  async changeSecret(caller: Caller, id: string): Promise<WebhookWithSecret> {
    const secret = newSecret();
    return this.database.transaction(async (manager) => {
      const [, changed]: [unknown, number] = await manager.query(
        `UPDATE webhook_endpoints SET sealed_old_secret = sealed_secret, old_secret_until = now() + $4::interval, sealed_secret = $3, version = version + 1
          WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL`,
        [caller.workspaceId, id, this.seal.seal(secret, { workspaceId: caller.workspaceId, rowId: id }), overlap],
      );
      if (changed === 0) throw fail('webhook-not-found');
      await this.note(manager, caller, { action: 'webhook.secret-changed', id });
      return { ...(await this.read(caller.workspaceId, id, manager)), secret };
    });
  }

  private async note(manager: EntityManager, { workspaceId, actor }: Caller, deed: { action: string; id: string; details?: Record<string, unknown> }): Promise<void> {
    await this.audit.record(manager, { workspaceId, actor, action: deed.action, subject: 'webhook', subjectId: deed.id, details: deed.details ?? {} });
  }
}

/** Standard Webhooks: 24 to 64 random bytes, base64, prefixed. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** What waits for an endpoint that is turned off has failed: nothing is sent by surprise when it is turned on again. */
export async function endWaiting(manager: EntityManager, endpointId: string): Promise<void> {
  await manager.query(
    `UPDATE webhook_messages SET state = 'failed', ended_at = now(), lease_until = NULL, detail = coalesce(detail, 'the webhook was turned off')
      WHERE endpoint_id = $1 AND state = 'waiting'`,
    [endpointId],
  );
}
