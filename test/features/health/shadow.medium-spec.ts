import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SeededClient, seedClient, seedPosts } from '../../kit/seed.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';
import { scaledDetector } from './scaled.js';

// Ten times as fast as in life, on the real sandbox: one client, one account, so that its posts alone would not do.
const platform = 'sandbox-shadow';
let house: DispatchHouse;
let client: SeededClient;
beforeAll(async () => {
  house = await openDispatch({ scale: 0.1, roles: 'worker,watch', detector: scaledDetector(0.1) });
  client = await seedClient(house.dataSource, { connectorIds: [platform], url: house.sandbox.url, seal: house.seal });
});
afterAll(() => house.close());

async function until<T>(what: string, ask: () => Promise<T>, is: (answer: T) => boolean): Promise<T> {
  for (let i = 0; i < 1_000; i += 1) {
    const answer = await ask();
    if (is(answer)) return answer;
    await sleep(100);
  }
  throw new Error(`${what} did not happen; ${JSON.stringify(await ask())}`);
}
const told = async () =>
  (await house.dataSource.query<{ state: string; by: string | null }[]>(`SELECT state, detector ->> 'by' AS by FROM components WHERE id LIKE $1 || ':%'`, [platform]))[0];
const plan = (text: string, dueInMs = 0) => seedPosts(house.dataSource, client, client.channels.map((channel) => ({ channel, dueInMs, text })));

describe('a write that nobody sees', () => {
  it('is made on suspicion only, tells that nothing can be written while reads are well, and that it is over', async () => {
    await plan('due later, so that it is probed', 3_600_000);
    await until('it is up', told, (row) => row?.state === 'up');
    await plan('well');
    await until('a post is out', async () => house.visible('well'), (n) => n === 1);
    await sleep(1_500); // a shadow would be made each second, if one were
    expect(house.sandbox.store.shadows(platform)).toBe(0);

    const broken = (on: 'post' | 'shadow') => house.sandbox.faults.add({ kind: 'status', status: 503, html: false, platform, taken: false, probability: 1, on: [on] });
    const [posts, shadows] = [broken('post'), broken('shadow')];
    await plan('caught');
    expect(await until('it is down', told, (row) => row?.state === 'down')).toEqual({ state: 'down', by: 'shadow' });
    expect(house.sandbox.store.shadows(platform)).toBe(0);

    // Shadows alone first: what was caught would otherwise be tried now and then, and might be the first to get through.
    house.sandbox.faults.remove(shadows);
    await until('a shadow gets through', async () => house.sandbox.store.shadows(platform), (n) => n > 0);
    house.sandbox.faults.remove(posts);
    await until('it is back', told, (row) => row?.state === 'recovering' || row?.state === 'up');
    await until('what was caught is out', async () => house.visible('caught'), (n) => n === 1);
    expect(house.sandbox.store.list({ platform }).map(({ text }) => text).toSorted()).toEqual(['caught', 'well']);
  });
});
