import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../../src/core/outcome.js';
import { Clock } from '../../../src/infra/clock.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

/** A worker's clock that is three hours ahead. */
class Ahead extends Clock {
  override now(): number {
    return super.now() + 3 * 3_600_000;
  }
}

let house: DispatchHouse;
/** What a person does while the platform is asked. */
let spoken: string | null = null;
/** Nobody waits for the platform's answers, once it is at work on the post. */
let cutShort = false;
/** What the connector declares of its key. */
let atomic = false;

beforeAll(async () => {
  house = await openDispatch({
    clock: new Ahead(),
    tamper: ({ connector, ...aboard }) => {
      return {
        ...aboard,
        connector: {
          ...connector,
          ...(atomic && { keyIsAtomic: true as const }),
          ...(cutShort && {
            commit: async (part, account, world) => {
              const before = house.sandbox.store.list().length;
              let outcome: Outcome | null = null;
              void connector.commit(part, account, world).then((answer) => (outcome = answer));
              while (outcome === null && house.sandbox.store.list().length === before) await turn();
              return outcome ?? { kind: 'uncertain', detail: 'no answer' };
            },
          }),
          ...(connector.find && {
            find: async (part, account, world) => {
              const found = (await connector.find?.(part, account, world)) ?? { kind: 'absent' };
              if (spoken !== null) await house.dataSource.query(spoken);
              return found;
            },
          }),
        },
      };
    },
  });
});
afterAll(async () => {
  await house.close();
});
afterEach(async () => {
  house.sayAllUp();
  [spoken, cutShort, atomic] = [null, false, false];
  await terms({});
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
/** The answer never comes, and the platform is still at work on it. */
async function underWay(text: string, platform: string): Promise<string> {
  house.sandbox.faults.add({ kind: 'late', ms: 600_000, on: ['post'], count: 1, probability: 1 });
  const [id = ''] = await house.plan({ channel: house.channel(platform), dueInMs: 0, text });
  cutShort = true;
  await house.dispatch.run(id);
  cutShort = false;
  expect(await house.delivery(id)).toMatchObject({ state: 'unconfirmed' });
  expect(house.visible(text)).toBe(0);
  return id;
}
/** The platform is through with all it was at work on. */
function finished(): void {
  for (const post of house.sandbox.store.list()) house.sandbox.store.hurry(post);
}
const terms = (told: object) =>
  fetch(`${house.sandbox.url}/control/terms`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(told) });
/** What was kept of resends. */
const resends = (id: string) =>
  house.dataSource.query(
    `SELECT outcome, detail, finished_at >= started_at AND EXISTS (SELECT 1 FROM evidence e WHERE e.attempt_id = a.id) AS told
       FROM attempts a WHERE delivery_id = $1 AND kind = 'resend' ORDER BY started_at`,
    [id],
  );
const pause = () =>
  house.dataSource.query(`INSERT INTO pauses (id, workspace_id, reason, created_by) VALUES (gen_random_uuid(), $1, 'crisis', '{}')`, [house.client.workspaceId]);

describe('what may be out where a key is a promise and it can be looked for', () => {
  it('is found and not resent', async () => {
    const id = await unconfirmed('alpha taken', 'alpha', true);
    house.sandbox.faults.add({ kind: 'refuse', message: 'would be asked again', on: ['post'], probability: 1 });
    expect(await look(id)).toMatchObject({ state: 'published' });
    expect(house.visible('alpha taken')).toBe(1);
  });

  it('is resent when it is not seen', async () => {
    const id = await unconfirmed('alpha not taken', 'alpha', false);
    expect(await look(id, settled)).toMatchObject({ state: 'published' });
    expect(house.visible('alpha not taken')).toBe(1);
    const kinds = await house.dataSource.query<{ kind: string }[]>('SELECT kind FROM attempts WHERE delivery_id = $1 ORDER BY epoch', [id]);
    expect(kinds.map(({ kind }) => kind)).toEqual(['commit', 'resend']);
  });

  it('and the resend is refused, has failed with the platform\'s words', async () => {
    const id = await unconfirmed('alpha refused', 'alpha', false);
    house.sandbox.faults.add({ kind: 'refuse', message: 'not like this', probability: 1 });
    expect(await look(id, settled)).toMatchObject({ state: 'failed', code: 'refused' });
    expect(await house.facts(id)).toContain('delivery.failed');
  });

  it('and the resend breaks too, stays unconfirmed and is looked at later', async () => {
    const id = await unconfirmed('alpha breaks', 'alpha', false);
    house.sandbox.faults.add({ kind: 'reset', taken: true, on: ['post'], count: 1, probability: 1 });
    const { state, lookAt } = await look(id, settled);
    expect(state).toBe('unconfirmed');
    expect(lookAt?.getTime()).toBeGreaterThan(Date.now());
    expect(await look(id)).toMatchObject({ state: 'published' });
    expect(house.visible('alpha breaks')).toBe(1);
  });

  it('is not resent before its first request can be over, for the key counts only then', async () => {
    await terms({ finishedKeysOnly: true });
    const id = await underWay('alpha at work', 'alpha');
    for (let n = 0; n < 3; n += 1) expect(await look(id)).toMatchObject({ state: 'unconfirmed' });
    finished();
    expect(await look(id)).toMatchObject({ state: 'published' });
    expect(house.visible('alpha at work')).toBe(1);
  });

  it('and was resent, is not resent again before that request can be over too', async () => {
    await terms({ finishedKeysOnly: true });
    const id = await unconfirmed('alpha at work again', 'alpha', false);
    house.sandbox.faults.add({ kind: 'late', ms: 600_000, on: ['post'], count: 1, probability: 1 });
    await house.dataSource.query(`UPDATE deliveries SET intent_at = now() - interval '10 minutes' WHERE id = $1`, [id]);
    cutShort = true;
    expect(await look(id)).toMatchObject({ state: 'unconfirmed' });
    cutShort = false;
    house.sandbox.faults.clear();
    expect(await look(id)).toMatchObject({ state: 'unconfirmed' });
    finished();
    expect(await look(id)).toMatchObject({ state: 'published' });
    expect(house.visible('alpha at work again')).toBe(1);
  });

  it('is not resent after a look that failed', async () => {
    const id = await unconfirmed('alpha look fails', 'alpha', false);
    house.sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, on: ['read'], probability: 1 });
    expect(await look(id, settled)).toMatchObject({ state: 'unconfirmed' });
    expect(house.visible('alpha look fails')).toBe(0);
  });

  it('is resent without waiting where the key is atomic', async () => {
    const id = await unconfirmed('alpha atomic', 'alpha', false);
    atomic = true;
    expect(await look(id)).toMatchObject({ state: 'published' });
  });

  it('and a resend that was not taken leaves its attempt, with the platform\'s words', async () => {
    const id = await unconfirmed('alpha throttled', 'alpha', false);
    house.sandbox.faults.add({ kind: 'throttle', retryAfterMs: null, says: 'seconds', on: ['post'], count: 1, probability: 1 });
    expect(await look(id, settled)).toMatchObject({ state: 'unconfirmed' });
    expect(await resends(id)).toMatchObject([{ outcome: 'throttled', detail: expect.stringContaining('Slow down'), told: true }]);
  });

  it('and a resend that the account is refused puts the account under suspicion, as a first try does', async () => {
    const id = await unconfirmed('alpha unauthorized', 'alpha', false);
    house.sandbox.faults.add({ kind: 'unauthorized', on: ['post'], count: 1, probability: 1 });
    await look(id, settled);
    expect(await resends(id)).toMatchObject([{ outcome: 'unauthorized' }]);
    expect(await house.dataSource.query('SELECT state FROM channels WHERE id = $1', [house.channel('alpha').id])).toEqual([{ state: 'checking' }]);
    await house.dataSource.query(`UPDATE channels SET state = 'connected'`);
  });

  it('is not resent when a person spoke while it was looked for', async () => {
    const id = await unconfirmed('alpha spoken for', 'alpha', false);
    spoken = `UPDATE deliveries SET state = 'published', version = version + 1 WHERE id = '${id}'`;
    await look(id, settled);
    expect(house.visible('alpha spoken for')).toBe(0);
    expect(await resends(id)).toEqual([]);
  });

  it('is not resent once the platform forgets the key: it is looked for alone', async () => {
    const id = await unconfirmed('alpha old', 'alpha', false);
    expect(await look(id, `intent_at = now() - interval '56 minutes'`)).toMatchObject({ state: 'unconfirmed' });
    expect(house.visible('alpha old')).toBe(0);
  });
});

describe('what may be out where a key is a promise and nothing can be looked for', () => {
  it('is not resent before its first request can be over', async () => {
    await terms({ finishedKeysOnly: true });
    const id = await underWay('gamma at work', 'gamma');
    for (let n = 0; n < 3; n += 1) expect(await look(id)).toMatchObject({ state: 'unconfirmed' });
    finished();
    expect(await look(id, settled)).toMatchObject({ state: 'published' });
    expect(house.visible('gamma at work')).toBe(1);
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
    expect(await look(id, settled)).toMatchObject({ state: 'published' });
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
