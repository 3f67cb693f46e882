import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { SlotAct } from '../../../src/features/posts/review.schema.js';
import { ReviewsService } from '../../../src/features/posts/reviews.service.js';
import { SlotActs } from '../../../src/features/posts/slot-acts.service.js';
import type { Caller } from '../../../src/infra/http/access.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';
import { codeOf } from './posts-house.js';

let house: DispatchHouse;
let caller: Caller;
beforeAll(async () => {
  house = await openDispatch();
  caller = { workspaceId: house.client.workspaceId, actor: { kind: 'user', id: uuid(), name: 'Anna' }, role: 'editor', language: 'en' };
});
afterAll(() => house.close());

const DAY = 86_400_000;
async function standing(text: string, set: string, dueInMs = -DAY): Promise<string> {
  const [id = ''] = await house.plan({ channel: house.channel('beta'), dueInMs, text });
  await house.dataSource.query(`UPDATE deliveries SET ${set} WHERE id = $1`, [id]);
  return id;
}
const late = (text: string) => standing(text, `state = 'held', hold_reason = 'late', reason = '{"code":"late-limit-passed"}', ready_at = 'infinity'`);
const slotsAt = (wallTime: string) => house.dataSource.query(
  `INSERT INTO slots (id, workspace_id, client_id, weekday, wall_time) SELECT gen_random_uuid(), $1, $2, day, $3 FROM generate_series(1, 7) AS day`, [caller.workspaceId, house.client.clientId, wallTime]);
const acts = () => house.get(SlotActs);
const stranger = (): Caller => ({ ...caller, workspaceId: uuid() });

describe('the review list', () => {
  it('holds what needs a person, the oldest first, each with what can be done, and nothing else', async () => {
    const failed = await standing('failed', `state = 'failed', reason = '{"code":"refused"}'`, -5 * DAY);
    const missed = await standing('missed', `state = 'missed'`, -4 * DAY);
    const held = await late('late');
    const asked = await standing('nobody knows', `state = 'unconfirmed', look_at = 'infinity', reason = '{"code":"ask-person"}'`, -DAY / 2);
    await standing('waits for its platform', `state = 'held', hold_reason = 'outage', ready_at = 'infinity'`);
    await standing('in its turn', `state = 'held', hold_reason = 'pace', ready_at = 'infinity'`);
    await standing('failed long ago', `state = 'failed'`, -40 * DAY);
    await standing('out', `state = 'published'`);
    const { items } = await house.get(ReviewsService).list(caller, { limit: 50, clientId: house.client.clientId });
    expect(items.map(({ id, can }) => [id, can])).toEqual([
      [failed, ['retry', 'edit', 'next-slot', 'say-out']],
      [missed, ['retry', 'edit', 'next-slot', 'say-out']],
      [held, ['release', 'edit', 'next-slot', 'drop', 'say-out']],
      [asked, ['say-out', 'say-absent']],
    ]);
    expect(items[2]).toMatchObject({ clientName: 'Bar Sport', text: 'late', reason: { code: 'late-limit-passed', sentence: 'It could not go out in time. Release, move or drop it.' } });
  });

  it('names the word of time, also in what was written before they were looked for', async () => {
    const id = await late('see you tonight');
    await house.dataSource.query('UPDATE parts SET time_word = NULL, words_read = false WHERE delivery_id = $1', [id]);
    const { items } = await house.get(ReviewsService).list(caller, { limit: 50 });
    expect(items.find((item) => item.id === id)?.timeWord).toBe('tonight');
    await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled', hold_reason = NULL WHERE id = $1`, [id]);
  });

  it('holds what is out elsewhere alone, until somebody has decided', async () => {
    const elsewhere = async (set: string, childState: string): Promise<string> => {
      const [id, child] = [await standing('out elsewhere', `state = 'rerouted'`), await standing('there', `state = '${childState}'`)];
      await house.dataSource.query(`INSERT INTO reroutes (delivery_id, workspace_id, after) VALUES ($1, $2, 'ask')`, [id, caller.workspaceId]);
      await house.dataSource.query('INSERT INTO reroute_children (delivery_id, child_id) VALUES ($1, $2)', [id, child]);
      await house.dataSource.query(`UPDATE reroutes SET ${set} WHERE delivery_id = $1`, [id]);
      return id;
    };
    const undecided = await elsewhere(`after = 'ask'`, 'published');
    await elsewhere(`after = 'skip'`, 'published');
    await elsewhere(`settled_at = now(), settled_as = 'skipped'`, 'published');
    await elsewhere(`after = 'ask'`, 'scheduled');
    const { items } = await house.get(ReviewsService).list(caller, { limit: 50 });
    expect(items.filter(({ state }) => state === 'rerouted').map(({ id, can }) => [id, can])).toEqual([[undecided, ['settle']]]);
    await house.dataSource.query('UPDATE reroutes SET settled_at = now() WHERE delivery_id = $1', [undecided]);
  });

  it('goes on page by page, and shows nothing of another workspace', async () => {
    const first = await house.get(ReviewsService).list(caller, { limit: 3 });
    const second = await house.get(ReviewsService).list(caller, { limit: 3, cursor: first.next ?? '' });
    expect([first.items.length, second.items.length, second.next]).toEqual([3, 1, null]);
    expect((await house.get(ReviewsService).list(stranger(), { limit: 50 })).items).toEqual([]);
  });
});

describe('the next free slot', () => {
  it('is refused while there is none', async () => {
    const id = await late('nowhere to go');
    expect(await codeOf(acts().one(caller, id, (await house.delivery(id)).version))).toBe('no-free-slot');
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'late' });
  });

  it('takes what is late, and what failed starts over there, with the person in the audit log', async () => {
    await slotsAt('11:00');
    const [held, failed] = [await late('to a slot'), await standing('failed, to a slot', `state = 'failed', epoch = 2, tries = 3`)];
    const one = await acts().one(caller, held, (await house.delivery(held)).version);
    const two = await acts().one(caller, failed, (await house.delivery(failed)).version);
    expect(Date.parse(two.dueAt) - Date.parse(one.dueAt)).toBe(DAY);
    expect([await house.delivery(held), await house.delivery(failed)]).toMatchObject([{ state: 'scheduled', code: null }, { state: 'scheduled', tries: 0 }]);
    const [{ arming } = { arming: 0 }] = await house.dataSource.query<{ arming: number }[]>('SELECT arming FROM deliveries WHERE id = $1', [failed]);
    expect(arming).toBe(2);
    expect(await house.dataSource.query(`SELECT 1 FROM audit_log WHERE action = 'delivery.next-slot'`)).toHaveLength(2);
  });

  it('is not for what is out in part, changed meanwhile, or of another workspace', async () => {
    const id = await late('its first part is out');
    const { version } = await house.delivery(id);
    expect(await codeOf(acts().one(caller, id, version - 1))).toBe('edited-meanwhile');
    expect(await codeOf(acts().one(stranger(), id, version))).toBe('delivery-not-found');
    await house.dataSource.query(`UPDATE parts SET published_at = now() WHERE delivery_id = $1`, [id]);
    expect(await codeOf(acts().one(caller, id, version))).toBe('not-in-this-state');
  });

  it('takes many, by filter, in their order, and counts first where asked', async () => {
    const ids = [await late('many 1'), await late('many 2'), await late('many 3')];
    const ask = (dryRun: boolean) => acts().bulk(caller, SlotAct.parse({ filter: { deliveryIds: ids, state: 'held' }, dryRun }));
    expect(await ask(true)).toEqual({ matched: 3, moved: 0, noSlot: 0, leftOut: 0, dryRun: true });
    expect(await ask(false)).toEqual({ matched: 3, moved: 3, noSlot: 0, leftOut: 0, dryRun: false });
    const times = await Promise.all(ids.map(async (id) => (await house.delivery(id)).readyAt.getTime()));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(3);
    expect(await acts().bulk(stranger(), SlotAct.parse({ filter: { deliveryIds: ids } }))).toMatchObject({ matched: 0 });
  });

  it('is taken by one delivery each, however many ask at once', async () => {
    const ids = [await late('race 1'), await late('race 2'), await late('race 3')];
    const versions = await Promise.all(ids.map(async (id) => (await house.delivery(id)).version));
    const moved = await Promise.all(ids.map((id, i) => acts().one(caller, id, versions[i] ?? 0)));
    expect(new Set(moved.map(({ dueAt }) => dueAt)).size).toBe(3);
  });
});
