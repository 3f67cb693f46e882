import { afterEach, describe, expect, it } from '@jest/globals';
import { TransportError } from '../../../src/core/transport.js';
import { type GuardTick, SelfGuardService } from '../../../src/features/health/self-guard.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { Outgoing } from '../../../src/infra/http/outgoing.js';
import { closeAll, ok, serving } from '../../infra/http/loopback.js';

afterEach(closeAll);

class HeldClock extends Clock {
  at = 1_800_000_000_000;
  override now = () => this.at;
  override monotonic = () => this.at;
}

/** Beside the real way out: one platform that answers, and one that does not. */
class WithPlatforms extends Outgoing {
  override fetch(...terms: Parameters<Outgoing['fetch']>): ReturnType<Outgoing['fetch']> {
    const real = super.fetch(...terms);
    return async (url, init) => {
      const { hostname } = new URL(url);
      if (hostname === 'mute.test') throw new TransportError('timeout', false, 'no answer');
      return hostname === 'answers.test' ? new Response() : real(url, init);
    };
  }
}

/** Four controls on loopback, any of which can be struck dumb. */
async function guarded() {
  const dumb = new Set<number>();
  const servers = await Promise.all([0, 1, 2, 3].map((nth) => serving((request, response) => (dumb.has(nth) ? request.socket.destroy() : ok(request, response)))));
  const clock = new HeldClock();
  const config = { ROLES: ['worker' as const], ALLOW_HOSTS: servers.map(({ port }) => `127.0.0.1:${port}`), CONTROL_TARGETS: servers.map(({ url }) => url) };
  const guard = new SelfGuardService(new WithPlatforms(config, clock), clock, config);
  const ticks: GuardTick[] = [];
  guard.onTick((tick) => ticks.push(tick));
  const after = async (ms: number) => {
    clock.at += ms;
    await guard.round();
  };
  return { guard, clock, dumb, servers, ticks, after };
}

describe('the self guard of a process', () => {
  it('asks its controls every ten seconds, every three once one is silent, and tells each tick', async () => {
    const { dumb, servers, ticks, after } = await guarded();
    await after(0);
    await after(9_999);
    expect(servers[0]?.seen).toHaveLength(1);
    dumb.add(3);
    await after(1);
    await after(2_999);
    expect(servers[0]?.seen).toHaveLength(2);
    await after(1);
    expect(servers[0]?.seen).toHaveLength(3);
    expect(ticks.map(({ reading }) => reading)).toEqual(['fine', 'suspicious', 'suspicious']);
  });

  it('says that it is us when three of four are silent, until one answers again', async () => {
    const { guard, dumb, after } = await guarded();
    await after(0);
    for (const nth of [0, 1, 2]) dumb.add(nth);
    await after(10_000);
    expect(guard.isImpaired('mastodon.social')).toBe(true);
    dumb.delete(0);
    await after(3_000);
    expect(guard.isImpaired('mastodon.social')).toBe(false);
  });

  it('believes a post that got through more than silent controls', async () => {
    const { guard, clock, dumb, after } = await guarded();
    await after(0);
    for (const nth of [0, 1, 2, 3]) dumb.add(nth);
    guard.delivered('mastodon.social', clock.at);
    await after(10_000);
    expect(guard.isImpaired('mastodon.social')).toBe(false);
    await after(5_001);
    expect(guard.isImpaired('mastodon.social')).toBe(true);
  });

  it('takes a post that got through to our own ground for no proof', async () => {
    const { guard, clock, dumb, servers, after } = await guarded();
    await after(0);
    for (const nth of [0, 1, 2, 3]) dumb.add(nth);
    for (const host of ['10.0.0.4', 'house', 'localhost:3001', `127.0.0.1:${servers[0]?.port}`, '[::1]:8080']) guard.delivered(host, clock.at);
    await after(10_000);
    expect(guard.isImpaired('mastodon.social')).toBe(true);
  });

  it('asks the platforms themselves while all controls are silent, and does not doubt those that answer', async () => {
    const { guard, dumb, ticks, after } = await guarded();
    const asked: string[] = [];
    guard.ask(() => (asked.push('asked'), ['answers.test', 'mute.test']));
    await after(0);
    for (const nth of [0, 1, 2, 3]) dumb.add(nth);
    await after(10_000);
    expect(guard.isImpaired('answers.test')).toBe(true);
    expect(asked).toEqual([]);
    await after(3_000);
    expect(asked).toEqual(['asked']);
    expect(['answers.test', 'mute.test', 'other.test'].filter((host) => guard.isImpaired(host))).toEqual(['mute.test', 'other.test']);
    expect(ticks.at(-1)).toMatchObject({ reading: 'impaired', answering: ['answers.test'] });
    dumb.clear();
    await after(3_000);
    expect(ticks.at(-1)).toMatchObject({ reading: 'fine', answering: [] });
  });

  it('says nothing of hosts on our own ground', async () => {
    const { guard, dumb, servers, after } = await guarded();
    await after(0);
    for (const nth of [0, 1, 2, 3]) dumb.add(nth);
    await after(10_000);
    expect(['127.0.0.1:3001', '10.0.0.4', '[::1]:8080', 'localhost', 'house', `127.0.0.1:${servers[0]?.port}`].filter((host) => guard.isImpaired(host))).toEqual([]);
    expect(['mastodon.social', 'social.example:8443', '93.184.216.34'].filter((host) => !guard.isImpaired(host))).toEqual([]);
  });

  it('is off where no control ever answered', async () => {
    const { guard, dumb, after } = await guarded();
    for (const nth of [0, 1, 2, 3]) dumb.add(nth);
    await after(0);
    expect(guard.reading()).toBe('off');
    expect(guard.isImpaired('mastodon.social')).toBe(false);
  });
});
