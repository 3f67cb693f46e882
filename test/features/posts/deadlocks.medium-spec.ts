import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { BulkAct } from '../../../src/features/posts/bulk.schema.js';
import { ClaimsService } from '../../../src/features/posts/claims.service.js';
import { PostCreate, PostEdit } from '../../../src/features/posts/post-input.schema.js';
import type { Post } from '../../../src/features/posts/post.schema.js';
import { type Agency, type House, openHouse, settle } from './posts-house.js';

let house: House;
let agency: Agency;
let post: Post;
/** Statements and transactions that were begun by themselves, since the test began. */
let begun: string[];
let plain: { readonly query: DataSource['query']; readonly transaction: DataSource['transaction'] };

beforeAll(async () => {
  house = await openHouse();
  agency = await settle(house);
  plain = { query: house.dataSource.query.bind(house.dataSource), transaction: house.dataSource.transaction.bind(house.dataSource) };
});
beforeEach(async () => {
  const wallAt = DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' }).plus({ days: 1 }).toFormat("yyyy-MM-dd'T'HH:mm");
  const id = await house.posts.create(agency.caller, PostCreate.parse({ clientId: agency.clientId, channelIds: agency.channelIds, content: { parts: [{ text: 'x' }] }, wallAt }));
  post = await house.reads.one(agency.caller, id);
  begun = [];
  house.dataSource.query = ((...asked: Parameters<DataSource['query']>) => {
    begun.push(asked[0]);
    return plain.query(...asked);
  }) as DataSource['query'];
  house.dataSource.transaction = ((work: Parameters<DataSource['transaction']>[0]) => {
    begun.push('BEGIN');
    return plain.transaction(work as never);
  }) as unknown as DataSource['transaction'];
});
afterEach(() => {
  Object.assign(house.dataSource, plain);
});
afterAll(() => house.close());

/** Locks the post's two deliveries in the other order while the work does it in ours; this one never gives way. */
async function crossed<T>(work: () => Promise<T>): Promise<T> {
  const [first, last] = post.deliveries.map(({ id }) => id).sort();
  let working: Promise<T> | undefined;
  await plain.transaction(async (manager) => {
    await manager.query(`SET LOCAL deadlock_timeout = '1min'`);
    await manager.query('SELECT 1 FROM deliveries WHERE id = $1 FOR UPDATE', [last]);
    working = work();
    working.catch(() => undefined);
    while ((await plain.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).length === 0);
    await manager.query('SELECT 1 FROM deliveries WHERE id = $1 FOR UPDATE', [first]);
  });
  return working!;
}

describe('Whoever loses a deadlock', () => {
  it('claims again: no delivery of the batch waits for another bell', async () => {
    const ids = post.deliveries.map(({ id }) => id).sort();
    await plain.query(`UPDATE deliveries SET due_at = now(), ready_at = now() WHERE post_id = $1`, [post.id]);
    const claims = new ClaimsService(house.dataSource, house.facts);
    const terms = { workerId: uuid(), leaseMs: 60_000, earlyMs: 2_000 };
    const flights = await crossed(() => Promise.all(ids.toReversed().map((id) => claims.claim({ id, version: 1 }, terms))));
    expect(flights.map((flight) => flight?.id)).toEqual(ids.toReversed());
    expect(begun.filter((text) => text.includes('claimed'))).toHaveLength(2);
  });

  it('does what was asked of many', async () => {
    const { changed } = await crossed(() => house.bulk.cancel(agency.caller, BulkAct.parse({ filter: { clientId: agency.clientId, state: 'scheduled' } })));
    expect(changed).toBe(2);
    expect(begun.filter((text) => text === 'BEGIN')).toHaveLength(2);
  });

  it('edits', async () => {
    await crossed(() => house.edits.edit(agency.caller, post.id, PostEdit.parse({ version: 1, content: { parts: [{ text: 'y' }] } })));
    expect((await house.reads.one(agency.caller, post.id)).content.parts[0]?.text).toBe('y');
    expect(begun.filter((text) => text === 'BEGIN')).toHaveLength(2);
  });
});
