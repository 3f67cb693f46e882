import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type DispatchHouse, openDispatch } from '../features/dispatch/dispatch-house.js';

let house: DispatchHouse;

beforeAll(async () => {
  house = await openDispatch({ times: { requestMs: 5_000 } });
});
afterAll(() => house.close());
afterEach(() => house.sandbox.faults.clear());

const send = async (text: string): Promise<string> => {
  const [id = ''] = await house.plan({ channel: house.channel('alpha'), dueInMs: 0, text });
  await house.dispatch.run(id);
  return id;
};

describe.each([
  ['300 MB', { kind: 'huge', bytes: 300_000_000, taken: true }],
  ['without end', { kind: 'endless', taken: true }],
] as const)('a platform that answers %s', (what, fault) => {
  it('is cut off, fills no memory, and the post stands there once', async () => {
    house.sandbox.faults.add({ ...fault, on: ['post'], probability: 1 });
    const before = process.memoryUsage().rss;
    const id = await send(what);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
    expect(await house.delivery(id)).toMatchObject({ state: 'unconfirmed', code: 'uncertain' });

    house.sandbox.faults.clear();
    await house.dataSource.query('UPDATE deliveries SET look_at = now() WHERE id = $1', [id]);
    await house.reconciler.round();
    expect((await house.delivery(id)).state).toBe('published');
    expect(house.visible(what)).toBe(1);
  });
});
