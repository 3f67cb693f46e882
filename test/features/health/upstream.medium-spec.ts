import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { detectorConfig } from '../../../src/core/detector-config.js';
import type { ComponentChanged } from '../../../src/features/health/health.events.js';
import { ProbesService } from '../../../src/features/health/probes.service.js';
import { HealthWatchService } from '../../../src/features/health/watch.service.js';
import { GatherService } from '../../../src/features/incidents/gather.service.js';
import { IncidentFacts } from '../../../src/features/incidents/incident-facts.service.js';
import { IncidentStory } from '../../../src/features/incidents/incident-story.service.js';
import { IncidentWrites } from '../../../src/features/incidents/incident-writes.service.js';
import { IncidentsService } from '../../../src/features/incidents/incidents.service.js';
import { TallyService } from '../../../src/features/incidents/tally.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';

class HeldClock extends Clock {
  at = Date.now();
  override now = () => this.at;
  override monotonic = () => this.at;
}

// Real probes of real servers on loopback. Each round is the test's, six seconds after the last; what it tells is made into incidents at once.
const open: DispatchHouse[] = [];
let house: DispatchHouse;
let clock: HeldClock;
let story: IncidentStory;
let incidents: IncidentsService;
let taken: Set<string>;
const probing: Promise<unknown>[] = [];
beforeEach(async () => {
  clock = new HeldClock();
  house = await openDispatch({ detector: detectorConfig, clock });
  open.push(house);
  const probes = house.get(ProbesService);
  const probe = probes.probe.bind(probes);
  probes.probe = (...asked) => {
    const seen = probe(...asked);
    probing.push(seen);
    return seen;
  };
  const tallies = new TallyService(house.dataSource);
  story = new IncidentStory(new FactTakers(house.dataSource), new IncidentWrites(), new GatherService(), new IncidentFacts(new FactWriter(), tallies));
  incidents = new IncidentsService(house.dataSource, tallies);
  taken = new Set();
  await house.plan(...['alpha', 'gamma'].map((name) => ({ channel: house.channel(name), dueInMs: 3_600_000, text: `${name} later` })));
  await until('both are up', async () => (await stateOf('alpha')) === 'up' && (await stateOf('gamma')) === 'up');
});
afterAll(async () => {
  for (const one of open) await one.close();
});

async function round(): Promise<void> {
  clock.at += 6_000;
  await house.get(HealthWatchService).round(new AbortController().signal);
  const facts = await house.dataSource.query<{ id: string; at: Date; payload: ComponentChanged }[]>(`SELECT id, at, payload FROM events WHERE kind = 'component.changed' ORDER BY at, id`);
  for (const { id, at, payload } of facts) {
    if (!taken.has(id)) await house.dataSource.transaction((manager) => story.tell(manager, payload, at));
    taken.add(id);
  }
  await Promise.all(probing.splice(0));
  await setImmediate(); // what they saw is noted
}
async function until(what: string, is: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    await round();
    if (await is()) return;
  }
  throw new Error(`${what}: it did not happen. ${JSON.stringify(await house.dataSource.query('SELECT id, state, cause, detector -> \'edges\' AS edges, detector -> \'siblings\' AS siblings FROM components'))}`);
}
const stateOf = async (name: string): Promise<string | undefined> =>
  (await house.dataSource.query<{ state: string }[]>(`SELECT state FROM components WHERE id LIKE 'sandbox-' || $1 || ':%'`, [name]))[0]?.state;
const areDown = async () => (await stateOf('alpha')) === 'down' && (await stateOf('gamma')) === 'down';
const fault = (name: 'alpha' | 'gamma', html: boolean, edge?: 'cloudflare') =>
  house.sandbox.faults.add({ kind: 'status', status: 500, html, edge, platform: `sandbox-${name}`, taken: false, probability: 1, on: ['probe'] });
const causeOf = async (name: string) =>
  (await house.dataSource.query<{ cause: string; confidence: number }[]>(`SELECT cause, confidence::float8 AS confidence FROM components WHERE id LIKE 'sandbox-' || $1 || ':%'`, [name]))[0];
const told = async () => (await house.dataSource.query<unknown[]>(`SELECT 1 FROM events WHERE kind = 'component.changed'`)).length;

describe('Two platforms of different groups', () => {
  it('whose network answers in their place are one incident of a shared upstream, which says which of them is back and stays open for the other', async () => {
    const ofAlpha = fault('alpha', true, 'cloudflare');
    fault('gamma', true, 'cloudflare');
    await until('both are down', areDown);
    const all = await incidents.open();
    expect(all).toMatchObject([{ state: 'open', cause: 'shared-upstream' }]);
    expect(all[0]?.confidence).toBeCloseTo(0.7);
    expect(all[0]?.components.map(({ connectorId }) => connectorId).toSorted()).toEqual(['sandbox-alpha', 'sandbox-gamma']);
    for (const name of ['alpha', 'gamma']) expect(await causeOf(name)).toMatchObject({ cause: 'shared-upstream' });

    // Another leads from now on, and knows what the rows say.
    const before = await told();
    await house.dataSource.query(`UPDATE leases SET holder = $1, epoch = epoch + 1, until = now() - interval '1 second'`, [uuid()]);
    clock.at += 120_000;
    for (let i = 0; i < 4; i += 1) {
      await round();
      for (const name of ['alpha', 'gamma']) expect(await causeOf(name)).toMatchObject({ cause: 'shared-upstream' });
    }
    expect(await told()).toBe(before);

    house.sandbox.faults.remove(ofAlpha);
    await until('alpha is up', async () => (await stateOf('alpha')) === 'up');
    const backAt = Object.fromEntries((await incidents.open()).flatMap(({ components }) => components.map((one) => [one.connectorId, one.backAt])));
    expect(backAt).toEqual({ 'sandbox-alpha': expect.any(Date), 'sandbox-gamma': null });

    house.sandbox.faults.clear();
    await until('gamma is up', async () => (await stateOf('gamma')) === 'up');
    expect(await incidents.open()).toEqual([]);
  });

  it('one of which speaks for itself through that network are two incidents', async () => {
    fault('alpha', true, 'cloudflare');
    fault('gamma', false, 'cloudflare');
    await until('both are down', areDown);
    await round();
    expect(await incidents.open()).toMatchObject([{ cause: 'technical-fault' }, { cause: 'technical-fault' }]);
  });

  it('that fail with pages of nobody in particular are two incidents', async () => {
    fault('alpha', true);
    fault('gamma', true);
    await until('both are down', areDown);
    await round();
    expect(await incidents.open()).toMatchObject([{ cause: 'technical-fault' }, { cause: 'technical-fault' }]);
  });

  it('the second of which falls some minutes later are one incident, although nothing was known of an upstream when it opened', async () => {
    fault('alpha', true, 'cloudflare');
    await until('alpha is down', async () => (await stateOf('alpha')) === 'down');
    expect(await incidents.open()).toMatchObject([{ cause: 'technical-fault' }]);
    for (let i = 0; i < 20; i += 1) await round();
    fault('gamma', true, 'cloudflare');
    await until('gamma is down', areDown);
    await round();
    expect(await incidents.open()).toMatchObject([{ cause: 'shared-upstream', components: [{ connectorId: 'sandbox-alpha' }, { connectorId: 'sandbox-gamma' }] }]);
  });
});
