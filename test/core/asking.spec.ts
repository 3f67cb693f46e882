import { describe, expect, it } from '@jest/globals';
import { patience, turnOf } from '../../src/core/asking.js';

const [anna, bea, carla] = ['anna', 'bea', 'carla'].map((userId) => ({ userId }));
const order = [anna, bea, carla].flatMap((one) => one ?? []);

describe('whose turn it is to be asked', () => {
  it('is the first of the order who was not asked yet, and who was is named as silent', () => {
    expect(turnOf([], order)).toEqual({ person: anna, silent: [], isLast: false });
    expect(turnOf(['anna'], order)).toEqual({ person: bea, silent: [anna], isLast: false });
    expect(turnOf(['bea', 'anna'], order)).toEqual({ person: carla, silent: [anna, bea], isLast: true });
  });

  it('is nobody’s once all were asked, or where nobody is', () => {
    expect(turnOf(['carla', 'anna', 'bea'], order)).toBeNull();
    expect(turnOf([], [])).toBeNull();
  });

  it('passes over who left meanwhile, and takes who came', () => {
    expect(turnOf(['gone', 'anna'], order)).toEqual({ person: bea, silent: [anna], isLast: false });
  });

  it('comes sooner where an hour counts, and later where something is to be done by hand', () => {
    expect(patience.urgentMs).toBeLessThan(patience.incidentMs);
    expect(patience.byHandMs).toBe(30 * 60_000);
  });
});
