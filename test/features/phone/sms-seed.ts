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
}

/** The zone where it is about this hour now: so no test hangs on when it runs. */
export function zoneAt(hour: number, now = new Date()): string {
  const ahead = ((hour - now.getUTCHours() + 12 + 24) % 24) - 12;
  return ahead === 0 ? 'Etc/UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`; // named the other way round
}

/** A client whose day never ends, where it is about noon; 0 = no limit was set. */
export async function seedBrand(database: DataSource, { workspaceId, capMinor = 100_000, zone = zoneAt(12) }: { readonly workspaceId: string; readonly capMinor?: number; readonly zone?: string }): Promise<Brand> {
  const clientId = uuid();
  await database.query(`INSERT INTO clients (id, workspace_id, name, zone, language, day_from, day_to) VALUES ($1, $2, 'Bar Sport', $3, 'it', '00:00', '24:00')`, [clientId, workspaceId, zone]);
  if (capMinor > 0) await database.query(`INSERT INTO sms_caps (client_id, workspace_id, cap_minor, currency) VALUES ($1, $2, $3, 'EUR')`, [clientId, workspaceId, capMinor]);
  return { workspaceId, clientId };
}

/** The number of the n-th person: the same one on every list of a brand. */
export const numberOf = (n: number): string => `+39333${String(1_000_000 + n)}`;

export interface ListTerms {
  readonly people: number;
  readonly from?: number;
  readonly name?: string;
  readonly coversFallback?: boolean;
}

/** A list of telephones with so many confirmed people, from `from` on. */
export async function seedList(database: DataSource, { workspaceId, clientId }: Brand, { people, from = 0, name = 'Amici', coversFallback = true }: ListTerms): Promise<string> {
  const id = uuid();
  await database.query(
    `INSERT INTO lists (id, workspace_id, client_id, kind, name, language, purpose, consent_text, covers_fallback, signup_token, country) VALUES ($1, $2, $3, 'phone', $4, 'it', 'novità', 'Sì', $5, $6, 'IT')`,
    [id, workspaceId, clientId, name, coversFallback, id]);
  await database.query(
    `WITH p AS (
       INSERT INTO subscribers (id, workspace_id, client_id, kind, address, address_key, language, token)
       SELECT gen_random_uuid(), $1, $2, 'phone', '333 ' || (1000000 + n), '+39333' || (1000000 + n), 'it', md5($6 || n) FROM generate_series($4::int, $4 + $5 - 1) AS n
       ON CONFLICT (client_id, kind, address_key) DO UPDATE SET name = subscribers.name RETURNING id)
     INSERT INTO subscriptions (subscriber_id, list_id, workspace_id, state, purpose, consent_version, consent_at, consent_source, confirmed_at)
     SELECT id, $3, $1, 'confirmed', 'novità', 1, now(), 'form', now() FROM p`, [workspaceId, clientId, id, from, people, clientId]);
  return id;
}

export interface PartTerms extends Brand {
  readonly postId: string;
  readonly channelId: string;
  readonly account: { readonly listIds: readonly string[]; readonly from?: string };
  readonly text: string;
  readonly link: string | null;
  readonly origin: string;
  /** From now, ms. */
  readonly dueInMs: number;
}

/** A post planned on an SMS channel, in flight. */
export async function seedPart(database: DataSource, { workspaceId, clientId, postId, channelId, account, text, link, origin, dueInMs }: PartTerms): Promise<Part> {
  const content: PartContent = { text, media: [], link: link === null ? null : { url: link, title: '', description: '', thumb: null }, language: null, options: {} };
  const connector = connectorById('sms');
  await database.query(
    `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'sms', 'SMS', 'house', 'sms:publish@house', $4) ON CONFLICT DO NOTHING`,
    [channelId, workspaceId, clientId, new AccountSeal(testSeal).sealAccount({ id: channelId, workspaceId }, connector, account)]);
  await database.query(
    `INSERT INTO posts (id, workspace_id, client_id, choice, content, zone, wall_at, due_at, created_by) VALUES ($1, $2, $3, 'can-wait', $4, 'Europe/Rome', now() AT TIME ZONE 'Europe/Rome', now(), '{"kind":"user","id":"u","name":"Anna"}') ON CONFLICT DO NOTHING`,
    [postId, workspaceId, clientId, JSON.stringify({ parts: [content] })]);
  await database.query('INSERT INTO post_channels (post_id, channel_id, workspace_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [postId, channelId, workspaceId]);
  const [partId, deliveryId] = [uuid(), uuid()];
  await database.query(
    `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, origin, state, choice, due_at, ready_at, deadline_at, lease_until)
     VALUES ($1, $2, $3, $4, $5, 'sms', 'sms:publish@house', $6, 'sending', 'hour-counts', now() + $7 * interval '1 ms', now(), now() + interval '7 days', now() + interval '1 minute')`,
    [deliveryId, workspaceId, clientId, postId, channelId, origin, dueInMs]);
  await database.query(`INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content) VALUES ($1, $2, $3, $4, 0, 'post', $5)`, [partId, deliveryId, workspaceId, channelId, JSON.stringify(content)]);
  if (origin === 'fallback') await database.query(
    `INSERT INTO fallbacks (id, workspace_id, post_id, channel_id, content, created_by, approved_by, approved_at) VALUES (gen_random_uuid(), $1, $2, $3, '{"parts":[]}', '{}', '{}', now())`, [workspaceId, postId, channelId]);
  return { partId, key: partId.replaceAll('-', ''), position: 0, kind: 'post', content, stampAt: Date.now(), parent: null, root: null };
}

export async function statesOf(database: DataSource, roundId: string): Promise<Readonly<Record<string, number>>> {
  const rows = await database.query<{ state: string; n: number }[]>('SELECT state, count(*)::int AS n FROM sms_recipients WHERE round_id = $1 GROUP BY state ORDER BY state', [roundId]);
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}
