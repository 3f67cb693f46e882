import { beforeEach, expect, it } from '@jest/globals';
import type { DataSource, EntityManager } from 'typeorm';
import { OutletNeeds } from '../../../src/features/posts/outlet-needs.service.js';
import { Clock } from '../../../src/infra/clock.js';

class HandClock extends Clock {
  at = 0;
  override monotonic(): number {
    return this.at;
  }
  override startAge(): () => number {
    const from = this.at;
    return () => this.at - from;
  }
}

const manager = {} as EntityManager; // no source of these tests asks it anything
let clock: HandClock;
let needs: OutletNeeds;
beforeEach(() => {
  clock = new HandClock();
  needs = new OutletNeeds({ manager } as DataSource, clock);
});

it('is the longest of what the first set needs', async () => {
  needs.register((_, __, ids) => Promise.resolve(ids.includes('list') ? 900 : 0));
  needs.register(() => Promise.resolve(30));
  expect([await needs.of('w', [['blog', 'list'], ['other']]), await needs.of('w', [['blog'], ['list']]), await needs.of('w', [])]).toEqual([900, 30, 0]);
});

it('is counted anew after a minute, and for each workspace by itself', async () => {
  let asked = 0;
  needs.register(() => Promise.resolve((asked += 1)));
  expect([await needs.of('w', [['list']]), await needs.of('w', [['list']]), await needs.of('v', [['list']])]).toEqual([1, 1, 2]);
  clock.at = 60_000;
  expect(await needs.of('w', [['list']])).toBe(3);
});

it('is none where it cannot be counted: no post waits for that', async () => {
  needs.register(() => Promise.reject(new Error('the list is gone')));
  needs.register(() => Promise.resolve(30));
  expect(await needs.of('w', [['list']])).toBe(30);
});
