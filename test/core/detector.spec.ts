import { describe, expect, it } from '@jest/globals';
import { detectorConfig, weights } from '../../src/core/detector-config.js';
import { story, verdict } from '../../src/core/story.js';
import { wants } from '../../src/core/wants.js';
import { Bed } from './detector-kit.js';

const three = ['w1/c/a', 'w2/c/b', 'w3/c/c'] as const;

describe('the weights', () => {
  it('are the logarithms the design rounds', () => {
    expect(detectorConfig.channel1.failure).toBeCloseTo(3.22, 2);
    expect(detectorConfig.channel1.success).toBeCloseTo(-0.67, 2);
    expect(weights(0.02, 0.4).failure).toBeCloseTo(3, 2);
    expect(weights(0.02, 0.4).success).toBeCloseTo(-0.49, 2);
  });
});

describe('suspect', () => {
  it('comes with the first failed post of a quiet component, and with any failed probe', () => {
    expect(new Bed().wait(5).write('unavailable', 'a').state.phase).toBe('suspect');
    expect(new Bed().wait(5).probe(false).state.phase).toBe('suspect');
  });

  it('takes two failed posts of a busy one', () => {
    const bed = new Bed();
    for (let i = 0; i < 25; i++) bed.wait(1).write('delivered', `a${i}`);
    expect(bed.wait(1).write('unavailable', 'x').state.phase).toBe('up');
    expect(bed.write('unavailable', 'y').state.phase).toBe('suspect');
  });

  it('is not brought about by refused content, our own trouble, or an account that was ill before', () => {
    const bed = new Bed().wait(5).write('refused', 'a').write('local', 'b').write('unauthorized', 'c', { healthy: false });
    expect(bed.wait(2).state.phase).toBe('up');
  });

  it('ends after a minute without a fault, the last probe good, and not before', () => {
    const bed = new Bed().wait(5).probe(false).wait(5).probe(true);
    expect(bed.wait(54, bed.probing(true)).state.phase).toBe('suspect');
    expect(bed.wait(2, bed.probing(true)).state.phase).toBe('up');
  });

  it('stays while a failed post has no answer, hours long, and ends when one goes out', () => {
    const bed = new Bed().wait(5).write('unavailable', 'a');
    expect(bed.wait(7_200, bed.probing(true)).state.phase).toBe('suspect');
    bed.write('delivered', 'b');
    expect(bed.until('up', 90, bed.probing(true))).toBeLessThan(90);
  });
});

describe('down by passive evidence', () => {
  const bed = () => new Bed().used(...three, 'w4/c/d').wait(5);
  const fail = (one: Bed, who: readonly string[]) => {
    for (const account of who) one.write('unavailable', account);
    return one;
  };

  it('takes three accounts of three workspaces, and half a minute', () => {
    const one = fail(bed(), three);
    expect(one.wait(29).state.phase).toBe('suspect');
    expect(one.wait(1).state.phase).toBe('down');
    expect(story(one.state)).toMatchObject({ kind: 'unavailable', by: 'passive', cause: 'technical-fault' });
  });

  it('is not found with two accounts, nor with a dozen of two workspaces', () => {
    expect(fail(bed(), three.slice(0, 2)).wait(120).state.phase).toBe('suspect');
    const many = Array.from({ length: 12 }, (_, i) => `w${1 + (i % 2)}/c${i}/a${i}`);
    expect(fail(bed(), many).wait(120).state.phase).toBe('suspect');
  });

  it('leaves the loudest workspace out: others that get through answer for it', () => {
    const one = bed();
    for (let i = 0; i < 30; i++) one.write('unavailable', `w1/c${i}/a${i}`);
    fail(one, ['w2/c/b', 'w3/c/c']);
    for (let i = 0; i < 5; i++) one.wait(1).write('delivered', 'w4/c/d');
    expect(one.wait(120).state.phase).not.toBe('down');
  });

  it('counts an account once, however often it fails', () => {
    const one = bed();
    one.wait(200, (at) => at.write('unavailable', 'w1/c/a'));
    expect(one.state.phase).toBe('suspect');
  });

  it('asks for two processes where two work', () => {
    const one = bed().send({ kind: 'workers', alive: 2 });
    expect(fail(one, three).wait(60).state.phase).toBe('suspect');
    one.write('unavailable', 'w4/c/d', { process: 'q' });
    expect(one.wait(2).state.phase).toBe('down');
  });

  it('takes clients as witnesses where one agency is alone', () => {
    const agency = new Bed().used('w/c1/a', 'w/c2/b', 'w/c3/c').wait(5);
    expect(fail(agency, ['w/c1/a', 'w/c1/b', 'w/c1/x']).wait(60).state.phase).toBe('suspect');
    expect(fail(agency, ['w/c2/b', 'w/c3/c']).wait(60).state.phase).toBe('down');
  });

  it('says media when only what has media fails, and lets text flow', () => {
    const one = bed();
    for (const who of three) one.write('unavailable', who, { media: true }).wait(2).write('delivered', 'w4/c/d');
    one.wait(40);
    expect(story(one.state).kind).toBe('media');
    expect(verdict(one.state, 'text').state).toBe('degraded');
    expect(verdict(one.state, 'media').state).toBe('down');
  });
});

describe('down by tests', () => {
  it('takes eight failed read probes in a row over 35 s', () => {
    const bed = new Bed().wait(5);
    const { failures } = detectorConfig.down.probes;
    for (let i = 1; i < failures; i++) bed.probe(false).wait(5);
    expect(bed.state.phase).toBe('suspect');
    expect(bed.probe(false).state.phase).toBe('down');
  });

  it('begins to count anew after a good one', () => {
    const bed = new Bed().wait(5);
    for (let i = 0; i < 20; i++) bed.probe(i % 7 === 6).wait(5);
    expect(bed.state.phase).toBe('suspect');
  });

  it('takes three failed shadow writes over 20 s and one failed post', () => {
    const bed = new Bed({ hasShadow: true }).wait(5).write('unavailable', 'a');
    expect(wants(bed.state).shadowAt).not.toBeNull();
    const shadow = () => bed.send({ kind: 'shadow', at: bed.state.at, process: 'p', ok: false });
    shadow();
    bed.wait(10);
    shadow();
    bed.wait(9);
    shadow();
    expect(bed.state.phase).toBe('suspect');
    bed.wait(1);
    shadow();
    expect(story(bed.state).by).toBe('shadow');
  });

  it('believes the official feed only when probes or posts agree', () => {
    const bed = new Bed().wait(5).send({ kind: 'status', level: 'major', cause: null }).wait(30);
    expect(bed.state.phase).toBe('up');
    bed.probe(false).wait(5);
    expect(bed.state.phase).toBe('suspect');
    expect(bed.probe(false).wait(1).state.phase).toBe('down');
    expect(story(bed.state).by).toBe('status');
  });

  it('finds sustained failures of reads and posts together', () => {
    const bed = new Bed().used(...three).wait(5).write('unavailable', 'w1/c/a').write('unavailable', 'w2/c/b').wait(1).write('delivered', 'w1/c/x').write('unavailable', 'w3/c/c');
    bed.wait(130, (one) => {
      if (one.seconds % 5 === 0) one.probe(one.seconds % 10 === 0);
    });
    expect(story(bed.state)).toMatchObject({ by: 'mixed', kind: 'unavailable' });
  });
});

describe('down by limits and refusals', () => {
  it('takes five accounts of three groups and half a minute', () => {
    const bed = new Bed().used(...three, 'w4/c/d').wait(5);
    for (const who of ['w1/c/a', 'w1/c/a2', 'w2/c/b', 'w3/c/c']) bed.write('throttled', who);
    expect(bed.wait(60).state.phase).toBe('suspect');
    bed.write('throttled', 'w4/c/d').wait(1);
    expect(story(bed.state)).toMatchObject({ kind: 'auth-or-limits', by: 'limits', cause: 'account-or-limits' });
  });

  it('asks every other channel after the first refusal, and finds three clients alike', () => {
    const bed = new Bed().wait(5).write('unauthorized', 'c1/a');
    expect(bed.state.phase).toBe('suspect');
    expect(wants(bed.state).looks).toBe(true);
    bed.wait(2).look('refused', 'c1/a').look('refused', 'c2/b');
    expect(bed.state.phase).toBe('suspect');
    expect(bed.look('refused', 'c3/c').state.phase).toBe('down');
    expect(story(bed.state).by).toBe('looks');
  });

  it('finds it of two clients if there are only two, and never of one', () => {
    const two = new Bed().wait(5).write('unauthorized', 'c1/a').look('refused', 'c1/a', 2);
    expect(two.state.phase).toBe('suspect');
    expect(two.look('refused', 'c2/b', 2).state.phase).toBe('down');
    expect(new Bed().wait(5).write('unauthorized', 'c1/a').look('refused', 'c1/a', 1).wait(60).state.phase).not.toBe('down');
  });

  it('leaves it with the account if the others are well', () => {
    const bed = new Bed().wait(5).write('unauthorized', 'c1/a').wait(2).look('refused', 'c1/a');
    for (const who of ['c2/b', 'c3/c', 'c4/d']) bed.look('ok', who);
    expect(bed.until('up', 90, bed.probing(true))).toBeLessThan(90);
  });

  it('does not take the account for guilty if its own look is well: writes are refused, the next one waits', () => {
    const bed = new Bed().wait(5).write('throttled', 'c1/a').wait(2);
    for (const who of ['c1/a', 'c2/b', 'c3/c']) bed.look('ok', who);
    expect(bed.wait(3_000, bed.probing(true)).state.phase).toBe('suspect');
  });

  it('takes three clients of one workspace for one witness where three workspaces use it', () => {
    const bed = new Bed().used(...three).wait(5).write('unauthorized', 'w1/c1/a');
    for (const who of ['w1/c1/a', 'w1/c2/b', 'w1/c3/c']) bed.look('refused', who);
    expect(bed.wait(5).state.phase).toBe('suspect');
  });
});

describe('taken, but nowhere to be seen', () => {
  it('is down when three clients read back nothing, and recovers by reading back only', () => {
    const bed = new Bed().wait(5);
    const read = (who: string, ok: boolean) => bed.send({ kind: 'read-back', at: bed.state.at, process: 'p', account: who, client: who, workspace: 'w', app: null, ok, clients: 12 });
    read('a', false);
    expect(bed.state.phase).toBe('suspect');
    bed.wait(16);
    expect(wants(bed.state).readBacks).toEqual({ downSince: null });
    read('b', false);
    read('c', false);
    expect(story(bed.state)).toMatchObject({ kind: 'read', by: 'read-backs' });
    expect(bed.wait(120, (one) => one.probe(true).write('delivered', 'x')).state.phase).toBe('down');
    bed.wait(60, (one) => { if (one.seconds % 10 === 0) read('a', true); });
    expect(bed.state.phase).toBe('recovering');
  });
});
