import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { RerouteByPerson } from '../../../src/features/dispatch/reroute-by-person.service.js';
import { PostEdits } from '../../../src/features/posts/post-edits.service.js';
import { DomainError } from '../../../src/infra/http/problem.js';
import { openWaysOut, type WaysOutHouse } from './ways-out-house.js';

let house: WaysOutHouse;

beforeAll(async () => {
  house = await openWaysOut();
});
afterAll(() => house.close());
afterEach(() => house.clear());

describe('what a person stopped', () => {
  const stopped = async (text: string, stop: (id: string, child: string) => Promise<unknown>) => {
    const id = await house.plan(text, { onOutage: 'reroute-now', rerouteTo: house.to(['beta']) });
    await house.fall('alpha');
    await house.dispatch.run(id);
    await stop(id, (await house.children(id))[0]?.id ?? '');
    await house.rounds.sweep();
    house.sayAllUp();
    await house.dispatch.run(id);
    return [await house.delivery(id), house.visible(text)] as const;
  };

  it('does not come back: a post that is cancelled while its fallback waits is posted nowhere', async () => {
    const edits = house.get(PostEdits);
    const [delivery, visible] = await stopped('cancelled elsewhere', async (id) => {
      const [{ post, version } = { post: '', version: 0 }] = await house.dataSource.query<{ post: string; version: number }[]>('SELECT p.id AS post, p.version FROM posts p JOIN deliveries d ON d.post_id = p.id WHERE d.id = $1', [id]);
      await edits.cancel(house.caller(), post, { version });
      expect(await house.dataSource.query('SELECT cancelled_at IS NOT NULL AS gone FROM posts WHERE id = $1', [post])).toEqual([{ gone: true }]);
    });
    expect([delivery, visible]).toMatchObject([{ state: 'skipped', code: 'dropped' }, 0]);
  });

  it('does not come back: a fallback that is dropped', async () => {
    expect(await stopped('dropped elsewhere', (_, child) => house.dataSource.query(`UPDATE deliveries SET state = 'skipped', reason = '{"code":"dropped","detail":"Anna"}' WHERE id = $1`, [child]))).toMatchObject([{ state: 'skipped', code: 'dropped' }, 0]);
  });

  it('what is not due yet and comes back is as it was planned', async () => {
    const id = await house.plan('tomorrow', { onOutage: 'reroute-now', rerouteTo: house.to(['beta']) }, { dueInMs: 86_400_000 });
    const { version } = await house.delivery(id);
    await house.get(RerouteByPerson).reroute(house.caller(), id, { version });
    await house.dataSource.query(`UPDATE deliveries SET state = 'failed' WHERE id = $1`, [(await house.children(id))[0]?.id]);
    await house.rounds.sweep();
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', hold: null, code: 'other-ways-failed' });
    expect(Number((await house.delivery(id)).readyAt)).toBeGreaterThan(Date.now() + 80_000_000);
  });
});

describe('by a person', () => {
  const person = () => house.get(RerouteByPerson);
  const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'none', (error: unknown) => (error instanceof DomainError ? error.code : String(error)));

  it('each outlet is shown with what stands in its way, and what it would take now', async () => {
    const id = await house.plan('shown', { rerouteTo: house.to(['beta'], ['gamma']) });
    await house.fall('beta');
    expect(await person().ways(house.caller(), id)).toMatchObject({
      items: [{ connectorId: 'sandbox-beta', set: 0, usable: false, trouble: { code: 'down', sentence: 'It is down as well.' } }, { connectorId: 'sandbox-gamma', set: 1, usable: true, trouble: null }],
      next: [house.channel('gamma').id],
    });
  });

  it('a post goes another way although its platform is up, once, and it is written down who did it', async () => {
    const id = await house.plan('by Anna', { rerouteTo: house.to(['beta']) });
    const { version } = await house.delivery(id);
    const both = await Promise.all([1, 2].map(() => codeOf(person().reroute(house.caller(), id, { version }))));
    expect([both.filter((code) => code === 'none').length, both.filter((code) => code === 'edited-meanwhile' || code === 'not-in-this-state').length]).toEqual([1, 1]); // the other may read it before or after
    await house.runChildren(id);
    expect([await house.delivery(id), house.visible('by Anna')]).toMatchObject([{ state: 'rerouted', code: 'rerouted-by-hand' }, 1]);
    expect(await house.dataSource.query('SELECT action FROM audit_log WHERE subject_id = $1', [id])).toEqual([{ action: 'delivery.reroute' }]);
  });

  it('what cannot be done is said, and nothing of another workspace’s is seen', async () => {
    const id = await house.plan('refused', { rerouteTo: house.to(['beta']) });
    const { version } = await house.delivery(id);
    await house.fall('beta');
    expect(await codeOf(person().reroute(house.caller(), id, { version }))).toBe('no-outlet-usable');
    expect(await codeOf(person().reroute(house.caller(), id, { version, channelIds: [house.channel('beta').id] }))).toBe('outlet-unusable');
    expect(await codeOf(person().reroute(house.caller(), id, { version, channelIds: [uuid()] }))).toBe('outlet-unknown');
    expect(await codeOf(person().reroute(house.caller(), id, { version: version + 1 }))).toBe('edited-meanwhile');
    expect(await codeOf(person().reroute(house.caller(uuid()), id, { version }))).toBe('delivery-not-found');
    await house.dataSource.query(`UPDATE deliveries SET state = 'missed' WHERE id = $1`, [id]);
    expect(await codeOf(person().ways(house.caller(), id))).toBe('not-in-this-state');
    const unread = await house.plan('not approved', { rerouteTo: house.to(['gamma']) });
    await house.dataSource.query('UPDATE deliveries SET approved = false WHERE id = $1', [unread]);
    expect(await codeOf(person().reroute(house.caller(), unread, { version: (await house.delivery(unread)).version }))).toBe('waits-for-approval');
    await house.dataSource.query(`UPDATE deliveries SET approved = true, origin = 'fallback' WHERE id = $1`, [unread]);
    expect(await codeOf(person().reroute(house.caller(), unread, { version: (await house.delivery(unread)).version }))).toBe('is-another-way');
  });
});
