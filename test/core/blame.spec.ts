import { describe, expect, it } from '@jest/globals';
import { blame, type Evidence, type Sighting } from '../../src/core/blame.js';

const sighting = (account: string, failing: boolean, app: string | null = null): Sighting => ({ account, client: `client of ${account}`, workspace: 'w', app, failing });
const of = (sightings: readonly Sighting[], more: Partial<Evidence> = {}) => blame({ impaired: false, probesFail: false, sightings, siblings: { known: 0, down: 0 }, clients: 12, ...more });
const bad = ['a', 'b', 'c'].map((account) => sighting(account, true));

describe('who is to blame', () => {
  it('is nobody while nothing fails', () => {
    expect(of([sighting('a', false)])).toEqual({ kind: 'none' });
  });

  it('is ourselves whenever our own network is in doubt', () => {
    expect(of(bad, { impaired: true, probesFail: true })).toEqual({ kind: 'self' });
  });

  it('is the account when the others are well', () => {
    expect(of([sighting('a', true), sighting('b', false), sighting('c', false)])).toEqual({ kind: 'account', accounts: ['a'] });
  });

  it('is one client’s accounts, however many they are', () => {
    expect(of(['x', 'y', 'z'].map((account) => ({ ...sighting(account, true), client: 'one' })))).toEqual({ kind: 'account', accounts: ['x', 'y', 'z'] });
  });

  it('is the app credential when all its accounts fail and those of another work', () => {
    expect(of([sighting('a', true, 'one'), sighting('b', true, 'one'), sighting('c', false, 'two')])).toEqual({ kind: 'app', app: 'one' });
    expect(of([sighting('a', true, 'one'), sighting('b', true, 'one'), sighting('c', false, 'one')]).kind).toBe('account');
  });

  it('is the component when three clients fail alike, or all of two', () => {
    expect(of(bad)).toEqual({ kind: 'component' });
    expect(of(bad.slice(0, 2)).kind).toBe('account');
    expect(of(bad.slice(0, 2), { clients: 2 })).toEqual({ kind: 'component' });
  });

  it('is the component when reads that need no account fail', () => {
    expect(of([], { probesFail: true })).toEqual({ kind: 'component' });
  });

  it('is the infra group when most of its components are down', () => {
    expect(of(bad, { siblings: { known: 2, down: 2 } })).toEqual({ kind: 'group' });
    expect(of(bad, { siblings: { known: 2, down: 1 } })).toEqual({ kind: 'component' });
  });
});
