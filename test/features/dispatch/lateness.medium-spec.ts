import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { armInstallation } from '../../../src/infra/installation.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

let house: DispatchHouse;
const MINUTE = 60_000;

beforeAll(async () => {
  house = await openDispatch();
});
afterAll(async () => {
  await house.close();
});
afterEach(async () => {
  await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled', hold_reason = NULL WHERE state IN ('scheduled', 'held')`);
  await house.dataSource.query('UPDATE channels SET late_at = NULL, late_by = NULL');
  await house.dataSource.query(`UPDATE clients SET day_from = '00:00', day_to = '00:00', late_pace = '{"perHour":3}'`);
  await house.dataSource.query('DELETE FROM pauses');
  await house.dataSource.query('DELETE FROM events');
});

/** Held in an outage that is over, due so long ago. */
async function late(text: string, minutes: number, platform = 'beta'): Promise<string> {
  const [id = ''] = await house.plan({ channel: house.channel(platform), dueInMs: -minutes * MINUTE, text });
  await house.dataSource.query(`UPDATE deliveries SET state = 'held', hold_reason = 'outage', ready_at = now() WHERE id = $1`, [id]);
  return id;
}
const waitOf = async (id: string): Promise<number> => ((await house.delivery(id)).readyAt.getTime() - Date.now()) / MINUTE;

describe('what is late on a channel', () => {
  it('goes out one after the other, at the client\'s pace', async () => {
    const ids = [await late('first', 60), await late('second', 50), await late('third', 40)];
    for (const id of ids) await house.dispatch.run(id);
    expect([house.visible('first'), house.visible('second'), house.visible('third')]).toEqual([1, 0, 0]);
    for (const id of ids.slice(1)) {
      expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pace', code: 'pace' });
      expect(await waitOf(id)).toBeGreaterThan(18);
      expect(await waitOf(id)).toBeLessThan(21);
    }
  });

  it('rung all at once goes out one after the other too', async () => {
    const ids = await Promise.all([1, 2, 3, 4, 5].map((n) => late(`together ${n}`, 60)));
    await Promise.all(ids.map((id) => house.dispatch.run(id)));
    const states = await Promise.all(ids.map(async (id) => (await house.delivery(id)).state));
    expect(states.filter((state) => state === 'published')).toHaveLength(1);
  });

  it('does not wait for another channel', async () => {
    for (const id of [await late('on beta', 60, 'beta'), await late('on alpha', 60, 'alpha')]) await house.dispatch.run(id);
    expect([house.visible('on beta'), house.visible('on alpha')]).toEqual([1, 1]);
  });

  it('keeps its turn when the platform did not take it', async () => {
    house.sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, on: ['post'], count: 1, probability: 1 });
    const id = await late('again', 60);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', code: 'retrying' });
    await house.dataSource.query('UPDATE deliveries SET ready_at = now() WHERE id = $1', [id]);
    await house.dispatch.run(id);
    expect(house.visible('again')).toBe(1);
  });

  it('keeps its distance from what is planned', async () => {
    await house.plan({ channel: house.channel('beta'), dueInMs: 30 * MINUTE, text: 'planned' });
    const id = await late('near a planned one', 60);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pace' });
    expect(await waitOf(id)).toBeGreaterThan(85);
    expect(await waitOf(id)).toBeLessThan(91);
  });

  it('waits for the client\'s day', async () => {
    await house.dataSource.query(
      `UPDATE clients SET zone = 'UTC', day_from = date_trunc('minute', now() AT TIME ZONE 'UTC')::time + interval '2 hours', day_to = date_trunc('minute', now() AT TIME ZONE 'UTC')::time + interval '3 hours'`,
    );
    const id = await late('at night', 60);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pace' });
    expect(Math.abs((await waitOf(id)) - 120)).toBeLessThan(2);
  });

  it('released by a person goes out in the night, a minute after the last', async () => {
    await house.dataSource.query(`UPDATE clients SET day_from = '00:00', day_to = '00:01'`);
    const [first, second] = [await late('released 1', 600), await late('released 2', 600)];
    await house.dataSource.query('UPDATE deliveries SET released = true WHERE id = ANY($1::uuid[])', [[first, second]]);
    await house.dispatch.run(first);
    await house.dispatch.run(second);
    expect([house.visible('released 1'), house.visible('released 2')]).toEqual([1, 0]);
    expect(await waitOf(second)).toBeLessThanOrEqual(1.1);
  });
});

describe('after a restore', () => {
  it('a release of the older life is none: what it let go waits for a person, who may release it', async () => {
    const [whole = ''] = await house.plan({ channel: house.channel('beta'), dueInMs: -2 * MINUTE, text: 'released in another life' });
    const [thread = ''] = await house.plan({ channel: house.channel('beta'), dueInMs: -2 * MINUTE, text: 'begun in another life', replies: ['its end'] });
    await house.dataSource.query('UPDATE deliveries SET released = true WHERE id = ANY($1::uuid[])', [[whole, thread]]);
    await house.dataSource.query(`UPDATE parts SET published_at = now(), remote_id = 'elsewhere' WHERE delivery_id = $1 AND position = 0`, [thread]);
    await house.dataSource.query(`INSERT INTO installation (id, paused_at, pause_reason) VALUES (gen_random_uuid(), now(), 'restored')`);
    await house.dataSource.transaction(armInstallation);
    for (const id of [whole, thread]) {
      await house.dispatch.run(id);
      expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'late', code: 'restored' });
    }
    await house.dataSource.query('UPDATE deliveries SET released = true, ready_at = now(), version = version + 1 WHERE id = $1', [whole]);
    await house.dispatch.run(whole);
    expect(house.visible('released in another life')).toBe(1);
    await house.dataSource.query('DELETE FROM installation');
  });
});

describe('what waits', () => {
  const waiting = () =>
    house.dataSource.query<{ cause: string; count: number }[]>(
      `SELECT payload ->> 'cause' AS cause, (payload ->> 'count')::int AS count FROM events WHERE kind = 'delivery.waiting' ORDER BY 1`,
    );
  const seedWaiting = async (reason: string, minutes: number): Promise<void> => {
    const id = await late(uuid(), minutes);
    await house.dataSource.query(`UPDATE deliveries SET ready_at = 'infinity', reason = jsonb_build_object('code', $2::text) WHERE id = $1`, [id, reason]);
  };

  it('for over ten minutes is told, once per workspace and cause', async () => {
    for (const [reason, minutes] of [['platform-down', 11], ['platform-down', 30], ['account-down', 12], ['account-down', 9]] as const) await seedWaiting(reason, minutes);
    await house.rounds.sweep();
    await house.rounds.sweep();
    expect(await waiting()).toEqual([{ cause: 'account-down', count: 1 }, { cause: 'platform-down', count: 2 }]);
  });

  it('because we were away is told with the absence and not as a wait, as long as that is open', async () => {
    await seedWaiting('we-were-away', 60);
    await house.dataSource.query(`INSERT INTO incidents (id, kind, subject, began_at) VALUES (gen_random_uuid(), 'own-downtime', 'postern', now())`);
    await house.rounds.sweep();
    expect(await waiting()).toEqual([]);
    await house.dataSource.query('UPDATE incidents SET closed_at = now()');
    await house.rounds.sweep();
    expect(await waiting()).toHaveLength(1);
  });
});
