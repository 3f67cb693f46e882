import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { connectorById } from '../../src/connectors/registry.js';
import { AccountSeal } from '../../src/features/channels/account-seal.js';
import type { Seal } from '../../src/infra/seal.js';

export interface SeededChannel {
  readonly id: string;
  readonly connectorId: string;
  readonly account: string;
}

export interface SeededClient {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly channels: readonly SeededChannel[];
}

interface ClientTerms {
  readonly connectorIds: readonly string[];
  /** Of the sandbox server; or which one it is, by platform. */
  readonly url: string | ((connectorId: string) => string);
  readonly seal: Seal;
  readonly latePace?: Readonly<Record<string, number>>;
  readonly workspaceId?: string;
}

/** A workspace with one client whose day never ends, and one sandbox channel per connector named. */
export async function seedClient(dataSource: DataSource, { connectorIds, url, seal, latePace = {}, workspaceId = uuid() }: ClientTerms): Promise<SeededClient> {
  const clientId = uuid();
  const accounts = new AccountSeal(seal);
  await dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency') ON CONFLICT DO NOTHING`, [workspaceId]);
  await dataSource.query(
    `INSERT INTO clients (id, workspace_id, name, zone, day_from, day_to, late_pace) VALUES ($1, $2, 'Bar Sport', 'Europe/Rome', '00:00', '00:00', $3)`,
    [clientId, workspaceId, JSON.stringify(latePace)],
  );
  const channels: SeededChannel[] = [];
  for (const connectorId of connectorIds) {
    const connector = connectorById(connectorId);
    const id = uuid();
    const account = `acc-${id.slice(-12)}`;
    const entered = connector.account.parse({ url: typeof url === 'string' ? url : url(connectorId), account, token: `secret-${id}` });
    const host = connector.host(entered);
    await dataSource.query(
      `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account, healthy_at, looked_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now(), now())`,
      [id, workspaceId, clientId, connectorId, account, host, `${connectorId}:publish@${host}`, accounts.sealAccount({ id, workspaceId }, connector, entered)],
    );
    channels.push({ id, connectorId, account });
  }
  return { workspaceId, clientId, channels };
}

export interface SeededPost {
  readonly channel: SeededChannel;
  /** From the database's now, ms. */
  readonly dueInMs: number;
  readonly text: string;
  /** Further parts of a thread. */
  readonly replies?: readonly string[];
  readonly choice?: 'can-wait' | 'today' | 'hour-counts';
  /** Late limit from the due instant, ms; default 7 days. */
  readonly lateLimitMs?: number;
}

/** Writes posts with their deliveries and parts, set-based: a million takes a minute. @returns the delivery ids. */
export async function seedPosts(dataSource: DataSource, client: SeededClient, posts: readonly SeededPost[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let from = 0; from < posts.length; from += 5_000) {
    const rows = posts.slice(from, from + 5_000).map((post) => {
      const content = (text: string) => ({ text, media: [], link: null, language: null, options: {} });
      const delivery = uuid();
      ids.push(delivery);
      return {
        post: uuid(), delivery, channel: post.channel.id, connector: post.channel.connectorId, due: post.dueInMs, choice: post.choice ?? 'can-wait',
        limit: post.lateLimitMs ?? 7 * 86_400_000, content: { parts: [content(post.text)] },
        parts: [post.text, ...(post.replies ?? [])].map((text, position) => ({ id: uuid(), position, kind: position === 0 ? 'post' : 'reply', content: content(text) })),
      };
    });
    await dataSource.query(
      `WITH s AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS s (post uuid, delivery uuid, channel uuid, connector text, due float8, choice text, "limit" float8, content jsonb, parts jsonb)),
       p AS (
         INSERT INTO posts (id, workspace_id, client_id, choice, content, zone, wall_at, due_at, created_by)
         SELECT s.post, $2, $3, s.choice, s.content, 'UTC', (now() + s.due * interval '1 ms') AT TIME ZONE 'UTC', now() + s.due * interval '1 ms', '{"kind":"system","id":"seed","name":"seed"}' FROM s),
       pc AS (INSERT INTO post_channels (post_id, channel_id, workspace_id) SELECT s.post, s.channel, $2 FROM s),
       d AS (
         INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, state, choice, due_at, ready_at, deadline_at)
         SELECT s.delivery, $2, $3, s.post, s.channel, s.connector, c.component_id, 'scheduled', s.choice,
                now() + s.due * interval '1 ms', now() + s.due * interval '1 ms', now() + (s.due + s."limit") * interval '1 ms'
           FROM s JOIN channels c ON c.id = s.channel)
       INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content)
       SELECT q.id, s.delivery, $2, s.channel, q.position, q.kind, q.content
         FROM s, jsonb_to_recordset(s.parts) AS q (id uuid, position smallint, kind text, content jsonb)`,
      [JSON.stringify(rows), client.workspaceId, client.clientId],
    );
  }
  return ids;
}
