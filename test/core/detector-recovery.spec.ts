import { describe, expect, it } from '@jest/globals';
import { canaryNews, type CanaryRow } from '../../src/core/canary.js';
import { recoveryNeeds } from '../../src/core/recovery.js';
import { story, verdict } from '../../src/core/story.js';
import { wants } from '../../src/core/wants.js';
import { Bed } from './detector-kit.js';

const down = (held = 0) => {
  const bed = new Bed().used('w1/c/a', 'w2/c/b', 'w3/c/c').wait(5);
  for (const who of ['w1/c/a', 'w2/c/b', 'w3/c/c']) bed.write('unavailable', who);
  bed.until('down', 60, () => {}, held);
  return bed;
};
const downByProbes = () => {
  const bed = new Bed().wait(5);
  bed.until('down', 60, bed.probing(false));
  return bed;
};
const canary = (bed: Bed, result: 'sent' | 'ok' | 'failed' | 'uncertain' | 'absent' | 'gone', more: { readonly readBack?: boolean; readonly jitter?: number; readonly delivery?: string } = {}) =>
  bed.send({ kind: 'canary', at: bed.state.at, process: 'p', result, delivery: 'd1', media: false, readBack: true, jitter: 0, ...more });

describe('recovering', () => {
  it('takes three good probes ten seconds apart and 20 s without a fault, where down came of probes', () => {
    const bed = downByProbes();
    const seconds = bed.until('recovering', 120, bed.probing(true), 3);
    expect(seconds).toBeGreaterThanOrEqual(20);
    expect(seconds).toBeLessThanOrEqual(30);
  });

  it('takes canaries, not probes, where posts failed and something is held', () => {
    const bed = down(2);
    expect(bed.wait(300, bed.probing(true), 2).state.phase).toBe('down');
    for (let i = 0; i < 3; i++) {
      canary(bed, 'sent');
      canary(bed, 'ok');
      bed.wait(10, bed.probing(true), 2);
    }
    expect(bed.state.phase).toBe('recovering');
  });

  it('takes probes with nothing held', () => {
    const bed = down(0);
    expect(bed.until('recovering', 60, bed.probing(true), 0)).toBeLessThanOrEqual(40);
  });

  it('is up after five minutes without a fault; one fault begins them anew, two are a relapse', () => {
    const bed = downByProbes();
    bed.until('recovering', 60, bed.probing(true));
    expect(bed.wait(298, bed.probing(true)).state.phase).toBe('recovering');
    bed.probe(false).wait(1).probe(true);
    expect(bed.wait(290, bed.probing(true)).state.phase).toBe('recovering');
    expect(bed.wait(20, bed.probing(true)).state.phase).toBe('up');

    const again = downByProbes();
    again.until('recovering', 60, again.probing(true));
    again.wait(5).probe(false).wait(5).probe(false);
    expect(again.state.phase).toBe('down');
  });

  it('asks more after each relapse, and an hour later half of that', () => {
    const bed = downByProbes();
    expect(recoveryNeeds(bed.state, bed.state.at)).toEqual({ signs: 3, quietMs: 20_000 });
    bed.until('recovering', 60, bed.probing(true));
    bed.wait(1).probe(false).wait(5).probe(false);
    expect(recoveryNeeds(bed.state, bed.state.at)).toMatchObject({ signs: 6, quietMs: 180_000 });
    expect(recoveryNeeds(bed.state, bed.state.at + 7_200_000)).toEqual({ signs: 3, quietMs: 20_000 });
    const worst = { ...bed.state, flaps: { k: 9, at: bed.state.at } };
    expect(recoveryNeeds(worst, bed.state.at)).toEqual({ signs: 12, quietMs: 900_000 });
  });

  it('does not let what began before it undo it', () => {
    const bed = downByProbes();
    const before = bed.state.at;
    bed.until('recovering', 60, bed.probing(true));
    for (const who of ['a', 'b', 'c']) bed.write('uncertain', who, { at: before });
    expect(bed.wait(5, bed.probing(true)).state.phase).toBe('recovering');
  });
});

describe('canaries', () => {
  it('first after 30 s, then half as long again each, 120 s at most, by chance a fifth more or less', () => {
    const bed = down(2).wait(1, () => {}, 2);
    const first = wants(bed.state).canary?.at ?? 0;
    expect(first - bed.state.since).toBe(30_000);
    const gaps = [0, 0, 1, -1, 0].map((jitter) => {
      canary(bed, 'sent', { jitter });
      canary(bed, 'failed');
      const gap = (wants(bed.state).canary?.at ?? 0) - bed.state.at;
      bed.wait(1, () => {}, 2);
      return gap;
    });
    expect(gaps).toEqual([45_000, 67_500, 121_500, 96_000, 120_000]);
  });

  it('none while read probes fail, with nothing held, or with one under way', () => {
    const bed = down(2).wait(31, (one) => one.probe(true), 2);
    expect(wants(bed.state).canary).not.toBeNull();
    expect(wants(bed.probe(false).state).canary).toBeNull();
    bed.wait(3, (one) => one.probe(true), 2);
    expect(wants(canary(bed, 'sent').state).canary).toBeNull();
    expect(wants(down(0).wait(31).state).canary).toBeNull();
  });

  it('without read-back come ten minutes apart', () => {
    const bed = down(2).wait(31, () => {}, 2);
    canary(bed, 'sent', { readBack: false });
    canary(bed, 'failed');
    expect((wants(bed.state).canary?.blindAt ?? 0) - bed.state.at).toBe(600_000);
    expect((wants(bed.state).canary?.at ?? 0) - bed.state.at).toBe(45_000);
  });

  it('an uncertain one stays the only one until it is looked up', () => {
    const bed = down(40).wait(31, () => {}, 40);
    canary(bed, 'sent');
    canary(bed, 'uncertain');
    expect(bed.wait(3_600, bed.probing(true), 40).state.phase).toBe('down');
    expect(wants(bed.state).canary).toBeNull();
    canary(bed, 'absent');
    expect(wants(bed.state).canary?.only).toBe('d1');
    canary(bed, 'sent');
    canary(bed, 'ok');
    expect(wants(bed.state).canary?.only).toBeNull();
  });

  it('one that cannot go any more makes room for another, and is neither a good sign nor a fault', () => {
    const bed = down(40).wait(31, () => {}, 40);
    canary(bed, 'sent');
    canary(bed, 'uncertain');
    canary(bed, 'absent');
    const { signs, faultAt } = bed.state;
    bed.wait(60, bed.probing(true), 40);
    canary(bed, 'gone', { delivery: 'another' });
    expect(wants(bed.state).canary?.only).toBe('d1');
    canary(bed, 'gone');
    expect(wants(bed.state).canary).toMatchObject({ only: null });
    expect(bed.state).toMatchObject({ signs, faultAt });
  });

  it('how another ends leaves the uncertain one the only one', () => {
    const bed = down(40).wait(31, () => {}, 40);
    canary(bed, 'uncertain');
    canary(bed, 'failed', { delivery: 'another' });
    canary(bed, 'ok', { delivery: 'another' });
    expect(bed.state.canary).toMatchObject({ only: 'd1', open: true });
  });

  it('where posts are taken and not seen, goes after an hour, and another each hour', () => {
    const bed = new Bed().wait(5);
    for (const who of ['c1/a', 'c2/b', 'c3/c']) bed.send({ kind: 'read-back', at: bed.state.at, process: 'p', account: who, client: who, workspace: 'w', app: null, ok: false, clients: 12 });
    bed.wait(1, () => {}, 3);
    expect(bed.state).toMatchObject({ phase: 'down', kind: 'read' });
    const after = () => (wants(bed.state).canary?.at ?? Number.NaN) - bed.state.at;
    expect(after()).toBe(3_599_000);
    bed.wait(3_599, bed.probing(true), 3);
    expect(after()).toBe(0);
    canary(bed, 'sent');
    canary(bed, 'ok');
    expect(bed.state).toMatchObject({ phase: 'down', signs: [] });
    expect(after()).toBe(3_600_000);
  });
});

describe('what its row says of a canary', () => {
  const open = () => canary(canary(down(2), 'sent'), 'uncertain').state;
  const sent = () => canary(down(2), 'sent').state;
  const row = (now: CanaryRow['now'], isPartOut = false) => ({ id: 'd1', now, isPartOut, media: false });

  it('is told where the detector waits for it', () => {
    expect(canaryNews(open(), row('published'))).toBe('ok');
    expect(canaryNews(open(), row('waits'))).toBe('absent');
    expect(canaryNews(open(), row('waits', true))).toBe('ok'); // its next part waits
    expect(canaryNews(open(), row('gone'))).toBe('gone');
    expect(canaryNews(sent(), row('unconfirmed'))).toBe('uncertain');
  });

  it('is not told where nothing came of it yet, or the detector knows', () => {
    expect(canaryNews(open(), row('unconfirmed'))).toBeNull();
    expect(canaryNews(sent(), row('sending'))).toBeNull();
    expect(canaryNews(sent(), row('waits'))).toBeNull();
  });
});

describe('words from outside', () => {
  it('lets the operator win until the expiry', () => {
    const bed = new Bed().wait(5);
    bed.send({ kind: 'operator', word: { state: 'down', until: bed.state.at + 60_000 } });
    expect(verdict(bed.wait(59).state).state).toBe('down');
    expect(verdict(bed.wait(2).state).state).toBe('up');
  });

  it('calls announced work maintenance only when our own evidence agrees, and ends it at its time with a good sign', () => {
    const bed = new Bed().wait(5);
    bed.send({ kind: 'maintenance', planned: { from: bed.state.at, to: bed.state.at + 600_000 } });
    expect(bed.wait(60, bed.probing(true)).state.phase).toBe('up');
    bed.wait(11, bed.probing(false));
    expect(bed.state.phase).toBe('maintenance');
    expect(story(bed.state).cause).toBe('maintenance');
    expect(bed.wait(500, bed.probing(false)).state.phase).toBe('maintenance');
    expect(bed.wait(60, bed.probing(true)).state.phase).toBe('recovering');
  });

  it('does not take one lost probe in announced work for it', () => {
    const bed = new Bed().wait(5);
    bed.send({ kind: 'maintenance', planned: { from: bed.state.at, to: bed.state.at + 86_400_000 } });
    bed.wait(60, bed.probing(true));
    bed.probe(false).wait(4);
    expect(bed.state.phase).toBe('suspect');
    bed.probe(true);
    expect(bed.wait(120, bed.probing(true)).state.phase).toBe('up');
  });

  it('ends announced work before its time once there are good signs and quiet', () => {
    const bed = new Bed().wait(5);
    bed.send({ kind: 'maintenance', planned: { from: bed.state.at, to: bed.state.at + 86_400_000 } });
    expect(bed.until('maintenance', 30, bed.probing(false), 5)).toBeLessThan(30);
    const seconds = bed.until('recovering', 120, bed.probing(true), 5);
    expect(seconds).toBeGreaterThanOrEqual(20);
    expect(seconds).toBeLessThanOrEqual(40);
    expect(bed.wait(11).probe(false).wait(5).probe(false).wait(1).state.phase).toBe('maintenance');
  });

  it('does not call down after announced work what nobody could look at since', () => {
    const bed = new Bed().wait(5);
    bed.send({ kind: 'maintenance', planned: { from: bed.state.at, to: bed.state.at + 600_000 } });
    bed.until('maintenance', 30, bed.probing(false));
    expect(bed.wait(1_200).state.phase).toBe('unknown');

    const broken = new Bed().wait(5);
    broken.send({ kind: 'maintenance', planned: { from: broken.state.at, to: broken.state.at + 600_000 } });
    broken.until('maintenance', 30, broken.probing(false));
    expect(broken.wait(1_200, broken.probing(false)).state.phase).toBe('down');
  });

  it('only probes faster when a sibling falls', () => {
    const bed = new Bed().wait(5).send({ kind: 'sibling', id: 'threads', relation: 'group', down: true }).wait(30);
    expect(bed.state.phase).toBe('up');
    expect(wants(bed.state).probeEveryMs).toBe(5_000);
    expect(wants(bed.send({ kind: 'sibling', id: 'threads', relation: 'group', down: false }).state).probeEveryMs).toBe(30_000);
  });

  it('probes what is down, under maintenance or coming back, whatever is due', () => {
    const idle = { kind: 'tick', held: 0, due: false } as const;
    const bed = downByProbes();
    expect(wants(bed.send(idle).state).probeEveryMs).toBe(5_000);
    bed.until('recovering', 60, bed.probing(true));
    expect(wants(bed.send(idle).state).probeEveryMs).toBe(5_000);

    const maintained = new Bed().wait(5);
    maintained.send({ kind: 'maintenance', planned: { from: maintained.state.at, to: maintained.state.at + 600_000 } });
    maintained.until('maintenance', 30, maintained.probing(false));
    expect(wants(maintained.send(idle).state).probeEveryMs).toBe(5_000);
  });

  it('probes nothing while nothing is held or due', () => {
    const bed = new Bed().wait(5).send({ kind: 'tick', held: 0, due: false });
    expect(wants(bed.state).probeEveryMs).toBeNull();
  });
});

describe('degraded and unknown', () => {
  it('is degraded after ten minutes of suspicion while posts do go out', () => {
    const bed = new Bed().wait(5);
    const shaky = (one: Bed) => {
      if (one.seconds % 30 === 0) one.probe(false).write('delivered', 'a');
      else if (one.seconds % 5 === 0) one.probe(true);
    };
    const seconds = bed.until('degraded', 700, shaky);
    expect(seconds).toBeGreaterThanOrEqual(600);
    expect(bed.until('up', 100, bed.probing(true))).toBeLessThan(100);
  });

  it('is degraded when answers take more than three times their usual time', () => {
    const bed = new Bed();
    for (let i = 0; i < 40; i++) bed.wait(1).write('delivered', `a${i}`, { latencyMs: 300 + (i % 5) * 20 });
    for (let i = 0; i < 12; i++) bed.wait(1).write('delivered', 'slow', { latencyMs: 20_000 });
    expect(bed.wait(2).state.phase).toBe('degraded');
  });

  it('is degraded by 5 to 50 % failures that last', () => {
    const bed = new Bed();
    bed.wait(420, (one) => {
      if (one.seconds % 5 === 0) one.write(one.seconds % 40 === 0 ? 'unavailable' : 'delivered', `w1/c/a${one.seconds}`);
    });
    expect(bed.state.phase).toBe('degraded');
  });

  it('is unknown after ten minutes without evidence, and up with the next good answer', () => {
    const bed = new Bed();
    expect(bed.wait(599).state.phase).toBe('up');
    expect(bed.wait(2).state.phase).toBe('unknown');
    expect(verdict(bed.state)).toEqual({ state: 'unknown', impaired: false });
    expect(bed.probe(true).state.phase).toBe('up');
  });
});
