import type { Webhook, WebhookMessage } from './webhook.schema.js';

export interface EndpointRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly url: string;
  readonly description: string;
  readonly sealed_secret: string;
  readonly sealed_old_secret: string | null;
  readonly old_secret_until: Date | null;
  readonly kinds: string[];
  readonly state: 'on' | 'off' | 'failing';
  readonly off_reason: 'person' | 'gone' | 'failing' | null;
  readonly failing_since: Date | null;
  readonly version: number;
  readonly created_at: Date;
  readonly waiting: number;
}

/** `e` = webhook_endpoints */
export const ENDPOINT_COLUMNS = `
  e.id, e.workspace_id, e.url, e.description, e.sealed_secret, e.sealed_old_secret, e.old_secret_until, e.kinds, e.state, e.off_reason,
  e.failing_since, e.version, e.created_at,
  (SELECT count(*)::integer FROM webhook_messages m WHERE m.endpoint_id = e.id AND m.state = 'waiting') AS waiting`;

export function toWebhook(row: EndpointRow): Webhook {
  return {
    id: row.id, url: row.url, description: row.description, kinds: row.kinds, state: row.state, offReason: row.off_reason,
    failingSince: row.failing_since?.toISOString() ?? null, oldSecretUntil: row.old_secret_until?.toISOString() ?? null,
    waiting: row.waiting, version: row.version, createdAt: row.created_at.toISOString(),
  };
}

export interface MessageRow {
  readonly id: string;
  readonly kind: string;
  readonly state: 'waiting' | 'delivered' | 'failed';
  readonly tries: number;
  readonly next_at: Date;
  readonly status: number | null;
  readonly detail: string | null;
  readonly body: string;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

export const MESSAGE_COLUMNS = 'id, kind, state, tries, next_at, status, detail, body, created_at, ended_at';

export function toMessage(row: MessageRow): WebhookMessage {
  return {
    id: row.id, kind: row.kind, state: row.state, tries: row.tries, nextAt: row.state === 'waiting' ? row.next_at.toISOString() : null,
    status: row.status, detail: row.detail, body: row.body, createdAt: row.created_at.toISOString(), endedAt: row.ended_at?.toISOString() ?? null,
  };
}
