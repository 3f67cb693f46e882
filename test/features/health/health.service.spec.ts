import { describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { Signal } from '../../../src/core/signal.js';
import type { ComponentRows, Told } from '../../../src/features/health/component-rows.service.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import type { OutletsService } from '../../../src/features/health/outlets.service.js';
import type { GuardTick, SelfGuardService } from '../../../src/features/health/self-guard.service.js';
import { Clock } from '../../../src/infra/clock.js';
import type { Heartbeat } from '../../../src/infra/heartbeat.js';

const told = (id: string): Told => ({ id, state: 'up', mediaState: 'up', readOk: true, impaired: false, version: '1' });

class HeldClock extends Clock {
  at = 1_000_000;
  override monotonic = () => this.at;
}

/** A process that knows these components; `tick` is what its self guard says, `sent` what the leader gets. */
async function process(...ids: readonly string[]) {
  let tick: (tick: GuardTick) => void = () => undefined;
  let platforms: () => readonly string[] = () => [];
  const sent: unknown[] = [];
  const proofs: string[] = [];
  const there = new Set(ids);
  const clock = new HeldClock();
  const guard: Pick<SelfGuardService, 'onTick' | 'ask' | 'delivered' | 'isImpaired'> = { delivered: (host) => void proofs.push(host), onTick: (listener) => void (tick = listener), ask: (hosts) => void (platforms = hosts), isImpaired: () => false };
  const health = new HealthService(
    { since: async (version: string) => (version === '0' ? ids.map(told) : []), ids: async () => [...there] } as unknown as ComponentRows, guard as SelfGuardService, { has: () => false } as unknown as OutletsService,
    { query: async (_sql: string, [signals]: readonly string[] = []) => (signals === undefined ? [] : sent.push(...(JSON.parse(signals) as unknown[]))) } as unknown as DataSource,
    { workerId: 'p' } as Heartbeat, clock, { ROLES: ['api'] },
  );
  health.onModuleInit();
  const seen = (account: string, outcome: 'delivered' | 'unavailable'): Signal =>
    ({ kind: 'write', at: 1, process: 'p', account, client: account, workspace: account, app: null, outcome, media: false, healthy: true, latencyMs: 20 });
  await health.read();
  return { health, sent, seen, proofs, there, clock, tick: (one: GuardTick) => tick(one), platforms: () => platforms() };
}

describe('what a process saw', () => {
  it('waits in bounds while nobody takes it, and one component’s storm leaves room for the others', async () => {
    const { health, sent, seen } = await process();
    for (let i = 0; i < 100_000; i += 1) health.report('mastodon:publish@loud.test', seen('a', 'delivered'));
    health.report('mastodon:publish@quiet.test', seen('b', 'unavailable'));
    await health.send();
    expect(sent).toHaveLength(20_001);
    expect(sent.at(-1)).toEqual(['mastodon:publish@quiet.test', seen('b', 'unavailable')]);
  });

  it('finds room again once it was sent', async () => {
    const { health, sent, seen } = await process();
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < 30_000; i += 1) health.report('mastodon:publish@loud.test', seen('a', 'delivered'));
      await health.send();
    }
    expect(sent).toHaveLength(40_000);
  });
});

describe('what a process knows', () => {
  it('is forgotten with the component: nobody asks its host any more', async () => {
    const { health, platforms, there, clock } = await process('mastodon:publish@a.test', 'mastodon:publish@b.test');
    there.delete('mastodon:publish@b.test');
    await health.read();
    expect(platforms()).toEqual(['a.test', 'b.test']);
    clock.at += 60_000;
    await health.read();
    expect(platforms()).toEqual(['a.test']);
    expect(health.verdict('mastodon:publish@a.test').state).toBe('up');
  });
});

describe('what a process says of its own network', () => {
  it('goes to every component, and of those that answer it is taken back', async () => {
    const { health, sent, tick } = await process('mastodon:publish@a.test', 'mastodon:publish@b.test');
    tick({ reading: 'impaired', at: 5, controls: 4, answering: ['b.test'] });
    await health.send();
    const says = { kind: 'guard', at: 5, process: 'p', controls: 4 };
    expect(sent).toEqual([['*', { ...says, impaired: true }], ['mastodon:publish@b.test', { ...says, impaired: false }]]);
  });

  it('is asked of the platforms it knows, each host once, and of no mail server', async () => {
    const { platforms } = await process('mastodon:publish@a.test', 'mastodon:media@a.test', 'bluesky:publish@b.test', 'smtp:publish@mail.test');
    expect(platforms()).toEqual(['a.test', 'b.test']);
  });
});
