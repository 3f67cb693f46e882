import { generateKeyPairSync } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { connectorById } from '../../../src/connectors/registry.js';
import type { Part, PartContent } from '../../../src/core/part.js';
import { AccountSeal } from '../../../src/features/channels/account-seal.js';
import { Seal } from '../../../src/infra/seal.js';

const testSeal = new Seal('s'.repeat(32));

export interface Brand {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly senderId: string;
}

/** Of nobody, made for the run. */
export const dkimKey = generateKeyPairSync('rsa', { modulusLength: 2_048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }).privateKey;

export async function statesOf(database: DataSource, broadcastId: string): Promise<Readonly<Record<string, number>>> {
  const rows = await database.query<{ state: string; n: number }[]>('SELECT state, count(*)::int AS n FROM recipients WHERE broadcast_id = $1 GROUP BY state ORDER BY state', [broadcastId]);
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

/** A client with a verified, warm sender; `sender`: columns to set otherwise. */
export async function seedBrand(database: DataSource, { workspaceId, name, sender = {}, seal = testSeal }: { readonly workspaceId: string; readonly name: string; readonly sender?: Readonly<Record<string, unknown>>; readonly seal?: Seal }): Promise<Brand> {
  const [clientId, senderId] = [uuid(), uuid()];
  await database.query(`INSERT INTO clients (id, workspace_id, name, zone, language, day_from, day_to) VALUES ($1, $2, $3, 'Europe/Rome', 'it', '00:00', '00:00')`, [clientId, workspaceId, name]);
  const columns: Readonly<Record<string, unknown>> = {
    id: senderId, workspace_id: workspaceId, client_id: clientId, from_name: name, from_address: 'ciao@bar.example', imprint: 'Bar Sport, via Roma 1, Roma', bounce_address: 'bounce@bar.example', dkim_selector: 'postern1',
    sealed_dkim_key: seal.seal(dkimKey, { workspaceId, rowId: `${senderId}/dkim` }), dkim_public: 'AAAA', sealed_hook_secret: seal.seal('hook secret', { workspaceId, rowId: `${senderId}/hook` }),
    is_warm: true, verified_at: new Date(), connections: 3, ...sender,
  };
  const names = Object.keys(columns);
  await database.query(`INSERT INTO senders (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')})`, Object.values(columns));
  return { workspaceId, clientId, senderId };
}

/** A list with so many confirmed people, from `from` on: the same number is the same address on every list of the brand. */
export async function seedList(database: DataSource, { workspaceId, clientId }: Pick<Brand, 'workspaceId' | 'clientId'>, { people, from = 0, name = 'Amici', coversFallback = false }: { readonly people: number; readonly from?: number; readonly name?: string; readonly coversFallback?: boolean }): Promise<string> {
  const id = uuid();
  await database.query(
    `INSERT INTO lists (id, workspace_id, client_id, kind, name, language, purpose, consent_text, covers_fallback, signup_token) VALUES ($1, $2, $3, 'email', $4, 'it', 'novità', 'Sì', $5, $6)`,
    [id, workspaceId, clientId, name, coversFallback, id]);
  await database.query(
    `WITH p AS (
       INSERT INTO subscribers (id, workspace_id, client_id, kind, address, address_key, language, token)
       SELECT gen_random_uuid(), $1, $2, 'email', 'Person' || n || '@example.com', 'person' || n || '@example.com', 'it', md5($6 || n) FROM generate_series($4::int, $4 + $5 - 1) AS n
       ON CONFLICT (client_id, kind, address_key) DO UPDATE SET name = subscribers.name RETURNING id)
     INSERT INTO subscriptions (subscriber_id, list_id, workspace_id, state, purpose, consent_version, consent_at, consent_source, confirmed_at)
     SELECT id, $3, $1, 'confirmed', 'novità', 1, now(), 'form', now() FROM p`, [workspaceId, clientId, id, from, people, clientId]);
  return id;
}

/** A newsletter to a whole list, frozen as `take` freezes it: in one transaction, so that no round sees it without its recipients. @returns its id */
export async function seedFrozen(database: DataSource, { workspaceId, clientId }: Pick<Brand, 'workspaceId' | 'clientId'>, listId: string, { subject, html, plain }: { readonly subject: string; readonly html: string; readonly plain: string }): Promise<string> {
  const [id, channelId, postId] = [uuid(), uuid(), uuid()];
  await database.transaction(async (manager) => {
    await manager.query(`INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'newsletter', 'News', 'house', 'newsletter:publish@house', '')`, [channelId, workspaceId, clientId]);
    await manager.query(`INSERT INTO posts (id, workspace_id, client_id, editing, choice, content, created_by) VALUES ($1, $2, $3, 'draft', 'can-wait', '{"parts":[]}', '{}')`, [postId, workspaceId, clientId]);
    await manager.query(
      `INSERT INTO broadcasts (id, workspace_id, client_id, channel_id, post_id, part_key, list_ids, language, subject, content, state, html, plain, web_html, web_token, recipients, frozen_at, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, ARRAY[$7::uuid], 'it', $8, '{"text":"","media":[],"link":null}', 'frozen', $9, $10, '', $6, 0, now(), '{}')`,
      [id, workspaceId, clientId, channelId, postId, id, listId, subject, html, plain]);
    await manager.query(
      `INSERT INTO recipients (broadcast_id, subscriber_id, list_id, address, address_key)
       SELECT $1, p.id, $2, p.address, p.address_key FROM subscribers p JOIN subscriptions s ON s.subscriber_id = p.id AND s.list_id = $2 WHERE p.client_id = $3`, [id, listId, clientId]);
  });
  return id;
}

/** An earlier newsletter of the brand to this list that went, so many days ago: after it people know the sender. @returns its id */
export async function seedSentIssue(database: DataSource, brand: Pick<Brand, 'workspaceId' | 'clientId'>, listId: string, { daysAgo = 7, purpose = 'issue', isSent = true }: { readonly daysAgo?: number; readonly purpose?: 'issue' | 'fallback'; readonly isSent?: boolean } = {}): Promise<string> {
  const id = await seedFrozen(database, brand, listId, { subject: 'Tempo fa', html: '', plain: '' });
  await database.query(
    `UPDATE broadcasts SET state = 'sent', purpose = $3, created_at = now() - $2 * interval '1 day', frozen_at = now() - $2 * interval '1 day', ended_at = now() - $2 * interval '1 day', recipients = (SELECT count(*) FROM recipients WHERE broadcast_id = $1) WHERE id = $1`, [id, daysAgo, purpose]);
  await database.query(
    `UPDATE recipients SET state = $3, intent_at = now() - $2 * interval '1 day', sent_at = CASE WHEN $3 = 'sent' THEN now() - $2 * interval '1 day' END WHERE broadcast_id = $1`, [id, daysAgo, isSent ? 'sent' : 'expired']);
  return id;
}

/** A post planned on a newsletter channel, in flight. */
export async function seedPart(database: DataSource, { workspaceId, clientId, postId, channelId, listIds, text, origin = 'post' }: {
  readonly workspaceId: string; readonly clientId: string; readonly postId: string; readonly channelId: string; readonly listIds: readonly string[]; readonly text: string; readonly origin?: string;
}): Promise<Part> {
  const content: PartContent = { text, media: [], link: { url: 'https://bar.example/menu', title: 'Il menu', description: '', thumb: null }, language: null, options: {} };
  const connector = connectorById('newsletter');
  await database.query(
    `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'newsletter', 'Newsletter', 'house', 'newsletter:publish@house', $4) ON CONFLICT DO NOTHING`,
    [channelId, workspaceId, clientId, new AccountSeal(testSeal).sealAccount({ id: channelId, workspaceId }, connector, { listIds })]);
  await database.query(
    `INSERT INTO posts (id, workspace_id, client_id, choice, content, zone, wall_at, due_at, created_by) VALUES ($1, $2, $3, 'can-wait', $4, 'Europe/Rome', now() AT TIME ZONE 'Europe/Rome', now(), '{"kind":"user","id":"u","name":"Anna"}') ON CONFLICT DO NOTHING`,
    [postId, workspaceId, clientId, JSON.stringify({ parts: [content] })]);
  await database.query('INSERT INTO post_channels (post_id, channel_id, workspace_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [postId, channelId, workspaceId]);
  const partId = uuid();
  const [delivery]: { id: string }[] = await database.query(
    `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, origin, state, choice, due_at, ready_at, deadline_at, lease_until)
     VALUES ($1, $2, $3, $4, $5, 'newsletter', 'newsletter:publish@house', $6, 'sending', 'can-wait', now(), now(), now() + interval '7 days', now() + interval '1 minute')
     ON CONFLICT (post_id, channel_id, origin) DO UPDATE SET arming = deliveries.arming + 1 RETURNING id`,
    [uuid(), workspaceId, clientId, postId, channelId, origin]);
  await database.query('DELETE FROM parts WHERE delivery_id = $1', [delivery?.id]);
  await database.query(`INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content) VALUES ($1, $2, $3, $4, 0, 'post', $5)`, [partId, delivery?.id, workspaceId, channelId, JSON.stringify(content)]);
  return { partId, key: partId.replaceAll('-', ''), position: 0, kind: 'post', content, stampAt: Date.now(), parent: null, root: null };
}
