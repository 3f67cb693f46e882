import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { usesOf } from '../../../src/features/media/media-uses.js';
import { DeliveryQuery } from '../../../src/features/posts/delivery.schema.js';
import { DeliveriesService } from '../../../src/features/posts/deliveries.service.js';
import { PostWarnings } from '../../../src/features/posts/post-warnings.service.js';
import { WarnedPosts } from '../../../src/features/posts/warned-posts.service.js';
import { IfDownService } from '../../../src/features/posts/if-down.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { OutletNeeds } from '../../../src/features/posts/outlet-needs.service.js';
import { OutletReadiness } from '../../../src/features/posts/outlet-readiness.service.js';
import { OutletsOfPosts } from '../../../src/features/posts/outlets.service.js';
import { PostReads } from '../../../src/features/posts/post-reads.service.js';
import { PostQuery } from '../../../src/features/posts/post.schema.js';
import { seedCrowd } from '../../bench/crowd.js';
import { type Agency, type House, openHouse, settle } from './posts-house.js';

// Few are in trouble among many; the plans are those of a million, for what decides is how rare they are.
const COUNT = Number(process.env['POSTERN_TEST_CROWD'] ?? 20_000);
const [IN_TROUBLE, WITH_MEDIUM] = [40, 3];

let house: House;
let agency: Agency;
const mediaId = uuid();

beforeAll(async () => {
  house = await openHouse();
  agency = await settle(house, { channels: 5 });
  const { workspaceId } = agency.caller;
  const day = 86_400_000;
  await seedCrowd(house, { workspaceId, clientId: agency.clientId, channels: [] }, { count: COUNT, fromMs: -90 * day, toMs: 90 * day });
  await house.dataSource.query(`UPDATE deliveries SET state = 'failed' WHERE id IN (SELECT id FROM deliveries ORDER BY md5(id::text) LIMIT $1)`, [IN_TROUBLE]);
  await house.dataSource.query(
    `UPDATE posts SET content = jsonb_set(content, '{parts,0,media}', jsonb_build_array(jsonb_build_object('mediaId', CASE WHEN nth <= $1 THEN $2 ELSE gen_random_uuid()::text END)))
       FROM (SELECT id, row_number() OVER (ORDER BY md5(id::text)) AS nth FROM posts WHERE id IN (SELECT post_id FROM deliveries WHERE state = 'scheduled')) chosen
      WHERE chosen.id = posts.id AND nth <= $3`,
    [WITH_MEDIUM, mediaId, Math.floor(COUNT / 4)],
  );
  await house.dataSource.query('VACUUM ANALYZE posts, deliveries');
}, Math.max(120_000, 2 * COUNT));
afterAll(() => house.close());

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}
const nodes = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];

/** Runs what the work asks of the database once more, explained: the indexes it used and how many rows it read. */
async function explained(work: (database: Pick<DataSource, 'query'>) => Promise<unknown>): Promise<{ readonly indexes: readonly string[]; readonly read: number }> {
  const asked: { readonly sql: string; readonly params: readonly unknown[] }[] = [];
  const query = (sql: string, params: readonly unknown[] = []) => {
    asked.push({ sql, params });
    return house.dataSource.query(sql, [...params]);
  };
  await work({ query: query as DataSource['query'] });
  const plans: Plan[] = [];
  for (const { sql, params } of asked) {
    const [row] = await house.dataSource.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, [...params]);
    plans.push(...nodes(row['QUERY PLAN'][0].Plan));
  }
  const scans = plans.filter((plan) => plan['Relation Name'] !== undefined);
  return {
    indexes: plans.flatMap((plan) => plan['Index Name'] ?? []),
    read: scans.reduce((sum, plan) => sum + (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'], 0),
  };
}
const deliveriesOn = (database: unknown) => new DeliveriesService(database as DataSource, house.facts, house.audit, house.bells);

describe('Among many deliveries', () => {
  it('those that failed are found by their own index, page by page', async () => {
    let found = 0;
    const { indexes, read } = await explained(async (database) => {
      let cursor: string | undefined;
      do {
        const page = await deliveriesOn(database).list(agency.caller, DeliveryQuery.parse({ state: 'failed', limit: 25, cursor }));
        found += page.items.length;
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
    });
    expect(found).toBe(IN_TROUBLE);
    expect(indexes).toContain('deliveries_trouble');
    expect(read).toBeLessThan(10 * IN_TROUBLE);
  });

  it('the posts of those that failed are found from them', async () => {
    const { indexes, read } = await explained(async (database) => {
      const page = await new PostReads(database as DataSource, new WarnedPosts(database as DataSource, new PostWarnings()), new IfDownService(database as DataSource, new OutletsOfPosts(database as DataSource), new OutletReadiness(), new OutletNeeds(database as DataSource, new Clock()))).list(agency.caller, PostQuery.parse({ deliveryState: 'failed', limit: 100 }));
      expect(page.items).toHaveLength(IN_TROUBLE);
    });
    expect(indexes).toContain('deliveries_trouble');
    expect(read).toBeLessThan(20 * IN_TROUBLE);
  });

  it('the posts with a medium are found from the medium', async () => {
    const { indexes, read } = await explained(async (database) => {
      expect(await usesOf(database, agency.caller.workspaceId, mediaId)).toBe(WITH_MEDIUM);
    });
    expect(indexes).toContain('posts_media');
    expect(read).toBeLessThan(100);
  });
});
