import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { connectorById } from '../../src/connectors/registry.js';
import { AccountSeal } from '../../src/features/channels/account-seal.js';
import { DemoService } from '../../src/features/desk/demo.service.js';
import { Seal } from '../../src/infra/seal.js';
import { type House, openHouse } from '../kit/house.js';
import { seedClient, seedPosts } from '../kit/seed.js';

// Names under .invalid resolve nowhere (RFC 6761): neither the controls nor the platform, as on a machine without a network.
const host = 'social.invalid';
let house: House;
beforeAll(async () => {
  house = await openHouse({ ROLES: 'api,worker,watch', CONTROL_TARGETS: ['one', 'two', 'three', 'four'].map((name) => `https://${name}.invalid`).join(',') });
});
afterAll(() => house.close());

/** A channel on a platform of the world outside, with a post that is due. @returns the delivery */
async function outside(): Promise<string> {
  const seal = new Seal('s'.repeat(32));
  const client = await seedClient(house.database, { connectorIds: [], url: 'http://sandbox.invalid', seal });
  const connector = connectorById('mastodon');
  const channel = { id: uuid(), connectorId: 'mastodon', account: 'brand' };
  const sealed = new AccountSeal(seal).sealAccount({ id: channel.id, workspaceId: client.workspaceId }, connector, connector.account.parse({ instance: `https://${host}`, accessToken: 'a-token-nobody-knows' }));
  await house.database.query(
    `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account, healthy_at, looked_at)
     VALUES ($1, $2, $3, 'mastodon', 'brand', $4, 'mastodon:publish@' || $4, $5, now(), now())`,
    [channel.id, client.workspaceId, client.clientId, host, sealed],
  );
  const [id = ''] = await seedPosts(house.database, client, [{ channel, dueInMs: 0, text: 'to the world' }]);
  return id;
}
const published = async (): Promise<number> =>
  (await house.database.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM deliveries WHERE state = 'published' AND connector_id LIKE 'sandbox-%'`))[0]?.n ?? 0;
/** How the tries that ended did. */
const tried = async (id: string): Promise<readonly string[]> =>
  (await house.database.query<{ outcome: string }[]>('SELECT outcome FROM attempts WHERE delivery_id = $1 AND outcome IS NOT NULL', [id])).map(({ outcome }) => outcome);

describe('without any internet', () => {
  it('the demo works, no platform is blamed, and what is due waits without being lost', async () => {
    const id = await outside();
    await house.app.get(DemoService, { strict: false }).ensure();
    for (let i = 0; i < 1_000 && ((await published()) === 0 || (await tried(id)).length < 2); i += 1) await sleep(100);
    expect(await published()).toBeGreaterThan(0);
    expect(new Set(await tried(id))).toEqual(new Set(['local']));
    const [row] = await house.database.query<{ state: string; verdict: string | null }[]>(
      `SELECT d.state, (SELECT c.state FROM components c WHERE c.id = d.component_id) AS verdict FROM deliveries d WHERE d.id = $1`, [id]);
    expect(row?.verdict).toBe('unknown');
    expect(['scheduled', 'sending']).toContain(row?.state);
    const down = await house.database.query<{ id: string }[]>(`SELECT id FROM components WHERE state IN ('suspect', 'down')`);
    expect(down).toEqual([]);
  });
});
