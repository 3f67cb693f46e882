import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { armInstallation } from '../../../src/infra/installation.js';
import { DrainRounds } from '../../../src/features/dispatch/drain-rounds.service.js';
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
  await house.dataSource.query('DELETE FROM drain_turns');
  await house.dataSource.query('DELETE FROM drains');
});

/** Held in an outage that is over, due so long ago. */
async function late(text: string, minutes: number, platform = 'beta'): Promise<string> {
  const [id = ''] = await house.plan({ channel: house.channel(platform), dueInMs: -minutes * MINUTE, text });
  await house.dataSource.query(`UPDATE deliveries SET state = 'held', hold_reason = 'outage', ready_at = now() WHERE id = $1`, [id]);
  return id;
}
const waitOf = async (id: string): Promise<number> => ((await house.delivery(id)).readyAt.getTime() - Date.now()) / MINUTE;

/** Their bells ring, then so many rounds of the drain. */
async function ring(ids: readonly string[], rounds = 3): Promise<void> {
  await Promise.all(ids.map((id) => house.dispatch.run(id)));
  for (let i = 0; i < rounds; i += 1) await house.letOut();
}

describe('what is late on a channel', () => {
  it('goes out one after the other, at the client\'s pace, the earliest late limit first', async () => {
    const ids = [await late('third', 40), await late('second', 50), await late('first', 60)];
    await ring(ids);
    expect([house.visible('first'), house.visible('second'), house.visible('third')]).toEqual([1, 0, 0]);
    for (const id of ids.slice(0, 2)) expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pace', code: 'pace' });
  });

  it('says when its turn comes at the soonest', async () => {
    const ids = [await late('third', 40), await late('second', 50), await late('first', 60)];
    await ring(ids);
    const [third, second] = [await waitOf(ids[0] ?? ''), await waitOf(ids[1] ?? '')];
    expect([Math.round(second / 20), Math.round(third / 20)]).toEqual([1, 2]);
  });

  it('waits with no bell: it costs nothing until its turn comes', async () => {
    const ids = await Promise.all([1, 2, 3].map((n) => late(`quiet ${n}`, 60)));
    await ring(ids);
    await house.rounds.plan();
    await house.rounds.sweep();
    const [row] = await house.dataSource.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM deliveries WHERE state = 'held' AND rung_until = 'infinity'`);
    expect(row?.n).toBe(2);
  });

  it('does not wait for another channel', async () => {
    await ring([await late('on beta', 60, 'beta'), await late('on alpha', 60, 'alpha')]);
    expect([house.visible('on beta'), house.visible('on alpha')]).toEqual([1, 1]);
  });

  it('keeps its turn when the platform did not take it', async () => {
    house.sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, on: ['post'], count: 1, probability: 1 });
    const id = await late('again', 60);
    await ring([id], 1);
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', code: 'retrying' });
    await house.dataSource.query('UPDATE deliveries SET ready_at = now() WHERE id = $1', [id]);
    await ring([id], 1);
    expect(house.visible('again')).toBe(1);
  });

  it('gives its channel\'s turn back when nothing came of it', async () => {
    const [first, second] = [await late('dropped in its turn', 60), await late('goes instead', 50)];
    await Promise.all([first, second].map((id) => house.dispatch.run(id)));
    await house.get(DrainRounds).round();
    await house.dataSource.query(`UPDATE deliveries SET state = 'skipped', hold_reason = NULL WHERE id = $1`, [first]);
    await house.letOut();
    expect([house.visible('dropped in its turn'), house.visible('goes instead')]).toEqual([0, 1]);
  });

  it('keeps its distance from what is planned', async () => {
    await house.plan({ channel: house.channel('beta'), dueInMs: 30 * MINUTE, text: 'planned' });
    const id = await late('near a planned one', 60);
    await ring([id]);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pace' });
    expect(await waitOf(id)).toBeGreaterThan(85);
    expect(await waitOf(id)).toBeLessThan(91);
  });

  it('waits for the client\'s day', async () => {
    await house.dataSource.query(
      `UPDATE clients SET zone = 'UTC', day_from = date_trunc('minute', now() AT TIME ZONE 'UTC')::time + interval '2 hours', day_to = date_trunc('minute', now() AT TIME ZONE 'UTC')::time + interval '3 hours'`,
    );
    const id = await late('at night', 60);
    await ring([id]);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pace' });
    expect(Math.abs((await waitOf(id)) - 120)).toBeLessThan(2);
  });

  it('released by a person goes out in the night, before the rest, a minute after the last', async () => {
    await house.dataSource.query(`UPDATE clients SET day_from = '00:00', day_to = '00:01'`);
    const [first, second] = [await late('released 1', 600), await late('released 2', 600)];
    await house.dataSource.query('UPDATE deliveries SET released = true WHERE id = ANY($1::uuid[])', [[first, second]]);
    await ring([first, second]);
    expect(house.visible('released 1') + house.visible('released 2')).toBe(1);
    await house.dataSource.query(`UPDATE channels SET late_at = now() - interval '61 seconds'`);
    await house.letOut();
    expect(house.visible('released 1') + house.visible('released 2')).toBe(2);
  });

  it('whose limit passes while it waits is never sent: its policy runs', async () => {
    const [first, second] = [await late('in time', 60), await late('too late', 50)];
    await ring([first, second]);
    await house.dataSource.query(`UPDATE deliveries SET deadline_at = now() - interval '1 second' WHERE id = $1`, [second]);
    await house.dataSource.query('UPDATE channels SET late_at = NULL, late_by = NULL');
    await house.letOut();
    const [row] = await house.dataSource.query<{ asleep: boolean }[]>(`SELECT rung_until = 'infinity' AS asleep FROM deliveries WHERE id = $1`, [second]);
    expect(row?.asleep).not.toBe(true);
    await house.dispatch.run(second);
    expect(await house.delivery(second)).toMatchObject({ state: 'held', hold: 'late', code: 'late-limit-passed' });
    expect(house.visible('too late')).toBe(0);
  });

  it.each([
    ['paused', 'pause', () => house.dataSource.query(`INSERT INTO pauses (id, workspace_id, reason, created_by) VALUES ($1, $2, 'stop', '{}')`, [uuid(), house.client.workspaceId])],
    ['down again', 'outage', () => house.say(house.channel('beta').id, 'down')],
  ] as const)('and is %s meanwhile waits for that, all of it at once', async (_, hold, happens) => {
    const ids = await Promise.all([1, 2, 3].map((n) => late(`${hold} ${n}`, 60)));
    await Promise.all(ids.map((id) => house.dispatch.run(id)));
    await happens();
    await house.get(DrainRounds).round();
    const rung = await house.dataSource.query<{ id: string }[]>(`SELECT id FROM deliveries WHERE state = 'held' AND rung_until IS DISTINCT FROM 'infinity' AND ready_at <= now()`);
    for (const { id } of rung) await house.dispatch.run(id);
    for (const id of ids) expect(await house.delivery(id)).toMatchObject({ state: 'held', hold });
    house.sayAllUp();
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
    await ring([whole], 1);
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
