import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { ReroutesService } from '../../../src/features/posts/reroutes.service.js';
import { type CollectingHouse, type Held, openCollecting } from './collecting-house.js';

/** More than leave together. */
const MANY = 41;

let house: CollectingHouse;
beforeAll(async () => {
  house = await openCollecting();
});
afterAll(() => house.close());
beforeEach(() => house.say('down'));

describe('Among many that wait', () => {
  it('what cannot leave takes no place of what can', async () => {
    const outlets = await house.outlets();
    const first = await house.held(outlets, { text: 'Uno', due: 60, limit: 4 });
    const second = await house.held(outlets, { text: 'Due', due: 60, limit: 120 });
    const many = (more: Partial<Parameters<CollectingHouse['held']>[1]>) => Promise.all(Array.from({ length: MANY }, (_, n) => house.held(outlets, { text: `Altro ${n}`, due: 90, limit: 60, ...more })));
    const reviewed = await many({ limit: -60 });
    await house.rows(`UPDATE deliveries SET hold_reason = 'late', ready_at = 'infinity' WHERE id = ANY($1::uuid[])`, [reviewed.map(({ id }) => id)]);
    const others = [...(await many({ version: null })), ...(await many({ policy: { rerouteTo: [[outlets.platformId]] } })), ...(await many({ policy: { atDeadline: 'ask' } }))];
    await house.run(first.id);
    expect([await house.states(first, second), new Set(await house.states(...reviewed, ...others))]).toEqual([['rerouted', 'rerouted'], new Set(['held'])]);
  });

  it('what one bell reads for all is not read by each', async () => {
    const outlets = await house.outlets();
    const all: Held[] = [];
    for (let n = 0; n < 8; n += 1) all.push(await house.held(outlets, { text: `Post ${n}`, due: 60, limit: 4 }));
    const reroutes = house.get(ReroutesService);
    const original = reroutes.mayLeaveToo.bind(reroutes);
    let reads = 0;
    reroutes.mayLeaveToo = (...asked) => {
      reads += 1;
      return original(...asked);
    };
    await Promise.all(all.map(({ id }) => house.run(id)));
    reroutes.mayLeaveToo = original;
    expect([reads, new Set(await house.states(...all))]).toEqual([1, new Set(['rerouted'])]);
  });

  it('they are found by an index', async () => {
    const outlets = await house.outlets();
    const [first, second] = [await house.held(outlets, { text: 'Uno', due: 60, limit: 4 }), await house.held(outlets, { text: 'Due', due: 60, limit: 120 })];
    await house.rows(
      `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, state, origin, choice, due_at, ready_at, deadline_at)
       SELECT gen_random_uuid(), workspace_id, client_id, post_id, channel_id, 'x', 'x', 'scheduled', 'again:' || n, 'can-wait', now() + n * interval '1 hour', 'infinity', now() + interval '1 year' FROM deliveries, generate_series(1, 20000) AS n WHERE id = $1`, [second.id]);
    await house.rows('ANALYZE deliveries');
    let plan = '';
    const explaining = {
      query: async (sql: string, params: unknown[]) => {
        plan = JSON.stringify(await house.database.query(`EXPLAIN (FORMAT JSON) ${sql}`, params));
        return house.database.query(sql, params);
      },
    } as unknown as DataSource;
    const nothing = undefined as never;
    const found = await new ReroutesService(explaining, nothing, nothing, nothing).mayLeaveToo(
      { id: first.id, clientId: outlets.brand.clientId, workspaceId: outlets.brand.workspaceId }, { channelIds: [outlets.newsletterId], connectorIds: ['newsletter'], absentMs: 0 });
    expect(found).toEqual([second.id]);
    expect(plan).toContain('deliveries_client');
    await house.rows(`DELETE FROM deliveries WHERE connector_id = 'x'`);
  });
});
