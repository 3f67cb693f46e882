import { describe, expect, it } from '@jest/globals';
import { scopeOf } from '../../src/core/scope.js';
import { Bed, START } from './detector-kit.js';

const alone = { known: 0, down: 0 };
const scope = (bed: Bed, siblings = alone) => scopeOf(bed.state, siblings);
/** Down by read probes. */
const fallen = () => {
  const bed = new Bed().wait(5);
  bed.until('down', 120, bed.probing(false));
  expect(bed.state.phase).toBe('down');
  return bed;
};

describe('whose fault it is, of all that was seen', () => {
  it('is nobody’s while nothing fails', () => {
    expect(scope(new Bed().wait(5).write('delivered', 'a').wait(1))).toEqual({ kind: 'none' });
  });

  it('is the account’s whose look alone is refused', () => {
    const bed = new Bed().wait(5).write('unauthorized', 'a').wait(1).look('refused', 'a').look('ok', 'b').look('ok', 'c').wait(1);
    expect(scope(bed)).toEqual({ kind: 'account', accounts: ['a'] });
  });

  it('is an account’s no more once it was seen in order', () => {
    const bed = new Bed().wait(5).look('refused', 'a').wait(20).look('ok', 'a').wait(1);
    expect(scope(bed)).toEqual({ kind: 'none' });
  });

  it('is the component’s when three clients are refused alike, and no account’s while it is down', () => {
    const bed = new Bed().wait(5);
    for (const who of ['a', 'b', 'c']) bed.look('refused', who, 3);
    bed.wait(20);
    expect(bed.state.phase).toBe('down');
    expect(scope(bed)).toEqual({ kind: 'component' });
    expect(scope(fallen().write('unauthorized', 'a').wait(1))).toEqual({ kind: 'component' });
  });

  it('is the infra group’s when most of its components are down', () => {
    expect(scope(fallen(), { known: 2, down: 2 })).toEqual({ kind: 'group' });
    expect(scope(fallen(), { known: 2, down: 1 })).toEqual({ kind: 'component' });
  });

  it('is the app’s when only accounts that sign in with it are refused', () => {
    const bed = new Bed().wait(5);
    const look = (who: string, result: 'ok' | 'refused', app: string) =>
      bed.send({ kind: 'look', at: START + 5_000, process: 'p', account: who, client: who, workspace: 'w', app, result, clients: 12 });
    look('a', 'refused', 'one');
    look('b', 'refused', 'one');
    look('c', 'ok', 'two');
    expect(scope(bed)).toEqual({ kind: 'app', app: 'one' });
  });

  it('is our own while our network is in doubt, whatever was seen before', () => {
    const bed = fallen().guard({ impaired: true }).wait(1);
    expect(scope(bed)).toEqual({ kind: 'self' });
  });

  it('is nobody’s when the operator says that it is up', () => {
    const bed = fallen().send({ kind: 'operator', word: { state: 'up', until: START + 3_600_000 } }).wait(1);
    expect(scope(bed)).toEqual({ kind: 'none' });
  });
});
