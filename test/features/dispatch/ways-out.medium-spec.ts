import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { OutletReadiness } from '../../../src/features/posts/outlet-readiness.service.js';
import { openWaysOut, type WaysOutHouse } from './ways-out-house.js';

let house: WaysOutHouse;
const MINUTE = 60_000;

beforeAll(async () => {
  house = await openWaysOut();
});
afterAll(() => house.close());
afterEach(() => house.clear());

describe('while its platform is down', () => {
  it('a post goes out by every outlet of the first set that can be used, each once', async () => {
    const id = await house.plan('another way', { onOutage: 'reroute-now', rerouteTo: house.to(['beta', 'gamma'], ['delta']) });
    await house.fall('alpha');
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'rerouted', hold: null, code: 'rerouted-outage', epoch: 0 });
    await house.runChildren(id);
    expect(await house.children(id)).toMatchObject([{ connector: 'sandbox-beta', state: 'published', origin: 'fallback' }, { connector: 'sandbox-gamma', state: 'published', origin: 'fallback' }]);
    expect(house.visible('another way')).toBe(2);
    expect(await house.facts(id)).toEqual(['delivery.rerouted']);
  });

  it('a set with one outlet that cannot be used is passed over', async () => {
    for (const spoil of [() => house.fall('gamma'), () => house.dataSource.query(`UPDATE channels SET state = 'reconnect' WHERE id = $1`, [house.channel('gamma').id]), () => house.dataSource.query(`UPDATE channels SET archived_at = now() WHERE id = $1`, [house.channel('gamma').id])]) {
      const id = await house.plan(`passed over ${uuid()}`, { onOutage: 'reroute-now', rerouteTo: house.to(['beta', 'gamma'], ['delta']) });
      await house.fall('alpha');
      await spoil();
      await house.dispatch.run(id);
      expect(await house.children(id)).toMatchObject([{ connector: 'sandbox-delta' }]);
      house.sayAllUp();
      await house.dataSource.query(`UPDATE channels SET state = 'connected', archived_at = NULL`);
    }
  });

  it('with none left it waits, and says which were tried; asked again at its limit', async () => {
    const id = await house.plan('no way', { onOutage: 'reroute-now', rerouteTo: house.to(['beta']) });
    await house.fall('alpha', 'beta');
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'outage', code: 'no-way-out' });
    const [row] = await house.dataSource.query<{ detail: string }[]>(`SELECT reason ->> 'detail' AS detail FROM deliveries WHERE id = $1`, [id]);
    expect(row?.detail).toBe(house.channel('beta').account);
  });

  it('the less time is left, the sooner a way is looked for again', async () => {
    await house.fall('alpha', 'beta');
    const again = async (lateLimitMs: number): Promise<number | undefined> => {
      const id = await house.plan(`no way yet ${lateLimitMs}`, { onOutage: 'reroute-now', rerouteTo: house.to(['beta']) }, { lateLimitMs });
      await house.dispatch.run(id);
      const [row] = await house.dataSource.query<{ seconds: number }[]>(`SELECT extract(epoch FROM ready_at - now())::float8 AS seconds FROM deliveries WHERE id = $1`, [id]);
      return row?.seconds;
    };
    expect(await again(5 * MINUTE)).toBeLessThanOrEqual(60);
    expect(await again(2 * MINUTE)).toBeLessThanOrEqual(30);
  });

  it('an outlet whose room says that it is not ready is not used', async () => {
    house.get(OutletReadiness).register('sandbox-beta', async (_, asked) => Promise.resolve(asked.map(() => 'cold' as const)));
    const id = await house.plan('cold', { onOutage: 'reroute-now', rerouteTo: house.to(['beta'], ['gamma']) });
    await house.fall('alpha');
    await house.dispatch.run(id);
    expect(await house.children(id)).toMatchObject([{ connector: 'sandbox-gamma' }]);
    house.get(OutletReadiness).register('sandbox-beta', async () => Promise.resolve([]));
  });

  it('nothing leaves outside the client’s day', async () => {
    await house.dataSource.query(`UPDATE clients SET day_from = ((now() AT TIME ZONE zone) + interval '2 hours')::time, day_to = ((now() AT TIME ZONE zone) + interval '3 hours')::time`);
    const id = await house.plan('at night', { onOutage: 'reroute-now', rerouteTo: house.to(['beta']) });
    await house.fall('alpha');
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', code: 'no-way-out' });
  });

  it('it is told when it goes elsewhere, and no canary is taken of it shortly before', async () => {
    const id = await house.plan('later elsewhere', { onOutage: 'reroute-after', rerouteAfterMinutes: 30, rerouteTo: house.to(['beta']) });
    await house.fall('alpha');
    await house.dispatch.run(id);
    const [row] = await house.dataSource.query<{ same: boolean; minutes: number }[]>(
      `SELECT reroute_at = ready_at AS same, round(extract(epoch FROM reroute_at - now()) / 60)::int AS minutes FROM deliveries WHERE id = $1`, [id]);
    expect([await house.delivery(id), row]).toMatchObject([{ state: 'held', hold: 'outage', code: 'platform-down' }, { same: true, minutes: 30 }]);
    await house.dataSource.query(`UPDATE deliveries SET due_at = due_at - interval '30 minutes', ready_at = now(), version = version + 1 WHERE id = $1`, [id]);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'rerouted' });
  });

  it('a second channel of the post joins the way that the first one took', async () => {
    const id = await house.plan('one post, two channels', { onOutage: 'reroute-now', rerouteTo: house.to(['beta']) });
    const second = uuid();
    await house.dataSource.query(
      `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, state, choice, due_at, ready_at, deadline_at)
       SELECT $2, workspace_id, client_id, post_id, $3, 'sandbox-gamma', (SELECT component_id FROM channels WHERE id = $3), state, choice, due_at, ready_at, deadline_at FROM deliveries WHERE id = $1`,
      [id, second, house.channel('gamma').id]);
    await house.dataSource.query(`INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content) SELECT $2, $3, workspace_id, $4, 0, 'post', content FROM parts WHERE delivery_id = $1`, [id, uuid(), second, house.channel('gamma').id]);
    await house.fall('alpha', 'gamma');
    await Promise.all([house.dispatch.run(id), house.dispatch.run(second)]);
    await house.runChildren(id);
    const [first, other] = [await house.children(id), await house.children(second)];
    expect(first).toMatchObject([{ connector: 'sandbox-beta', state: 'published' }]);
    expect(other).toEqual(first);
    expect(house.visible('one post, two channels')).toBe(1);
  });

  it('it never goes to an outlet it is planned for anyway', async () => {
    const id = await house.plan('planned there', { onOutage: 'reroute-now', rerouteTo: house.to(['beta'], ['delta']) });
    await house.dataSource.query(
      `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, state, choice, due_at, ready_at, deadline_at)
       SELECT $2, workspace_id, client_id, post_id, $3, 'sandbox-beta', component_id, 'scheduled', choice, due_at + interval '1 hour', ready_at + interval '1 hour', deadline_at FROM deliveries WHERE id = $1`,
      [id, uuid(), house.channel('beta').id]);
    await house.fall('alpha');
    await house.dispatch.run(id);
    expect(await house.children(id)).toMatchObject([{ connector: 'sandbox-delta' }]);
  });

  it('what the client set serves posts that name no outlets of their own; another client’s channel never does', async () => {
    await house.dataSource.query('UPDATE clients SET reroute_to = $1', [JSON.stringify(house.to(['gamma']))]);
    const id = await house.plan('as the client says', { onOutage: 'reroute-now' });
    await house.fall('alpha');
    await house.dispatch.run(id);
    expect(await house.children(id)).toMatchObject([{ connector: 'sandbox-gamma' }]);
    const foreign = await house.plan('not theirs', { onOutage: 'reroute-now', rerouteTo: [[uuid()]] });
    await house.dispatch.run(foreign);
    expect(await house.delivery(foreign)).toMatchObject({ state: 'held', code: 'no-way-out' });
  });

  it('a version that a person approved is what goes out; a draft is not', async () => {
    const id = await house.plan('as on the platform', { onOutage: 'reroute-now', rerouteTo: house.to(['beta'], ['gamma']) });
    const write = (platform: string, text: string, isApproved: boolean) => house.dataSource.query(
      `INSERT INTO fallbacks (id, workspace_id, post_id, channel_id, content, created_by, approved_by, approved_at)
       SELECT $2, workspace_id, post_id, $3, $4, '{}', CASE WHEN $5 THEN '{}'::jsonb END, CASE WHEN $5 THEN now() END FROM deliveries WHERE id = $1`,
      [id, uuid(), house.channel(platform).id, JSON.stringify({ parts: [{ text, media: [], link: null, language: null, options: {} }] }), isApproved]);
    await write('beta', 'as approved', true);
    await house.fall('alpha');
    await house.dispatch.run(id);
    await house.runChildren(id);
    expect([house.visible('as approved'), house.visible('as on the platform')]).toEqual([1, 0]);
    const other = await house.plan('still the words of the post', { onOutage: 'reroute-now', rerouteTo: house.to(['gamma']) });
    await house.dispatch.run(other);
    await house.runChildren(other);
    expect(house.visible('still the words of the post')).toBe(1);
  });

  it('a thread that has begun stays where it is', async () => {
    const id = await house.plan('begun', { onOutage: 'reroute-now', rerouteTo: house.to(['beta']) });
    await house.dataSource.query(`INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content) SELECT $2, delivery_id, workspace_id, channel_id, 1, 'reply', content FROM parts WHERE delivery_id = $1`, [id, uuid()]);
    await house.dataSource.query('UPDATE parts SET published_at = now() WHERE delivery_id = $1 AND position = 0', [id]);
    await house.fall('alpha');
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'outage', code: 'platform-down' });
  });
});

describe('at its limit', () => {
  it('goes another way where its hour counts, and is missed where there is none', async () => {
    for (const [sets, state] of [[house.to(['beta']), 'rerouted'], [house.to(['gamma']), 'missed']] as const) {
      const id = await house.plan(`hour ${state}`, { rerouteTo: sets }, { choice: 'hour-counts', dueInMs: -15 * MINUTE, lateLimitMs: 15 * MINUTE });
      await house.fall('alpha', 'gamma');
      await house.atLimit(id);
      await house.dispatch.run(id);
      expect(await house.delivery(id)).toMatchObject({ state });
    }
  });

  it('takes the next free slot where it can wait, and waits for a person where there is none', async () => {
    const without = await house.plan('no slot', {}, { choice: 'can-wait' });
    await house.atLimit(without);
    await house.dispatch.run(without);
    expect(await house.delivery(without)).toMatchObject({ state: 'held', hold: 'late', code: 'late-limit-passed' });
    await house.dataSource.query(
      `INSERT INTO slots (id, workspace_id, client_id, weekday, wall_time) SELECT gen_random_uuid(), workspace_id, id, w, '12:00' FROM clients, generate_series(1, 7) w WHERE id = $1`, [house.client.clientId]);
    const ids = [await house.plan('slot 1', {}, { choice: 'can-wait' }), await house.plan('slot 2', {}, { choice: 'can-wait' })];
    for (const id of ids) {
      await house.atLimit(id);
      await house.dispatch.run(id);
    }
    const rows = await house.dataSource.query<{ state: string; code: string; wall: string; ahead: boolean; due: string }[]>(
      `SELECT d.state, d.reason ->> 'code' AS code, to_char(d.due_at AT TIME ZONE c.zone, 'HH24:MI') AS wall, d.deadline_at > d.due_at AND d.due_at > now() AS ahead, d.due_at::text AS due
         FROM deliveries d JOIN clients c ON c.id = d.client_id WHERE d.id = ANY($1::uuid[])`, [ids]);
    expect(rows).toMatchObject([1, 2].map(() => ({ state: 'scheduled', code: 'moved-to-slot', wall: '12:00', ahead: true })));
    expect(new Set(rows.map(({ due }) => due)).size).toBe(2);
  });

  it('with a word of time waits for a person once it is late', async () => {
    const id = await house.plan('see you tonight', {});
    await house.dataSource.query(`UPDATE parts SET time_word = 'tonight' WHERE delivery_id = $1`, [id]);
    await house.dataSource.query(`UPDATE deliveries SET due_at = now() - interval '1 hour' WHERE id = $1`, [id]);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'late', code: 'words-of-time' });
  });
});

describe('where nothing came of it', () => {
  const refused = async (text: string, more: Parameters<WaysOutHouse['plan']>[2] = {}): Promise<string> => {
    const id = await house.plan(text, { onOutage: 'reroute-now', rerouteTo: house.to(['beta']) }, more);
    await house.fall('alpha');
    await house.dispatch.run(id);
    house.sandbox.faults.add({ kind: 'refuse', message: 'not like this', platform: 'sandbox-beta', probability: 1 });
    await house.runChildren(id);
    expect(await house.children(id)).toMatchObject([{ state: 'failed' }]);
    return id;
  };

  it('it waits again for its own platform, and is not sent the same way a second time', async () => {
    const id = await refused('came back');
    await house.rounds.sweep();
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'outage', code: 'other-ways-failed' });
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'outage', code: 'no-way-out' });
    house.sayAllUp();
    await house.dataSource.query('UPDATE deliveries SET ready_at = now(), version = version + 1 WHERE id = $1', [id]);
    await house.dispatch.run(id);
    expect([await house.delivery(id), house.visible('came back')]).toMatchObject([{ state: 'published' }, 1]);
  });

  it('past its limit it is missed where the hour counted, else a person decides', async () => {
    const [hour, today] = [await refused('hour over', { choice: 'hour-counts' }), await refused('day over')];
    await house.dataSource.query('UPDATE deliveries SET deadline_at = now() WHERE id = ANY($1::uuid[])', [[hour, today]]);
    await house.rounds.sweep();
    expect(await house.delivery(hour)).toMatchObject({ state: 'missed', hold: null, code: 'other-ways-failed' });
    expect(await house.delivery(today)).toMatchObject({ state: 'held', hold: 'late', code: 'other-ways-failed' });
  });

  it('one that is out is enough', async () => {
    const id = await house.plan('one of two', { onOutage: 'reroute-now', rerouteTo: house.to(['beta', 'gamma']) });
    await house.fall('alpha');
    await house.dispatch.run(id);
    house.sandbox.faults.add({ kind: 'refuse', message: 'not like this', platform: 'sandbox-beta', probability: 1 });
    await house.runChildren(id);
    await house.rounds.sweep();
    expect(await house.delivery(id)).toMatchObject({ state: 'rerouted' });
  });
});

describe('what only its own platform refuses', () => {
  const blocked = (id: string) => house.dataSource.query(`UPDATE deliveries SET tries = 3, failing_since = now() - interval '6 minutes', version = version + 1 WHERE id = $1`, [id]);

  it('goes another way although its platform counts as up, and is told as late and not as an outage', async () => {
    const id = await house.plan('blocked', { onOutage: 'reroute-now', rerouteTo: house.to(['beta']) });
    await blocked(id);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'rerouted', code: 'rerouted-late' });
  });

  it('is tried again there where no other way is open', async () => {
    const id = await house.plan('blocked and alone', { onOutage: 'reroute-now', rerouteTo: house.to(['beta']) });
    await blocked(id);
    await house.fall('beta');
    await house.dispatch.run(id);
    expect([await house.delivery(id), house.visible('blocked and alone')]).toMatchObject([{ state: 'published' }, 1]);
  });
});

describe('what is late elsewhere', () => {
  it('is read by a person for a word of time in what would be said there, and that word is told', async () => {
    const id = await house.plan('our new menu', { onOutage: 'reroute-after', rerouteAfterMinutes: 60, rerouteTo: house.to(['beta']) });
    await house.dataSource.query(`UPDATE posts SET content = jsonb_set(content, '{parts,0,text}', '"see you tonight"') WHERE id = (SELECT post_id FROM deliveries WHERE id = $1)`, [id]);
    await house.dataSource.query(`UPDATE deliveries SET due_at = now() - interval '61 minutes' WHERE id = $1`, [id]);
    await house.fall('alpha');
    await house.dispatch.run(id);
    expect(await house.dataSource.query('SELECT state, reason FROM deliveries WHERE id = $1', [id])).toEqual([{ state: 'held', reason: { code: 'words-of-time', detail: 'tonight' } }]);
  });

  it('with a word of time is a person’s, also where it would go another way', async () => {
    const id = await house.plan('see you today', { onOutage: 'reroute-after', rerouteAfterMinutes: 60, rerouteTo: house.to(['beta']) });
    await house.dataSource.query(`UPDATE parts SET time_word = 'today' WHERE delivery_id = $1`, [id]);
    await house.dataSource.query(`UPDATE posts SET content = jsonb_set(content, '{parts,0,text}', '"see you today"') WHERE id = (SELECT post_id FROM deliveries WHERE id = $1)`, [id]);
    await house.dataSource.query(`UPDATE deliveries SET due_at = now() - interval '61 minutes' WHERE id = $1`, [id]);
    await house.fall('alpha');
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'late', code: 'words-of-time' });
  });

  it('asks again a quarter of an hour later whether a way is open by now', async () => {
    const id = await house.plan('open later', { onOutage: 'reroute-now', rerouteTo: house.to(['beta']) });
    await house.fall('alpha', 'beta');
    await house.dispatch.run(id);
    const minutes = (Number((await house.delivery(id)).readyAt) - Date.now()) / MINUTE;
    expect([minutes > 13, minutes < 16]).toEqual([true, true]);
    const { version } = await house.delivery(id);
    await house.dataSource.query('UPDATE deliveries SET ready_at = now() WHERE id = $1', [id]);
    await house.dispatch.run(id);
    expect((await house.delivery(id)).version).toBe(version); // a person may still act on what they saw
    house.sayAllUp();
    await house.fall('alpha');
    await house.dataSource.query('UPDATE deliveries SET ready_at = now() WHERE id = $1', [id]);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'rerouted' });
  });
});

