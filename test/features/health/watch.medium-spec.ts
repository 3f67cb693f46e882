import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { detectorConfig } from '../../../src/core/detector-config.js';
import type { Signal } from '../../../src/core/signal.js';
import { ComponentReads } from '../../../src/features/health/component-reads.service.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { HealthWatchService } from '../../../src/features/health/watch.service.js';
import { WordsService } from '../../../src/features/health/words.service.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';

// Nothing runs by itself here: each round is the test's.
let house: DispatchHouse;
let watch: HealthWatchService;
let health: HealthService;
let component: string;
beforeAll(async () => {
  house = await openDispatch({ detector: detectorConfig });
  watch = house.get(HealthWatchService);
  health = house.get(HealthService);
  const [row] = await house.dataSource.query<{ id: string }[]>('SELECT component_id AS id FROM channels WHERE id = $1', [house.channel('beta').id]);
  component = row?.id ?? '';
});
afterAll(() => house.close());
const round = () => watch.round(new AbortController().signal);
beforeEach(async () => {
  await house.dataSource.query(`UPDATE leases SET until = now() - interval '1 second'`);
  await round(); // notices that its lease ran out
});

const signalsWaiting = async () => (await house.dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM health_signals'))[0]?.n;
const kept = async () =>
  (await house.dataSource.query<{ state: string; oks: number; faults: number }[]>(`SELECT state, jsonb_array_length(detector -> 'buckets') AS oks, jsonb_array_length(detector -> 'faults1') AS faults FROM components WHERE id = $1`, [component]))[0];
const write = (outcome: 'delivered' | 'unavailable', account = uuid()): Signal => ({
  kind: 'write', at: Date.now(), process: 'one', account, client: account, workspace: account, app: null, outcome, media: false, healthy: true, latencyMs: 20,
});
const operator = { kind: 'operator', id: uuid(), name: 'Anna' } as const;

describe('the watch leader', () => {
  it('takes up what the processes saw, and workers read what it says', async () => {
    health.report(component, write('delivered'));
    await health.send();
    expect(await signalsWaiting()).toBe(1);
    await round();
    await health.read();
    expect(await signalsWaiting()).toBe(0);
    expect(await kept()).toMatchObject({ state: 'up', oks: 1 });
    expect(health.verdict(component)).toEqual({ state: 'up', impaired: false });
  });

  it('goes on where it, or another, stopped', async () => {
    for (let i = 0; i < 5; i += 1) health.report(component, write('unavailable'));
    await health.send();
    await round();
    expect((await kept())?.state).toBe('suspect');
    // Another led meanwhile, and its time ran out: everything is read anew.
    await house.dataSource.query(`UPDATE leases SET holder = $1, epoch = epoch + 1, until = now() - interval '1 second'`, [uuid()]);
    await round();
    await round();
    expect(await kept()).toMatchObject({ state: 'suspect', oks: 1, faults: 5 });
  });

  it('writes nothing and takes nothing while another leads, also if it believes that it does', async () => {
    await round();
    await house.dataSource.query(`UPDATE leases SET holder = $1, epoch = epoch + 1, until = now() + interval '10 minutes'`, [uuid()]);
    const before = await kept();
    health.report(component, write('delivered'));
    await health.send();
    await round();
    await round();
    expect(await signalsWaiting()).toBe(1);
    expect(await kept()).toEqual(before);
    await house.dataSource.query(`UPDATE leases SET until = now()`);
    await round();
    expect(await signalsWaiting()).toBe(0);
  });

  it('lets the operator’s word win, until it is taken back', async () => {
    const words = house.get(WordsService);
    await words.say(operator, component, { state: 'maintenance', reason: 'they told us', hours: 2 });
    await settled('maintenance');
    expect(health.verdict(component)).toEqual({ state: 'maintenance', impaired: false });
    const { items } = await house.get(ComponentReads).list({ workspaceId: house.client.workspaceId, actor: operator, role: 'viewer', language: 'en' });
    expect(items.find(({ id }) => id === component)).toMatchObject({ state: 'maintenance', word: { state: 'maintenance', reason: 'they told us', saidBy: 'Anna' } });
    await words.takeBack(operator, component);
    await expect(words.takeBack(operator, component)).rejects.toMatchObject({ code: 'word-not-said' });
    await settled('suspect', 'up');
    const audit = await house.dataSource.query<{ action: string }[]>(`SELECT action FROM audit_log WHERE subject_id = $1 ORDER BY id`, [component]);
    expect(audit.map(({ action }) => action)).toEqual(['component.word-said', 'component.word-taken-back']);
  });

  it('says nothing of a component that no channel uses', async () => {
    await expect(house.get(WordsService).say(operator, 'mastodon:publish@nobody.example', { state: 'down', reason: 'x', hours: 1 })).rejects.toMatchObject({ code: 'component-unknown' });
  });

  it('shows a workspace the components of its own channels alone', async () => {
    const { items } = await house.get(ComponentReads).list({ workspaceId: uuid(), actor: operator, role: 'viewer', language: 'en' });
    expect(items).toEqual([]);
  });
});

/** What surrounds a component is read once a second: rounds until the news is there. */
async function settled(...states: readonly string[]): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    await round();
    await health.read();
    if (states.includes(health.verdict(component).state)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${component} did not become ${states.join(' or ')}: ${JSON.stringify(await kept())}`);
}
