import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';

export interface Planned {
  readonly content?: unknown;
  readonly variant?: unknown;
  readonly part?: unknown;
  /** What a person wrote for elsewhere. */
  readonly fallback?: unknown;
  /** It went elsewhere, and nobody has decided yet what becomes of it at home. */
  readonly undecided?: boolean;
  readonly state?: string;
  readonly editing?: string;
  readonly origin?: string;
}

/** A post of that workspace with a delivery, of a client and a channel of its own. @returns the delivery's id */
export async function planned(
  dataSource: DataSource, workspaceId: string,
  { content = { parts: [] }, variant, part, fallback, undecided = false, state = 'scheduled', editing = 'ready', origin = 'post' }: Planned,
): Promise<string> {
  const [clientId, channelId, postId, id] = [uuid(), uuid(), uuid(), uuid()];
  await dataSource.query(`INSERT INTO clients (id, workspace_id, name, zone) VALUES ($1, $2, 'Brand', 'UTC')`, [clientId, workspaceId]);
  await dataSource.query(
    `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'x', 'x', 'x', 'x', '')`,
    [channelId, workspaceId, clientId],
  );
  await dataSource.query(
    `INSERT INTO posts (id, workspace_id, client_id, choice, content, editing, zone, wall_at, due_at, created_by) VALUES ($1, $2, $3, 'today', $4, $5, 'UTC', now(), now(), '{}')`,
    [postId, workspaceId, clientId, JSON.stringify(content), editing],
  );
  await dataSource.query(
    `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, state, origin, choice, due_at, ready_at, deadline_at)
     VALUES ($1, $2, $3, $4, $5, 'x', 'x', $6, $7, 'today', now(), now(), now())`,
    [id, workspaceId, clientId, postId, channelId, state, origin],
  );
  if (variant) await dataSource.query('INSERT INTO post_channels (post_id, channel_id, workspace_id, variant) VALUES ($1, $2, $3, $4)', [postId, channelId, workspaceId, JSON.stringify(variant)]);
  if (fallback) {
    await dataSource.query(`INSERT INTO fallbacks (id, workspace_id, post_id, channel_id, content, created_by) VALUES ($1, $2, $3, $4, $5, '{}')`, [uuid(), workspaceId, postId, channelId, JSON.stringify(fallback)]);
  }
  if (undecided) await dataSource.query(`INSERT INTO reroutes (delivery_id, workspace_id, after) VALUES ($1, $2, 'ask')`, [id, workspaceId]);
  if (part) {
    await dataSource.query(
      `INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content) VALUES ($1, $2, $3, $4, 0, 'post', $5)`,
      [uuid(), id, workspaceId, channelId, JSON.stringify(part)],
    );
  }
  return id;
}
