import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FindWindow } from '../../../src/connectors/connector.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

let house: DispatchHouse;
const windows: FindWindow[] = [];
const DAY = 86_400_000;

beforeAll(async () => {
  house = await openDispatch({
    tamper: ({ connector, ...aboard }) => ({
      ...aboard,
      connector: {
        ...connector,
        find: (part, account, world) => {
          windows.push(world.window);
          return connector.find?.(part, account, world) ?? Promise.resolve({ kind: 'absent' });
        },
      },
    }),
  });
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.dataSource.query(`INSERT INTO installation (id, armed_at) VALUES (gen_random_uuid(), now() - interval '1 minute')`);
});
afterEach(async () => {
  windows.length = 0;
  house.sandbox.faults.clear();
  await house.dataSource.query('DELETE FROM installation');
});

/** Due now, planned in the older life. */
async function planned(text: string, { set = 'id = id', platform = 'beta' } = {}): Promise<string> {
  const [id = ''] = await house.plan({ channel: house.channel(platform), dueInMs: 0, text });
  await house.dataSource.query(`UPDATE deliveries SET ${set.includes('created_at') ? set : `created_at = now() - interval '3 days', ${set}`} WHERE id = $1`, [id]);
  return id;
}
/** The older life put it out ahead of its time, and this one does not know. */
async function published(text: string, platform = 'beta'): Promise<void> {
  await fetch(`${house.sandbox.url}/sandbox-${platform}/api/accounts/${house.channel(platform).account}/posts`, {
    method: 'POST', headers: { authorization: 'Bearer older life', 'content-type': 'application/json' }, body: JSON.stringify({ text }),
  });
}
async function run(id: string): Promise<void> {
  await house.dataSource.query('UPDATE deliveries SET ready_at = now() WHERE id = $1', [id]);
  await house.dispatch.run(id);
}

describe('what was planned before a restore and is due after it', () => {
  it('is held for a person where its words stand on the platform already, looked for since it was planned', async () => {
    await published('moved forward');
    const id = await planned('moved forward');
    await run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'ask', code: 'perhaps-out', epoch: 0 });
    expect(await house.facts(id)).toEqual(['delivery.held']);
    expect(house.visible('moved forward')).toBe(1);
    expect(windows[0]?.byOthers).toBe(true);
    expect(Math.abs(Date.now() - 3 * DAY - (windows[0]?.since ?? 0))).toBeLessThan(60_000);
  });

  it('goes out once a person released it', async () => {
    await published('said twice on purpose');
    const id = await planned('said twice on purpose', { set: 'released = true' });
    await run(id);
    expect(house.visible('said twice on purpose')).toBe(2);
  });

  it('goes out where nothing like it stands, what is ours and known aside', async () => {
    await house.dispatch.run((await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: 'every week' }))[0] ?? '');
    const id = await planned('every week');
    await run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
    expect(house.visible('every week')).toBe(2);
  });

  it('waits while the platform cannot be read, and is tried on', async () => {
    house.sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, on: ['read'], probability: 1 });
    const id = await planned('cannot be looked for');
    await run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', code: 'retrying', epoch: 0 });
    house.sandbox.faults.clear();
    await run(id);
    expect(house.visible('cannot be looked for')).toBe(1);
  });

  it('is looked for before its first try only', async () => {
    house.sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, on: ['post'], count: 1, probability: 1 });
    const id = await planned('tried twice');
    await run(id);
    await run(id);
    expect(house.visible('tried twice')).toBe(1);
    expect(windows).toHaveLength(1);
  });

  it.each([
    ['an occurrence of a series, for another one says the same', { set: 'series_id = gen_random_uuid()' }],
    ['what was planned since', { set: 'created_at = now()' }],
    ['what is due long after', { set: `due_at = now() - interval '1 second'`, armed: '8 days' }],
  ])('but not %s', async (name, { set, armed }: { set: string; armed?: string }) => {
    if (armed) await house.dataSource.query('UPDATE installation SET armed_at = now() - $1::interval', [armed]);
    const id = await planned(name, { set: armed ? `${set}, created_at = now() - interval '20 days'` : set });
    await run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
    expect(windows).toEqual([]);
  });
});

it('what was due before it and is released is looked for under other keys than its own', async () => {
  await published('out in the older life');
  const id = await planned('out in the older life', { set: `released = true, due_at = now() - interval '2 minutes', created_at = now() - interval '3 days'` });
  await run(id);
  await house.letOut();
  expect(await house.delivery(id)).toMatchObject({ state: 'published' });
  expect(windows).toMatchObject([{ byOthers: true }]);
  expect(house.visible('out in the older life')).toBe(1);
});
