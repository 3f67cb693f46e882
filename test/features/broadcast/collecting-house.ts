import type { QueryRunner } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { connectorById } from '../../../src/connectors/registry.js';
import type { Policy } from '../../../src/core/policy.js';
import { AccountSeal } from '../../../src/features/channels/account-seal.js';
import { DispatchService } from '../../../src/features/dispatch/dispatch.service.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { Seal } from '../../../src/infra/seal.js';
import { openBroadcastHouse } from './broadcast-house.js';
import { type Brand, seedList, seedSentIssue } from './broadcast-seed.js';

const COMPONENT = 'sandbox-alpha:publish@127.0.0.1:9';
const sandboxAccount = { url: 'http://127.0.0.1:9', account: 'acc', token: 'secret' };
const accounts = new AccountSeal(new Seal('s'.repeat(32)));

interface Outlets {
  readonly brand: Brand;
  readonly listId: string;
  readonly platformId: string;
  readonly newsletterId: string;
}

interface Waiting {
  readonly text: string;
  /** Minutes ago. */
  readonly due: number;
  /** Minutes ahead. */
  readonly limit: number;
  readonly choice?: 'today' | 'hour-counts' | 'can-wait';
  readonly policy?: Policy;
  /** What it says in the newsletter; null = nothing that was approved. Left out: its own words. */
  readonly version?: string | null;
}

export interface Held {
  readonly id: string;
  readonly postId: string;
}

/** Where it is noon now: so that a day has hours before and after whenever the test runs. */
function noonZone(): string {
  const ahead = 12 - new Date().getUTCHours();
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

/** The whole application with a brand whose platform is down, and a newsletter that stands in for it. */
export async function openCollecting() {
  const house = await openBroadcastHouse();
  const { database } = house;
  const say = async (state: 'up' | 'down', component = COMPONENT): Promise<void> => {
    await database.query(
      `INSERT INTO components (id, detector, state, media_state, read_ok, impaired, since, cause, confidence) VALUES ($1, '{}', $2, $2, true, false, now() - interval '1 hour', 'unknown', 1)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, media_state = excluded.media_state, version = nextval('component_version')`, [component, state]);
    await house.get(HealthService).read();
  };
  const rows = <Row>(sql: string, params: readonly unknown[] = []) => database.query<Row[]>(sql, [...params]);
  const channel = async ({ workspaceId, clientId }: Brand, component: string, account: unknown): Promise<string> => {
    const id = uuid();
    const [connectorId = '', host] = component.split(/:publish@/);
    const connector = connectorById(connectorId);
    await database.query(
      `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account, healthy_at) VALUES ($1, $2, $3, $4, $4, $5, $6, $7, now())`,
      [id, workspaceId, clientId, connectorId, host, component, accounts.sealAccount({ id, workspaceId }, connector, connector.account.parse(account))]);
    return id;
  };
  const built = {
    ...house, say, rows,
    /** Another platform of the brand, which works. */
    async other({ brand }: Outlets): Promise<string> {
      const component = 'sandbox-beta:publish@127.0.0.1:9';
      await say('up', component);
      return channel(brand, component, sandboxAccount);
    },
    newsletters: (state: 'up' | 'down') => say(state, 'newsletter:publish@house'),
    /** A session of somebody else's: what it locks is free again afterwards, whatever happens. */
    async meanwhile(work: (other: QueryRunner) => Promise<void>): Promise<void> {
      const other = database.createQueryRunner();
      await other.startTransaction();
      try {
        await work(other);
      } finally {
        await other.query('ROLLBACK').catch(() => undefined);
        await other.release();
      }
    },
    async until(isSo: () => Promise<boolean>): Promise<void> {
      for (const end = Date.now() + 60_000; Date.now() < end; ) {
        if (await isSo()) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error('It never came to that.');
    },
    /** A newsletter out of the post, approved. */
    async drafted({ newsletterId }: Outlets, postId: string): Promise<void> {
      const { body } = await house.http().post('/api/v1/broadcasts').set(house.editor.headers).send({ postId, channelId: newsletterId });
      const { status } = await house.http().post(`/api/v1/broadcasts/${body.id}/approve`).set(house.editor.headers).send({ version: body.version });
      if (status !== 200) throw new Error(`The draft was not approved: ${status}`);
    },
    /** How what its fallbacks asked for ended, where it was not taken. */
    setbacks: async ({ brand }: Outlets): Promise<readonly string[]> =>
      (await rows<{ outcome: string }>(`SELECT a.outcome FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE d.client_id = $1 AND d.origin = 'fallback' AND a.outcome <> 'delivered'`, [brand.clientId])).map(({ outcome }) => outcome),
    async outlets({ people = 3 } = {}): Promise<Outlets> {
      const brand = await house.brand();
      await database.query('UPDATE clients SET zone = $2 WHERE id = $1', [brand.clientId, noonZone()]);
      const listId = await seedList(database, brand, { people, coversFallback: true });
      await seedSentIssue(database, brand, listId);
      return {
        brand, listId, platformId: await channel(brand, COMPONENT, sandboxAccount), newsletterId: await channel(brand, 'newsletter:publish@house', { listIds: [listId] }),
      };
    },
    /** A post that waits for its platform and leaves by the newsletter at its limit. */
    async held({ brand, platformId, newsletterId }: Outlets, { text, due, limit, choice = 'today', policy = {}, version }: Waiting): Promise<Held> {
      const [postId, id] = [uuid(), uuid()];
      const content = (words: string) => ({ text: words, media: [], link: null, language: null, options: {} });
      await database.query(
        `INSERT INTO posts (id, workspace_id, client_id, choice, policy, content, zone, wall_at, due_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, 'UTC', now() AT TIME ZONE 'UTC', now() - $7 * interval '1 minute', '{"kind":"user","id":"u","name":"Anna"}')`,
        [postId, brand.workspaceId, brand.clientId, choice, JSON.stringify({ atDeadline: 'reroute', rerouteTo: [[newsletterId]], ...policy }), JSON.stringify({ parts: [content(text)] }), due]);
      await database.query('INSERT INTO post_channels (post_id, channel_id, workspace_id) VALUES ($1, $2, $3)', [postId, platformId, brand.workspaceId]);
      await database.query(
        `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, state, hold_reason, reason, choice, due_at, ready_at, deadline_at)
         VALUES ($1, $2, $3, $4, $5, 'sandbox-alpha', $6, 'held', 'outage', '{"code":"platform-down"}', $7, now() - $8 * interval '1 minute', now(), now() + $9 * interval '1 minute')`,
        [id, brand.workspaceId, brand.clientId, postId, platformId, COMPONENT, choice, due, limit]);
      await database.query(`INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content) VALUES ($1, $2, $3, $4, 0, 'post', $5)`, [uuid(), id, brand.workspaceId, platformId, JSON.stringify(content(text))]);
      if (version !== null) {
        await database.query(
          `INSERT INTO fallbacks (id, workspace_id, post_id, channel_id, content, created_by, approved_by, approved_at) VALUES ($1, $2, $3, $4, $5, '{}', '{}', now())`,
          [uuid(), brand.workspaceId, postId, newsletterId, JSON.stringify({ parts: [content(version ?? text)] })]);
      }
      return { id, postId };
    },
    run: (id: string) => house.get(DispatchService).run(id),
    states: async (...held: readonly Held[]): Promise<readonly string[]> => {
      const found = await rows<{ id: string; state: string }>('SELECT id, state FROM deliveries WHERE id = ANY($1::uuid[])', [held.map(({ id }) => id)]);
      return held.map(({ id }) => found.find((one) => one.id === id)?.state ?? 'gone');
    },
    /** Its fallbacks, as they stand. */
    children: (...held: readonly Held[]) => rows<{ id: string; state: string; code: string | null; postId: string; dueAt: Date }>(
      `SELECT f.id, f.state, f.reason ->> 'code' AS code, f.post_id AS "postId", f.due_at AS "dueAt" FROM deliveries f WHERE f.origin = 'fallback' AND f.post_id = ANY($1::uuid[]) ORDER BY array_position($1::uuid[], f.post_id)`, [held.map(({ postId }) => postId)]),
    broadcasts: ({ brand }: Outlets) => rows<{ id: string; postId: string; state: string; joinedTo: string | null; carried: boolean; recipients: number; token: string; subject: string }>(
      `SELECT id, post_id AS "postId", state, joined_to AS "joinedTo", carried, recipients, web_token AS token, subject FROM broadcasts WHERE client_id = $1 AND subject <> 'Tempo fa' ORDER BY frozen_at, id`, [brand.clientId]),
  };
  return {
    ...built,
    /** Three of a brand whose moments differ: the second leaves first. */
    async three() {
      const outlets = await built.outlets();
      const [second, first, third] = [
        await built.held(outlets, { text: 'Due: la colazione', due: 60, limit: 4 }), await built.held(outlets, { text: 'Uno: il cappuccino', due: 90, limit: 120, version: 'Uno, per e-mail: il cappuccino' }),
        await built.held(outlets, { text: 'Tre: la cena', due: 30, limit: 180 }),
      ];
      return { outlets, first, second, third };
    },
    async runChildren(...held: readonly Held[]): Promise<void> {
      for (const { id } of await built.children(...held)) await built.run(id);
    },
  };
}
export type CollectingHouse = Awaited<ReturnType<typeof openCollecting>>;
