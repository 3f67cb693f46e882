import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { AfterReroutes } from '../../../src/features/posts/after-reroutes.service.js';
import { ReroutedQuery } from '../../../src/features/posts/fallback.schema.js';
import { type Agency, type House, openHouse, settle } from './posts-house.js';

const MANY = 5_000;

let house: House;
let mine: Agency;
beforeAll(async () => {
  house = await openHouse();
  mine = await settle(house);
  for (const { caller, clientId, channelIds } of [mine, await settle(house)]) {
    const [post] = await house.dataSource.query<{ id: string }[]>(
      `INSERT INTO posts (id, workspace_id, client_id, choice, content, editing, zone, wall_at, due_at, created_by)
       VALUES (gen_random_uuid(), $1, $2, 'today', '{"parts":[]}', 'ready', 'UTC', now(), now(), '{}') RETURNING id`, [caller.workspaceId, clientId]);
    await house.dataSource.query(
      `WITH gone AS (
         INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, state, origin, choice, due_at, ready_at, deadline_at)
         SELECT gen_random_uuid(), $1, $2, $3, $4, 'x', 'x', 'rerouted', 'again:' || n, 'today', now(), now(), now() FROM generate_series(1, ${MANY}) AS n RETURNING id)
       INSERT INTO reroutes (delivery_id, workspace_id, after, at, settled_at) SELECT id, $1, 'ask', now() - random() * interval '90 days', now() FROM gone`,
      [caller.workspaceId, clientId, post!.id, channelIds[0]],
    );
  }
  await house.dataSource.query('ANALYZE deliveries, reroutes');
});
afterAll(() => house.close());

describe('Among many that went elsewhere', () => {
  it('the newest of a workspace are found by their index', async () => {
    let plan = '';
    const explaining = {
      query: async (sql: string, params: unknown[]) => {
        plan = JSON.stringify(await house.dataSource.query(`EXPLAIN (FORMAT JSON) ${sql}`, params));
        return house.dataSource.query(sql, params);
      },
    } as unknown as DataSource;
    const after = new AfterReroutes(explaining, house.lookups, house.writer, house.slots, house.bells, house.facts, house.audit, house.clock);
    const { items, next } = await after.list(mine.caller, ReroutedQuery.parse({ limit: 20 }));
    expect([items.length, next === null, plan.includes('reroutes_newest')]).toEqual([20, false, true]);
    expect((await after.list(mine.caller, ReroutedQuery.parse({ limit: 20, cursor: next }))).items).toHaveLength(20);
    expect(plan).toContain('reroutes_newest');
  });
});
