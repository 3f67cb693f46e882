import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { detectorConfig } from '../../../src/core/detector-config.js';
import { ComponentReads } from '../../../src/features/health/component-reads.service.js';
import type { ComponentRows } from '../../../src/features/health/component-rows.service.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { type OutletProbe, OutletsService } from '../../../src/features/health/outlets.service.js';
import type { SelfGuardService } from '../../../src/features/health/self-guard.service.js';
import { HealthWatchService } from '../../../src/features/health/watch.service.js';
import { WordsService } from '../../../src/features/health/words.service.js';
import { Clock } from '../../../src/infra/clock.js';
import type { Heartbeat } from '../../../src/infra/heartbeat.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';

class HeldClock extends Clock {
  at = Date.now();
  override now = () => this.at;
  override monotonic = () => this.at;
}

/** A mail server in the test's hand, on our own ground: it is judged without the self guard. */
const server = { answer: (): Promise<OutletProbe> => Promise.resolve({ kind: 'ok' }), isWanted: false, asked: 0 };

let house: DispatchHouse;
let outlets: OutletsService;
let road: string;
const clock = new HeldClock();
beforeAll(async () => {
  house = await openDispatch({ detector: detectorConfig, clock });
  outlets = house.get(OutletsService);
  road = outlets.register({
    connectorId: 'smtp', name: 'Mail by 127.0.0.1', host: '127.0.0.1:2525', infraGroup: null,
    probe: () => {
      server.asked += 1;
      return server.answer();
    },
    isWanted: () => Promise.resolve(server.isWanted),
  });
});
afterAll(() => house.close());

const round = async () => {
  clock.at += 6_000;
  await house.get(HealthWatchService).round(new AbortController().signal);
  await setImmediate(); // the probe's answer
  await house.get(HealthService).read();
};
const rounds = async (count: number) => {
  for (let i = 0; i < count; i += 1) await round();
};
const verdict = () => house.get(HealthService).verdict(road).state;
const facts = async () =>
  (await house.dataSource.query<{ way: string }[]>(`SELECT concat(payload ->> 'from', ' > ', payload ->> 'to', ' ', payload -> 'platform' ->> 'name') AS way FROM events WHERE kind = 'component.changed' AND payload ->> 'componentId' = $1 ORDER BY at, id`, [road])).map(({ way }) => way);

describe('an outlet', () => {
  it('is a component, and asked only while something is to leave by it', async () => {
    expect(road).toBe('smtp:publish@127.0.0.1:2525');
    await rounds(3);
    expect([server.asked, verdict()]).toEqual([0, 'unknown']);
    server.isWanted = true;
    await rounds(8);
    expect(server.asked).toBeGreaterThan(0);
    expect(verdict()).toBe('up');
  });

  it('is suspect by what was reported of it, as a platform is', async () => {
    house.get(HealthService).report(road, { kind: 'write', at: clock.at, process: 'p', account: 'a', client: 'c', workspace: 'w', app: null, outcome: 'unavailable', media: false, healthy: true, latencyMs: null });
    await house.get(HealthService).send();
    await round();
    expect(verdict()).toBe('suspect');
  });

  it('falls when it answers no more, and the other rooms are told by its name', async () => {
    server.answer = () => Promise.reject(new Error('connection refused'));
    await rounds(10);
    expect(verdict()).toBe('down');
    expect((await facts()).at(-1)).toBe('suspect > down Mail by 127.0.0.1');
  });

  it('stays down for what our own trouble hides, and comes back with its answers', async () => {
    server.answer = () => Promise.resolve({ kind: 'local' });
    await rounds(3);
    expect(verdict()).toBe('down');
    server.answer = () => Promise.resolve({ kind: 'ok' });
    await rounds(10);
    expect(verdict()).toBe('recovering');
  });

  it('is shown beside the platforms, and the operator’s word holds for it too', async () => {
    const operator = { kind: 'operator', id: uuid(), name: 'Anna' } as const;
    await house.get(WordsService).say(operator, road, { state: 'maintenance', reason: 'we move it', hours: 1 });
    await round();
    const { outlets: shown, items } = await house.get(ComponentReads).list({ workspaceId: house.client.workspaceId, actor: operator, role: 'viewer', language: 'en' });
    expect(shown).toEqual([{ id: road, name: 'Mail by 127.0.0.1', state: 'maintenance', since: expect.any(String) as unknown, impaired: false }]);
    expect(items.some(({ id }) => id === road)).toBe(false);
  });

  it('is no proof that we are on the network, as a platform that took a post is', () => {
    const proofs: string[] = [];
    const guard = { delivered: (host: string) => proofs.push(host) } as unknown as SelfGuardService;
    const health = new HealthService({} as ComponentRows, guard, outlets, house.dataSource, { workerId: 'p' } as Heartbeat, clock, { ROLES: ['worker'] });
    const delivered = { kind: 'write', process: 'p', account: 'a', client: 'c', workspace: 'w', app: null, outcome: 'delivered', media: false, healthy: true, latencyMs: 5 } as const;
    health.report(road, { ...delivered, at: 1 });
    health.report('mastodon:publish@mastodon.social', { ...delivered, at: 2 });
    expect(proofs).toEqual(['mastodon.social']);
  });

  it('is registered once', () => {
    expect(() => outlets.register({ connectorId: 'smtp', name: 'Again', host: '127.0.0.1:2525', infraGroup: null, probe: server.answer, isWanted: () => Promise.resolve(true) })).toThrow('registered twice');
  });
});

describe('the watch goes on', () => {
  const old = 'smtp:publish@mail.before.example:587';
  const stateOf = async (id: string) => (await house.dataSource.query<{ state: string }[]>('SELECT state FROM components WHERE id = $1', [id]))[0]?.state;
  const led = async () => house.dataSource.query(`UPDATE leases SET holder = $1, epoch = epoch + 1, until = now() - interval '1 second'`, [uuid()]); // another did meanwhile

  it('after a restart with another mail server: what was said of the old one is taken back', async () => {
    await house.dataSource.query(
      `INSERT INTO components (id, detector, state, media_state, read_ok, impaired, since, cause, confidence, said)
       SELECT $2, detector, 'down', 'down', read_ok, impaired, since, cause, confidence, jsonb_set(said, '{state}', '"down"') FROM components WHERE id = $1`, [road, old],
    );
    await led();
    await rounds(2);
    expect(await stateOf(old)).toBeUndefined();
    const [told] = await house.dataSource.query<{ payload: object }[]>(`SELECT payload FROM events WHERE kind = 'component.changed' AND payload ->> 'componentId' = $1`, [old]);
    expect(told?.payload).toMatchObject({ from: 'down', to: 'unknown', platform: { connectorId: 'smtp', host: 'mail.before.example:587', infraGroup: null } });
  });

  it('with a channel of a connector this version lacks: it is judged, and nothing goes out by it', async () => {
    const lacking = 'lacking:publish@127.0.0.1:9';
    const [delivery = ''] = await house.plan({ channel: house.channel('alpha'), dueInMs: -60_000, text: 'waits' });
    await house.dataSource.query(`UPDATE channels SET connector_id = 'lacking', component_id = $2, host = '127.0.0.1:9' WHERE id = $1`, [house.channel('alpha').id, lacking]);
    await house.dataSource.query(`UPDATE deliveries SET state = 'held', hold_reason = 'outage', component_id = $2 WHERE id = $1`, [delivery, lacking]);
    const health = house.get(HealthService);
    for (let i = 0; i < 12; i += 1) {
      for (const id of [lacking, road]) health.report(id, { kind: 'probe', at: clock.at, process: 'p', ok: false });
      await health.send();
      await round();
    }
    expect(await stateOf(lacking)).toBe('down');
    await rounds(10); // by now a canary would be wanted
    expect(await stateOf(lacking)).toBe('down');
  });

  it('when one component’s state is damaged: its verdict stays, and all others are judged', async () => {
    await house.dataSource.query(`UPDATE components SET detector = jsonb_set(detector, '{faults1}', '[null]') WHERE id = $1`, ['lacking:publish@127.0.0.1:9']);
    await led();
    const word = () => house.dataSource.query<{ at: number }[]>(`SELECT (detector ->> 'at')::float8 AS at FROM components WHERE id = ANY($1) ORDER BY id`, [['lacking:publish@127.0.0.1:9', road]]);
    const before = await word();
    await rounds(5);
    const after = await word();
    expect(after.map(({ at }, i) => at > (before[i]?.at ?? 0))).toEqual([true, true]);
    expect(await stateOf('lacking:publish@127.0.0.1:9')).toBe('down');
  });
});
