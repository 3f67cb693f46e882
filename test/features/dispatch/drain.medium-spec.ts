import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { TIMES, type Times } from '../../../src/core/times.js';
import { DrainRounds } from '../../../src/features/dispatch/drain-rounds.service.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { BellsService } from '../../../src/features/posts/bells.service.js';
import { DrainQueue } from '../../../src/features/posts/drain-queue.service.js';
import { DrainsService } from '../../../src/features/posts/drains.service.js';
import { OutagesService } from '../../../src/features/posts/outages.service.js';
import { Clock } from '../../../src/infra/clock.js';
import type { Heartbeat } from '../../../src/infra/heartbeat.js';
import { seedClient, type SeededChannel, type SeededClient, seedPosts } from '../../kit/seed.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

const MINUTE = 60_000;
let house: DispatchHouse;
let component: string;

beforeAll(async () => {
  house = await openDispatch();
  const [row] = await house.dataSource.query<{ id: string }[]>('SELECT component_id AS id FROM channels WHERE id = $1', [house.channel('beta').id]);
  component = row?.id ?? '';
});
afterAll(() => house.close());
beforeEach(async () => {
  house.sayAllUp();
  house.sandbox.faults.clear();
  for (const table of ['drain_turns', 'drains']) await house.dataSource.query(`DELETE FROM ${table}`);
  await house.dataSource.query(`UPDATE leases SET until = now() WHERE name = 'drain'`);
  await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled', hold_reason = NULL WHERE state IN ('scheduled', 'held', 'sending', 'unconfirmed')`);
  await house.dataSource.query('UPDATE channels SET late_at = NULL, late_by = NULL');
});

/** A process that may lead, and no other one. */
const leader = (times: Partial<Times> = {}): DrainRounds => new DrainRounds(
  house.dataSource, house.get(DrainsService), house.get(DrainQueue), house.get(HealthService), house.get(BellsService), new Clock(),
  { workerId: uuid() } as Heartbeat, { ROLES: ['watch'] }, { ...house.app.get<Times>(TIMES, { strict: false }), ...times },
);
const clientWith = (count: number): Promise<SeededClient> =>
  seedClient(house.dataSource, { connectorIds: Array.from({ length: count }, () => 'sandbox-beta'), url: house.sandbox.url, seal: house.seal, latePace: { perHour: 3, clearMinutes: 0 } });
/** Held by an outage since then, and asked again now that it is over: they wait for their turn. */
async function waiting(client: SeededClient, channels: readonly SeededChannel[], texts: readonly string[], minutes = 60): Promise<readonly string[]> {
  const ids = await seedPosts(house.dataSource, client, texts.map((text, i) => ({ channel: channels[i % channels.length] ?? house.channel('beta'), dueInMs: -minutes * MINUTE + i, text })));
  await house.dataSource.query(`UPDATE deliveries SET state = 'held', hold_reason = 'outage', reason = '{"code":"platform-down"}', ready_at = deadline_at WHERE id = ANY($1::uuid[])`, [ids]);
  await house.dataSource.transaction((manager) => house.get(OutagesService).release(manager, component, { texts: true, media: true }));
  await Promise.all(ids.map((id) => house.dispatch.run(id)));
  return ids;
}
const named = (text: string, count: number): readonly string[] => Array.from({ length: count }, (_, i) => `${text} ${i}`);
const turns = async (): Promise<readonly string[]> => (await house.dataSource.query<{ id: string }[]>('SELECT delivery_id AS id FROM drain_turns')).map(({ id }) => id);
const drain = async () => (await house.dataSource.query<{ rate: number; tokens: number; epoch: string }[]>('SELECT rate, tokens, epoch FROM drains WHERE component_id = $1', [component]))[0];
const setRate = (rate: number) => house.dataSource.query('UPDATE drains SET rate = $2, tokens = $2 WHERE component_id = $1', [component, rate]);
const states = async (ids: readonly string[]) => (await house.dataSource.query<{ state: string }[]>('SELECT state FROM deliveries WHERE id = ANY($1::uuid[])', [ids])).map(({ state }) => state);
const nextHour = () => house.dataSource.query('UPDATE channels SET late_at = NULL, late_by = NULL');

describe('the drain', () => {
  it('lets out 37 of 40, where three were put out by hand meanwhile', async () => {
    const client = await clientWith(8);
    const texts = named('held', 40);
    const ids = await waiting(client, client.channels, texts);
    for (const i of [3, 17, 31]) {
      await fetch(`${house.sandbox.url}/sandbox-beta/api/accounts/${client.channels[i % 8]?.account}/posts`, {
        method: 'POST', headers: { authorization: 'Bearer hand', 'content-type': 'application/json' }, body: JSON.stringify({ text: texts[i] }),
      });
    }
    for (let round = 0; round < 60 && (await states(ids)).some((state) => state !== 'published'); round += 1) {
      await house.letOut();
      await nextHour();
    }
    expect(new Set(await states(ids))).toEqual(new Set(['published']));
    expect(texts.map((text) => house.visible(text))).toEqual(texts.map(() => 1));
    const sent = await house.dataSource.query<{ kind: string; n: number }[]>(`SELECT kind, count(*)::int AS n FROM attempts WHERE delivery_id = ANY($1::uuid[]) AND outcome = 'delivered' GROUP BY 1 ORDER BY 1`, [ids]);
    expect(sent).toEqual([{ kind: 'commit', n: 37 }, { kind: 'find', n: 3 }]);
  }, 60_000);

  it('finds what was put out by hand in a short outage too: minutes are enough to lose patience', async () => {
    const client = await clientWith(1);
    const [id] = await waiting(client, client.channels, ['five minutes'], 5);
    await fetch(`${house.sandbox.url}/sandbox-beta/api/accounts/${client.channels[0]?.account}/posts`, {
      method: 'POST', headers: { authorization: 'Bearer hand', 'content-type': 'application/json' }, body: JSON.stringify({ text: 'five minutes' }),
    });
    for (let round = 0; round < 10 && (await states([id ?? '']))[0] !== 'published'; round += 1) await house.letOut();
    expect(await states([id ?? ''])).toEqual(['published']);
    expect(house.visible('five minutes')).toBe(1);
  });

  it('begins with one, and gives no more until its rate allows', async () => {
    const client = await clientWith(5);
    await waiting(client, client.channels, named('slowly', 5));
    const one = leader();
    await one.round();
    await one.round();
    expect(await turns()).toHaveLength(1);
    expect(await drain()).toMatchObject({ rate: 0.2 });
  });

  it('halves its rate on bad answers', async () => {
    const client = await clientWith(6);
    const ids = await waiting(client, client.channels, named('judged', 6));
    const one = leader({ drainStepMs: 300, drainEveryMs: 1_000 });
    await one.round();
    await setRate(3);
    const step = async (): Promise<void> => {
      await one.round();
      for (const id of await turns()) await house.dispatch.run(id);
      await sleep(310);
      await one.round();
    };
    house.sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, platform: 'sandbox-beta', on: ['post'], probability: 1 });
    await step();
    const after = (await drain())?.rate ?? 0;
    expect([1.5, 0.75]).toContain(after); // one step, or two on a slow machine
    house.sandbox.faults.clear();
    expect((await states(ids)).every((state) => state !== 'published')).toBe(true);
  });

  it('serves a small tenant beside a big one', async () => {
    const [big, small] = [await clientWith(6), await clientWith(1)];
    const loud = await waiting(big, big.channels, named('loud', 60), 600);
    const quiet = await waiting(small, small.channels, named('quiet', 1), 60);
    const one = leader();
    await house.dataSource.query(
      `INSERT INTO drains (component_id, rate, tokens, good, bad, pressed, stepped_at, at, epoch) VALUES ($1, 2, 2, 0, 0, false, now(), now(), 0)`, [component]);
    await one.round();
    const given = await turns();
    expect(given).toHaveLength(2);
    expect(given.filter((id) => loud.includes(id))).toHaveLength(1);
    expect(given).toContain(quiet[0]);
  });

  it.each(['recovering', 'suspect', 'unknown'] as const)('has one under way at a time while the platform is %s', async (state) => {
    const client = await clientWith(5);
    const ids = await waiting(client, client.channels, named(state, 5));
    await house.say(house.channel('beta').id, state);
    const one = leader();
    await one.round();
    await setRate(100);
    await one.round();
    expect(await turns()).toHaveLength(1);
    for (let out = 0; out < 3; out += 1) {
      expect((await states(ids)).filter((one) => one === 'published')).toHaveLength(out);
      for (const id of await turns()) await house.dispatch.run(id);
      await setRate(100);
      await one.round();
      expect(await turns()).toHaveLength(1);
    }
  });

  it('is given by one leader; a second one takes over with all it knew, and the first writes no more', async () => {
    const client = await clientWith(6);
    await waiting(client, client.channels, named('two leaders', 6));
    const [one, other] = [leader(), leader()];
    await one.round();
    const before = await drain();
    await setRate(2);
    await other.round();
    expect(await turns()).toHaveLength(1);
    await house.dataSource.query(`UPDATE leases SET until = now() WHERE name = 'drain'`); // it was stopped for ten seconds
    await other.round();
    expect(await turns()).toHaveLength(3);
    const after = await drain();
    expect([after?.rate, Number(after?.epoch) > Number(before?.epoch)]).toEqual([2, true]);
    await setRate(2);
    await one.round();
    expect(await turns()).toHaveLength(3);
    expect((await drain())?.epoch).toBe(after?.epoch);
  });

  it('killed in the middle goes on where it was: what was under way is looked up, what was not rung has its turn', async () => {
    const client = await clientWith(3);
    const ids = await waiting(client, client.channels, named('in the middle', 3));
    const one = leader();
    await one.round();
    await setRate(2);
    await one.round();
    const [dying = '', waits = ''] = await turns();
    // One process dies in its request, another one before its bell, the leader with them.
    await house.dataSource.query(`UPDATE deliveries SET state = 'sending', hold_reason = NULL, epoch = epoch + 1, intent_at = now() - interval '10 minutes', lease_until = now() - interval '1 minute', version = version + 1 WHERE id = $1`, [dying]);
    await house.dataSource.query(`UPDATE leases SET until = now() WHERE name = 'drain'`);
    await house.rounds.sweep();
    const next = leader();
    await next.round();
    expect(await house.delivery(dying)).toMatchObject({ state: 'unconfirmed' });
    expect(await turns()).not.toContain(dying);
    await house.dispatch.run(waits);
    for (let i = 0; i < 2; i += 1) {
      await house.dataSource.query(`UPDATE deliveries SET absent_at = now() - interval '61 seconds', look_at = now() WHERE id = $1`, [dying]);
      await house.reconciler.round();
    }
    for (let round = 0; round < 20 && (await states(ids)).some((state) => state !== 'published'); round += 1) {
      await house.dataSource.query(`UPDATE deliveries SET ready_at = now() WHERE id = ANY($1::uuid[]) AND state = 'scheduled'`, [ids]);
      for (const id of ids) if ((await house.delivery(id)).state === 'scheduled') await house.dispatch.run(id);
      await setRate(2);
      await next.round();
      for (const id of await turns()) await house.dispatch.run(id);
    }
    expect(await states(ids)).toEqual(ids.map(() => 'published'));
    expect(named('in the middle', 3).map((text) => house.visible(text))).toEqual([1, 1, 1]);
  });

  it('takes a turn back that nobody took, and gives it anew', async () => {
    const client = await clientWith(1);
    const [id = ''] = await waiting(client, client.channels, ['nobody came']);
    const one = leader();
    await one.round();
    expect(await turns()).toEqual([id]);
    await house.dataSource.query(`UPDATE drain_turns SET given_at = now() - interval '6 minutes'`);
    await one.round();
    expect(await turns()).toEqual([]);
    await house.dispatch.run(id); // the sweeper rings it again: it waits for its turn
    await setRate(1);
    await one.round();
    expect(await turns()).toEqual([id]);
  });

  it('lets out what was held for thirty hours with nobody there, once, and forgets its pace when it is done', async () => {
    const client = await clientWith(2);
    const ids = await waiting(client, client.channels, named('thirty hours', 2), 30 * 60);
    for (let round = 0; round < 4; round += 1) await house.letOut();
    expect(await states(ids)).toEqual(['published', 'published']);
    expect(named('thirty hours', 2).map((text) => house.visible(text))).toEqual([1, 1]);
    await house.dataSource.query(`UPDATE drains SET stepped_at = now() - interval '16 seconds', good = 0, bad = 0`);
    await house.letOut();
    expect(await drain()).toBeUndefined();
  });
});

describe('what follows a reroute', () => {
  const follow = async (client: SeededClient, texts: readonly string[]): Promise<readonly string[]> => {
    const channel = client.channels[0] ?? house.channel('beta');
    const gone = await seedPosts(house.dataSource, client, texts.map((text) => ({ channel, dueInMs: -5 * 60 * MINUTE, text })));
    await house.dataSource.query(`UPDATE deliveries SET state = 'rerouted' WHERE id = ANY($1::uuid[])`, [gone]);
    const ids = await seedPosts(house.dataSource, client, texts.map((text) => ({ channel, dueInMs: 0, text })));
    await house.dataSource.query(`UPDATE deliveries d SET origin = 'late:' || w.gone FROM unnest($1::uuid[], $2::uuid[]) AS w (id, gone) WHERE d.id = w.id`, [ids, gone]);
    return ids;
  };
  const out = async (ids: readonly string[]) => (await states(ids)).filter((state) => state === 'published').length;

  it('goes out at its channel’s pace, although it is due only now', async () => {
    const ids = await follow(await clientWith(1), named('follows', 4));
    await Promise.all(ids.map((id) => house.dispatch.run(id)));
    expect(await out(ids)).toBe(0);
    for (let round = 0; round < 4; round += 1) await house.letOut();
    expect(await out(ids)).toBe(1);
    await house.dataSource.query(`UPDATE channels SET late_at = late_at - interval '21 minutes'`);
    for (let round = 0; round < 4; round += 1) await house.letOut();
    expect(await out(ids)).toBe(2);
  });

  it('stays clear of what is planned', async () => {
    const client = await clientWith(1);
    await house.dataSource.query(`UPDATE clients SET late_pace = '{"perHour":3,"clearMinutes":60}' WHERE id = $1`, [client.clientId]);
    await seedPosts(house.dataSource, client, [{ channel: client.channels[0] ?? house.channel('beta'), dueInMs: 30 * MINUTE, text: 'planned' }]);
    const [id = ''] = await follow(client, ['follows']);
    await house.dispatch.run(id);
    for (let round = 0; round < 4; round += 1) await house.letOut();
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pace' });
    expect(house.visible('follows')).toBe(0);
  });
});

describe('what is on time', () => {
  it('passes by the drain', async () => {
    const client = await clientWith(1);
    await waiting(client, client.channels, named('late', 3));
    const [id = ''] = await seedPosts(house.dataSource, client, [{ channel: client.channels[0] ?? house.channel('beta'), dueInMs: 0, text: 'on time' }]);
    await house.dispatch.run(id);
    expect(house.visible('on time')).toBe(1);
    expect(await turns()).toEqual([]);
  });
});
