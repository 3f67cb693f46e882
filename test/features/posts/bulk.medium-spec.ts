import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { instantOf } from '../../../src/core/schedule.js';
import { BulkAct, BulkFilter, BulkMove } from '../../../src/features/posts/bulk.schema.js';
import { PostCreate } from '../../../src/features/posts/post-input.schema.js';
import type { Post } from '../../../src/features/posts/post.schema.js';
import { type Agency, codeOf, type House, openHouse, problemOf, settle } from './posts-house.js';

let house: House;
let agency: Agency;

beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.at = instantOf('2027-03-20T12:00:00', 'Europe/Rome');
  agency = await settle(house);
});

const make = async (wallAt = '2027-03-25T09:00', channelIds = agency.channelIds): Promise<Post> =>
  house.reads.one(agency.caller, await house.posts.create(agency.caller, PostCreate.parse({ clientId: agency.clientId, channelIds, content: { parts: [{ text: 'a' }, { text: 'b' }] }, wallAt })));
const read = (post: Post): Promise<Post> => house.reads.one(agency.caller, post.id);
const sql = (text: string, params: unknown[] = []) => house.dataSource.query(text, params);
const all = () => ({ clientId: agency.clientId });
const retry = (filter: object, dryRun = false) => house.bulk.retry(agency.caller, BulkAct.parse({ filter, dryRun }));
const cancel = (filter: object, dryRun = false) => house.bulk.cancel(agency.caller, BulkAct.parse({ filter, dryRun }));
const move = (filter: object, by: object, dryRun = false) => house.bulk.move(agency.caller, BulkMove.parse({ filter, by, dryRun }));
const fell = (post: Post, set = `state = 'failed', epoch = 4, tries = 2, rounds = 3, ended_at = now(), reason = '{"code": "refused"}'`) => sql(`UPDATE deliveries SET ${set} WHERE post_id = $1`, [post.id]);

describe('retry by filter', () => {
  it('arms again what failed or was missed, and keeps its epochs', async () => {
    const [failed, missed, fine] = [await make(), await make(), await make()];
    await fell(failed);
    await fell(missed, `state = 'missed'`);
    await sql(`UPDATE parts SET stamp_at = now() WHERE delivery_id = $1`, [failed.deliveries[0]!.id]);
    expect(await retry(all())).toMatchObject({ matched: 6, posts: 3, changed: 4, inFlight: 0, leftOut: 2 });
    expect((await read(failed)).deliveries[0]).toMatchObject({ state: 'scheduled', arming: 2, released: true, reason: null, endedAt: null });
    expect(await sql('SELECT epoch, tries, rounds, looks, ring FROM deliveries WHERE id = $1', [failed.deliveries[0]!.id])).toEqual([{ epoch: 4, tries: 0, rounds: 0, looks: 0, ring: 1 }]);
    expect(await sql('SELECT 1 FROM parts WHERE delivery_id = $1 AND stamp_at IS NOT NULL', [failed.deliveries[0]!.id])).toEqual([]);
    expect((await read(fine)).deliveries[0]?.arming).toBe(1);
  });

  it('leaves parts that are out as they are, and what is all out alone', async () => {
    const post = await make();
    await fell(post);
    await sql(`UPDATE parts SET published_at = now(), stamp_at = now() WHERE position = 0 AND delivery_id = $1`, [post.deliveries[0]!.id]);
    await sql(`UPDATE parts SET published_at = now() WHERE delivery_id = $1`, [post.deliveries[1]!.id]);
    expect(await retry(all())).toMatchObject({ changed: 1, leftOut: 1 });
    expect(await sql('SELECT stamp_at IS NOT NULL AS stamped FROM parts WHERE delivery_id = $1 ORDER BY position', [post.deliveries[0]!.id])).toEqual([{ stamped: true }, { stamped: false }]);
  });

  it('only counts when asked to', async () => {
    const post = await make();
    await fell(post);
    expect(await retry(all(), true)).toMatchObject({ changed: 2, dryRun: true });
    expect((await read(post)).deliveries[0]?.state).toBe('failed');
  });

  it('rings what it scheduled', async () => {
    const post = await make();
    await fell(post);
    house.rung.length = 0;
    await retry({ ...all(), state: 'failed', connectorId: 'sandbox-media', dueFrom: '2027-03-25T00:00:00Z', dueTo: '2027-03-26T00:00:00Z' });
    expect(house.rung.sort()).toEqual(post.deliveries.map(({ id }) => `d-${id}-1`).sort());
  });

  it('finds by platform, channel and time, and nothing of another workspace', async () => {
    const post = await make();
    await fell(post);
    expect((await retry({ connectorId: 'mastodon' })).matched).toBe(0);
    expect((await retry({ ...all(), dueTo: '2027-03-25T08:00:00Z' })).matched).toBe(0);
    expect((await retry({ channelId: agency.channelIds[0] }, true)).changed).toBe(1);
    const foreign = await settle(house);
    expect((await house.bulk.retry(foreign.caller, { filter: all(), dryRun: false })).matched).toBe(0);
  });

  it('needs at least one field, so that nobody means everything by mistake', () => {
    expect(BulkFilter.safeParse({}).success).toBe(false);
  });
});

describe('retry of one', () => {
  it('arms it again at the version that was read', async () => {
    const post = await make();
    await fell(post);
    const id = post.deliveries[0]!.id;
    expect(await codeOf(house.retries.retry(agency.caller, id, 7))).toBe('edited-meanwhile');
    expect(await house.retries.retry(agency.caller, id, 1)).toMatchObject({ state: 'scheduled', arming: 2, version: 2 });
    const refusal = await problemOf(house.retries.retry(agency.caller, id, 2));
    expect([refusal?.code, refusal?.sentence.it]).toEqual(['not-retryable', expect.stringContaining('“in programma”')]);
  });

  it('is refused in flight, on a cancelled post, and from another workspace', async () => {
    const post = await make();
    const id = post.deliveries[0]!.id;
    const foreign = await settle(house);
    expect(await codeOf(house.retries.retry(foreign.caller, id, 1))).toBe('delivery-not-found');
    await fell(post, `state = 'unconfirmed'`);
    expect(await codeOf(house.retries.retry(agency.caller, id, 1))).toBe('in-flight');
    await sql(`UPDATE posts SET cancelled_at = now() WHERE id = $1`, [post.id]);
    expect(await codeOf(house.retries.retry(agency.caller, id, 1))).toBe('post-cancelled');
  });
});

describe('cancel by filter', () => {
  it('ends what waits, and the post when nothing of it is left', async () => {
    const [one, two] = [await make(), await make()];
    await sql(`UPDATE deliveries SET state = 'sending', lease_until = now() WHERE id = $1`, [two.deliveries[0]!.id]);
    expect(await cancel(all())).toMatchObject({ matched: 4, changed: 3, inFlight: 1 });
    expect((await read(one)).state).toBe('cancelled');
    expect((await read(two)).cancelledAt).toBeNull();
  });

  it('cancels one channel and leaves the other', async () => {
    const post = await make();
    await cancel({ channelId: agency.channelIds[0] });
    const after = await read(post);
    expect(new Map(after.deliveries.map(({ channelId, state }) => [channelId, state]))).toEqual(new Map([[agency.channelIds[0], 'cancelled'], [agency.channelIds[1], 'scheduled']]));
    expect([after.cancelledAt, after.version]).toEqual([null, 2]);
  });
});

describe('move by filter', () => {
  it('moves by the wall, over a change of the clocks', async () => {
    const post = await make('2027-03-25T09:00');
    expect(await move(all(), { days: 5 })).toMatchObject({ posts: 1, changed: 2 });
    const after = await read(post);
    expect([after.wallAt, after.dueAt]).toEqual(['2027-03-30T09:00:00', '2027-03-30T07:00:00.000Z']);
    expect(after.deliveries.every(({ dueAt, readyAt }) => dueAt === after.dueAt && readyAt === after.dueAt)).toBe(true);
  });

  it('moves nothing when one of them would fall into a gap or the past, and says which', async () => {
    const [fine, gap] = [await make('2027-03-25T09:00'), await make('2027-03-27T02:30')];
    const problem = await problemOf(move(all(), { days: 1 }));
    expect(problem?.facts['posts']).toMatchObject([{ postId: gap.id, code: 'time-does-not-exist' }]);
    expect((await read(fine)).wallAt).toBe('2027-03-25T09:00:00');
    expect(await codeOf(move(all(), { days: -30 }))).toBe('move-not-possible');
  });

  it('moves nothing into a century that is not ours', async () => {
    const far = await make('2036-03-25T09:00');
    const problem = await problemOf(move(all(), { days: 3_650 }));
    expect(problem?.facts['posts']).toMatchObject([{ postId: far.id, code: 'too-far-ahead' }]);
  });

  it('takes the whole post along when the filter finds one of its channels, and leaves posts in flight', async () => {
    const [post, busy] = [await make(), await make()];
    await sql(`UPDATE deliveries SET state = 'unconfirmed' WHERE id = $1`, [busy.deliveries[1]!.id]);
    await move({ channelId: agency.channelIds[0] }, { minutes: 90 });
    expect((await read(post)).deliveries.map(({ dueAt }) => dueAt)).toEqual(['2027-03-25T09:30:00.000Z', '2027-03-25T09:30:00.000Z']);
    expect((await read(busy)).wallAt).toBe('2027-03-25T09:00:00');
  });
});
