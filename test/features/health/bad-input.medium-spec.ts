import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { detectorConfig } from '../../../src/core/detector-config.js';
import type { OutcomeKind } from '../../../src/core/outcome.js';
import type { Signal } from '../../../src/core/signal.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { ProbesService } from '../../../src/features/health/probes.service.js';
import { HealthWatchService } from '../../../src/features/health/watch.service.js';
import { Clock } from '../../../src/infra/clock.js';
import type { Resolve } from '../../../src/infra/http/address-guard.js';
import type { Heartbeat } from '../../../src/infra/heartbeat.js';
import { closeAll, outgoing, serving } from '../../infra/http/loopback.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';

const HOUR_MS = 3_600_000;

describe('a probe', () => {
  afterEach(closeAll);
  const probes = (...way: Parameters<typeof outgoing>) => new ProbesService(outgoing(...way), { workerId: 'p' } as Heartbeat, new Clock());
  const used = (connectorId: string, host: string) => ({ id: `${connectorId}:publish@${host}`, connectorId, host, clients: 1 });
  const stopping = new AbortController().signal;
  const controls = ['https://control.test'];
  const failing = (code: string): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));

  it('of a target that redirects for ever ends after a few steps, and is a fault of the platform', async () => {
    const { port, seen } = await serving((request, response) => response.writeHead(302, { location: `${request.url}x` }).end());
    expect(await probes().probe(used('sandbox-beta', `127.0.0.1:${port}`), stopping)).toMatchObject({ kind: 'probe', ok: false });
    expect(seen.length).toBeLessThanOrEqual(6);
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'ENETUNREACH', 'EHOSTUNREACH'])('whose name or route is gone (%s) is a fault of the platform while a control name resolves', async (code) => {
    const resolve: Resolve = (name) => (name === 'control.test' ? Promise.resolve([{ address: '1.1.1.1', family: 4 }]) : failing(code));
    expect(await probes([], resolve, controls).probe(used('mastodon', 'platform.test'), stopping)).toMatchObject({ ok: false });
  });

  it('of a platform that takes the request and never answers is a fault of it', async () => {
    const { port } = await serving(() => undefined);
    expect(await probes().probe(used('sandbox-beta', `127.0.0.1:${port}`), stopping)).toMatchObject({ ok: false });
  });

  it('that is given up because we stop says nothing', async () => {
    const { port } = await serving(() => undefined);
    const ours = new AbortController();
    const probe = probes().probe(used('sandbox-beta', `127.0.0.1:${port}`), ours.signal);
    ours.abort();
    expect(await probe).toBeNull();
  });

  it('whose resolver does not answer is a fault of the platform within five seconds', async () => {
    const resolve: Resolve = (name) => (name === 'control.test' ? Promise.resolve([{ address: '1.1.1.1', family: 4 }]) : new Promise(() => undefined));
    const began = performance.now();
    expect(await probes([], resolve, controls).probe(used('mastodon', 'platform.test'), stopping)).toMatchObject({ ok: false });
    expect(performance.now() - began).toBeLessThan(18_000); // a request's own limit is 20 s
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH'])('says nothing without any internet (%s)', async (code) => {
    expect(await probes([], () => failing(code), controls).probe(used('mastodon', 'platform.test'), stopping)).toBeNull();
  });
});

describe('the watch', () => {
  class Jumping extends Clock {
    jumpMs = 0;
    aheadMs = 0;
    override now = () => Date.now() + this.jumpMs;
    override monotonic = () => performance.now() + this.aheadMs;
  }
  const clock = new Jumping();
  let house: DispatchHouse;
  let health: HealthService;
  let component: string;
  beforeAll(async () => {
    house = await openDispatch({ detector: detectorConfig, clock });
    health = house.get(HealthService);
    house.get(ProbesService).isDue = () => false; // the sandbox would answer, and one test's answer come in the next
    component = `sandbox-beta:publish@${new URL(house.sandbox.url).host}`;
  });
  afterAll(() => house.close());
  beforeEach(async () => {
    clock.jumpMs = 0;
    await house.dataSource.query('DELETE FROM components; DELETE FROM health_signals');
    await house.dataSource.query(`UPDATE leases SET until = now() - interval '1 second', epoch = epoch + 1`);
    await round(); // notices that its lease ran out
  });
  const round = () => house.get(HealthWatchService).round(new AbortController().signal);
  const write = (outcome: OutcomeKind, account: string): Signal =>
    ({ kind: 'write', at: clock.now(), process: 'p', account, client: account, workspace: account, app: null, outcome, media: false, healthy: true, latencyMs: 20 });
  const waiting = async (): Promise<number> => (await house.dataSource.query<{ n: number }[]>('SELECT coalesce(sum(amount), 0)::int AS n FROM health_signals'))[0]?.n ?? -1;
  const judged = async (): Promise<string> => {
    await health.send();
    await round();
    await health.read();
    return health.verdict(component).state;
  };

  it('takes 100,000 signals in a second: none holds up who reports it, and what one account does accuses nobody', async () => {
    const at = clock.now();
    let reporting = 0;
    // Of five processes: one keeps no more than 20,000 waiting.
    for (let process = 0; process < 5; process += 1) {
      const began = performance.now();
      for (let i = 0; i < 20_000; i += 1) health.report(component, { ...write(i % 10 === 0 ? 'delivered' : 'unavailable', i % 10 === 0 ? uuid() : 'the loud one'), at } as Signal);
      reporting += performance.now() - began;
      await health.send();
    }
    expect(reporting).toBeLessThan(15_000); // normally under one second; a statement each would take far longer
    expect(await waiting()).toBe(100_000);
    const began = performance.now();
    for (const left of [50_000, 0]) {
      expect(['up', 'suspect', 'degraded']).toContain(await judged());
      expect(await waiting()).toBe(left);
    }
    expect(performance.now() - began).toBeLessThan(20_000);
    const [row] = await house.dataSource.query<{ calls: number; bytes: number }[]>(
      `SELECT (SELECT sum((bucket ->> 'oks')::int + (bucket ->> 'faults')::int)::int FROM jsonb_array_elements(detector -> 'buckets') bucket) AS calls, length(detector::text) AS bytes FROM components WHERE id = $1`, [component]);
    expect(row?.calls).toBe(100_000);
    expect(row?.bytes).toBeLessThan(200_000);
  });

  it('takes up a backlog portion by portion, and smaller ones where a portion is too much', async () => {
    await house.dataSource.query(
      `INSERT INTO health_signals (signals) SELECT (SELECT jsonb_agg(jsonb_build_array($1::text, $2::jsonb)) FROM generate_series(1, 2000)) FROM generate_series(1, 60)`,
      [component, JSON.stringify(write('delivered', 'a'))],
    );
    await round();
    expect(await waiting()).toBe(70_000);
    // As a machine would whose transaction is ended by the database meanwhile.
    await house.dataSource.query(
      `CREATE FUNCTION too_much() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM taken) > 10 THEN RAISE EXCEPTION 'too much'; END IF; RETURN NULL; END $$;
       CREATE TRIGGER too_much AFTER DELETE ON health_signals REFERENCING OLD TABLE AS taken FOR EACH STATEMENT EXECUTE FUNCTION too_much()`,
    );
    await expect(round()).rejects.toThrow('too much');
    await expect(round()).rejects.toThrow('too much');
    await round();
    expect(await waiting()).toBe(56_000);
    await house.dataSource.query('DROP TRIGGER too_much ON health_signals');
    for (let i = 0; i < 2; i += 1) await round();
    expect(await waiting()).toBe(0);
  });

  it('leaves nothing lying about that nobody takes up, but how a canary ended', async () => {
    const canary: Signal = { kind: 'canary', at: clock.now(), process: 'p', result: 'uncertain', delivery: uuid(), media: false, readBack: true, jitter: 0 };
    for (const one of [write('unavailable', 'a'), canary]) await house.dataSource.query('INSERT INTO health_signals (signals) VALUES ($1::jsonb)', [JSON.stringify([[component, one]])]);
    await house.dataSource.query(`UPDATE health_signals SET told_at = now() - interval '6 minutes'`);
    clock.aheadMs = 60_000;
    health.report(component, write('delivered', 'b'));
    await health.send();
    const rows = await house.dataSource.query<{ kind: string }[]>(`SELECT signals -> 0 -> 1 ->> 'kind' AS kind FROM health_signals ORDER BY id`);
    expect(rows.map(({ kind }) => kind)).toEqual(['canary', 'write']);
  });

  it.each([HOUR_MS, -HOUR_MS])('concludes nothing of a clock that jumps by %i ms, and judges on afterwards', async (jumpMs) => {
    for (const account of ['a', 'b']) health.report(component, write('unavailable', account));
    expect(await judged()).toBe('suspect');
    clock.jumpMs = jumpMs;
    for (let i = 0; i < 5; i += 1) expect(['suspect', 'up', 'unknown']).toContain(await judged());
    health.report(component, write('unavailable', 'c'));
    expect(await judged()).toBe('suspect');
  });

  it.each([HOUR_MS, -HOUR_MS])('lets nothing out early when its clock jumps by %i ms in an outage', async (jumpMs) => {
    await fall();
    clock.jumpMs = jumpMs;
    for (let i = 0; i < 5; i += 1) expect(await judged()).toBe('down');
  });

  it('passes over signals it cannot read: the next ones are judged', async () => {
    await house.dataSource.query('INSERT INTO health_signals (signals) VALUES ($1::jsonb)', [JSON.stringify([[component, { ...write('unavailable', 'x'), at: 'noon' }], ['nobody:publish@nowhere', write('unavailable', 'y')]])]);
    health.report(component, write('delivered', 'z'));
    expect(await judged()).toBe('up');
  });

  /** By eight failed probes in 35 s, told as they would have been. */
  async function fall(): Promise<void> {
    const at = clock.now();
    for (let i = 8; i >= 0; i -= 1) health.report(component, { kind: 'probe', at: at - i * 5_000, process: 'p', ok: false });
    expect(await judged()).toBe('down');
  }
});
