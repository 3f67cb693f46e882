import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { instantOf } from '../../../src/core/schedule.js';
import { Calendar, CalendarQuery } from '../../../src/features/posts/calendar.schema.js';
import { PostCreate } from '../../../src/features/posts/post-input.schema.js';
import { type Agency, codeOf, type House, openHouse, settle } from './posts-house.js';

let house: House;
let agency: Agency;

beforeAll(async () => {
  house = await openHouse();
  house.clock.at = instantOf('2027-03-20T12:00:00', 'Europe/Rome');
  agency = await settle(house);
});
afterAll(() => house.close());

const april = { from: '2027-03-31T22:00:00Z', to: '2027-04-30T22:00:00Z' };
const make = (over: Record<string, unknown>) =>
  house.posts.create(agency.caller, PostCreate.parse({ clientId: agency.clientId, channelIds: agency.channelIds, content: { parts: [{ text: 'x' }] }, wallAt: '2027-04-10T09:00', ...over }));
const month = async (query: object = april, caller = agency.caller) => Calendar.parse(JSON.parse(await house.calendar.month(caller, CalendarQuery.parse(query)))).items;

describe('the calendar', () => {
  it('shows what its schema says, in order, with where each delivery stands', async () => {
    const later = await make({ wallAt: '2027-04-30T23:59', content: { parts: [{ text: 'A "quoted" \\ line\nand \u2028 more 🎉'.padEnd(200, '…') }] }, labels: ['a "b"', 'c'] });
    const sooner = await make({ wallAt: '2027-04-01T00:00', editing: 'in-review' });
    await make({ wallAt: '2027-05-01T00:00' });
    const draft = await make({ wallAt: '2027-04-15T00:00', editing: 'draft' });
    const gone = await make({ wallAt: '2027-04-16T00:00' });
    await house.edits.cancel(agency.caller, gone, { version: 1 });
    const items = await month();
    expect(items.map(({ id, state }) => [id, state])).toEqual([[sooner, 'in-review'], [draft, 'draft'], [gone, 'cancelled'], [later, 'scheduled']]);
    expect(items[3]).toMatchObject({ clientId: agency.clientId, zone: 'Europe/Rome', wallAt: '2027-04-30T23:59:00', dueAt: '2027-04-30T21:59:00.000Z', labels: ['a "b"', 'c'], media: 0, version: 1 });
    expect(items[3]?.text.startsWith('A "quoted" \\ line\nand \u2028 more 🎉…')).toBe(true);
    expect(Array.from(items[3]?.text ?? '')).toHaveLength(120);
    expect(new Map(items[3]?.deliveries.map(({ channelId, state }) => [channelId, state]))).toEqual(new Map(agency.channelIds.map((id) => [id, 'scheduled'])));
  });

  describe('of what went to another day without its post', () => {
    const september = { from: '2027-08-31T22:00:00Z', to: '2027-09-30T22:00:00Z' };
    const october = { from: '2027-09-30T22:00:00Z', to: '2027-10-31T23:00:00Z' };
    const deliveriesOf = (postId: string) => house.dataSource.query<{ id: string; channelId: string }[]>('SELECT id, channel_id AS "channelId" FROM deliveries WHERE post_id = $1 ORDER BY id', [postId]);
    const send = (ids: readonly string[], to: string, more = '') => house.dataSource.query(`UPDATE deliveries SET due_at = $2 ${more} WHERE id = ANY($1::uuid[])`, [ids, to]);
    const daysOf = async (query: object) => (await month(query)).map(({ id, wallAt, dueAt, deliveries }) => ({ id, wallAt, dueAt, moved: deliveries.flatMap(({ moved }) => moved?.wallAt ?? []) }));

    it('a post shows on its new day, in its place among the others, once all of it has gone there', async () => {
      const [before, post, after] = [await make({ wallAt: '2027-09-20T09:00' }), await make({ wallAt: '2027-09-10T09:00' }), await make({ wallAt: '2027-09-27T09:00' })];
      await send((await deliveriesOf(post)).map(({ id }) => id), '2027-09-23T16:30:00Z');
      expect((await daysOf(september)).map(({ id, wallAt, dueAt }) => [id, wallAt, dueAt])).toEqual([
        [before, '2027-09-20T09:00:00', '2027-09-20T07:00:00.000Z'], [post, '2027-09-23T18:30:00', '2027-09-23T16:30:00.000Z'], [after, '2027-09-27T09:00:00', '2027-09-27T07:00:00.000Z'],
      ]);
      await send((await deliveriesOf(post)).map(({ id }) => id), '2027-10-05T16:30:00Z');
      expect((await daysOf(september)).map(({ id }) => id)).toEqual([before, after]);
      expect(await daysOf(october)).toEqual([{ id: post, wallAt: '2027-10-05T18:30:00', dueAt: '2027-10-05T16:30:00.000Z', moved: Array(agency.channelIds.length).fill('2027-10-05T18:30:00') }]);
      expect(await month({ ...october, clientId: (await settle(house)).clientId })).toEqual([]);
    });

    it('what stayed keeps the post where it was planned, and what went says where it is', async () => {
      const post = await make({ wallAt: '2027-09-12T09:00' });
      const [one] = await deliveriesOf(post);
      await send([one?.id ?? ''], '2027-10-12T07:00:00Z');
      const find = async (query: object) => (await daysOf(query)).find(({ id }) => id === post);
      expect(await find(september)).toEqual({ id: post, wallAt: '2027-09-12T09:00:00', dueAt: '2027-09-12T07:00:00.000Z', moved: ['2027-10-12T09:00:00'] });
      expect(await find(october)).toEqual(await find(september));
    });

    it('what went out elsewhere or late stands with its own hour; what was dropped of it does not', async () => {
      const post = await make({ wallAt: '2027-09-14T09:00' });
      const [home, child] = await deliveriesOf(post);
      await house.dataSource.query(`UPDATE deliveries SET state = 'rerouted' WHERE id = $1`, [home?.id]);
      await send([child?.id ?? ''], '2027-10-14T07:00:00Z', `, origin = 'fallback', state = 'published'`);
      const find = async (query: object) => (await daysOf(query)).find(({ id }) => id === post);
      expect(await find(september)).toMatchObject({ wallAt: '2027-09-14T09:00:00', moved: ['2027-10-14T09:00:00'] });
      expect(await find(october)).toMatchObject({ wallAt: '2027-09-14T09:00:00', moved: ['2027-10-14T09:00:00'] });
      await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled' WHERE id = $1`, [child?.id]);
      expect(await find(october)).toBeUndefined();
      expect(await find(september)).toBeDefined();
    });
  });

  it('refuses a stretch that holds more posts than one answer, and shows it client by client', async () => {
    const other = await settle(house);
    const mine = { ...other.caller, workspaceId: agency.caller.workspaceId };
    const june = { from: '2027-05-31T22:00:00Z', to: '2027-06-30T22:00:00Z' };
    for (const day of ['05', '06', '07']) await make({ wallAt: `2027-06-${day}T09:00` });
    const atMost = (most: number) => house.calendar.month(mine, CalendarQuery.parse(june), most);
    expect(await codeOf(atMost(2))).toBe('calendar-too-full');
    expect(await codeOf(atMost(3))).toBe('none');
    expect(await codeOf(house.calendar.month(mine, CalendarQuery.parse({ ...june, clientId: other.clientId }), 2))).toBe('none');
  });

  it('shows one client and one workspace only', async () => {
    const foreign = await settle(house);
    expect(await month(april, foreign.caller)).toEqual([]);
    expect(await month({ ...april, clientId: foreign.clientId })).toEqual([]);
    expect((await month({ ...april, clientId: agency.clientId })).length).toBeGreaterThan(0);
  });

  it('answers at most a hundred days, forwards', () => {
    expect(CalendarQuery.safeParse({ from: april.to, to: april.from }).success).toBe(false);
    expect(CalendarQuery.safeParse({ from: april.from, to: '2028-01-01T00:00:00Z' }).success).toBe(false);
  });
});
