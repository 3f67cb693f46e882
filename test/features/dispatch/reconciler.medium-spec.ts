import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from '../../../src/infra/clock.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

/** A worker's clock that is three hours ahead. */
class Ahead extends Clock {
  override now(): number {
    return super.now() + 3 * 3_600_000;
  }
}

let house: DispatchHouse;

beforeAll(async () => {
  house = await openDispatch({ clock: new Ahead() });
});
afterAll(async () => {
  await house.close();
});
afterEach(async () => {
  house.sayAllUp();
  house.sandbox.faults.clear();
  await house.dataSource.query(`DELETE FROM pauses`);
  await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled' WHERE state = 'unconfirmed'`);
});

/** Sent into a connection that breaks; `taken`: the platform took it before. */
async function unconfirmed(text: string, platform: string, taken: boolean): Promise<string> {
  house.sandbox.faults.add({ kind: 'reset', taken, on: ['post'], count: 1, probability: 1 });
  const [id = ''] = await house.plan({ channel: house.channel(platform), dueInMs: 0, text });
  await house.dispatch.run(id);
  expect(await house.delivery(id)).toMatchObject({ state: 'unconfirmed' });
  return id;
}
/** One look, with what the row says changed before. */
async function look(id: string, change = 'look_at = now()'): Promise<Awaited<ReturnType<DispatchHouse['delivery']>>> {
  await house.dataSource.query(`UPDATE deliveries SET look_at = now() WHERE id = $1`, [id]);
  await house.dataSource.query(`UPDATE deliveries SET ${change} WHERE id = $1`, [id]);
  await house.reconciler.round();
  return house.delivery(id);
}
const settled = `intent_at = now() - interval '10 minutes', absent_at = now() - interval '2 minutes'`;
const pause = () =>
  house.dataSource.query(`INSERT INTO pauses (id, workspace_id, reason, created_by) VALUES (gen_random_uuid(), $1, 'crisis', '{}')`, [house.client.workspaceId]);

describe('what may be out where a key is a promise and it can be looked for', () => {
  it('is found and not resent', async () => {
    const id = await unconfirmed('alpha taken', 'alpha', true);
    house.sandbox.faults.add({ kind: 'refuse', message: 'would be asked again', on: ['post'], probability: 1 });
    expect(await look(id)).toMatchObject({ state: 'published' });
    expect(house.visible('alpha taken')).toBe(1);
  });

  it('is resent at once when it is not seen', async () => {
    const id = await unconfirmed('alpha not taken', 'alpha', false);
    expect(await look(id)).toMatchObject({ state: 'published' });
    expect(house.visible('alpha not taken')).toBe(1);
    const kinds = await house.dataSource.query<{ kind: string }[]>('SELECT kind FROM attempts WHERE delivery_id = $1 ORDER BY started_at', [id]);
    expect(kinds.map(({ kind }) => kind)).toEqual(['commit', 'resend']);
  });

  it('and the resend is refused, has failed with the platform\'s words', async () => {
    const id = await unconfirmed('alpha refused', 'alpha', false);
    house.sandbox.faults.add({ kind: 'refuse', message: 'not like this', probability: 1 });
    expect(await look(id)).toMatchObject({ state: 'failed', code: 'refused' });
    expect(await house.facts(id)).toContain('delivery.failed');
  });

  it('and the resend breaks too, stays unconfirmed and is looked at later', async () => {
    const id = await unconfirmed('alpha breaks', 'alpha', false);
    house.sandbox.faults.add({ kind: 'reset', taken: true, on: ['post'], count: 1, probability: 1 });
    const { state, lookAt } = await look(id);
    expect(state).toBe('unconfirmed');
    expect(lookAt?.getTime()).toBeGreaterThan(Date.now());
    expect(await look(id)).toMatchObject({ state: 'published' });
    expect(house.visible('alpha breaks')).toBe(1);
  });

  it('is not resent once the platform forgets the key: it is looked for alone', async () => {
    const id = await unconfirmed('alpha old', 'alpha', false);
    expect(await look(id, `intent_at = now() - interval '56 minutes'`)).toMatchObject({ state: 'unconfirmed' });
    expect(house.visible('alpha old')).toBe(0);
  });
});

describe('while publishing is paused', () => {
  it('nothing is resent where a look can tell', async () => {
    const id = await unconfirmed('paused alpha', 'alpha', false);
    await pause();
    expect(await look(id)).toMatchObject({ state: 'unconfirmed' });
    expect(house.visible('paused alpha')).toBe(0);
  });

  it('nothing is resent where only a resend can tell, and no person is asked before the pause ends', async () => {
    const id = await unconfirmed('paused gamma', 'gamma', false);
    await pause();
    expect(await look(id)).toMatchObject({ state: 'unconfirmed', code: 'uncertain' });
    expect(house.visible('paused gamma')).toBe(0);
    await house.dataSource.query('DELETE FROM pauses');
    expect(await look(id)).toMatchObject({ state: 'published' });
    expect(house.visible('paused gamma')).toBe(1);
  });
});

it('nothing is resent past its late limit', async () => {
  const id = await unconfirmed('past its limit', 'alpha', false);
  await look(id, `deadline_at = now() - interval '1 second'`);
  expect(house.visible('past its limit')).toBe(0);
});

describe('an absence', () => {
  it('is judged by the database\'s clock: a worker hours ahead resends nothing early', async () => {
    const id = await unconfirmed('clock', 'beta', false);
    await look(id);
    await look(id);
    const [row] = await house.dataSource.query('SELECT state, absent_at, look_at < now() + interval \'3 minutes\' AS soon FROM deliveries WHERE id = $1', [id]);
    expect(row).toEqual({ state: 'unconfirmed', absent_at: null, soon: true });
  });

  it('counts only while reading is up', async () => {
    const id = await unconfirmed('read is down', 'beta', false);
    await house.say(house.channel('beta').id, 'down', { capability: 'read' });
    expect(await look(id, settled)).toMatchObject({ state: 'unconfirmed' });
    house.sayAllUp();
    expect(await look(id, settled)).toMatchObject({ state: 'scheduled', rounds: 1 });
  });

  it('is none when the look itself failed', async () => {
    const id = await unconfirmed('look fails', 'beta', false);
    house.sandbox.faults.add({ kind: 'status', status: 500, html: true, taken: false, on: ['read'], probability: 1 });
    expect(await look(id, settled)).toMatchObject({ state: 'unconfirmed' });
  });

  it('in three rounds has failed, and people are told', async () => {
    const id = await unconfirmed('three rounds', 'beta', false);
    expect(await look(id, `${settled}, rounds = 2`)).toMatchObject({ state: 'failed', code: 'never-found' });
    expect(await house.facts(id)).toContain('delivery.failed');
  });

  it('found by one of two that look at once closes the row once', async () => {
    const id = await unconfirmed('two look', 'beta', true);
    await house.dataSource.query('UPDATE deliveries SET look_at = now() WHERE id = $1', [id]);
    await Promise.all([house.reconciler.round(), house.reconciler.round(), house.reconciler.round()]);
    expect(await house.delivery(id)).toMatchObject({ state: 'published', perhapsTwice: false });
    expect((await house.facts(id)).filter((kind) => kind === 'delivery.published')).toHaveLength(1);
  });
});

it('two that say the same on one channel are not both taken for the one that is there', async () => {
  const first = await unconfirmed('the same words', 'beta', true);
  const second = await unconfirmed('the same words', 'beta', false);
  await house.dataSource.query('UPDATE deliveries SET look_at = now() WHERE id = ANY($1::uuid[])', [[first, second]]);
  await house.reconciler.round();
  const states = [(await house.delivery(first)).state, (await house.delivery(second)).state];
  expect(states.sort()).toEqual(['published', 'unconfirmed']);
});

it('nothing is looked at while the installation is paused', async () => {
  const id = await unconfirmed('restored', 'alpha', false);
  await house.dataSource.query(`INSERT INTO installation (id, paused_at, pause_reason) VALUES (gen_random_uuid(), now(), 'restored')`);
  await look(id);
  await house.dataSource.query('DELETE FROM installation');
  expect(house.visible('restored')).toBe(0);
});
