import { describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { ComponentRows, Told } from '../../../src/features/health/component-rows.service.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import type { OutletsService } from '../../../src/features/health/outlets.service.js';
import type { GuardTick, SelfGuardService } from '../../../src/features/health/self-guard.service.js';
import { Clock } from '../../../src/infra/clock.js';
import type { Heartbeat } from '../../../src/infra/heartbeat.js';

const told = (id: string): Told => ({ id, state: 'up', mediaState: 'up', readOk: true, impaired: false, canary: null, version: '1' });

/** A process that knows these components; `tick` is what its self guard says, `sent` what the leader gets. */
async function process(...ids: readonly string[]) {
  let tick: (tick: GuardTick) => void = () => undefined;
  let platforms: () => readonly string[] = () => [];
  const sent: unknown[] = [];
  const guard: Pick<SelfGuardService, 'onTick' | 'ask'> = { onTick: (listener) => void (tick = listener), ask: (hosts) => void (platforms = hosts) };
  const health = new HealthService(
    { since: async () => ids.map(told) } as unknown as ComponentRows, guard as SelfGuardService, {} as OutletsService,
    { query: async (_sql: string, [signals]: [string]) => sent.push(...(JSON.parse(signals) as unknown[])) } as unknown as DataSource,
    { workerId: 'p' } as Heartbeat, new Clock(), { ROLES: ['api'] },
  );
  health.onModuleInit();
  await health.read();
  return { health, sent, tick: (one: GuardTick) => tick(one), platforms: () => platforms() };
}

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
