import { describe, expect, it } from '@jest/globals';
import { type Credits, takeTurns, turnTimes, type Waiting } from '../../src/core/turns.js';

let made = 0;
const one = (tenant: string, deadlineAt: number, more: Partial<Waiting> = {}): Waiting => {
  made += 1;
  return { id: `d${String(made).padStart(6, '0')}`, tenant, channelId: `channel ${made}`, deadlineAt, dueAt: 0, released: false, ...more };
};
const tenantsOf = (chosen: readonly Waiting[]): string => chosen.map(({ tenant }) => tenant).join('');

describe('turns', () => {
  it('alternate between tenants, however much one of them has', () => {
    const waiting = [...Array.from({ length: 20 }, (_, i) => one('B', i)), one('s', 100), one('t', 200)];
    expect(tenantsOf(takeTurns(waiting, {}, 6).chosen)).toBe('BstBBB');
  });

  it('alternate over the rounds, with one turn each', () => {
    let waiting = [...Array.from({ length: 20 }, (_, i) => one('B', i)), one('s', 100), one('s', 101), one('t', 200)];
    let credits: Credits = {};
    let order = '';
    for (let round = 0; round < 7; round += 1) {
      const turns = takeTurns(waiting, credits, 1);
      ({ credits } = turns);
      order += tenantsOf(turns.chosen);
      waiting = waiting.filter((left) => !turns.chosen.includes(left));
    }
    expect(order).toBe('BstBsBB');
  });

  it('never owe anybody more than a few turns, and forget who waits no more', () => {
    const tenants = ['a', 'b', 'c', 'd'];
    let credits: Credits = { gone: 5 };
    for (let round = 0; round < 50; round += 1) ({ credits } = takeTurns(tenants.map((tenant) => one(tenant, round)), credits, 3));
    expect(Object.keys(credits).toSorted()).toEqual(tenants);
    for (const credit of Object.values(credits)) expect(Math.abs(credit)).toBeLessThanOrEqual(1.001);
  });

  it('of one tenant go to the earliest deadline, before it to what a person released', () => {
    const [late, soon, released] = [one('a', 30), one('a', 10), one('a', Infinity, { released: true })];
    expect(takeTurns([late, soon, released], {}, 3).chosen).toEqual([released, soon, late]);
  });

  it('come once a round to a channel', () => {
    const waiting = [one('a', 1, { channelId: 'same' }), one('a', 2, { channelId: 'same' }), one('a', 3)];
    expect(takeTurns(waiting, {}, 3).chosen).toEqual([waiting[0], waiting[2]]);
  });

  it('are none where none may go', () => {
    expect(takeTurns([one('a', 1)], {}, 0).chosen).toEqual([]);
    expect(takeTurns([], { a: 1 }, 5)).toEqual({ chosen: [], credits: {} });
  });
});

describe('the times of a channel\'s turns', () => {
  const day = { zone: 'Europe/Rome', from: '08:00', to: '21:00' };

  it('lie apart, and go on the next morning', () => {
    const evening = Date.UTC(2026, 5, 10, 17, 30); // 19:30 in Rome
    const hours = turnTimes({ from: evening, gapMs: 3_600_000, day, count: 4 }).map((at) => new Date(at).toISOString().slice(8, 16));
    expect(hours).toEqual(['10T17:30', '10T18:30', '11T06:00', '11T07:00']);
  });

  it('of a return at 00:50 begin at 08:00', () => {
    expect(turnTimes({ from: Date.UTC(2026, 5, 10, 22, 50), gapMs: 60_000, day, count: 1 })).toEqual([Date.UTC(2026, 5, 11, 6)]);
  });
});
