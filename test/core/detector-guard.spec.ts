import { describe, expect, it } from '@jest/globals';
import { type DetectorState, initial, restored } from '../../src/core/detector-state.js';
import { step } from '../../src/core/detector.js';
import type { Signal } from '../../src/core/signal.js';
import { story, verdict } from '../../src/core/story.js';
import { nextChangeAt } from '../../src/core/wants.js';
import { Chance } from '../replay/chance.js';
import { Bed, person, START } from './detector-kit.js';

describe('the self guard', () => {
  it('says unknown because of us, and throws away what it saw 15 s before', () => {
    const bed = new Bed().wait(20).probe(false).wait(5).probe(false).wait(5).guard({ impaired: true });
    expect(verdict(bed.state)).toEqual({ state: 'unknown', impaired: true });
    expect(story(bed.state).cause).toBe('own-network');
    bed.wait(5, () => bed.guard({ impaired: true })).guard();
    expect(bed.state.probe.failures).toBe(0);
    for (const who of ['a', 'b', 'c']) bed.write('unavailable', who);
    expect(bed.state.faults1).toEqual([]);
    bed.wait(16).write('unavailable', 'a');
    expect(bed.state.faults1).toHaveLength(1);
  });

  it('marks nothing down however long our network is gone', () => {
    const bed = new Bed().wait(20);
    bed.wait(900, (one) => {
      if (one.seconds % 3 === 0) one.guard({ impaired: true });
      if (one.seconds % 5 === 0) one.probe(false).write('unavailable', `c${one.seconds}/a`);
    });
    expect(['down', 'recovering']).not.toContain(bed.state.phase);
    expect(bed.state.since).toBeLessThan(bed.state.at);
  });

  it('is outvoted by a post that went out within 15 s', () => {
    const bed = new Bed().wait(20).write('delivered', 'a').wait(5).guard({ impaired: true });
    expect(verdict(bed.state).impaired).toBe(false);
  });

  it('is not believed of a component that answers all the same: posts flow, and no failure of that time counts', () => {
    const bed = new Bed().wait(20);
    const throughFirewall = (one: Bed) => {
      if (one.seconds % 3 === 0) one.guard({ impaired: true }).guard({ impaired: false });
    };
    bed.wait(120, (one) => {
      throughFirewall(one);
      one.probing(false)(one);
      for (const who of ['a', 'b', 'c']) one.write('unavailable', who);
    });
    expect(verdict(bed.state)).toEqual({ state: 'up', impaired: false });
    expect(verdict(bed.guard({ impaired: true }).state)).toMatchObject({ state: 'unknown', impaired: true });
  });

  it('of one process takes along that process only', () => {
    const bed = new Bed().wait(20).guard({ process: 'q' }).write('unavailable', 'a').write('unavailable', 'b', { process: 'q' });
    bed.guard({ impaired: true, process: 'q' });
    expect(bed.state.faults1.map((vote) => vote.process)).toEqual(['p']);
    expect(verdict(bed.state).impaired).toBe(false);
  });

  it('with fewer than three controls is off: probes alone find nothing, with posts they do', () => {
    const bed = new Bed();
    bed.controls = 2;
    bed.guard().wait(70, bed.probing(false));
    expect(bed.state.phase).toBe('suspect');
    expect(bed.write('unavailable', 'a').state.phase).toBe('down');
  });

  it('is not asked for loopback and sandbox hosts', () => {
    const bed = new Bed({ guarded: false });
    bed.wait(60, (one) => one.guard({ impaired: true }).probing(false)(one));
    expect(verdict(bed.state)).toEqual({ state: 'down', impaired: false });
  });
});

describe('bad input', () => {
  it('concludes nothing of a clock that jumps an hour, forward or back', () => {
    for (const jump of [3_600_000, -3_600_000]) {
      const bed = new Bed().wait(5).probe(false).wait(5);
      bed.send({ kind: 'tick', held: 0, due: true }, bed.state.at + jump);
      expect(bed.state.phase).toBe('suspect');
      const shut = new Bed().wait(5);
      shut.until('down', 60, shut.probing(false));
      shut.send({ kind: 'probe', at: shut.state.at, process: 'p', ok: true }, shut.state.at + jump);
      expect(shut.state.phase).toBe('down');
      expect(shut.state.since).toBeLessThanOrEqual(shut.state.at);
    }
  });

  it('takes signals of the future as of now and drops those older than the window', () => {
    const bed = new Bed().wait(5).write('unavailable', 'a', { at: START + 1e9 });
    expect(bed.state.faults1[0]?.last).toBe(bed.state.at);
    expect(new Bed().wait(400).write('unavailable', 'a', { at: START }).state.faults1).toEqual([]);
    expect(new Bed().wait(5).write('unavailable', 'a', { at: Number.NaN }).state.faults1).toEqual([]);
  });

  it('says the same whatever the order in which one second’s posts arrive', () => {
    const signals: Signal[] = Array.from({ length: 40 }, (_, i) => ({ kind: 'write', at: START + 10_000, process: 'p', ...person(`w${i % 5}/c/a${i}`), outcome: i % 3 ? 'delivered' : 'unavailable', media: false, healthy: true, latencyMs: 300 }));
    const run = (list: readonly Signal[]) => {
      let state = new Bed().wait(11).state;
      for (const signal of list) state = step(state, signal, START + 11_500);
      return step(state, { kind: 'tick', held: 0, due: true }, START + 12_500);
    };
    expect(run(signals).phase).toBe(run(signals.toReversed()).phase);
  });

  it('stays small under 100,000 signals of as many accounts with endless names in a second', () => {
    let state = new Bed().wait(5).state;
    for (let i = 0; i < 100_000; i++) {
      const name = i % 1_000 === 0 ? 'x'.repeat(100_000) : `a${i}`;
      state = step(state, { kind: 'write', at: state.at, process: `p${i}`, ...person(`w${i}/c${i}/${name}`), outcome: (['delivered', 'unavailable', 'throttled'] as const)[i % 3] ?? 'local', media: false, healthy: true, latencyMs: 1 }, state.at);
    }
    expect(JSON.stringify(state).length).toBeLessThan(300_000);
  });
});

/** Any signals at all, by seeded chance. */
function* anySignals(seed: number, count: number): Generator<readonly [Signal, number]> {
  const chance = new Chance(seed);
  let now = START;
  const pick = <T>(list: readonly T[]) => list[chance.below(list.length)] as T;
  for (let i = 0; i < count; i++) {
    now += chance.is(0.01) ? chance.between(-4e6, 4e6) : chance.below(3_000);
    const seen = { at: now - chance.below(40_000) + (chance.is(0.05) ? 1e7 : 0), process: pick(['p', 'q', 'r']) };
    const who = person(`w${chance.below(4)}/c${chance.below(6)}/a${chance.below(20)}`);
    const ok = chance.is(0.6);
    yield [pick<() => Signal>([
      () => ({ kind: 'write', ...seen, ...who, outcome: pick(['delivered', 'unavailable', 'uncertain', 'throttled', 'unauthorized', 'refused', 'local']), media: ok, healthy: chance.is(0.9), latencyMs: pick([null, 200, 1e6, -5]) }),
      () => ({ kind: 'probe', ...seen, ok }),
      () => ({ kind: 'shadow', ...seen, ok }),
      () => ({ kind: 'canary', ...seen, result: pick(['sent', 'ok', 'failed', 'uncertain', 'absent']), delivery: pick(['d1', 'd2']), media: ok, readBack: ok, jitter: chance.between(-3, 3) }),
      () => ({ kind: 'look', ...seen, ...who, result: pick(['ok', 'refused', 'failed']), clients: chance.below(12) }),
      () => ({ kind: 'read-back', ...seen, ...who, ok, clients: chance.below(12) }),
      () => ({ kind: 'status', level: pick(['none', 'minor', 'major']), cause: pick([null, 'attack']) }),
      () => ({ kind: 'maintenance', planned: pick([null, { from: now, to: now + 60_000 }, { from: now, to: now - 1 }]) }),
      () => ({ kind: 'sibling', id: pick(['s1', 's2']), relation: pick(['group', 'upstream']), down: ok }),
      () => ({ kind: 'operator', word: pick([null, { state: 'up', until: now + 5_000 }]) }),
      () => ({ kind: 'guard', ...seen, impaired: chance.is(0.2), controls: chance.below(5) }),
      () => ({ kind: 'workers', alive: chance.below(4) }),
      () => ({ kind: 'tick', held: chance.below(3), due: ok }),
    ])(), now];
  }
}

describe('whatever comes', () => {
  const seeds = Array.from({ length: 6 }, (_, i) => i);

  it('gives the same state for the same signals, through the store or not, and a time to come', () => {
    for (const seed of seeds) {
      let one: DetectorState = initial();
      let other: DetectorState = initial();
      for (const [signal, now] of anySignals(seed, 800)) {
        one = step(one, signal, now);
        if (now % 7 < 1) other = restored(JSON.parse(JSON.stringify(other)));
        other = step(other, signal, now);
        expect(nextChangeAt(one) ?? one.at).toBeGreaterThanOrEqual(one.at);
      }
      expect(other).toEqual(one);
      expect(JSON.stringify(one).length).toBeLessThan(60_000);
    }
  });

  it('takes a damaged or foreign state for none', () => {
    for (const bad of [null, 7, 'x', [], {}, { v: 2 }, { ...initial(), faults1: 'gone' }, { ...initial(), probe: null }]) expect(restored(bad)).toEqual(initial());
  });
});
