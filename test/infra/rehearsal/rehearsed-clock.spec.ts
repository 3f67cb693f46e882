import { describe, expect, it } from '@jest/globals';
import { RehearsedClock } from '../../../src/infra/rehearsal/rehearsed-clock.js';
import { rehearsedQueue } from '../../../src/infra/rehearsal/rehearsed-queue.js';

const startsAt = Date.parse('2031-03-04T17:30:00+01:00');

describe('a clock that is put forward', () => {
  it('begins when it is told to, goes on by itself, and is as far ahead afterwards as it was put', () => {
    const clock = new RehearsedClock(startsAt);
    const began = clock.monotonic();
    expect(clock.now()).toBeGreaterThanOrEqual(startsAt);
    clock.hop(3_600_000);
    expect(clock.now()).toBeGreaterThanOrEqual(startsAt + 3_600_000);
    expect(clock.monotonic() - began).toBeGreaterThanOrEqual(3_600_000);
  });

  it('wakes whoever would have woken meanwhile, in the order of their times, and nobody else', async () => {
    const clock = new RehearsedClock(startsAt);
    const woken: string[] = [];
    const leave = new AbortController();
    const sleeps = [['late', 90_000], ['early', 30_000], ['much later', 600_000]].map(([name, ms]) => clock.sleep(Number(ms), leave.signal).then(() => woken.push(String(name))));
    clock.hop(100_000);
    await Promise.all(sleeps.slice(0, 2));
    expect(woken).toEqual(['early', 'late']);
    leave.abort();
    await Promise.all(sleeps);
    expect(woken).toEqual(['early', 'late', 'much later']);
  });
});

describe('a doorbell by that clock', () => {
  it('rings at its time, and swallows what is rung twice', async () => {
    const clock = new RehearsedClock(startsAt);
    const queue = rehearsedQueue(clock);
    const rung: unknown[] = [];
    const once = new Promise<void>((resolve) => {
      queue.worker('lane', async (_, payload) => {
        rung.push(payload);
        resolve();
        return Promise.resolve();
      }, 1);
    });
    await queue.queue('lane').add('deliver', 'first', { jobId: 'd-1', delay: 900_000 });
    await queue.queue('lane').add('deliver', 'again', { jobId: 'd-1', delay: 900_000 });
    expect(rung).toEqual([]);
    clock.hop(900_000);
    await once;
    expect(rung).toEqual(['first']);
  });
});
