import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';
import { scaledDetector } from './scaled.js';

// The whole way on real platforms of the sandbox, a real database and a real queue, ten times as fast as in life.
let house: DispatchHouse;
beforeAll(async () => {
  house = await openDispatch({ scale: 0.1, roles: 'worker,watch', detector: scaledDetector(0.1) });
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
const stateOf = async (platform: string): Promise<string> => {
  const [row] = await house.dataSource.query<{ state: string }[]>(`SELECT state FROM components WHERE id LIKE 'sandbox-' || $1 || ':%'`, [platform]);
  return row?.state ?? 'none';
};
const states = async (ids: readonly string[]): Promise<readonly string[]> =>
  (await house.dataSource.query<{ s: string }[]>(`SELECT state || coalesce(':' || hold_reason, '') AS s FROM deliveries WHERE id = ANY($1::uuid[])`, [ids])).map(({ s }) => s);
const plan = (name: string, count: number, text: string) =>
  house.plan(...Array.from({ length: count }, (_, i) => ({ channel: house.channel(name), dueInMs: 0, text: `${text} ${i}` })));

describe('an outage', () => {
  it('is noticed, holds what is due, leaves the neighbours alone, and ends with everything out once', async () => {
    await house.plan({ channel: house.channel('alpha'), dueInMs: 3_600_000, text: 'due later, so that it is probed' });
    await until('alpha is up', () => stateOf('alpha'), (state) => state === 'up');

    const fault = house.sandbox.faults.add({ kind: 'status', status: 503, html: false, platform: 'sandbox-alpha', taken: false, probability: 1, on: ['post', 'read', 'me', 'probe'] });
    const first = await plan('alpha', 3, 'caught');
    const neighbour = await plan('beta', 3, 'neighbour');
    await until('alpha is down', () => stateOf('alpha'), (state) => state === 'down');
    await until('what is due is held for the outage', () => states(first), (all) => all.every((state) => state === 'held:outage'));
    const later = await plan('alpha', 3, 'came later');
    await until('what comes due is held too', () => states(later), (all) => all.every((state) => state === 'held:outage'));
    await until('the neighbours are out', () => states(neighbour), (all) => all.every((state) => state === 'published'));
    expect(['up', 'unknown', 'suspect']).toContain(await stateOf('beta'));

    house.sandbox.faults.remove(fault);
    const [canary] = await until('one goes first', () => states([...first, ...later]), (all) => all.includes('published'));
    expect(canary).toBeDefined();
    await until('all are out', () => states([...first, ...later]), (all) => all.every((state) => state === 'published'));
    expect(['recovering', 'up']).toContain(await stateOf('alpha'));
    for (const text of ['caught', 'came later']) for (let i = 0; i < 3; i += 1) expect(house.visible(`${text} ${i}`)).toBe(1);
  });
});
