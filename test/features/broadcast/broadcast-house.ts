import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { AccountSeal } from '../../../src/features/channels/account-seal.js';
import { HouseOutlets } from '../../../src/features/channels/house-outlets.service.js';
import { BroadcastLoop } from '../../../src/features/broadcast/broadcast-loop.service.js';
import { connectorById } from '../../../src/connectors/registry.js';
import type { Outcome } from '../../../src/core/outcome.js';
import type { Part, PartContent } from '../../../src/core/part.js';
import type { Clock } from '../../../src/infra/clock.js';
import { Seal } from '../../../src/infra/seal.js';
import { type House, openHouse, type Visitor } from '../../kit/house.js';
import { openPostOffice, type PostOffice } from '../../kit/post-office.js';

export const seal = new Seal('s'.repeat(32));

export interface Brand {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly senderId: string;
}

export interface BroadcastHouse extends House {
  readonly office: PostOffice;
  readonly editor: Visitor;
  readonly workspaceId: string;
  get<Service>(service: abstract new (...args: never[]) => Service): Service;
  /** A client with a verified, warm sender by the post office. */
  brand(name?: string, sender?: Readonly<Record<string, unknown>>): Promise<Brand>;
  /** Takes a post as a newsletter, as dispatch would. */
  take(brand: Brand, terms: { readonly listIds: readonly string[]; readonly text?: string; readonly postId?: string; readonly channelId?: string; readonly origin?: string }): Promise<Taken>;
  /** The loop's round, until nobody sends. */
  mail(): Promise<void>;
  states(broadcastId: string): Promise<Readonly<Record<string, number>>>;
  /** Addresses the post office has taken a letter for, in order. */
  arrived(): readonly string[];
}

export interface Taken {
  readonly outcome: Outcome;
  readonly broadcastId: string;
  readonly postId: string;
  readonly channelId: string;
  readonly part: Part;
  again(): Promise<Outcome>;
}

/** The whole application, its rounds done by hand, and a mail server on loopback. */
export async function openBroadcastHouse(settings: Readonly<Record<string, string>> = {}, clock?: Clock): Promise<BroadcastHouse> {
  const office = await openPostOffice();
  const house = await openHouse({ PUBLIC_URL: 'https://postern.example', SMTP_URL: `smtp://127.0.0.1:${office.port}`, ...settings }, ...(clock ? [clock] : []));
  const { database } = house;
  const workspaceId = await house.workspace('Agenzia Uno');
  const editor = await house.member(workspaceId, 'manager');
  const get: BroadcastHouse['get'] = (service) => house.app.get(service as never, { strict: false });
  return {
    ...house, office, editor, workspaceId, get,
    brand: (name = 'Bar Sport', sender = {}) => seedBrand(database, { workspaceId, name, sender }),
    take: async ({ clientId }, { listIds, text = 'Aperitivo\n\nStasera alle 18.', postId = uuid(), channelId = uuid(), origin = 'post' }) => {
      const part = await seedPart(database, { workspaceId, clientId, postId, channelId, listIds, text, origin });
      const take = async (): Promise<Outcome> => {
        const outlet = get(HouseOutlets).at('newsletter', { workspaceId, clientId, channelId });
        if (!outlet) throw new Error('The newsletter is not registered.');
        return outlet.take(part, { listIds });
      };
      const outcome = await take();
      return { outcome, broadcastId: outcome.kind === 'delivered' ? outcome.remoteId : '', postId, channelId, part, again: take };
    },
    mail: async () => {
      await get(BroadcastLoop).round();
      await get(BroadcastLoop).idle();
      await get(BroadcastLoop).round();
      await get(BroadcastLoop).idle();
    },
    states: (id) => statesOf(database, id),
    arrived: () => office.letters.map(({ to }) => (Array.isArray(to) ? to[0]?.text : to?.text) ?? ''),
    close: async () => {
      await house.close();
      await office.close();
    },
  };
}

export async function statesOf(database: DataSource, broadcastId: string): Promise<Readonly<Record<string, number>>> {
  const rows = await database.query<{ state: string; n: number }[]>('SELECT state, count(*)::int AS n FROM recipients WHERE broadcast_id = $1 GROUP BY state ORDER BY state', [broadcastId]);
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

/** A client with a verified, warm sender; `sender`: columns to set otherwise. */
export async function seedBrand(database: DataSource, { workspaceId, name, sender = {} }: { readonly workspaceId: string; readonly name: string; readonly sender?: Readonly<Record<string, unknown>> }): Promise<Brand> {
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
    `INSERT INTO lists (id, workspace_id, client_id, kind, name, language, purpose, consent_text, covers_fallback, signup_token) VALUES ($1, $2, $3, 'email', $4, 'it', 'novità', 'Sì', $5, $1::text)`,
    [id, workspaceId, clientId, name, coversFallback]);
  await database.query(
    `WITH p AS (
       INSERT INTO subscribers (id, workspace_id, client_id, kind, address, address_key, language, token)
       SELECT gen_random_uuid(), $1, $2, 'email', 'Person' || n || '@example.com', 'person' || n || '@example.com', 'it', md5($2::text || n) FROM generate_series($4::int, $4 + $5 - 1) AS n
       ON CONFLICT (client_id, kind, address_key) DO UPDATE SET name = subscribers.name RETURNING id)
     INSERT INTO subscriptions (subscriber_id, list_id, workspace_id, state, purpose, consent_version, consent_at, consent_source, confirmed_at)
     SELECT id, $3, $1, 'confirmed', 'novità', 1, now(), 'form', now() FROM p`, [workspaceId, clientId, id, from, people]);
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
    [channelId, workspaceId, clientId, new AccountSeal(seal).sealAccount({ id: channelId, workspaceId }, connector, { listIds })]);
  await database.query(
    `INSERT INTO posts (id, workspace_id, client_id, choice, content, zone, wall_at, due_at, created_by) VALUES ($1, $2, $3, 'can-wait', $4, 'Europe/Rome', now() AT TIME ZONE 'Europe/Rome', now(), '{"kind":"user","id":"u","name":"Anna"}') ON CONFLICT DO NOTHING`,
    [postId, workspaceId, clientId, JSON.stringify({ parts: [content] })]);
  await database.query('INSERT INTO post_channels (post_id, channel_id, workspace_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [postId, channelId, workspaceId]);
  const [deliveryId, partId] = [uuid(), uuid()];
  await database.query(
    `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, origin, state, choice, due_at, ready_at, deadline_at, lease_until)
     VALUES ($1, $2, $3, $4, $5, 'newsletter', 'newsletter:publish@house', $6, 'sending', 'can-wait', now(), now(), now() + interval '7 days', now() + interval '1 minute')`,
    [deliveryId, workspaceId, clientId, postId, channelId, origin]);
  await database.query(`INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content) VALUES ($1, $2, $3, $4, 0, 'post', $5)`, [partId, deliveryId, workspaceId, channelId, JSON.stringify(content)]);
  return { partId, key: partId.replaceAll('-', ''), position: 0, kind: 'post', content, stampAt: Date.now(), parent: null, root: null };
}

/** A key of nobody's: made for these tests, 1024 bits for speed. */
const dkimKey = (await import('node:crypto')).generateKeyPairSync('rsa', { modulusLength: 1_024, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }).privateKey;
